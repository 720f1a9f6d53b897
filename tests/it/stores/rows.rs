//! What stands in the rows of the file: many records in each, as the store itself writes them, and as only a wrong
//! program does.

mod damage;
mod model;

use chrono::{DateTime, Utc};
use hallpass::store::{Cursor, Page, Purged, Record, RedbStore, Store as _, pages};

use super::{Place, header, put_rows, row, rows};
use crate::support::{noon, seconds};

/// Of a newer format.
const NEWER: &[u8] = b"\x02\x01 of another age";

fn record(kind: u8, fields: &[&[u8]]) -> Record {
    Record::from_bytes(&[&[1, kind], &*fields.concat()].concat()).unwrap()
}

fn at(after: i64) -> [u8; 8] {
    (noon() + seconds(after)).timestamp_micros().to_be_bytes()
}

/// The nth id: 28 bytes of a row.
fn id(n: usize, after: i64) -> Record {
    record(1, &[&(n as u128).to_be_bytes(), &at(after)])
}

fn ids(n: impl IntoIterator<Item = usize>, after: i64) -> Vec<Record> {
    n.into_iter().map(|n| id(n, after)).collect()
}

fn key(n: u8) -> Record {
    record(4, &[&[0], &[n; 33], &at(0)])
}

fn forgotten(n: u8) -> Record {
    record(5, &[&[0], &[n; 33], &at(0)])
}

fn first_use(n: u8) -> Record {
    record(6, &[&[n; 16], &7_u32.to_be_bytes(), &at(0), &at(900)])
}

fn row_of(records: &[Record]) -> Vec<u8> {
    let bytes: Vec<_> = records.iter().map(Record::to_bytes).collect();
    row(&bytes.iter().map(|bytes| &**bytes).collect::<Vec<_>>())
}

/// When everything that was made at noon has expired, and nothing of a minute later.
fn due() -> DateTime<Utc> {
    noon() + header().retention() + seconds(30)
}

fn new(place: &Place) -> RedbStore {
    RedbStore::open(place.path(), header()).unwrap()
}

/// A list whose file has these rows.
fn with_rows(rows: &[(u64, Vec<u8>)]) -> (Place, RedbStore) {
    let place = Place::in_memory();
    drop(new(&place));
    put_rows(&place.path(), rows);
    let store = new(&place);
    (place, store)
}

/// All that comes after a cursor: the records, how many can't be read, and the cursor at the end.
fn read_on(store: &RedbStore, since: &Cursor, most: usize) -> (Vec<Record>, u64, Cursor) {
    let (mut records, mut malformed, mut end) = (Vec::new(), 0, since.clone());
    for page in pages(store, since.clone(), most).take(5000) {
        let Page { records: more, malformed: others, cursor, .. } = page.unwrap();
        assert!(more.len() + others as usize <= most.max(1), "a page of more than {most}");
        records.extend(more);
        malformed += others;
        end = cursor;
    }
    (records, malformed, end)
}

fn all(store: &RedbStore) -> Vec<Record> {
    let (records, malformed, _) = read_on(store, &Cursor::start(), 1000);
    assert_eq!(malformed, 0);
    records
}

/// A cursor before each record, and one after the last.
fn cursors(store: &RedbStore) -> Vec<Cursor> {
    let mut cursors = vec![Cursor::start()];
    cursors.extend(pages(store, Cursor::start(), 1).take(1000).map(|page| page.unwrap().cursor));
    cursors
}

#[test]
fn what_comes_together_stands_together_in_rows_of_about_a_kib() {
    let place = Place::new();
    let store = new(&place);
    for (from, to) in [(0, 1), (1, 11), (11, 111), (111, 112)] {
        store.append(&ids(from..to, 0)).unwrap();
    }
    drop(store);
    let rows = rows(&place.path());
    // 37 ids of 28 bytes are the first to have 1,024 or more.
    assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 11, 48, 85, 111, 112]);
    for ((_, row), n) in rows.into_iter().zip([0..1, 1..11, 11..48, 48..85, 85..111, 111..112]) {
        assert_eq!(row, row_of(&ids(n, 0)));
    }
}

