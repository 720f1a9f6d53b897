//! Wires that break, servers that stop.

use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hallpass::store::{Cursor, PostgresStore, SharedStore, Store as _};
use hallpass::{Denylist, Issuer, KeyRing, Verifier};

use super::Scenario;
use super::proxy::{Mode, Proxy};
use super::server::Server;
use super::support::{all, begin_epoch, header, id, look, now, numbers, open, refused, soon};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("what nobody waits for any more holds no connection", what_nobody_waits_for_holds_no_connection),
    ("a connection that is cut loses and doubles nothing", a_connection_that_is_cut_loses_and_doubles_nothing),
    ("a server that stands still is told in time", a_server_that_stands_still_is_told_in_time),
    ("a server that dies keeps what it acknowledged", a_server_that_dies_keeps_what_it_acknowledged),
    ("connections that are ended are made anew", connections_that_are_ended_are_made_anew),
    ("a process that stands still amid a new epoch holds nobody up", a_process_that_stands_still_holds_nobody_up),
    ("a process that stands still amid all records holds nobody up", one_that_stands_still_amid_all_holds_nobody_up),
];

pub(crate) const ALONE: &[Scenario] = &[
    ("neither keeps the other waiting", neither_keeps_the_other_waiting),
    ("bad wires only delay", bad_wires_only_delay),
    ("a wait on a broken connection does not spin", a_wait_on_a_broken_connection_does_not_spin),
    ("a connection that is gone without a word is made anew within the smallest bound", a_silent_end_is_survived),
];

const SECOND: Duration = Duration::from_secs(1);

fn quick(url: &str) -> PostgresStore {
    let builder = PostgresStore::builder().connect_limit(SECOND).look_limit(SECOND).write_limit(SECOND);
    builder.open(url, header()).unwrap()
}

fn a_connection_that_is_cut_loses_and_doubles_nothing() {
    let server = Server::start("");
    let database = server.database();
    let proxy = Proxy::to(server.port);
    survives_cuts(&quick(&server.url_at(proxy.port, &database)), &proxy);
}

pub(crate) fn survives_cuts(store: &impl SharedStore, proxy: &Proxy) {
    let mut expected = std::collections::HashSet::new();
    let cuts = (0..1600).step_by(97).map(Mode::CutAsked).chain((0..120).step_by(9).map(Mode::CutAnswered));
    let mut errors = 0;
    for (n, cut) in (0..).zip(cuts) {
        let records = [id(2 * n), id(2 * n + 1)];
        store.header().unwrap();
        proxy.set(cut);
        let early = store.append(&records);
        errors += u32::from(early.is_err());
        proxy.set(Mode::Pass);
        if early.is_err() {
            store.reopen().unwrap();
            let kept = all(store);
            assert_eq!(kept.contains(&(2 * n)), kept.contains(&(2 * n + 1)), "all of it or nothing: {cut:?}");
            store.append(&records).unwrap();
        }
        expected.extend([2 * n, 2 * n + 1]);
        assert_eq!(all(store), expected, "{cut:?}");
        assert!(!look(store, &Cursor::start()).has_lost, "{cut:?}");
    }
    assert!(errors > 15, "{errors}");
    for cut in (0..2400).step_by(301).map(Mode::CutAsked) {
        proxy.set(cut);
        let _ = store.look(&Cursor::start(), 10);
        proxy.set(Mode::Pass);
        assert!(!look(store, &Cursor::start()).has_lost, "{cut:?}");
    }
}

fn bad_wires_only_delay() {
    let server = Server::start("");
    let database = server.database();
    let proxy = Proxy::to(server.port);
    survives_bad_wires(&quick(&server.url_at(proxy.port, &database)), &proxy);
}

pub(crate) fn survives_bad_wires(store: &impl SharedStore, proxy: &Proxy) {
    for (n, mode) in (0..).zip([Mode::Sliced, Mode::Slow(30)]) {
        proxy.set(mode);
        store.reopen().unwrap();
        store.append(&[id(n)]).unwrap();
        assert!(all(store).contains(&n), "{mode:?}");
        look(store, &Cursor::start());
    }
    for mode in [Mode::Blackhole, Mode::Reset] {
        proxy.set(mode);
        refused(2.5, || store.append(&[id(5)]));
        refused(2.5, || store.look(&Cursor::start(), 10));
        refused(2.5, || store.reopen());
        proxy.set(Mode::Pass);
        store.reopen().unwrap();
        store.append(&[id(5)]).unwrap();
        assert!(!look(store, &Cursor::start()).has_lost);
    }
}

