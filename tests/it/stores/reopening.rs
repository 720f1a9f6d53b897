//! What is found out when a list is opened again after an error.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;

use hallpass::store::{Cursor, Record, RedbStore, Store as _, StoreErrorKind};
use hallpass::testing::internal::redb_store_on;
use redb::backends::InMemoryBackend;
use redb::{Builder, StorageBackend};

use super::{Place, header};
use crate::support::chain;

/// A token's id, made at the beginning of time.
fn id(n: u8) -> Record {
    Record::from_bytes(&[&[1, 1][..], &[n; 16], &[0; 8]].concat()).unwrap()
}

/// Puts another file in the place of the one that is open, as whoever restores a backup does.
fn put_back(place: &Place, bytes: &[u8]) {
    let backup = place.folder.path().join("backup");
    fs::write(&backup, bytes).unwrap();
    fs::rename(backup, place.path()).unwrap();
}

#[test]
fn a_backup_in_place_of_the_file_has_lost_something_and_is_not_gone_on_with() {
    let place = Place::new();
    let store = RedbStore::open(place.path(), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    let backup = fs::read(place.path()).unwrap();
    store.append(&[id(2)]).unwrap();
    put_back(&place, &backup);
    for _ in 0..2 {
        let error = store.reopen().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Damaged);
        assert!(chain(&error).ends_with(": it has lost what it had acknowledged"), "{error:?}");
        assert_eq!(store.append(&[id(3)]).unwrap_err().kind(), StoreErrorKind::Poisoned);
    }
}

#[test]
fn a_backup_that_has_all_that_was_acknowledged_is_gone_on_with() {
    let place = Place::new();
    let store = RedbStore::open(place.path(), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    let backup = fs::read(place.path()).unwrap();
    put_back(&place, &backup);
    store.reopen().unwrap();
    store.append(&[id(2)]).unwrap();
    assert_eq!(store.read(&Cursor::start(), 9).unwrap().records, [id(1), id(2)]);
}

#[test]
fn another_list_in_place_of_the_file_is_foreign() {
    let (place, other) = (Place::new(), Place::new());
    let store = RedbStore::open(place.path(), header()).unwrap();
    drop(RedbStore::open(other.path(), header()).unwrap());
    put_back(&place, &fs::read(other.path()).unwrap());
    let error = store.reopen().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    assert!(chain(&error).ends_with(": another denylist is in its place"), "{error:?}");
}

/// A database in memory, with which something panics when it is closed for the first time.
#[derive(Debug)]
struct PanicsOnceWhenClosed(InMemoryBackend, Arc<AtomicBool>);

impl StorageBackend for PanicsOnceWhenClosed {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        assert!(self.1.swap(true, SeqCst), "a bug of the database's");
        self.0.close()
    }
}

#[test]
fn who_reopens_is_not_harmed_by_a_panic_over_what_is_closed() {
    let has_panicked = Arc::new(AtomicBool::new(false));
    let panics = has_panicked.clone();
    // A builder of our own: the store's asks for locks, which this backend has not.
    let open = move |_: &Builder| {
        Builder::new().create_with_backend(PanicsOnceWhenClosed(InMemoryBackend::new(), panics.clone()))
    };
    let store = redb_store_on(open, header()).unwrap();
    store.reopen().unwrap();
    assert!(has_panicked.load(SeqCst));
    store.append(&[id(1)]).unwrap();
}
