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

/// One of several values that stand after their names.
pub(super) fn field<'a>(answer: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Array(pairs) = answer else { return None };
    pairs.chunks_exact(2).find_map(|pair| match pair {
        [key, value] if text(key).is_ok_and(|key| key == name) => Some(value),
        _ => None,
    })
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
