//! What a Redis server answers.

use hallpass::store::{Cursor, HEADER_FORMAT, Header, StoreErrorKind};
use hallpass::testing::internal::{RedisPulse, redis_page, redis_pulse};

use super::super::record::{is_header, moment};
use super::super::resp::{self, Value};
use super::{Expected, agrees};

pub(super) fn is_answer(answer: &[u8], since: &Cursor, most: usize) -> bool {
    let value = resp::read(answer);
    agrees(redis_page(answer, since, most), expected_of_answer(value.as_ref(), since, most))
}

/// What is wrong first is told.
fn expected_of_answer<'a>(
    answer: Option<&'a Value<'_>>,
    since: &Cursor,
    most: usize,
) -> Result<Expected<'a>, StoreErrorKind> {
    let answer = good(answer)?;
    let since =
        if since.as_bytes().is_empty() { "0-0" } else { position(since.as_bytes()).ok_or(StoreErrorKind::Foreign)? };
    let entries = entries_of(answer).ok_or(StoreErrorKind::Io)?;
    let records: Vec<_> = entries.iter().map(|(_, record)| *record).collect();
    // A record that is newer comes before a place that is none.
    let expected = Expected::of(&records, since.to_owned(), most)?;
    let end = entries.last().map_or(Some(since), |(id, _)| position(id)).ok_or(StoreErrorKind::Io)?;
    Ok(Expected { end: end.to_owned(), ..expected })
}

fn good<'a>(answer: Option<&'a Value<'a>>) -> Result<&'a Value<'a>, StoreErrorKind> {
    match answer.ok_or(StoreErrorKind::Io)? {
        Value::Error(word) if word == "READONLY" => Err(StoreErrorKind::Unsafe),
        Value::Error(_) => Err(StoreErrorKind::Io),
        answer => Ok(answer),
    }
}

/// An entry's id, and its record if that is all that it has.
type Entry<'a> = (&'a [u8], Option<&'a [u8]>);

fn entries_of<'a>(answer: &'a Value<'_>) -> Option<Vec<Entry<'a>>> {
    let list = |value: &'a Value<'_>| if let Value::List(values) = value { Some(values.as_slice()) } else { None };
    let entry = |entry: &'a Value<'_>| {
        let [id, fields] = list(entry)? else { return None };
        let record = match list(fields)? {
            [field, record] if text(field)? == b"r" => Some(text(record)?),
            _ => None,
        };
        let id = text(id).filter(|id| std::str::from_utf8(id).is_ok())?;
        Some((id, record))
    };
    list(answer)?.iter().map(entry).collect()
}

/// A place in a stream, in its one spelling.
fn position(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let (millis, count) = text.split_once('-')?;
    let (millis, count) = (millis.parse::<u64>().ok()?, count.parse::<u64>().ok()?);
    (format!("{millis}-{count}") == text).then_some(text)
}

/// Whether there is a header. What the answer to a look's script tells is what a second reader finds in it.
pub(super) fn is_pulse(answer: &[u8]) -> bool {
    let value = resp::read(answer);
    match (redis_pulse(answer), expected_of_pulse(value.as_ref())) {
        (Ok(told), Ok(expected)) => {
            assert_eq!(told, expected);
            told.1.is_some()
        }
        (Err(error), Err(kind)) => {
            assert_eq!(error.kind(), kind, "{error:?}");
            false
        }
        (told, expected) => panic!("{told:?}, expected {expected:?}"),
    }
}

/// What is wrong first is told.
fn expected_of_pulse(answer: Option<&Value<'_>>) -> Result<RedisPulse, StoreErrorKind> {
    let Value::List(parts) = good(answer)? else { return Err(StoreErrorKind::Io) };
    let [whole, header, purged, list, place, ever_added, last, seconds, micros] = &parts[..] else {
        return Err(StoreErrorKind::Io);
    };
    let is_whole = number(whole)? == 1;
    let header = match optional(header)? {
        Some(bytes) => {
            let purged = if let Value::Nil = purged { None } else { Some(moment(number(purged)?)) };
            Some(header_of(bytes)?.with_purged(purged))
        }
        None => None,
    };
    let ids = [optional(list)?.map(<[u8]>::to_vec), optional(place)?.map(<[u8]>::to_vec)];
    let ever_added = number(ever_added)?.max(0).unsigned_abs();
    let last = text(last).filter(|last| std::str::from_utf8(last).is_ok()).ok_or(StoreErrorKind::Io)?;
    let last = position(last).ok_or(StoreErrorKind::Foreign)?.to_owned();
    let now = i128::from(number(seconds)?) * 1_000_000;
    let now = now.clamp(i64::MIN.into(), i64::MAX.into()) + i128::from(number(micros)?);
    let now = moment(i64::try_from(now).unwrap_or(if now < 0 { i64::MIN } else { i64::MAX }));
    Ok((is_whole, header, ids, ever_added, last, now))
}

fn header_of(bytes: &[u8]) -> Result<Header, StoreErrorKind> {
    if is_header(bytes) {
        return Ok(Header::from_bytes(bytes).expect("just read"));
    }
    match bytes.first_chunk().map(|version| u16::from_be_bytes(*version)) {
        Some(version) if version > HEADER_FORMAT => Err(StoreErrorKind::Newer { version }),
        _ => Err(StoreErrorKind::Damaged),
    }
}

fn text<'a>(value: &'a Value<'_>) -> Option<&'a [u8]> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn optional<'a>(value: &'a Value<'_>) -> Result<Option<&'a [u8]>, StoreErrorKind> {
    match value {
        Value::Nil => Ok(None),
        value => text(value).map(Some).ok_or(StoreErrorKind::Io),
    }
}

fn number(value: &Value<'_>) -> Result<i64, StoreErrorKind> {
    let read = || match value {
        Value::Number(number) => Some(*number),
        value => std::str::from_utf8(text(value)?).ok()?.parse().ok(),
    };
    read().ok_or(StoreErrorKind::Io)
}
