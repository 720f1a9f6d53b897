//! The two tables, and what is done with them.

use std::collections::HashMap;

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use chrono::{DateTime, TimeDelta, Utc};

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

/// Drops what has expired among the oldest records. What stands in the way there is carried to the end: keys,
/// which are kept until they are forgotten by name, one record for each; and what a clock that was far ahead has made.
pub(super) fn purge(
    database: &Database,
    header: &mut Header,
    next: &mut u64,
    now: DateTime<Utc>,
    most: usize,
) -> Step<Purged> {
    let transaction = begin(database)?;
    let mut number = *next;
    let (dropped, more, purged) = {
        let mut table = transaction.open_table(RECORDS)?;
        let Oldest { dropped, mut carried, more, forgets } = oldest(&table, header.retention(), now, most)?;
        if let Some(last) = dropped.last() {
            carried.retain(|(number, _)| number < last);
        }
        let joined = joined(carried.iter().map(|(_, bytes)| bytes));
        if dropped.is_empty() && joined.len() == carried.len() {
            return Ok(Purged { dropped: 0, more: false });
        }
        for old in dropped.iter().chain(carried.iter().map(|(number, _)| number)) {
            table.remove(old)?;
        }
        for bytes in joined {
            table.insert(number, &*bytes)?;
            number = number.saturating_add(1);
        }
        (dropped.len() as u64, more, if forgets { header.purged().max(Some(now)) } else { header.purged() })
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

/// What is found at the beginning of the records, up to the first that still counts.
struct Oldest {
    dropped: Vec<u64>,
    carried: Vec<(u64, Vec<u8>)>,
    /// Whether there is more to drop.
    more: bool,
    /// Whether any of what is dropped would matter to a clock that steps back.
    forgets: bool,
}

fn oldest(
    table: &impl ReadableTable<u64, &'static [u8]>,
    retention: TimeDelta,
    now: DateTime<Utc>,
    most: usize,
) -> Step<Oldest> {
    let far = now.checked_add_signed(retention).and_then(|far| far.checked_add_signed(LONGEST_WAIT));
    let mut oldest = Oldest { dropped: Vec::new(), carried: Vec::new(), more: false, forgets: false };
    for row in table.iter()? {
        let (number, bytes) = row?;
        let record = Record::from_bytes(bytes.value());
        match record.ok().and_then(|record| record.kept_until(retention)) {
            Some(until) if until < now && oldest.dropped.len() < most.max(1) => {
                oldest.dropped.push(number.value());
                oldest.forgets |= record.is_ok_and(|record| record.forbids());
            }
            Some(until) if far.is_none_or(|far| until <= far) => {
                oldest.more = until < now;
                break;
            }
            // Whatever can't be read is kept as well.
            _ => oldest.carried.push((number.value(), bytes.value().to_vec())),
        }
    }
    Ok(oldest)
}

/// One record for each key, and none for one that was forgotten since; the others as they are.
fn joined<'a>(carried: impl Iterator<Item = &'a Vec<u8>>) -> Vec<Vec<u8>> {
    let mut others = Vec::new();
    let mut keys: HashMap<Identity, Record> = HashMap::new();
    for bytes in carried {
        match Record::from_bytes(bytes) {
            Ok(record) if record.counts_from().is_none() => {
                let known = keys.entry(record.identity()).or_insert(record);
                *known = known.join(record);
            }
            _ => others.push(bytes.clone()),
        }
    }
    let forgotten = |record: &Record| match record.fact {
        Fact::Key { id, made } => keys.get(&Identity::KeyForgotten(id)).is_some_and(
            |forgotten| matches!(forgotten.fact, Fact::KeyForgotten { made: forgotten, .. } if forgotten >= made),
        ),
        _ => false,
    };
    others.extend(keys.values().filter(|record| !forgotten(record)).map(Record::to_bytes));
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
