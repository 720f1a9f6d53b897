//! Rows, as they were asked for.

#[cfg(feature = "testing")]
use tokio_postgres::Config;

use super::cursor::{Position, Snapshot};
use super::failure::{Step, failed};
use crate::store::page::records;
#[cfg(feature = "testing")]
use crate::store::{Cursor, StoreError};
use crate::store::{Page, StoreErrorKind};

/// So many rows may come again with each read until a look moves the cursor.
const AGAIN: usize = 64;

pub(super) struct Given<'a> {
    xid: u64,
    id: i64,
    record: &'a [u8],
}

impl<'a> Given<'a> {
    pub(super) fn of(xid: &str, id: i64, record: &'a [u8]) -> Step<Self> {
        Ok(Self { xid: number(xid)?, id, record })
    }
}

/// The number of a transaction, by which a cursor goes on: a wrong one would leave out whatever comes before it.
fn number(text: &str) -> Step<u64> {
    text.parse().map_err(|_| failed(StoreErrorKind::Foreign, "not the number of a transaction of PostgreSQL's"))
}

/// The page that these rows are. `now` was taken before them.
pub(super) fn page(rows: &[Given<'_>], position: Position, now: Snapshot, most: usize) -> Step<Page> {
    let (records, malformed) = records(rows.iter().map(|row| Some(row.record)))?;
    let last = rows.last().filter(|_| rows.len() >= most.max(1));
    let position = position.after(now, last.map(|row| (row.xid, row.id)));
    Ok(Page { records, malformed, cursor: (&position).into(), is_last: last.is_none() })
}

/// For how many rows a read asks that was not part of a look.
pub(super) fn most_unlooked(position: &Position, most: usize) -> usize {
    if position.is_at_end() { most.clamp(1, AGAIN) } else { most }
}

/// The page that rows are which were not asked for by a look. None if they call for one.
pub(super) fn unlooked(rows: &[Given<'_>], position: Position, most: usize) -> Step<Option<Page>> {
    if !position.is_at_end() {
        return page(rows, position, Snapshot::of_nothing(), most).map(Some);
    }
    if rows.len() >= most {
        return Ok(None);
    }
    // What can't be read is counted by the look.
    let (records, _) = records(rows.iter().map(|row| Some(row.record)))?;
    Ok(Some(Page { records, malformed: 0, cursor: (&position).into(), is_last: true }))
}

/// The page that rows are: the number of each one's transaction, its own, and its record; and the snapshot of the look that
/// asked for them, if one did.
#[cfg(feature = "testing")]
pub(crate) fn page_of(
    rows: &[(&str, i64, &[u8])],
    snapshot: Option<&str>,
    since: &Cursor,
    most: usize,
) -> Result<Option<Page>, StoreError> {
    let read = || {
        let position = since.try_into()?;
        let rows = rows.iter().map(|&(xid, id, record)| Given::of(xid, id, record)).collect::<Step<Vec<_>>>()?;
        match snapshot {
            Some(snapshot) => page(&rows, position, snapshot.parse()?, most).map(Some),
            None => {
                let most = most_unlooked(&position, most);
                unlooked(&rows, position, most)
            }
        }
    };
    read().map_err(|failure| failure.told(&Config::new()))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn what_is_no_number_of_a_transaction_is_an_error() {
        assert_eq!(number("18446744073709551615").ok(), Some(u64::MAX));
        for text in ["", "-1", "x", "18446744073709551616"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
