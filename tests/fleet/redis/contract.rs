//! What every store must do, and what a shared one must do besides, where all is well.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hallpass::Denylist;
use hallpass::store::{Cursor, RedisStore, SharedStore as _, Store as _, StoreErrorKind};
use hallpass::testing::{shared_store_conformance, store_conformance};

use super::server::Server;
use crate::support::{all, id, id_at, look, now, numbers, refused, soon};
use crate::{Scenario, contract, reading};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("Redis: what every store must do", conformance),
    ("Redis: what every shared store must do", shared_conformance),
    ("Redis: what comes while pages are read is not missed", what_comes_while_pages_are_read_is_not_missed),
    ("Redis: what was read is no news", what_was_read_is_no_news),
    ("Redis: what can't be read is told", what_cannot_be_read_is_told),
    ("Redis: many records are appended at once", many_records_are_appended_at_once),
    ("Redis: a fast clock drops nothing", a_fast_clock_drops_nothing),
    ("Redis: vouching anew keeps what others append meanwhile", vouching_anew_keeps_what_others_append),
    ("Redis: one URL makes a fleet", one_url_makes_a_fleet),
    ("Redis: a key that is revoked again and again is kept once", a_key_that_is_revoked_again_is_kept_once),
    ("Redis: what vouching anew leaves as it is comes once", what_vouching_anew_leaves_comes_once),
];

pub(crate) const ALONE: &[Scenario] = &[("Redis: an append wakes whoever waits", an_append_wakes_whoever_waits)];

fn conformance() {
    // The suite has a calendar of its own, so the engine's clock must not stand in its way.
    let server = Server::start_ahead("", Some(TimeDelta::days(27_000)));
    store_conformance(|| {
        let url = server.url(&server.list());
        move |header| RedisStore::open(&url, header)
    });
}

fn shared_conformance() {
    let server = Server::start("");
    shared_store_conformance(|| {
        let url = server.url(&server.list());
        move |header| RedisStore::open(&url, header)
    });
}

fn an_append_wakes_whoever_waits() {
    let server = Server::start("");
    contract::wakes(&server.open("list"), &server.open("list"));
}

fn what_comes_while_pages_are_read_is_not_missed() {
    let server = Server::start("");
    let other = server.open("list");
    reading::nothing_is_missed(|| server.open("list"), |n| other.append(&[id(n)]).unwrap());
}

fn what_was_read_is_no_news() {
    let server = Server::start("");
    let (waiter, other) = (server.open("list"), server.open("list"));
    let cursor = look(&waiter, &Cursor::start()).page.cursor;
    // It has asked for what comes.
    waiter.wait(Duration::from_millis(100));
    other.append(&[id(1)]).unwrap();
    assert_eq!(numbers(&look(&waiter, &cursor).page.records), [1].into());
    let begin = Instant::now();
    waiter.wait(Duration::from_millis(500));
    assert!(begin.elapsed() >= Duration::from_millis(500), "{:?}", begin.elapsed());
}

fn what_cannot_be_read_is_told() {
    let server = Server::start("");
    let store = server.open("list");
    for cursor in [&b"x"[..], b"1:2:;;0;0;0", b"0", b"1-1-1", &[255]] {
        let cursor = Cursor::from_bytes(cursor);
        assert_eq!(refused(1.0, || store.read(&cursor, 10)).kind(), StoreErrorKind::Foreign);
        assert_eq!(refused(1.0, || store.look(&cursor, 10)).kind(), StoreErrorKind::Foreign);
    }
    store.append(&[id(1)]).unwrap();
    // Its first byte is the number of a format.
    let newer = server.say(&["xadd", "{list}:log", "*", "r", "newer"]);
    for entry in [["r", "\u{1}"], ["other", "field"]] {
        server.say(&["xadd", "{list}:log", "*", entry[0], entry[1]]);
    }
    let first = store.look(&Cursor::start(), 1).unwrap().page;
    assert_eq!((numbers(&first.records), first.malformed), ([1].into(), 0));
    let version = u16::from(b'n');
    assert_eq!(refused(1.0, || store.look(&first.cursor, 10)).kind(), StoreErrorKind::Newer { version });
    assert_eq!(refused(1.0, || store.read(&first.cursor, 10)).kind(), StoreErrorKind::Newer { version });
    server.say(&["xdel", "{list}:log", &newer]);
    // Somebody else's entries are no loss; that one of them is gone is.
    let seen = look(&store, &Cursor::start());
    assert_eq!((numbers(&seen.page.records), seen.page.malformed, seen.has_lost), ([1].into(), 2, true));
    crate::support::begin_epoch(&store, &seen.header).unwrap();
    let seen = look(&store, &Cursor::start());
    assert_eq!((seen.page.malformed, seen.has_lost), (2, false));
    store.vouch_anew(now(), now()).unwrap();
    let seen = look(&store, &Cursor::start());
    assert_eq!((numbers(&seen.page.records), seen.page.malformed, seen.has_lost), ([1].into(), 0, false));
}

