//! A file that is whole, as redb sees it, and has any rows.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use hallpass::store::{Cursor, Page, RECORD_FORMAT, Record, RedbStore, Store as _, StoreError, StoreErrorKind};
use redb::{Builder, ConcurrencyMode, TableDefinition};

use super::super::record::is_good_record;
use super::super::world::noon;
use super::genuine::{File, header, id};

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");

type Rows<'a> = BTreeMap<u64, &'a [u8]>;

/// Of each row its number (8 bytes), how long it is (2 bytes), and itself. Of two with one number the later counts.
fn rows_of(mut data: &[u8]) -> Rows<'_> {
    let mut rows = Rows::new();
    while let Some((number, rest)) = data.split_first_chunk() {
        let Some((len, rest)) = rest.split_first_chunk() else { break };
        let (row, rest) = rest.split_at(usize::from(u16::from_be_bytes(*len)).min(rest.len()));
        rows.insert(u64::from_be_bytes(*number), row);
        data = rest;
    }
    rows
}

/// Read as they should be, damage counted; a purge drops no more than what has expired, and what can't be read
/// stays; which records of keys stay is not looked at, since a newer one may say as much.
/// Says whether they are read, and none is damaged.
pub(super) fn rows(data: &[u8]) -> bool {
    let rows = rows_of(data);
    let file = File::new();
    drop(RedbStore::open(file.path(), header()).expect("a new file"));
    put(&file, &rows);
    let store = RedbStore::open_existing(file.path()).expect("all of it is there");
    let page = match (read(&store), expected(&rows)) {
        (Ok(page), Ok((records, malformed))) => {
            let read: Vec<Vec<u8>> = page.records.iter().map(Record::to_bytes).collect();
            assert_eq!((read, page.malformed, page.is_last), (records, malformed, true));
            page
        }
        (Err(error), Err(kind)) => {
            assert_eq!(error.kind(), kind);
            return false;
        }
        (read, expected) => panic!("{expected:?}, and {read:?}"),
    };
    let Ok(()) = store.append(&[id(200, 0)]) else {
        assert!(rows.keys().last().is_some_and(|last| *last >= u64::MAX - 2), "there is room");
        return false;
    };
    let (now, retention) = (noon() + TimeDelta::hours(1), header().retention());
    let kept = |record: &Record| record.kept_until(retention).is_none_or(|until| until >= now);
    while store.purge(now, 1).expect("read before").more {}
    let left = read(&store).expect("read before");
    assert_eq!(left.malformed, page.malformed, "nobody knows what it said");
    let is_left = |record: &&Record| kept(record) && record.kept_until(retention).is_some();
    for record in page.records.iter().filter(is_left) {
        assert!(left.records.contains(record), "dropped before its time: {record:?}");
    }
    assert!(left.records.iter().all(|record| page.records.contains(record) || *record == id(200, 0) || kept(record)));
    page.malformed == 0
}

fn put(file: &File, rows: &Rows<'_>) {
    let database =
        Builder::new().set_concurrency_mode(ConcurrencyMode::SingleWriter).open(file.path()).expect("a file");
    let transaction = database.begin_write().expect("nobody else writes");
    for (number, row) in rows {
        transaction.open_table(RECORDS).expect("its table").insert(number, row).expect("there is room");
    }
    transaction.commit().expect("there is room");
}

fn read(store: &RedbStore) -> Result<Page, StoreError> {
    store.read(&Cursor::start(), usize::MAX)
}

/// The records, as bytes, and how many more there are; or why they can't be read: by the table in `src/store/redb/rows.rs`.
fn expected(rows: &Rows<'_>) -> Result<(Vec<Vec<u8>>, u64), StoreErrorKind> {
    let (mut records, mut malformed, mut end) = (Vec::new(), 0, 0_u64);
    for (&number, row) in rows {
        let entries = entries(row);
        // The numbers of its records end with its own, and begin behind those of the row before.
        let is_behind = number < u64::MAX && number - end.min(number) >= entries.len() as u64;
        is_behind.then_some(()).ok_or(StoreErrorKind::Damaged)?;
        end = number;
        for record in entries {
            match record {
                Some(record) if is_good_record(record) => records.push(record.to_vec()),
                Some([version, ..]) if *version > RECORD_FORMAT => {
                    return Err(StoreErrorKind::Newer { version: u16::from(*version) });
                }
                _ => malformed += 1,
            }
        }
    }
    Ok((records, malformed))
}

/// What stands in a row: records behind their lengths, and at the end perhaps something that is none.
fn entries(mut row: &[u8]) -> Vec<Option<&[u8]>> {
    let mut entries = Vec::new();
    loop {
        let split =
            row.split_first_chunk().and_then(|(len, rest)| rest.split_at_checked(u16::from_be_bytes(*len).into()));
        let (record, rest) = split.map_or((None, &[][..]), |(record, rest)| (Some(record), rest));
        entries.push(record);
        if rest.is_empty() {
            return entries;
        }
        row = rest;
    }
}
