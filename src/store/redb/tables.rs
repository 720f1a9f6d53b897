//! The two tables, and what is done with them.

use std::collections::HashMap;

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use chrono::{DateTime, Utc};

use super::failure::Step;
use crate::record::{Fact, Identity};
use crate::store::{Cursor, Header, Page, Purged, Record, RecordError, StoreError, StoreErrorKind};
use crate::time::LONGEST_WAIT;

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

/// Looks at the oldest records until one is found that still counts. What would stand in the way is carried to the
/// end: keys, which are kept until they are forgotten by name, one record for each; and what a clock that was far
/// ahead has made.
pub(super) fn purge(
    database: &Database,
    header: &mut Header,
    next: &mut u64,
    now: DateTime<Utc>,
    most: usize,
) -> Step<Purged> {
    let retention = header.retention();
    let far = now.checked_add_signed(retention).and_then(|far| far.checked_add_signed(LONGEST_WAIT));
    let transaction = begin(database)?;
    let (mut dropped, mut carried) = (Vec::new(), Vec::<(u64, Vec<u8>)>::new());
    let (mut more, mut forgets) = (false, false);
    let mut number = *next;
    {
        let mut table = transaction.open_table(RECORDS)?;
        for row in table.iter()? {
            let (number, bytes) = row?;
            let record = Record::from_bytes(bytes.value());
            match record.map(|record| record.kept_until(retention)) {
                Ok(Some(until)) if until < now && dropped.len() < most.max(1) => {
                    dropped.push(number.value());
                    forgets |= record.is_ok_and(|record| record.forbids());
                }
                Ok(Some(until)) if far.is_some_and(|far| until > far) => {
                    carried.push((number.value(), bytes.value().to_vec()))
                }
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
        for (old, _) in &carried {
            table.remove(old)?;
        }
        for bytes in joined(carried.into_iter().map(|(_, bytes)| bytes)) {
            table.insert(number, &*bytes)?;
            number = number.saturating_add(1);
        }
    }
    let purged = if forgets { header.purged().max(Some(now)) } else { header.purged() };
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
    Ok(Purged { dropped: dropped.len() as u64, more })
}

/// One record for each thing, and none for a key that was forgotten since; what can't be read stays as it is.
fn joined(carried: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut others = Vec::new();
    let mut records: HashMap<Identity, Record> = HashMap::new();
    for bytes in carried {
        match Record::from_bytes(&bytes) {
            Ok(record) => {
                let known = records.entry(record.identity()).or_insert(record);
                *known = known.join(record);
            }
            Err(_) => others.push(bytes),
        }
    }
    let forgotten = |record: &Record| match record.fact {
        Fact::Key { id, made } => records.get(&Identity::KeyForgotten(id)).is_some_and(
            |forgotten| matches!(forgotten.fact, Fact::KeyForgotten { made: forgotten, .. } if forgotten >= made),
        ),
        _ => false,
    };
    others.extend(records.values().filter(|record| !forgotten(record)).map(Record::to_bytes));
    others
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
            match Record::from_bytes(bytes.value()) {
                Ok(record) if record.anew(now, from) == Some(record) => {}
                Ok(record) => changed.push((number.value(), record.anew(now, from))),
                // Whatever it was, the cutoff for everyone says as much.
                Err(RecordError::Malformed) => changed.push((number.value(), None)),
                // But this is for whoever can read it.
                Err(_) => {}
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
