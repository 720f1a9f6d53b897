//! Reading a page.

use std::fmt;
use std::str::FromStr;

use redis::{Pipeline, Value};

#[cfg(feature = "testing")]
use super::answer::good;
use super::answer::{bytes, exactly, items, next, text};
#[cfg(feature = "testing")]
use super::failure::Failure;
use super::failure::{Step, odd_answer};
use super::line::Session;
use super::memory::Memory;
use super::server::Server;
use crate::store::page::records;
use crate::store::{Cursor, Page, StoreError, StoreErrorKind};
use crate::sync::Mutex;

/// The field of an entry that holds a record.
const RECORD: &[u8] = b"r";

/// An entry's place in the stream. The engine gives each a later one than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Position {
    millis: u64,
    count: u64,
}

impl FromStr for Position {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let (millis, count) = text.split_once('-')?;
            let position = Self { millis: millis.parse().ok()?, count: count.parse().ok()? };
            // One spelling.
            (position.to_string() == text).then_some(position)
        };
        read().ok_or_else(|| StoreError::new(StoreErrorKind::Foreign).because("not a place in a stream"))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.count)
    }
}

impl TryFrom<&Cursor> for Position {
    type Error = StoreError;

    fn try_from(cursor: &Cursor) -> Result<Self, StoreError> {
        match cursor.as_bytes() {
            [] => Ok(Self::default()),
            // What is not text is no place either.
            bytes => std::str::from_utf8(bytes).unwrap_or_default().parse(),
        }
    }
}

/// An entry of the stream, and the record's bytes, if it has any.
pub(super) struct Entry<'a> {
    pub(super) id: &'a str,
    pub(super) record: Option<&'a [u8]>,
}

/// Asks for up to `most` entries after the position.
pub(super) fn ask(pipeline: &mut Pipeline, server: &Server, position: Position, most: usize) {
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let since = format!("({position}");
    pipeline.cmd("XRANGE").arg(&server.keys.log).arg(since).arg("+").arg("COUNT").arg(most);
}

/// A page without a write. What was read is durable, since the engine answers nobody before it has synced what it has
/// done; where it does not, or what takes over lacks it, the next [look](super::look::look) finds another history, or
/// fewer entries.
pub(super) async fn read(
    session: &Session,
    server: &Server,
    memory: &Mutex<Memory>,
    position: Position,
    most: usize,
) -> Step<Page> {
    let mut pipeline = Pipeline::new();
    ask(&mut pipeline, server, position, most);
    let answer = next(&mut session.ask(pipeline).await?.into_iter())?;
    let page = page(&answer, position, most)?;
    memory.lock().read = Position::try_from(&page.cursor)?;
    Ok(page)
}

/// The entries that were asked for.
pub(super) fn entries(answer: &Value) -> Step<Vec<Entry<'_>>> {
    items(answer)?.iter().map(entry).collect()
}

fn entry(answer: &Value) -> Step<Entry<'_>> {
    let [id, fields] = exactly(answer)?;
    let record = match items(fields)? {
        [field, record] if bytes(field)? == RECORD => Some(bytes(record)?),
        _ => None,
    };
    Ok(Entry { id: text(id)?, record })
}

/// The page that these entries are.
pub(super) fn page(answer: &Value, position: Position, most: usize) -> Step<Page> {
    let entries = entries(answer)?;
    let (records, malformed) = records(entries.iter().map(|entry| entry.record))?;
    let end = match entries.last() {
        Some(last) => last.id.parse().map_err(|_| odd_answer())?,
        None => position,
    };
    let cursor = Cursor::from_bytes(end.to_string().as_bytes());
    Ok(Page { records, malformed, cursor, is_last: entries.len() < most.max(1) })
}

/// The page that an answer is, as it comes over the wire.
#[cfg(feature = "testing")]
pub(crate) fn page_of(answer: &[u8], since: &Cursor, most: usize) -> Result<Page, StoreError> {
    let read = || page(&good(redis::parse_redis_value(answer)?)?, since.try_into()?, most);
    read().map_err(Failure::told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_of_a_stream_are_cursors() {
        let read = |text: &str| Position::try_from(&Cursor::from_bytes(text.as_bytes()));
        for text in ["0-0", "1-2", "18446744073709551615-18446744073709551615"] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        assert_eq!(read("").unwrap(), Position::default());
        for text in ["x", "1", "-", "1-", "-1", "01-1", "+1-1", "1-1-1", "1:2:;;0;0", "18446744073709551616-0"] {
            assert_eq!(read(text).unwrap_err().kind(), StoreErrorKind::Foreign, "{text}");
        }
        assert!(Position::try_from(&Cursor::from_bytes(&[255, 1])).is_err());
        assert!(read("9-0").unwrap() < read("10-0").unwrap());
    }
}
