//! Wires and servers that break.

use std::thread;
use std::time::{Duration, Instant};

use hallpass::store::{Cursor, SharedStore as _, Store as _};
use hallpass::{Denylist, Revocation, SessionId};

use super::server::{Server, quick};
use crate::proxy::{Mode, Proxy};
use crate::server::{PASSWORD, USER};
use crate::support::{all, header, id, look, numbers, refused, soon};
use crate::{Scenario, faults};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("Redis: a connection that is cut loses and doubles nothing", a_connection_that_is_cut),
    ("Redis: a server that stands still is told in time", a_server_that_stands_still_is_told_in_time),
    ("Redis: a server that dies keeps what it acknowledged", a_server_that_dies_keeps_what_it_acknowledged),
    ("Redis: an append is not told before the engine answers", an_append_is_not_told_before_the_engine_answers),
    ("Redis: connections that are ended are made anew", connections_that_are_ended_are_made_anew),
    ("Redis: a wait ends with news after its wire was swallowed", a_wait_survives_a_blackhole),
    ("Redis: what nobody waits for any more holds no connection", what_nobody_waits_for_holds_no_connection),
    ("Redis: out of memory is not shared yet, and shared later", out_of_memory_is_not_shared_yet),
];

pub(crate) const ALONE: &[Scenario] = &[
    ("Redis: neither keeps the other waiting", neither_keeps_the_other_waiting),
    ("Redis: bad wires only delay", bad_wires_only_delay),
    ("Redis: a wait on a broken connection does not spin", a_wait_on_a_broken_connection_does_not_spin),
    (
        "Redis: a connection that is gone without a word is made anew within the smallest bound",
        a_silent_end_is_survived,
    ),
];

fn through(proxy: &Proxy) -> String {
    super::server::url(USER, PASSWORD, proxy.port, "list")
}

fn a_connection_that_is_cut() {
    let server = Server::start("");
    let proxy = Proxy::to(server.port);
    faults::survives_cuts(&quick().open(&through(&proxy), header()).unwrap(), &proxy);
}

fn bad_wires_only_delay() {
    let server = Server::start("");
    let proxy = Proxy::to(server.port);
    faults::survives_bad_wires(&quick().open(&through(&proxy), header()).unwrap(), &proxy);
}

fn a_silent_end_is_survived() {
    let server = Server::start("");
    let proxy = Proxy::to(server.port);
    faults::survives_a_silent_end(&through(&proxy), &proxy);
}

fn a_server_that_stands_still_is_told_in_time() {
    let server = Server::start("");
    let store = quick().open(&server.url("list"), header()).unwrap();
    faults::is_told_in_time(&store, |signal| server.signal(signal));
}

fn a_server_that_dies_keeps_what_it_acknowledged() {
    let mut server = Server::start("");
    let store = server.open("list");
    let mut cursor = look(&store, &Cursor::start()).page.cursor;
    for n in 0..4 {
        for part in 0..5 {
            store.append(&[id(10 * n + part)]).unwrap();
        }
        server.kill();
        refused(8.0, || store.append(&[id(1)]));
        refused(8.0, || store.look(&cursor, 100));
        server.run();
        store.reopen().unwrap();
        let seen = look(&store, &cursor);
        assert!(!seen.has_lost, "{n}: a restart is no loss");
        let found = numbers(&seen.page.records);
        assert!(found.is_superset(&(10 * n..10 * n + 5).collect()), "{n}: {found:?}");
        cursor = seen.page.cursor;
    }
}

