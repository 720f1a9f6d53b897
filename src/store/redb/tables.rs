//! The two tables, and what is done with them.

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use chrono::{DateTime, Utc};

use super::failure::Step;
use super::purge::Oldest;
use super::rows::{InOrder, Rows, put};
use crate::store::{Cursor, Header, Page, Purged, Record, RecordError, StoreError, StoreErrorKind};

/// What there is one of.
const LIST: TableDefinition<&str, &[u8]> = TableDefinition::new("hallpass");
const HEADER: &str = "header";
const PURGED: &str = "purged";
const NEXT: &str = "next";

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");

/// A transaction that counts only once everything in it is on the disk. Single-writer mode has two phases anyway;
/// this stands here because all depends on it.
fn begin(database: &Database) -> Step<WriteTransaction> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    Ok(transaction)
}

/// Makes a denylist of an empty database.
pub(super) fn make(database: &Database, header: Header) -> Step<()> {
    let transaction = begin(database)?;
    transaction.open_table(LIST)?.insert(HEADER, &*header.to_bytes())?;
    transaction.open_table(RECORDS)?;
    Ok(transaction.commit()?)
}

/// Whether nothing was ever put into it.
#[cfg(feature = "testing")]
pub(super) fn is_empty(database: &Database) -> Step<bool> {
    Ok(database.begin_read()?.list_tables()?.next().is_none())
}

pub(super) fn header(database: &impl ReadableDatabase) -> Step<Header> {
    let table = database.begin_read()?.open_table(LIST)?;
    let Some(header) = table.get(HEADER)? else { return Err(StoreError::from(StoreErrorKind::Foreign).into()) };
    let header = Header::from_bytes(header.value())?;
    let purged = number(&table, PURGED)?.map(i64::from_be_bytes);
    let moment = |purged| DateTime::from_timestamp_micros(purged).ok_or_else(|| nonsense(PURGED));
    Ok(header.with_purged(purged.map(moment).transpose()?))
}

/// The bytes of a number that there is one of, if it is there.
fn number(table: &impl ReadableTable<&'static str, &'static [u8]>, name: &str) -> Step<Option<[u8; 8]>> {
    let Some(value) = table.get(name)? else { return Ok(None) };
    value.value().try_into().map(Some).map_err(|_| nonsense(name).into())
}

fn nonsense(name: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged).because(format!("what stands under '{name}' is no number of its kind"))
}

/// The number that the next record gets: after all that are there, and all that ever were.
pub(super) fn next(database: &impl ReadableDatabase) -> Step<u64> {
    let transaction = database.begin_read()?;
    let last = transaction.open_table(RECORDS)?.last()?.map_or(0, |(number, _)| number.value());
    let table = transaction.open_table(LIST)?;
    let next = number(&table, NEXT)?.map_or(0, u64::from_be_bytes);
    Ok(next.max(last.saturating_add(1)))
}

pub(super) fn append(database: &Database, records: &[Record], next: &mut u64) -> Step<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::begin(*next);
    records.iter().for_each(|record| rows.push(record));
    let number = rows.next();
    let transaction = begin(database)?;
    rows.insert_into(&mut transaction.open_table(RECORDS)?)?;
    transaction.commit()?;
    *next = number;
    Ok(())
}

pub(super) fn read(database: &impl ReadableDatabase, since: u64, most: usize) -> Step<Page> {
    let table = database.begin_read()?.open_table(RECORDS)?;
    let (mut records, mut malformed, mut last, mut room) = (Vec::new(), 0_u64, since, most.max(1));
    let page = |records, malformed, last: u64, is_last| {
        Ok(Page { records, malformed, cursor: Cursor::from_bytes(&last.to_be_bytes()), is_last })
    };
    let mut order = InOrder::default();
    // From the row on that ends at the cursor: the one after it must begin there.
    for row in table.range(since..)? {
        let (number, row) = row?;
        for entry in order.entries(number.value(), row.value())? {
            // The cursor may stand in the middle of a row.
            if entry.number <= since {
                continue;
            }
            let Some(less) = room.checked_sub(1) else { return page(records, malformed, last, false) };
            room = less;
            last = entry.number;
            match entry.record() {
                Ok(record) => records.push(record),
                Err(RecordError::Newer { version }) => {
                    return Err(StoreError::new(StoreErrorKind::Newer { version: version.into() }).into());
                }
                Err(_) => malformed = malformed.saturating_add(1),
            }
        }
    }
    page(records, malformed, last, true)
}

/// Drops what has expired among the oldest records; see [`Oldest`].
pub(super) fn purge(
    database: &Database,
    header: &mut Header,
    next: &mut u64,
    now: DateTime<Utc>,
    most: usize,
) -> Step<Purged> {
    let transaction = begin(database)?;
    let (dropped, more, purged, number) = {
        let mut table = transaction.open_table(RECORDS)?;
        let oldest = Oldest::of(&table, header.retention(), now, most)?;
        let Some(carried) = oldest.carried(*next) else {
            return Ok(Purged { dropped: 0, more: false });
        };
        oldest.take_out_of(&mut table)?;
        let number = carried.next();
        carried.insert_into(&mut table)?;
        let purged = if oldest.forgets { header.purged().max(Some(now)) } else { header.purged() };
        (oldest.dropped as u64, oldest.more, purged, number)
    };
    {
        let mut table = transaction.open_table(LIST)?;
        if let Some(purged) = purged {
            table.insert(PURGED, &purged.timestamp_micros().to_be_bytes()[..])?;
        }
        table.insert(NEXT, &number.to_be_bytes()[..])?;
    }
    transaction.commit()?;
    *header = header.with_purged(purged);
    *next = number;
    Ok(Purged { dropped, more })
}

pub(super) fn vouch_anew(
    database: &Database,
    header: &mut Header,
    next: u64,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Step<()> {
    let anew = header.anew(now, from);
    let transaction = begin(database)?;
    {
        let mut table = transaction.open_table(RECORDS)?;
        let (mut changed, mut order) = (Vec::new(), InOrder::default());
        for row in table.iter()? {
            let (number, row) = row?;
            let mut left = Vec::new();
            for entry in order.entries(number.value(), row.value())? {
                match entry.record() {
                    Ok(record) => record.anew(now, from).iter().for_each(|record| put(record, &mut left)),
                    // Whatever it was, the cutoff for everyone says as much.
                    Err(RecordError::Malformed) => {}
                    // But this is for whoever can read it.
                    Err(_) => left.extend_from_slice(entry.bytes),
                }
            }
            // Of an empty row nothing is left, and it is no row to keep.
            if left.is_empty() || left != row.value() {
                changed.push((number.value(), left));
            }
        }
        for (number, row) in changed {
            match &*row {
                [] => drop(table.remove(number)?),
                row => drop(table.insert(number, row)?),
            }
        }
    }
    {
        let mut table = transaction.open_table(LIST)?;
        table.insert(HEADER, &*anew.to_bytes())?;
        table.insert(NEXT, &next.to_be_bytes()[..])?;
        if let Some(purged) = anew.purged() {
            table.insert(PURGED, &purged.timestamp_micros().to_be_bytes()[..])?;
        }
    }
    transaction.commit()?;
    *header = anew;
    Ok(())
}
