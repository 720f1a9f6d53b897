//! What answers are made of.

use redis::Value;

use super::failure::{Failure, Step, odd_answer};

/// An answer, or the error that it is.
pub(super) fn good(answer: Value) -> Step<Value> {
    match answer {
        Value::ServerError(error) => Err(Failure::from(error)),
        answer => Ok(answer),
    }
}

/// The next of several answers.
pub(super) fn next(answers: &mut impl Iterator<Item = Value>) -> Step<Value> {
    good(answers.next().ok_or_else(odd_answer)?)
}

pub(super) fn items(answer: &Value) -> Step<&[Value]> {
    match answer {
        Value::Array(items) => Ok(items),
        _ => Err(odd_answer()),
    }
}

/// Exactly so many.
pub(super) fn exactly<const N: usize>(answer: &Value) -> Step<&[Value; N]> {
    items(answer)?.try_into().map_err(|_| odd_answer())
}

/// What may not be there.
pub(super) fn optional(answer: &Value) -> Step<Option<&[u8]>> {
    match answer {
        Value::Nil => Ok(None),
        answer => bytes(answer).map(Some),
    }
}

pub(super) fn bytes(answer: &Value) -> Step<&[u8]> {
    match answer {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.as_bytes()),
        Value::VerbatimString { text, .. } => Ok(text.as_bytes()),
        _ => Err(odd_answer()),
    }
}

pub(super) fn text(answer: &Value) -> Step<&str> {
    std::str::from_utf8(bytes(answer)?).map_err(|_| odd_answer())
}

/// A number, however it is written.
pub(super) fn number(answer: &Value) -> Step<i64> {
    match answer {
        Value::Int(number) => Ok(*number),
        answer => text(answer)?.parse().map_err(|_| odd_answer()),
    }
}

/// What the engine's clock says, in microseconds, of what its `TIME` has answered.
pub(super) fn moment(seconds: &Value, micros: &Value) -> Step<i64> {
    Ok(number(seconds)?.saturating_mul(1_000_000).saturating_add(number(micros)?))
}

#[cfg(test)]
mod tests {
    use redis::VerbatimFormat;

    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn text_is_read_however_it_comes_and_nothing_else_is_text() {
        let verbatim = Value::VerbatimString { format: VerbatimFormat::Text, text: "one".to_owned() };
        for answer in [bulk("one"), Value::SimpleString("one".to_owned()), verbatim] {
            assert_eq!((bytes(&answer).ok(), text(&answer).ok()), (Some(&b"one"[..]), Some("one")));
            assert_eq!(optional(&answer).ok(), Some(Some(&b"one"[..])));
        }
        let odd = Value::BulkString(vec![255]);
        assert_eq!((bytes(&odd).ok(), text(&odd).ok()), (Some(&[255][..]), None));
        for answer in [Value::Int(1), Value::Okay, Value::Array(vec![bulk("one")])] {
            assert!(bytes(&answer).is_err() && optional(&answer).is_err(), "{answer:?}");
        }
        assert!(bytes(&Value::Nil).is_err());
        assert_eq!(optional(&Value::Nil).ok(), Some(None));
    }

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for (answer, meant) in [
            (Value::Int(-7), Some(-7)),
            (bulk("9223372036854775807"), Some(i64::MAX)),
            (Value::SimpleString("-1".to_owned()), Some(-1)),
            (bulk("9223372036854775808"), None),
            (bulk(""), None),
            (Value::Nil, None),
        ] {
            assert_eq!(number(&answer).ok(), meant, "{answer:?}");
        }
        assert_eq!(moment(&bulk("1764410000"), &bulk("12")).ok(), Some(1_764_410_000_000_012));
    }

    #[test]
    fn exactly_so_many_are_given_or_none() {
        let two = Value::Array(vec![bulk("one"), bulk("two")]);
        assert_eq!(exactly(&two).ok(), Some(&[bulk("one"), bulk("two")]));
        assert!(exactly::<1>(&two).is_err() && exactly::<3>(&two).is_err());
        assert!(items(&bulk("one")).is_err());
    }

    #[test]
    fn an_answer_that_is_an_error_is_one_and_so_is_one_that_is_not_there() {
        let refused = redis::parse_redis_value(b"-NOPERM canary\r\n").unwrap();
        assert_eq!(next(&mut [bulk("one")].into_iter()).ok(), Some(bulk("one")));
        for mut answers in [vec![refused].into_iter(), vec![].into_iter()] {
            assert!(next(&mut answers).is_err());
        }
    }
}
