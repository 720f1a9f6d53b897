//! Making the file: all of it or nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Barrier;
use std::thread;
use std::time::SystemTime;

use hallpass::store::{RedbStore, StoreErrorKind};
use hallpass::{Denylist, DenylistError};

use super::{Place, header, refused, refused_to_readers, token};
use crate::support::noon;

#[test]
fn a_new_file_is_for_its_owner_alone_and_there_is_nothing_beside_it() {
    let place = Place::new();
    let denylist = place.open();
    denylist.revoke_at(token(1), noon()).wait().unwrap();
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(place.names(), ["denylist.redb"]);
}

#[test]
fn without_a_folder_for_it_there_is_an_error_and_no_folder_is_made() {
    let place = Place::new();
    let path = place.folder.path().join("folder").join("denylist.redb");
    assert_eq!(refused(&path), StoreErrorKind::Missing);
    assert_eq!(refused_to_readers(&path), StoreErrorKind::Missing);
    assert!(place.names().is_empty());
    // A file where a folder should be.
    fs::write(place.folder.path().join("folder"), b"").unwrap();
    assert_eq!(refused(&path), StoreErrorKind::Io);
    assert_eq!(place.names(), ["folder"]);
}

#[test]
fn who_only_reads_or_wants_what_is_there_makes_nothing() {
    let place = Place::new();
    assert_eq!(refused_to_readers(&place.path()), StoreErrorKind::Missing);
    assert_eq!(RedbStore::open_existing(place.path()).unwrap_err().kind(), StoreErrorKind::Missing);
    assert!(place.names().is_empty());
}

/// Nothing is made and removed again, either.
#[test]
fn where_something_else_is_the_folder_is_left_as_it_is() {
    let place = Place::new();
    fs::write(place.path(), b"somebody else's").unwrap();
    let folder = fs::File::open(place.folder.path()).unwrap();
    folder.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    refused(&place.path());
    assert_eq!(folder.metadata().unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH);
}

#[test]
fn why_a_file_cannot_be_made_is_told_and_not_that_it_is_missing() {
    let place = Place::new();
    // The file itself could have such a name, and what is made beside it can't.
    let path = place.folder.path().join("x".repeat(250));
    assert_eq!(refused(&path), StoreErrorKind::Io);
    assert!(place.names().is_empty());
}

#[test]
fn of_those_who_make_it_at_once_one_wins() {
    const MANY: usize = 8;
    for _ in 0..10 {
        let place = Place::new();
        let barrier = Barrier::new(MANY);
        let opened: Vec<_> = thread::scope(|scope| {
            let open = || {
                barrier.wait();
                Denylist::builder().open_at(place.path(), noon())
            };
            let threads: Vec<_> = (0..MANY).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(place.names(), ["denylist.redb"]);
        let (won, lost): (Vec<_>, Vec<_>) = opened.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        for error in lost {
            let in_use = matches!(&error, Err(DenylistError::Store(error)) if error.kind() == StoreErrorKind::InUse);
            assert!(in_use, "{error:?}");
        }
        won.into_iter().for_each(|denylist| drop(denylist.unwrap().revoke_at(token(1), noon()).wait()));
        assert_eq!(place.open().stats().ids, 1);
    }
}

#[test]
fn what_a_crash_has_left_beside_it_stands_in_nobodys_way() {
    let place = Place::new();
    fs::write(place.folder.path().join("denylist.redb.00000000000000000000000000000000.new"), b"half a file").unwrap();
    drop(place.open());
    let store = RedbStore::open(place.path(), header()).unwrap();
    drop(store);
}
