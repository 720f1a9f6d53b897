//! What every store must do, and what a shared one must do besides, where all is well.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hallpass::key::SecretKey;
use hallpass::store::{Cursor, PostgresStore, RECORD_FORMAT, Record, SharedStore, Store as _, pages};
use hallpass::testing::{shared_store_conformance, store_conformance};
use hallpass::{Denylist, Revocation};

use super::Scenario;
use super::server::Server;
use super::support::{all, id, id_at, look, now, numbers, open, soon};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("what every store must do", conformance),
    ("what every shared store must do", shared_conformance),
    ("a fast clock drops nothing that others need", a_fast_clock_drops_nothing_that_others_need),
    ("a key that is revoked again and again is kept once", a_key_that_is_revoked_again_is_kept_once),
    ("what vouching anew leaves as it is comes once", what_vouching_anew_leaves_comes_once),
];

pub(crate) const ALONE: &[Scenario] = &[("an append wakes whoever waits", an_append_wakes_whoever_waits)];

fn conformance() {
    let server = Server::start("");
    store_conformance(|| {
        let database = server.database();
        // The suite has a calendar of its own, so the engine's clock must not stand in its way.
        server.sql(
            &database,
            "create schema own; create function own.clock_timestamp() returns timestamptz
            language sql as 'select timestamptz ''2100-01-01''';",
        );
        let url = format!("{}?options=-c%20search_path%3Down%2Cpg_catalog", server.url(&database));
        move |header| PostgresStore::open(&url, header)
    });
}

fn shared_conformance() {
    let server = Server::start("");
    shared_store_conformance(|| {
        let url = server.url(&server.database());
        move |header| PostgresStore::open(&url, header)
    });
}

fn a_fast_clock_drops_nothing_that_others_need() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    let retention = store.header().unwrap().retention();
    let expired = now() - retention - TimeDelta::minutes(1);
    store.append(&[id(1), id_at(2, expired)]).unwrap();
    for ahead in [TimeDelta::zero(), TimeDelta::hours(2), TimeDelta::days(4_000)] {
        store.purge(now() + ahead, 100).unwrap();
        assert_eq!(all(&store), [1].into(), "{ahead}");
    }
    let purged = store.header().unwrap().purged().unwrap();
    assert!(purged <= now() + TimeDelta::seconds(1), "nor does it say so: {purged}");
}

fn an_append_wakes_whoever_waits() {
    let server = Server::start("");
    let database = server.database();
    wakes(&open(&server, &database), &open(&server, &database));
}

pub(crate) fn wakes(a: &impl SharedStore, b: &impl SharedStore) {
    let cursor = look(b, &Cursor::start()).page.cursor;
    let mut times = Vec::new();
    for n in 0..21 {
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                b.wait(Duration::from_secs(20));
                Instant::now()
            });
            std::thread::sleep(Duration::from_millis(30));
            a.append(&[id(n)]).unwrap();
            let appended = Instant::now();
            times.push(waiter.join().unwrap().saturating_duration_since(appended));
        });
        look(b, &cursor);
    }
    times.sort();
    assert!(times[10] < Duration::from_millis(5), "{times:?}");
    let begin = Instant::now();
    b.wake();
    b.wait(Duration::from_secs(20));
    assert!(begin.elapsed() < Duration::from_secs(1), "a wake ends the next wait");
    b.wait(Duration::from_millis(200));
    assert!(begin.elapsed() >= Duration::from_millis(200), "and only that");
}

fn a_key_that_is_revoked_again_is_kept_once() {
    let server = Server::start("");
    let database = server.database();
    keeps_a_key_once(&open(&server, &database), &open(&server, &database), &server.url(&database));
}

/// The nth key was revoked, or forgotten.
fn of_key(kind: u8, n: u8, made: i64) -> Record {
    Record::from_bytes(&[&[RECORD_FORMAT, kind, 0], &[n; 33][..], &made.to_be_bytes()].concat()).unwrap()
}

fn kept(store: &impl SharedStore) -> Vec<Record> {
    pages(store, Cursor::start(), 100).flat_map(|page| page.unwrap().records).collect()
}

fn what_vouching_anew_leaves_comes_once() {
    let server = Server::start("");
    gives_again_what_is_changed(&open(&server, &server.database()));
}

/// What a clock that was ahead has made is changed, and nothing else.
pub(crate) fn gives_again_what_is_changed(store: &impl SharedStore) {
    let hour = TimeDelta::hours(1);
    store.append(&[id_at(1, now() - hour), id_at(2, now())]).unwrap();
    let cursor = look(store, &Cursor::start()).page.cursor;
    store.vouch_anew(now() - hour / 2, now()).unwrap();
    assert_eq!(numbers(&look(store, &cursor).page.records), [2].into());
    assert_eq!(all(store), [1, 2].into());
}

pub(crate) fn keeps_a_key_once<S: SharedStore>(store: &S, other: &S, url: &str) {
    const REVOKED: u8 = 4;
    const FORGOTTEN: u8 = 5;
    store.append(&[of_key(REVOKED, 4, 0), of_key(REVOKED, 4, 1)]).unwrap();
    assert_eq!(store.purge(now(), 7).unwrap().dropped, 1, "two are enough");
    for n in 0..20 {
        store.append(&[of_key(REVOKED, 1, n), of_key(FORGOTTEN, 1, -n), of_key(REVOKED, 2, 7)]).unwrap();
    }
    store.append(&[id(1), of_key(REVOKED, 3, 0)]).unwrap();
    let cursor = look(other, &Cursor::start()).page.cursor;
    let mut dropped = 0;
    loop {
        let purged = store.purge(now(), 7).unwrap();
        assert!(purged.dropped <= 7, "{purged:?}");
        dropped += purged.dropped;
        if !purged.more {
            break;
        }
        assert!(purged.dropped > 0, "a purge ends");
    }
    assert_eq!(dropped, 57);
    let left = kept(store);
    assert_eq!(left.len(), 6, "{left:?}");
    for record in [
        of_key(REVOKED, 1, 19),
        of_key(FORGOTTEN, 1, 0),
        of_key(REVOKED, 2, 7),
        of_key(REVOKED, 3, 0),
        of_key(REVOKED, 4, 1),
    ] {
        assert!(left.contains(&record), "{record:?}");
    }
    assert_eq!(store.header().unwrap().purged(), None, "nothing is forgotten by that");
    for store in [store, other] {
        assert!(!look(store, &cursor).has_lost);
    }
    // A list purges by itself now and then, and when it is told to.
    let list = Denylist::connect(url).unwrap();
    let key = SecretKey::generate().unwrap().id();
    for _ in 0..5 {
        list.revoke(Revocation::Key(key)).wait().unwrap();
    }
    list.purge();
    soon("it is kept once", || kept(store).len() == 7);
    assert!(Denylist::connect(url).unwrap().forget_key(&key).is_some());
}
