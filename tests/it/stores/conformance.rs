//! One suite over every store.

use std::time::Duration;

use hallpass::store::RedbStore;
use hallpass::testing::{MemoryEngine, shared_store_conformance, store_conformance};

use super::Place;

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
fn the_stand_in_does_what_a_shared_store_must() {
    for shuffles in [false, true] {
        shared_store_conformance(|| {
            let engine = MemoryEngine::new();
            engine.shuffle(shuffles);
            move |new| engine.open(new)
        });
    }
}