#[test]
fn pages_smaller_than_a_row_give_every_record_once_and_in_order() {
    let place = Place::in_memory();
    let store = new(&place);
    let records = ids(0..150, 0);
    for (from, to) in [(0, 1), (1, 6), (6, 106), (106, 109), (109, 150)] {
        store.append(&records[from..to]).unwrap();
    }
    for most in [0, 1, 2, 7, 36, 37, 38, 149, 150, 151] {
        assert_eq!(read_on(&store, &Cursor::start(), most).0, records, "{most} at once");
    }
    let cursors = cursors(&store);
    assert_eq!(cursors.len(), 151);
    for (n, cursor) in cursors.iter().enumerate() {
        for most in [1, 5, 1000] {
            let (found, _, end) = read_on(&store, cursor, most);
            assert_eq!((&*found, &end), (&records[n..], &cursors[150]), "{n}");
        }
    }
    let Page { is_last, .. } = store.read(&Cursor::start(), 150).unwrap();
    assert!(is_last, "there is no page after it");
}

/// Whatever was read up to some record before goes on just there, in every step of the purge and after it.
#[test]
fn a_purge_that_ends_in_the_middle_of_a_row_takes_nothing_else_and_counts_right() {
    for most in [1, 5, 36, 37, 38, 1000] {
        let place = Place::in_memory();
        let mut store = new(&place);
        // All but the first ten come together, and what still counts is in one row with what does not.
        let mut records = [ids(0..100, 0), ids(100..120, 60)].concat();
        store.append(&records[..10]).unwrap();
        store.append(&records[10..]).unwrap();
        let mut cursors = cursors(&store);
        let mut dropped = 0;
        while dropped < 100 {
            let goes = most.min(100 - dropped);
            dropped += goes;
            let is_more = dropped < 100;
            assert_eq!(store.purge(due(), most).unwrap(), Purged { dropped: goes as u64, more: is_more });
            if dropped % 2 == 0 {
                drop(store);
                store = new(&place);
            }
            let later = id(records.len(), 60);
            records.push(later);
            store.append(&[later]).unwrap();
            cursors.push(store.read(cursors.last().unwrap(), 10).unwrap().cursor);
            for (n, cursor) in cursors.iter().enumerate().rev().step_by(7) {
                let (found, malformed, _) = read_on(&store, cursor, 11);
                assert_eq!((&*found, malformed), (&records[n.max(dropped)..], 0), "from {n}, {dropped} dropped");
            }
        }
        assert_eq!(store.purge(due(), most).unwrap(), Purged { dropped: 0, more: false });
        assert_eq!(all(&store), records[100..]);
    }
}

#[test]
fn what_is_kept_by_name_is_carried_out_of_a_row_and_what_is_behind_the_cut_stays() {
    let expired = |n| id(n, 0);
    let counts = id(100, 60);
    let records = [key(1), expired(1), key(2), expired(2), counts, key(3), expired(3)];
    let (place, store) = with_rows(&[(7, row_of(&records))]);
    let cursors = cursors(&store);
    assert_eq!(store.purge(due(), 1).unwrap(), Purged { dropped: 1, more: true });
    drop(store);
    assert_eq!(rows(&place.path()), [(7, row_of(&records[2..])), (8, row_of(&[key(1)]))]);
    let store = new(&place);
    // The next one that has expired stands behind what still counts.
    assert_eq!(store.purge(due(), 1).unwrap(), Purged { dropped: 1, more: false });
    drop(store);
    let keys = [(8, row_of(&[key(1)])), (9, row_of(&[key(2)]))];
    assert_eq!(rows(&place.path()), [&[(7, row_of(&records[4..]))], &keys[..]].concat());
    let store = new(&place);
    store.append(&[id(4, 60)]).unwrap();
    let end = [key(1), key(2), id(4, 60)];
    for (n, cursor) in cursors.iter().enumerate() {
        assert_eq!(read_on(&store, cursor, 2).0, [&records[n.max(4)..], &end].concat(), "{n}");
    }
}

