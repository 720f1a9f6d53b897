//! The two tables, and what is done with them.

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use chrono::{DateTime, Utc};

use super::failure::Step;
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
    let purged = table.get(PURGED)?.and_then(|purged| purged.value().try_into().ok()).map(i64::from_be_bytes);
    Ok(header.with_purged(purged.and_then(DateTime::from_timestamp_micros)))
}

/// The number that the next record gets: after all that are there, and all that ever were.
pub(super) fn next(database: &impl ReadableDatabase) -> Step<u64> {
    let transaction = database.begin_read()?;
    let last = transaction.open_table(RECORDS)?.last()?.map_or(0, |(number, _)| number.value());
    let table = transaction.open_table(LIST)?;
    let next = table.get(NEXT)?.and_then(|next| next.value().try_into().ok()).map_or(0, u64::from_be_bytes);
    Ok(next.max(last.saturating_add(1)))
}

pub(super) fn append(database: &Database, records: &[Record], next: &mut u64) -> Step<()> {
    if records.is_empty() {
        return Ok(());
    }
    let transaction = begin(database)?;
    let mut number = *next;
    {
        let mut table = transaction.open_table(RECORDS)?;
        let mut bytes = Vec::new();
        for record in records {
            bytes.clear();
            record.write_to(&mut bytes);
            table.insert(number, &*bytes)?;
            number = number.saturating_add(1);
        }
    }
    transaction.commit()?;
    *next = number;
    Ok(())
}

pub(super) fn read(database: &impl ReadableDatabase, since: u64, most: usize) -> Step<Page> {
    let table = database.begin_read()?.open_table(RECORDS)?;
    let mut rows = table.range(since.saturating_add(1)..)?;
    let (mut records, mut malformed, mut last) = (Vec::new(), 0_u64, since);
    for row in rows.by_ref().take(most.max(1)) {
        let (number, bytes) = row?;
        // In a file that was altered they may come in a circle, and who only looks on has not compared checksums.
        if number.value() <= last {
            return Err(StoreError::new(StoreErrorKind::Damaged).because("its records are not in order").into());
        }
        last = number.value();
        match Record::from_bytes(bytes.value()) {
            Ok(record) => records.push(record),
            Err(RecordError::Newer { version }) => {
                return Err(StoreError::new(StoreErrorKind::Newer { version: version.into() }).into());
            }
            Err(_) => malformed = malformed.saturating_add(1),
        }
    }
    let is_last = rows.next().is_none();
    Ok(Page { records, malformed, cursor: Cursor::from_bytes(&last.to_be_bytes()), is_last })
}

/// Looks at the oldest records until one is found that still counts. What is kept until it is forgotten by name
/// is carried to the end, so that it does not stand in the way.
pub(super) fn purge(
    database: &Database,
    header: &mut Header,
    next: &mut u64,
    now: DateTime<Utc>,
    most: usize,
) -> Step<Purged> {
    let retention = header.retention();
    let transaction = begin(database)?;
    let (mut dropped, mut carried) = (Vec::new(), Vec::new());
    let mut more = false;
    let mut number = *next;
    {
        let mut table = transaction.open_table(RECORDS)?;
        for row in table.iter()? {
            let (number, bytes) = row?;
            let until = Record::from_bytes(bytes.value()).map(|record| record.kept_until(retention));
            match until {
                Ok(Some(until)) if until < now && dropped.len() < most.max(1) => dropped.push(number.value()),
                Ok(Some(until)) => {
                    more = until < now;
                    break;
                }
                // Kept, as is whatever can't be read.
                Ok(None) | Err(_) => carried.push((number.value(), bytes.value().to_vec())),
            }
        }
        let Some(last) = dropped.last() else { return Ok(Purged { dropped: 0, more: false }) };
        carried.retain(|(number, _)| number < last);
        for number in &dropped {
            table.remove(number)?;
        }
        for (old, bytes) in carried {
            table.remove(old)?;
            table.insert(number, &*bytes)?;
            number = number.saturating_add(1);
        }
    }
    let purged = header.purged().map_or(now, |purged| purged.max(now));
    {
        let mut table = transaction.open_table(LIST)?;
        table.insert(PURGED, &purged.timestamp_micros().to_be_bytes()[..])?;
        table.insert(NEXT, &number.to_be_bytes()[..])?;
    }
    transaction.commit()?;
    *header = header.with_purged(Some(purged));
    *next = number;
    Ok(Purged { dropped: dropped.len() as u64, more })
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
        let mut changed = Vec::new();
        for row in table.iter()? {
            let (number, bytes) = row?;
            if let Ok(record) = Record::from_bytes(bytes.value()) {
                let made = record.anew(now, from);
                if made != Some(record) {
                    changed.push((number.value(), made));
                }
            }
        }
        for (number, record) in changed {
            match record {
                Some(record) => drop(table.insert(number, &*record.to_bytes())?),
                None => drop(table.remove(number)?),
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
