//! Entries, as an answer holds them.

use redis::Value;

#[cfg(feature = "testing")]
use super::answer::next;
use super::answer::{bytes, exactly, items, text};
#[cfg(feature = "testing")]
use super::failure::Failure;
use super::failure::{Step, odd_answer};
use super::position::Position;
#[cfg(feature = "testing")]
use crate::store::StoreError;
use crate::store::page::records;
use crate::store::{Cursor, Page};

/// The field of an entry that holds a record.
const RECORD: &[u8] = b"r";

/// An entry of the stream, and the record's bytes, if it has any.
pub(super) struct Entry<'a> {
    pub(super) id: &'a str,
    pub(super) record: Option<&'a [u8]>,
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
    let read = || page(&next(&mut [redis::parse_redis_value(answer)?].into_iter())?, since.try_into()?, most);
    read().map_err(Failure::told)
}