#[test]
fn keys_before_what_counts_stay_where_they_are_unless_one_of_them_is_there_twice() {
    let records = [key(1), key(2), id(1, 60), key(1)];
    let (place, store) = with_rows(&[(4, row_of(&records))]);
    assert_eq!(store.purge(due(), 10).unwrap(), Purged { dropped: 0, more: false });
    drop(store);
    assert_eq!(rows(&place.path()), [(4, row_of(&records))]);
    let records = [key(1), key(1), id(1, 60), key(1)];
    let (place, store) = with_rows(&[(4, row_of(&records))]);
    assert_eq!(store.purge(due(), 10).unwrap(), Purged { dropped: 0, more: false });
    drop(store);
    assert_eq!(rows(&place.path()), [(4, row_of(&records[2..])), (5, row_of(&[key(1)]))]);
}

#[test]
fn of_a_key_that_was_forgotten_that_alone_is_carried() {
    let records = [key(1), forgotten(1), id(1, 0), key(1), id(2, 0)];
    let (place, store) = with_rows(&[(5, row_of(&records))]);
    assert_eq!(store.purge(due(), 9).unwrap(), Purged { dropped: 2, more: false });
    drop(store);
    assert_eq!(rows(&place.path()), [(6, row_of(&[forgotten(1)]))]);
}

/// Who is told that there is more comes back at once, and would come again and again until the clock has gone on.
#[test]
fn what_expires_after_this_very_moment_is_nothing_more_to_drop() {
    let (_place, store) = with_rows(&[(2, row_of(&[id(1, -1), id(2, 0)]))]);
    let now = noon() + header().retention();
    assert_eq!(store.purge(now, 9).unwrap(), Purged { dropped: 1, more: false });
    assert_eq!(all(&store), [id(2, 0)]);
}

#[test]
fn vouching_anew_leaves_of_each_row_what_still_holds() {
    let day = 86_400;
    let (ahead, now) = (id(2, day).to_bytes(), id(2, 0).to_bytes());
    let [one, key, first_use] = [id(1, -5), key(1), first_use(1)].map(|record| record.to_bytes());
    let whole = row(&[&one, &key]);
    let (place, store) = with_rows(&[
        (2, whole.clone()),
        (7, row(&[&first_use, &one, b"\x01\x63", &ahead, &first_use])),
        // Nothing of these stays.
        (9, row(&[&first_use, &first_use])),
        (10, Vec::new()),
        (14, [&*row(&[&key, NEWER, &first_use]), b"\x00\xff and so on"].concat()),
        (15, row(&[&first_use])),
    ]);
    store.vouch_anew(noon(), noon() + seconds(20)).unwrap();
    drop(store);
    assert_eq!(rows(&place.path()), [(2, whole), (7, row(&[&one, &now])), (14, row(&[&key, NEWER]))]);
    // No number is given twice.
    let store = new(&place);
    store.append(&[id(3, 0)]).unwrap();
    drop(store);
    assert_eq!(rows(&place.path()).last(), Some(&(16, row_of(&[id(3, 0)]))));
}

/// What stays in a row moves towards its end, so that some may be read twice.
#[test]
fn who_stands_in_the_middle_of_a_row_misses_nothing_when_the_list_vouches_anew() {
    for goes in 0..1_u8 << 6 {
        let place = Place::in_memory();
        let store = new(&place);
        let goes = |n: usize| goes >> n & 1 == 1;
        let records: Vec<_> = (0..6).map(|n| if goes(n) { first_use(n as u8) } else { id(n, 0) }).collect();
        store.append(&records).unwrap();
        let cursors = cursors(&store);
        store.vouch_anew(noon(), noon() + seconds(20)).unwrap();
        store.append(&[id(9, 0)]).unwrap();
        let left = |from: usize| ids((from..6).filter(|n| !goes(*n)).chain([9]), 0);
        assert_eq!(all(&store), left(0));
        for (n, cursor) in cursors.iter().enumerate() {
            let found = read_on(&store, cursor, 2).0;
            assert!(found.ends_with(&left(n)), "from {n}: {found:?}");
        }
    }
}