fn a_server_that_stands_still_is_told_in_time() {
    let server = Server::start("");
    let database = server.database();
    is_told_in_time(&quick(&server.url(&database)), |signal| server.signal(signal));
}

pub(crate) fn is_told_in_time(store: &impl SharedStore, signal: impl Fn(&str)) {
    store.append(&[id(1)]).unwrap();
    look(store, &Cursor::start());
    signal("STOP");
    for _ in 0..2 {
        refused(2.5, || store.append(&[id(2)]));
        refused(2.5, || store.look(&Cursor::start(), 10));
        refused(2.5, || store.reopen());
    }
    signal("CONT");
    store.reopen().unwrap();
    store.append(&[id(2)]).unwrap();
    assert!(!look(store, &Cursor::start()).has_lost);
    assert_eq!(all(store), [1, 2].into());
}

fn a_server_that_dies_keeps_what_it_acknowledged() {
    let mut server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    let mut cursor = look(&store, &Cursor::start()).page.cursor;
    for n in 0..4 {
        for part in 0..5 {
            store.append(&[id(10 * n + part)]).unwrap();
        }
        match n % 2 {
            0 => server.kill(),
            _ => server.stop("immediate"),
        }
        refused(8.0, || store.append(&[id(1)]));
        refused(8.0, || store.look(&cursor, 100));
        server.run();
        store.reopen().unwrap();
        let seen = look(&store, &cursor);
        assert!(!seen.has_lost);
        let found = numbers(&seen.page.records);
        assert!(found.is_superset(&(10 * n..10 * n + 5).collect()), "{n}: {found:?}");
        cursor = seen.page.cursor;
    }
}

fn connections_that_are_ended_are_made_anew() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    let connections = || {
        store.append(&[id(0)]).unwrap();
        look(&store, &Cursor::start());
        let all =
            "select string_agg(pid::text, ' ' order by pid) from pg_stat_activity where application_name = 'hallpass'";
        server.sql("postgres", all)
    };
    assert_eq!(connections(), connections(), "until then they stay");
    for n in 0..3 {
        store.append(&[id(n)]).unwrap();
        look(&store, &Cursor::start());
        server.end_connections(&database);
        thread::sleep(Duration::from_millis(100));
    }
    store.append(&[id(3)]).unwrap();
    assert_eq!(all(&store), (0..4).collect());
}

fn a_wait_on_a_broken_connection_does_not_spin() {
    let mut server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    look(&store, &Cursor::start());
    server.stop("fast");
    does_not_spin(&store);
}

