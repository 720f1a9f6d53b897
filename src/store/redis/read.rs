//! Reading a page.

use redis::{Pipeline, Value};

#[cfg(feature = "testing")]
use super::answer::good;
use super::answer::{bytes, exactly, items, next, text};
#[cfg(feature = "testing")]
use super::failure::Failure;
use super::failure::{Step, odd_answer};
use super::line::Session;
use super::memory::Memory;
use super::position::Position;
use super::server::Server;
#[cfg(feature = "testing")]
use crate::store::StoreError;
use crate::store::page::records;
use crate::store::{Cursor, Page};
use crate::sync::Mutex;

/// The field of an entry that holds a record.
const RECORD: &[u8] = b"r";

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