fn many_records_are_appended_at_once() {
    let server = Server::start("");
    let store = server.open("list");
    let records: Vec<_> = (0..20_000).map(id).collect();
    store.append(&records).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
    let mut found = std::collections::HashSet::new();
    for page in hallpass::store::pages(&store, Cursor::start(), 3_000) {
        found.extend(numbers(&page.unwrap().records));
    }
    assert_eq!(found.len(), 20_000);
}

fn a_fast_clock_drops_nothing() {
    let server = Server::start("");
    let store = server.open("list");
    let long_ago = now() - TimeDelta::days(1);
    store.append(&[id(1), id_at(2, long_ago), id(3), id_at(4, long_ago)]).unwrap();
    let cursor = look(&store, &Cursor::start()).page.cursor;
    let purged = store.purge(now() + TimeDelta::days(365), 10).unwrap();
    assert_eq!((purged.dropped, purged.more), (2, false));
    assert_eq!(all(&store), [1, 3].into());
    let seen = look(&store, &cursor);
    assert!(!seen.has_lost && seen.page.records.is_empty());
    assert!(seen.header.purged().is_some_and(|purged| purged <= now()));
    store.append(&[id(5)]).unwrap();
    assert_eq!(numbers(&look(&store, &cursor).page.records), [5].into());
    store.vouch_anew(now(), now()).unwrap();
    assert_eq!(
        store.header().unwrap().purged(),
        seen.header.purged(),
        "what is vouched for anew was purged all the same"
    );
}

fn vouching_anew_keeps_what_others_append() {
    let server = Server::start("");
    let (one, other) = (server.open("list"), server.open("list"));
    one.append(&(0..15_000).map(id).collect::<Vec<_>>()).unwrap();
    std::thread::scope(|scope| {
        let others = scope.spawn(|| (0..200).for_each(|n| other.append(&[id(20_000 + n)]).unwrap()));
        for _ in 0..3 {
            one.vouch_anew(now() - TimeDelta::minutes(1), now()).unwrap();
        }
        others.join().unwrap();
    });
    assert!(!look(&one, &Cursor::start()).has_lost && !look(&other, &Cursor::start()).has_lost);
    let mut found = std::collections::HashSet::new();
    for page in hallpass::store::pages(&one, Cursor::start(), 10_000) {
        found.extend(numbers(&page.unwrap().records));
    }
    assert_eq!(found.len(), 15_200);
}

fn one_url_makes_a_fleet() {
    let server = Server::start("");
    let url = server.url("list");
    let lists: Vec<Denylist> = (0..3).map(|_| Denylist::connect(&url).unwrap()).collect();
    let session = hallpass::SessionId::from_bytes([7; 16]);
    lists[0].revoke(hallpass::Revocation::Session(session)).wait().unwrap();
    for list in &lists {
        soon("it is known everywhere", || list.stats().ids == 1);
        assert_eq!(list.store_error(), None);
    }
}

fn what_vouching_anew_leaves_comes_once() {
    contract::gives_again_what_is_changed(&Server::start("").open("list"));
}

fn a_key_that_is_revoked_again_is_kept_once() {
    let server = Server::start("");
    contract::keeps_a_key_once(&server.open("list"), &server.open("list"), &server.url("list"));
}
