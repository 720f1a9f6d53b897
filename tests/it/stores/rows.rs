//! What stands in the rows of the file: many records in each, as the store itself writes them, and as only a wrong
//! program does.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::store::{Cursor, Page, Purged, Record, RedbStore, Store as _, StoreErrorKind, pages};
use proptest::prelude::*;

use super::files::refused;
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

/// Rows that can't be read, or end before their last record does: what stands before that counts.
fn torn() -> Vec<(u64, Vec<u8>)> {
    let good = row_of(&ids(0..3, 0));
    vec![
        (5, Vec::new()),
        (9, [&*good, b"\x00\x1a and no 26 bytes"].concat()),
        (13, [&*row_of(&ids(3..6, 0)), b"\x00"].concat()),
        (14, b"\xff\xff".to_vec()),
        // Of the right length, and yet no record.
        (17, [&*row_of(&ids(6..7, 0)), &row(&[b"\x01\x63", b""])].concat()),
        (18, row_of(&ids(7..8, 0))),
    ]
}

#[test]
fn of_a_row_that_ends_too_early_what_is_good_counts_and_the_rest_is_told_once() {
    let (place, store) = with_rows(&torn());
    for most in [1, 2, 3, 4, 1000] {
        let (found, malformed, _) = read_on(&store, &Cursor::start(), most);
        assert_eq!((found, malformed), (ids(0..8, 0), 6), "{most} at once");
    }
    drop(store);
    let denylist = place.open();
    assert_eq!((denylist.stats().ids, denylist.stats().malformed), (8, 6));
    drop(denylist);
    assert_eq!(place.open().stats().malformed, 0, "it is told once");
}

#[test]
fn a_purge_carries_what_cannot_be_read_as_it_is() {
    let (place, store) = with_rows(&torn());
    store.append(&[id(100, 60)]).unwrap();
    let purged = [(); 3].map(|()| store.purge(due(), 3).unwrap());
    assert_eq!(purged.map(|purged| (purged.dropped, purged.more)), [(3, true), (3, true), (2, false)]);
    let (found, malformed, _) = read_on(&store, &Cursor::start(), 2);
    assert_eq!((found, malformed), (ids([100], 60), 6));
    drop(store);
    let unread: Vec<_> = rows(&place.path()).into_iter().skip(1).map(|(_, row)| row).collect();
    let expected =
        [&b""[..], b"\x00\x1a and no 26 bytes", b"\x00", b"\xff\xff", b"\x00\x02\x01\x63", b"\x00\x00"].map(Vec::from);
    assert_eq!(unread, expected);
}

#[test]
fn what_cannot_be_read_is_carried_beside_what_a_clock_that_was_ahead_has_made() {
    let ahead = |n| id(n, 86_400);
    let [one, two] = [1, 2].map(|n| ahead(n).to_bytes());
    let (place, store) = with_rows(&[(3, row(&[&one, b"\x01\x63", &two])), (4, row_of(&[id(3, 0)]))]);
    store.append(&[id(4, 60)]).unwrap();
    assert_eq!(store.purge(due(), 9).unwrap(), Purged { dropped: 1, more: false });
    let (found, malformed, _) = read_on(&store, &Cursor::start(), 2);
    assert_eq!((found, malformed), (vec![id(4, 60), ahead(1), ahead(2)], 1));
    drop(store);
    assert_eq!(rows(&place.path()).iter().map(|(number, _)| *number).collect::<Vec<_>>(), [5, 6, 7, 8]);
}

/// One of each: rows that no store has written, and that hide what is in others, or have no number.
#[test]
fn rows_that_are_not_in_order_are_damage_and_nothing_is_done_to_them() {
    let three = row_of(&ids(0..3, 0));
    for (what, rows) in [
        ("more records than numbers", vec![(1, three.clone())]),
        ("the first of them has the number 0", vec![(2, three.clone())]),
        ("number 0", vec![(0, row_of(&[id(1, 0)]))]),
        ("nothing but number 0", vec![(0, Vec::new())]),
        ("no number comes after it", vec![(u64::MAX, three.clone())]),
        ("one begins before the other ends", vec![(3, three.clone()), (5, three.clone())]),
        ("a row in a row", vec![(1, row_of(&[id(9, 0)])), (3, three.clone())]),
    ] {
        let (place, store) = with_rows(&rows);
        // Each is found when one looks at it, whatever page it is on.
        for most in [1, 2, 3, 1000] {
            let error = pages(&store, Cursor::start(), most).find_map(Result::err).unwrap_or_else(|| panic!("{what}"));
            assert_eq!(error.kind(), StoreErrorKind::Damaged, "{what}");
            assert!(error.to_string().ends_with("its records are not in order"), "{what}: {error}");
            store.reopen().unwrap();
        }
        for done in [store.purge(due(), 100).map(drop), store.vouch_anew(noon(), noon())] {
            assert!(done.is_err(), "{what}");
        }
        drop(store);
        assert_eq!(refused(&place.path()), StoreErrorKind::Damaged, "{what}");
        let store = RedbStore::open_read_only(place.path()).unwrap();
        let error = pages(&store, Cursor::start(), 2).find_map(Result::err).unwrap();
        assert_eq!(error.kind(), StoreErrorKind::Damaged, "{what}");
        drop(store);
        assert_eq!(self::rows(&place.path()), rows, "{what}");
    }
}

#[test]
fn where_no_number_is_left_nothing_takes_the_place_of_the_last_record() {
    let last = vec![(u64::MAX - 1, row_of(&[key(1), id(1, 0)]))];
    for records in [ids(2..3, 0), ids(2..200, 0)] {
        let (place, store) = with_rows(&last);
        assert_eq!(store.append(&records).unwrap_err().kind(), StoreErrorKind::Damaged);
        store.reopen().unwrap();
        assert_eq!(store.purge(due(), 9).unwrap_err().kind(), StoreErrorKind::Damaged);
        drop(store);
        assert_eq!(rows(&place.path()), last);
    }
}

