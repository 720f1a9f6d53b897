//! One suite over every store.

use std::sync::Arc;
use std::time::Duration;

use hallpass::Denylist;
use hallpass::store::{RedbStore, Store, StoreErrorKind};
use hallpass::testing::{Failing, MemoryEngine, shared_store_conformance, store_conformance};

use super::{Place, header};

#[test]
fn the_embedded_store_does_what_a_store_must() {
    store_conformance(|| {
        let place = Place::new();
        move |new| RedbStore::open(place.path(), new)
    });
}

#[test]
fn the_stand_in_for_a_remote_store_does_too() {
    store_conformance(|| {
        let engine = MemoryEngine::new();
        move |new| engine.open(new)
    });
}

#[test]
fn and_so_it_does_when_it_is_slow_and_repeats_and_reorders() {
    store_conformance(|| {
        let engine = MemoryEngine::new();
        engine.shuffle(true);
        engine.slow_down(Duration::from_micros(200));
        move |new| engine.open(new)
    });
}

#[test]
fn and_so_do_stores_behind_pointers() {
    store_conformance(|| {
        let engine = MemoryEngine::new();
        move |new| engine.open(new).map(|store| Box::new(store) as Box<dyn Store>)
    });
    store_conformance(|| {
        let engine = MemoryEngine::new();
        move |new| engine.open(new).map(Arc::new)
    });
}

#[test]
fn a_store_behind_a_pointer_is_good_again_once_it_was_reopened() {
    let engine = MemoryEngine::new();
    let stores: [Box<dyn Store>; 2] =
        [Box::new(Box::new(engine.open(header()).unwrap())), Box::new(Arc::new(engine.open(header()).unwrap()))];
    for store in stores {
        engine.fail(Failing::Before, 0);
        assert!(store.header().is_err());
        engine.fail(Failing::Never, 0);
        assert_eq!(store.header().unwrap_err().kind(), StoreErrorKind::Poisoned);
        store.reopen().unwrap();
        assert!(store.header().is_ok());
    }
}

/// Not taken for one that others use too.
#[test]
fn a_file_behind_a_pointer_is_opened_as_the_file_itself() {
    let (one, other) = (Place::in_memory(), Place::in_memory());
    let file = |place: &Place| RedbStore::open(place.path(), header()).unwrap();
    assert!(Denylist::builder().open_store(Box::new(file(&one))).is_ok());
    assert!(Denylist::builder().open_store(Arc::new(file(&other))).is_ok());
}

#[test]
fn the_stand_in_does_what_a_shared_store_must() {
    for shuffles in [false, true] {
        shared_store_conformance(|| {
            let engine = MemoryEngine::new();
            engine.shuffle(shuffles);
            move |new| engine.open(new)
        });
    }
}