/// Whatever reaches the engine, only its answer says so.
fn an_append_is_not_told_before_the_engine_answers() {
    let server = Server::start("");
    let proxy = Proxy::to(server.port);
    let store = quick().open(&through(&proxy), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    server.signal("STOP");
    refused(2.0, || store.append(&[id(2)]));
    server.signal("CONT");
    store.reopen().unwrap();
    proxy.set(Mode::CutAnswered(1));
    refused(2.0, || store.append(&[id(3)]));
    proxy.set(Mode::Pass);
    store.reopen().unwrap();
    assert!(all(&store).contains(&3), "it was there, and nobody knew");
    store.append(&[id(3)]).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
}

fn connections_that_are_ended_are_made_anew() {
    let server = Server::start("");
    let store = server.open("list");
    for n in 0..3 {
        store.append(&[id(n)]).unwrap();
        look(&store, &Cursor::start());
        server.end_connections();
        thread::sleep(Duration::from_millis(100));
    }
    store.append(&[id(3)]).unwrap();
    assert_eq!(all(&store), (0..4).collect());
}

fn a_wait_on_a_broken_connection_does_not_spin() {
    let mut server = Server::start("");
    let store = server.open("list");
    look(&store, &Cursor::start());
    store.wait(Duration::from_millis(50));
    server.kill();
    faults::does_not_spin(&store);
}

fn a_wait_survives_a_blackhole() {
    let server = Server::start("");
    let proxy = Proxy::to(server.port);
    let (waiter, other) = (quick().open(&through(&proxy), header()).unwrap(), server.open("list"));
    look(&waiter, &Cursor::start());
    waiter.wait(Duration::from_millis(50));
    proxy.set(Mode::Blackhole);
    let begin = Instant::now();
    waiter.wait(Duration::from_secs(4));
    assert!(begin.elapsed() >= Duration::from_secs(4));
    proxy.set(Mode::Pass);
    let begin = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| waiter.wait(Duration::from_secs(20)));
        thread::sleep(Duration::from_millis(300));
        other.append(&[id(1)]).unwrap();
    });
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// How many connections there are to this port, as Linux has it.
fn connections(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let to = format!(":{port:04X}");
    let is_one = |line: &&str| {
        let mut fields = line.split_whitespace().skip(2);
        fields.next().is_some_and(|remote| remote.ends_with(&to)) && fields.next() == Some("01")
    };
    table.lines().filter(is_one).count()
}

fn what_nobody_waits_for_holds_no_connection() {
    let server = Server::start("");
    let store = quick().open(&server.url("list"), header()).unwrap();
    look(&store, &Cursor::start());
    assert_eq!(connections(server.port), 2, "the writer's and the reader's");
    server.signal("STOP");
    // More than fits between the two, so that it is still being sent.
    let many: Vec<_> = (0..150_000).map(id).collect();
    refused(10.0, || store.append(&many));
    // This makes a connection anew, in vain.
    refused(2.5, || store.append(&[id(1)]));
    assert_eq!(connections(server.port), 1, "the reader's");

    let server = Server::start("");
    let proxy = Proxy::to(server.port);
    let store = quick().open(&through(&proxy), header()).unwrap();
    store.wait(Duration::from_millis(50));
    assert_eq!(connections(proxy.port), 2, "the writer's and the waiter's");
    proxy.set(Mode::Blackhole);
    thread::sleep(Duration::from_millis(3_100));
    // Nor is this one answered: it gives up after a second.
    store.wait(Duration::from_secs(2));
    assert_eq!(connections(proxy.port), 1, "the writer's");
}

/// A long wait leaves appends and looks alone; an append that is stuck leaves looks alone.
fn neither_keeps_the_other_waiting() {
    let server = Server::start("");
    let store = server.open("list");
    thread::scope(|scope| {
        scope.spawn(|| store.wait(Duration::from_secs(20)));
        thread::sleep(Duration::from_millis(50));
        let begin = Instant::now();
        look(&store, &Cursor::start());
        store.append(&[id(2)]).unwrap();
        assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    });
}

fn out_of_memory_is_not_shared_yet() {
    let server = Server::start("");
    let url = server.url("list");
    let lists = [Denylist::connect(&url).unwrap(), Denylist::connect(&url).unwrap()];
    let store = server.open("list");
    server.set("maxmemory", "1");
    for error in [refused(3.0, || store.append(&[id(1)])), refused(3.0, || store.look(&Cursor::start(), 10))] {
        assert!(format!("{error:?}").contains("OOM"), "{error:?}");
    }
    let session = Revocation::Session(SessionId::from_bytes([7; 16]));
    let error = lists[0].revoke(session).wait().unwrap_err();
    assert!(matches!(error, hallpass::RevokeError::NotShared(_)), "{error}");
    assert!(lists[0].store_error().is_some());
    assert_eq!(lists[1].stats().ids, 0);
    server.set("maxmemory", "0");
    soon("it is shared", || lists[1].stats().ids == 1);
    soon("all is well", || lists[0].store_error().is_none());
    store.reopen().unwrap();
    store.append(&[id(1)]).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
}