#[test]
fn a_record_of_a_newer_format_in_the_middle_of_a_row_is_passed_over_by_nobody() {
    let [one, other] = [1, 2].map(|n| id(n, 0).to_bytes());
    let (place, store) = with_rows(&[(3, row(&[&one, NEWER, &other]))]);
    let newer = StoreErrorKind::Newer { version: 2 };
    let page = store.read(&Cursor::start(), 1).unwrap();
    assert_eq!((&*page.records, page.is_last), (&[id(1, 0)][..], false));
    for (since, most) in [(&page.cursor, 1), (&page.cursor, 9), (&Cursor::start(), 2), (&Cursor::start(), 9)] {
        assert_eq!(store.read(since, most).unwrap_err().kind(), newer);
        store.reopen().unwrap();
    }
    drop(store);
    assert_eq!(refused(&place.path()), newer);
    let store = RedbStore::open_read_only(place.path()).unwrap();
    assert_eq!(store.read(&Cursor::start(), 9).unwrap_err().kind(), newer);
    drop(store);
    // Nor does anything throw it away.
    let store = new(&place);
    assert_eq!(store.purge(due(), 9).unwrap(), Purged { dropped: 2, more: false });
    store.append(&[first_use(1)]).unwrap();
    store.vouch_anew(noon(), noon()).unwrap();
    drop(store);
    assert_eq!(rows(&place.path()), [(4, row(&[NEWER]))]);
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

/// What is done with a store.
#[derive(Debug, Clone)]
enum Step {
    /// So many records of a kind, and when they were made, in minutes.
    Append {
        many: usize,
        kind: u8,
        after: i64,
    },
    Purge {
        most: usize,
        after: i64,
    },
    /// A reader goes on by a page.
    Read {
        reader: usize,
        most: usize,
    },
    VouchAnew,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..80, 0_u8..6, 0_i64..120).prop_map(|(many, kind, after)| Step::Append { many, kind, after }),
        3 => (1_usize..90, 0_i64..180).prop_map(|(most, after)| Step::Purge { most, after }),
        3 => (0_usize..3, 1_usize..50).prop_map(|(reader, most)| Step::Read { reader, most }),
        1 => Just(Step::VouchAnew),
        1 => Just(Step::Reopen),
    ]
}

/// What a record is about: vouching anew changes its moment.
fn about(record: &Record) -> Vec<u8> {
    let bytes = record.to_bytes();
    bytes[..if bytes[1] == 4 { 36 } else { 18 }].to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Nothing is lost but what has expired, nothing is there twice, and no reader misses anything, wherever in a row
    /// they stand.
    #[test]
    fn whatever_is_done_every_reader_comes_to_know_all_that_is_kept(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let place = Place::in_memory();
        let store = new(&place);
        let (mut made, mut kept) = (0_usize, HashSet::<Vec<u8>>::new());
        let mut readers = vec![(Cursor::start(), HashSet::<Vec<u8>>::new()); 3];
        for step in steps {
            match step {
                Step::Append { many, kind, after } => {
                    let moment = at(after * 60);
                    let record = |n: usize| {
                        let name = (n as u128).to_be_bytes();
                        match (kind, n % 4) {
                            // Keys and others in one row.
                            (0, 0) => record(4, &[&[0], &name, &name, &[0], &moment]),
                            (1, 0) => record(6, &[&name, &7_u32.to_be_bytes(), &moment, &moment]),
                            _ => record(1, &[&name, &moment]),
                        }
                    };
                    let records: Vec<_> = (made..made + many).map(record).collect();
                    made += many;
                    store.append(&records).unwrap();
                    kept.extend(records.iter().map(about));
                }
                Step::Purge { most, after } => {
                    let now = noon() + TimeDelta::minutes(after);
                    let before = all(&store);
                    let purged = store.purge(now, most).unwrap();
                    prop_assert!(purged.dropped <= most as u64);
                    let left: HashSet<_> = all(&store).iter().map(about).collect();
                    let expired = |record: &Record| {
                        record.kept_until(header().retention()).is_some_and(|until| until < now)
                    };
                    let (gone, stays): (Vec<_>, Vec<_>) =
                        before.into_iter().partition(|record| !left.contains(&about(record)));
                    prop_assert!(gone.iter().all(expired));
                    prop_assert_eq!(gone.len() as u64, purged.dropped);
                    if purged.more {
                        prop_assert!(stays.iter().any(expired));
                    }
                    kept = left;
                }
                Step::Read { reader, most } => {
                    let (cursor, seen) = &mut readers[reader];
                    let page = store.read(cursor, most).unwrap();
                    seen.extend(page.records.iter().map(about));
                    *cursor = page.cursor;
                }
                Step::VouchAnew => {
                    store.vouch_anew(noon() + TimeDelta::minutes(60), noon() + TimeDelta::minutes(61)).unwrap();
                    // First uses are forgotten.
                    kept.retain(|about| about[1] != 6);
                }
                Step::Reopen => store.reopen().unwrap(),
            }
            let now: Vec<_> = all(&store).iter().map(about).collect();
            prop_assert_eq!(now.len(), kept.len(), "some of it is there twice");
            prop_assert_eq!(&now.into_iter().collect::<HashSet<_>>(), &kept);
        }
        for (cursor, seen) in &mut readers {
            seen.extend(read_on(&store, cursor, 9).0.iter().map(about));
            prop_assert!(seen.is_superset(&kept));
        }
    }
}