/// Over a server that is not there.
pub(crate) fn does_not_spin(store: &impl SharedStore) {
    let (begin, busy) = (Instant::now(), cpu_time());
    for _ in 0..2 {
        store.wait(SECOND);
    }
    let (waited, busy) = (begin.elapsed(), cpu_time() - busy);
    assert!(waited >= Duration::from_millis(1900), "{waited:?}");
    assert!(busy < 0.3, "{busy} s");
    thread::scope(|scope| {
        scope.spawn(|| store.wait(Duration::from_secs(20)));
        thread::sleep(Duration::from_millis(100));
        store.wake();
    });
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// What this process has computed, in seconds.
fn cpu_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

/// An append that waits for a lock of somebody's leaves looks alone, and a long wait leaves appends alone.
fn neither_keeps_the_other_waiting() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    let mut other = server.session(&database);
    other.say("begin");
    other.say("lock table hallpass_records in share mode");
    thread::scope(|scope| {
        let append = scope.spawn(|| store.append(&[id(1)]));
        soon("it waits", || {
            server.sql("postgres", "select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == "1"
        });
        let begin = Instant::now();
        look(&store, &Cursor::start());
        assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
        other.say("commit");
        append.join().unwrap().unwrap();
    });
    thread::scope(|scope| {
        scope.spawn(|| store.wait(Duration::from_secs(20)));
        thread::sleep(Duration::from_millis(50));
        let begin = Instant::now();
        store.append(&[id(2)]).unwrap();
        assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    });
}

fn a_silent_end_is_survived() {
    let server = Server::start("");
    let database = server.database();
    let proxy = Proxy::to(server.port);
    survives_a_silent_end(&server.url_at(proxy.port, &database), &proxy);
}

/// What is asked on the old connection is never answered; a new one would do.
pub(crate) fn survives_a_silent_end(url: &str, proxy: &Proxy) {
    let denylist = Denylist::builder().staleness_bound(TimeDelta::seconds(1)).connect(url).unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let (issuer, verifier) = (Issuer::new(&keys, "app", &denylist), Verifier::new(&keys, "app", &denylist));
    let token = issuer.login("alice").unwrap();
    for _ in 0..3 {
        proxy.set(Mode::Blackhole);
        thread::sleep(Duration::from_millis(210));
        proxy.set(Mode::Pass);
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(1_500) {
            verifier.verify(token.as_str()).unwrap_or_else(|error| panic!("{error} after {:?}", begin.elapsed()));
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Somebody has locked a table for long: one statement waits for that at the most, and none writes over what came later.
fn what_nobody_waits_for_holds_no_connection() {
    let server = Server::start("");
    let database = server.database();
    let second = Duration::from_secs(1);
    let builder = PostgresStore::builder().look_limit(second).write_limit(second);
    let store = builder.open(&server.url(&database), header()).unwrap();
    store.append(&[id(0)]).unwrap();
    look(&store, &Cursor::start());
    let mut lock = server.session(&database);
    lock.say("begin");
    lock.say("lock table hallpass_records, hallpass_processes in exclusive mode");
    for n in 1..4 {
        refused(5.0, || store.append(&[id(n)]));
        refused(5.0, || store.look(&Cursor::start(), 10));
        let _ = store.reopen();
    }
    soon("nothing waits any more", || {
        let waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
        server.sql("postgres", waits) == "0"
    });
    lock.say("commit");
    store.reopen().unwrap();
    store.append(&[id(9)]).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost && numbers(&seen.page.records).contains(&9));
}

/// What goes through all records may take six seconds then.
fn of_half_a_second(url: &str) -> PostgresStore {
    let half = Duration::from_millis(500);
    PostgresStore::builder().look_limit(half).write_limit(half).open(url, header()).unwrap()
}

/// It has locked the records, and says nothing more; its connection stays.
fn a_process_that_stands_still_holds_nobody_up() {
    let server = Server::start("");
    let database = server.database();
    let proxy = Proxy::to(server.port);
    let (still, other) = (of_half_a_second(&server.url_at(proxy.port, &database)), open(&server, &database));
    let known = look(&still, &Cursor::start()).header;
    let mut lock = server.session(&database);
    lock.say("begin");
    lock.say("select from hallpass_denylist for update");
    thread::scope(|scope| {
        scope.spawn(|| begin_epoch(&still, &known));
        soon("it waits for the header", || {
            server.sql("postgres", "select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == "1"
        });
        proxy.set(Mode::Still(0));
        lock.say("commit");
        soon("others can write", || other.append(&[id(1)]).is_ok());
    });
}

/// The engine waits for it to read.
fn one_that_stands_still_amid_all_holds_nobody_up() {
    let server = Server::start("");
    let database = server.database();
    let proxy = Proxy::to(server.port);
    let (still, other) = (of_half_a_second(&server.url_at(proxy.port, &database)), open(&server, &database));
    let many = "insert into hallpass_records (forbids, record)
        select true, decode(repeat('00', 100), 'hex') from generate_series(1, 300000)";
    server.sql(&database, many);
    still.header().unwrap();
    thread::scope(|scope| {
        proxy.set(Mode::Still(1_000_000));
        scope.spawn(|| still.vouch_anew(now(), now()));
        soon("the engine waits for it", || {
            server.sql("postgres", "select count(*) from pg_stat_activity where wait_event = 'ClientWrite'") == "1"
        });
        soon("others can write", || other.append(&[id(1)]).is_ok());
    });
}
