//! A file that was truncated, or in which something was changed: refused, or all is there, and so it is when it
//! is opened once more.

use std::fs;

use hallpass::store::{Cursor, RedbStore, Store as _, StoreErrorKind};
use hallpass::{Denylist, DenylistError};

use super::{Place, fill, has_all, token};
use crate::panics;
use crate::support::noon;

/// The part of the file that says where everything is.
const HEAD: usize = 320;

/// redb's assertions panic over what was altered, which the library takes for what it is: no need to tell.
fn quietly(work: impl FnOnce()) {
    let ((), _) = panics::heard(work);
}

/// What a file that was altered turned out to be.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Whole,
    /// Less than there was, or another list.
    Less,
    Refused(StoreErrorKind),
}

fn open(place: &Place) -> Found {
    match Denylist::builder().open_at(place.path(), noon()) {
        Ok(denylist) if has_all(&denylist) => Found::Whole,
        Ok(_) => Found::Less,
        Err(DenylistError::Store(error)) => Found::Refused(error.kind()),
        Err(error) => panic!("{error}"),
    }
}

/// Opens a file with these bytes, twice. Whether it is whole.
fn is_whole(place: &Place, bytes: &[u8], what: &str) -> bool {
    fs::write(place.path(), bytes).unwrap();
    let (mut found, mut is_unclean) = (Vec::new(), false);
    quietly(|| {
        let read = RedbStore::open_read_only(place.path()).and_then(|store| store.read(&Cursor::start(), 10_000));
        is_unclean = read.is_err_and(|error| error.kind() == StoreErrorKind::Unclean);
        assert!(fs::read(place.path()).unwrap() == bytes, "who only reads has changed it, {what}");
        found.extend([open(place), open(place)]);
    });
    for found in &found {
        let is_right = match found {
            Found::Whole | Found::Refused(StoreErrorKind::Damaged | StoreErrorKind::Foreign) => true,
            // Which are the bytes that say so.
            Found::Refused(StoreErrorKind::Newer { .. }) => true,
            Found::Less | Found::Refused(_) => false,
        };
        assert!(is_right, "{what}: {found:?}");
    }
    assert!(found[0] == found[1], "{what}: {found:?}");
    let is_whole = found[0] == Found::Whole;
    // What was not closed may be mended before it is refused.
    assert!(is_whole || is_unclean || fs::read(place.path()).unwrap() == bytes, "it was refused and changed, {what}");
    is_whole
}

/// Flips a bit at each of these places, one after the other.
fn how_many_are_whole(place: &Place, bytes: &[u8], places: &[usize]) -> usize {
    let is_whole = |&&at: &&usize| {
        let (mut bytes, bit) = (bytes.to_vec(), at * 7 % 8);
        bytes[at] ^= 1 << bit;
        is_whole(place, &bytes, &format!("bit {bit} of byte {at} flipped"))
    };
    places.iter().filter(is_whole).count()
}

#[test]
fn wherever_a_bit_is_flipped_it_is_refused_or_whole() {
    let (place, altered) = (Place::new(), Place::in_memory());
    fill(&place);
    let bytes = fs::read(place.path()).unwrap();
    assert!(is_whole(&altered, &bytes, "nothing altered"));
    let places: Vec<usize> = (0..HEAD).chain((HEAD..bytes.len()).step_by(421)).collect();
    // Much of the file is not in use. The rest is checked.
    let whole = how_many_are_whole(&altered, &bytes, &places);
    assert!((1..places.len()).contains(&whole), "{whole}");
}

#[test]
fn and_so_it_is_if_it_was_not_closed() {
    let (place, altered) = (Place::new(), Place::in_memory());
    fill(&place);
    let denylist = place.open();
    denylist.revoke_at(token(0), noon()).wait().unwrap();
    let bytes = fs::read(place.path()).unwrap();
    drop(denylist);
    let places: Vec<usize> = (0..HEAD).chain((HEAD..bytes.len()).step_by(421)).collect();
    let whole = how_many_are_whole(&altered, &bytes, &places);
    assert!((1..places.len()).contains(&whole), "{whole}");
}

#[test]
fn wherever_it_ends_it_is_refused_or_whole() {
    let (place, altered) = (Place::new(), Place::in_memory());
    fill(&place);
    let bytes = fs::read(place.path()).unwrap();
    let pages = (0..bytes.len()).step_by(4096).flat_map(|at| [at.saturating_sub(1), at, at + 1, at + 2000]);
    for len in pages.chain([8, 9, 64, 192, HEAD - 1, HEAD, bytes.len() - 1]) {
        assert!(!is_whole(&altered, &bytes[..len.min(bytes.len() - 1)], &format!("cut to {len} bytes")));
    }
}

#[test]
fn whatever_page_is_emptied_it_is_refused_or_whole() {
    let (place, altered) = (Place::new(), Place::in_memory());
    fill(&place);
    let bytes = fs::read(place.path()).unwrap();
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(4096) {
        let mut bytes = bytes.clone();
        bytes[at..at + 4096].fill(0);
        refused += usize::from(!is_whole(&altered, &bytes, &format!("the page at {at} emptied")));
    }
    assert!(refused > 2, "{refused}");
}
