//! Rows that can't be read, that hide others, or that are of a newer format.

use hallpass::store::{Cursor, Purged, RedbStore, Store as _, StoreErrorKind, pages};

use super::super::files::refused;
use super::super::{row, rows};
use super::{NEWER, due, first_use, id, ids, key, new, read_on, row_of, with_rows};
use crate::support::{chain, noon};

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
            assert!(chain(&error).ends_with(": its records are not in order"), "{what}: {error:?}");
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
