//! What lists make of what comes to them by a real engine.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use hallpass::key::KeyId;
use hallpass::store::{Cursor, HEADER_FORMAT, PostgresStore, RECORD_FORMAT, SharedStore, Store as _, StoreErrorKind};
use hallpass::{Denylist, DenylistError, Issuer, KeyRing, Revocation, SessionId, Verifier, VerifyError};

use super::Scenario;
use super::listener;
use super::proxy::{Mode, Proxy};
use super::reading::insert;
use super::server::Server;
use super::support::{all, header, id, look, open, refused, soon};
use crate::redis;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a list goes on over what is malformed, and not over what is newer", a_list_goes_on_over_what_is_malformed),
    ("a header of a newer format is refused", a_header_of_a_newer_format_is_refused),
    ("what comes between a look and a wait ends the wait", what_comes_between_ends_the_wait),
    ("others are told beside the revocation, and it doesn't depend on that", others_are_told_beside_the_revocation),
    ("a dump holds no token and names nobody", a_dump_holds_no_token),
    ("Redis: a list goes on over what is malformed, and not over what is newer", redis_a_list_goes_on),
    ("Redis: a header of a newer format is refused", redis_a_header_of_a_newer_format),
    ("Redis: what comes between a look and a wait ends the wait", redis_what_comes_between_ends_the_wait),
    ("Redis: a long wait and a late answer are neither cut short", redis_a_long_wait_and_a_late_answer),
    ("Redis: its files hold no token and name nobody", redis_files_hold_no_token),
];

pub(crate) const ALONE: &[Scenario] =
    &[("what nobody was told of is read all the same", what_nobody_was_told_of_is_read)];

const ISSUER: &str = "https://app.example";

struct Member {
    denylist: Denylist,
    issuer: Issuer,
    verifier: Verifier,
}

impl Member {
    fn of(url: &str, keys: &KeyRing) -> Self {
        let denylist = Denylist::connect(url).unwrap();
        let (issuer, verifier) = (Issuer::new(keys, ISSUER, &denylist), Verifier::new(keys, ISSUER, &denylist));
        Self { denylist, issuer, verifier }
    }

    fn catch_up(&self) -> bool {
        self.denylist.catch_up(Duration::from_secs(5)).wait().is_ok()
    }
}

/// By somebody who puts bytes where records stand.
fn goes_on(url: &str, put: impl Fn(&[u8])) {
    let keys = KeyRing::generate_local().unwrap();
    let (members, heard) = listener::heard(|| {
        let members = [(); 2].map(|()| Member::of(url, &keys));
        put(&[RECORD_FORMAT, 255]);
        soon("it is counted", || members.iter().all(|member| member.denylist.stats().malformed == 1));
        members
    });
    let alarms = heard.iter().filter(|event| event.name == "denylist_records_malformed").count();
    assert_eq!(alarms, 2, "one by each: {heard:?}");
    let token = members[0].issuer.login("alice").unwrap();
    for member in &members {
        assert!((0..3).all(|_| member.catch_up() && member.denylist.stats().malformed == 1), "once");
        assert!(member.verifier.verify(token.as_str()).is_ok());
    }
    members[0].denylist.revoke(Revocation::Session(SessionId::from_bytes([7; 16]))).wait().unwrap();
    soon("they go on", || members[1].denylist.stats().ids == 1);
    let newcomer = Member::of(url, &keys);
    assert_eq!((newcomer.denylist.stats().malformed, newcomer.denylist.stats().ids), (1, 1));
    assert!(newcomer.verifier.verify(token.as_str()).is_ok());
    // That one may be about anyone.
    put(&[RECORD_FORMAT + 1, 1]);
    let is_unknown =
        |member: &Member| matches!(member.verifier.verify(token.as_str()), Err(VerifyError::StatusUnknown));
    soon("it stands in the way", || is_unknown(&members[0]) && is_unknown(&members[1]) && is_unknown(&newcomer));
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        assert!(is_unknown(&members[0]) && is_unknown(&members[1]), "for as long as it is there");
    }
    let error = Denylist::connect(url).unwrap_err();
    let is_newer = |kind| matches!(kind, StoreErrorKind::Newer { version } if version == u16::from(RECORD_FORMAT) + 1);
    assert!(matches!(&error, DenylistError::Store(error) if is_newer(error.kind())), "{error:?}");
}

fn a_list_goes_on_over_what_is_malformed() {
    let server = Server::start("");
    let database = server.database();
    goes_on(&server.url(&database), |bytes| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        server.sql(&database, &format!("insert into hallpass_records (forbids, record) values (true, '\\x{hex}')"));
    });
}

fn redis_a_list_goes_on() {
    let server = redis::server::Server::start("");
    goes_on(&server.url("list"), |bytes| {
        // Lua has decimal escapes.
        let text: String = bytes.iter().map(|byte| format!("\\{byte:03}")).collect();
        let add = format!("return redis.call('XADD', KEYS[1], '*', 'r', \"{text}\")");
        server.say(&["eval", &add, "1", "{list}:log"]);
    });
}

fn is_newer(store: &impl SharedStore, open: impl FnOnce() -> Result<(), hallpass::store::StoreError>) {
    let newer = StoreErrorKind::Newer { version: HEADER_FORMAT + 1 };
    assert_eq!(refused(5.0, || store.look(&Cursor::start(), 10)).kind(), newer);
    assert_eq!(refused(5.0, || store.header()).kind(), newer);
    assert_eq!(refused(5.0, open).kind(), newer);
}

fn a_header_of_a_newer_format_is_refused() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    look(&store, &Cursor::start());
    let newer = HEADER_FORMAT + 1;
    server.sql(&database, &format!("update hallpass_denylist set header = '\\x{newer:04x}' || substr(header, 3)"));
    is_newer(&store, || PostgresStore::open(&server.url(&database), header()).map(drop));
}

fn redis_a_header_of_a_newer_format() {
    let server = redis::server::Server::start("");
    let store = server.open("list");
    look(&store, &Cursor::start());
    let [high, low] = (HEADER_FORMAT + 1).to_be_bytes();
    let change = format!(
        "local header = redis.call('HGET', KEYS[1], 'header')
        return redis.call('HSET', KEYS[1], 'header', '\\{high:03}\\{low:03}' .. string.sub(header, 3))"
    );
    server.say(&["eval", &change, "1", "{list}:list"]);
    is_newer(&store, || hallpass::store::RedisStore::open(&server.url("list"), header()).map(drop));
}

/// Notifications only make it sooner.
fn what_nobody_was_told_of_is_read() {
    let server = Server::start("");
    let database = server.database();
    let list = Denylist::connect(&server.url(&database)).unwrap();
    for n in 1..4 {
        server.sql(&database, &insert(n));
        let begin = Instant::now();
        soon("it is read", || list.stats().ids == n as usize);
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    }
    // While its connections are being made anew.
    let writer = open(&server, &database);
    for n in 4..10 {
        server.end_connections(&database);
        writer.append(&[id(n)]).or_else(|_| writer.append(&[id(n)])).unwrap();
        soon("it is read", || list.stats().ids == n as usize);
    }
}

/// Also on a connection that was just made.
fn ends_the_wait(waiter: &impl SharedStore, other: &impl SharedStore, end_connections: impl Fn()) {
    let mut cursor = Cursor::start();
    for n in 0..6 {
        if n % 2 == 1 {
            end_connections();
            // In this one it may find out, and hear nothing.
            waiter.wait(Duration::from_millis(100));
        }
        cursor = look(waiter, &cursor).page.cursor;
        other.append(&[id(n)]).unwrap();
        let begin = Instant::now();
        waiter.wait(Duration::from_secs(20));
        assert!(begin.elapsed() < Duration::from_secs(1), "{n}: {:?}", begin.elapsed());
        let page = look(waiter, &cursor).page;
        assert!(super::support::numbers(&page.records).contains(&n));
        cursor = page.cursor;
    }
}

fn what_comes_between_ends_the_wait() {
    let server = Server::start("");
    let database = server.database();
    let (waiter, other) = (open(&server, &database), open(&server, &database));
    ends_the_wait(&waiter, &other, || server.end_connections(&database));
}

fn redis_what_comes_between_ends_the_wait() {
    let server = redis::server::Server::start("");
    ends_the_wait(&server.open("list"), &server.open("list"), || server.end_connections());
}

/// A notification waits for a lock that the whole cluster shares, has no room for much, and may fail where the queue is
/// full.
fn others_are_told_beside_the_revocation() {
    let server = Server::start("");
    let database = server.database();
    let notify = |language: &str, body: &str| {
        let function = "create or replace function own.pg_notify(text, text) returns void";
        server.sql(&database, &format!("{function} language {language} as '{body}'"));
    };
    server.sql(
        &database,
        "create schema own; create table own.told (payload text, xid xid8 default pg_current_xact_id())",
    );
    notify("sql", "insert into own.told (payload) values ($2)");
    let url = format!("{}?options=-c%20search_path%3Down%2Cpg_catalog", server.url(&database));
    let store = PostgresStore::open(&url, header()).unwrap();
    store.append(&[id(1)]).unwrap();
    soon("others are told", || server.sql(&database, "select count(*) > 0 from own.told") == "t");
    assert_eq!(server.sql(&database, "select bool_and(payload = '') from own.told"), "t", "and told nothing");
    let together = "select count(*) from own.told join own.hallpass_records using (xid)";
    assert_eq!(server.sql(&database, together), "0", "by another transaction");
    notify("plpgsql", "begin raise exception ''the queue is full''; end");
    for n in 2..5 {
        store.append(&[id(n)]).unwrap();
        assert_eq!(all(&store), (1..=n).collect());
    }
    notify("plpgsql", "begin perform pg_sleep(3); end");
    let begin = Instant::now();
    store.append(&[id(5)]).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(super::support::numbers(&look(&store, &Cursor::start()).page.records), (1..6).collect());
}

/// An answer is waited for as long as the limits say, and no less.
fn redis_a_long_wait_and_a_late_answer() {
    let server = redis::server::Server::start("");
    let proxy = Proxy::to(server.port);
    let url = redis::server::url(super::server::USER, super::server::PASSWORD, proxy.port, "list");
    let (store, other) = (hallpass::store::RedisStore::open(&url, header()).unwrap(), server.open("list"));
    look(&store, &Cursor::start());
    look(&other, &Cursor::start());
    store.wait(Duration::from_millis(500));
    let made = || server.info("total_connections_received").parse::<u64>().unwrap();
    let before = made();
    let begin = Instant::now();
    store.wait(Duration::from_secs(3));
    assert!(begin.elapsed() >= Duration::from_secs(3), "{:?}", begin.elapsed());
    let appended = thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            store.wait(Duration::from_secs(20));
            Instant::now()
        });
        thread::sleep(Duration::from_millis(2_700));
        other.append(&[id(1)]).unwrap();
        let appended = Instant::now();
        (waiter.join().unwrap(), appended)
    });
    let late = appended.0.saturating_duration_since(appended.1);
    assert!(late < Duration::from_secs(1), "{late:?}");
    assert_eq!(made() - before, 1, "the one that asks for this number");
    proxy.set(Mode::Slow(400));
    let begin = Instant::now();
    look(&store, &Cursor::start());
    store.append(&[id(2)]).unwrap();
    assert!(begin.elapsed() > Duration::from_millis(1_500), "{:?}", begin.elapsed());
    assert_eq!(made() - before, 2);
}

/// What a thief of all that the engine keeps gets.
fn holds_no_token(url: &str, all: impl FnOnce() -> Vec<u8>, written: impl Fn(&[u8]) -> Vec<u8>) {
    let keys = KeyRing::generate_local().unwrap();
    let member = Member::of(url, &keys);
    let subject = "alice.canary@example.com";
    let token = member.issuer.login(subject).unwrap();
    let session = member.verifier.verify(token.as_str()).unwrap();
    let successor = member.issuer.renew(&session).unwrap();
    let session = member.verifier.verify(successor.as_str()).unwrap();
    let key: KeyId = session.key_id();
    member.denylist.revoke(Revocation::subject(ISSUER, subject)).wait().unwrap();
    member.denylist.revoke(Revocation::Session(session.session_id())).wait().unwrap();
    member.denylist.revoke(Revocation::Key(key)).wait().unwrap();
    let texts = [token.as_str().to_owned(), successor.as_str().to_owned(), keys.set().to_text().to_string()];
    let kept = all();
    let holds = |part: &[u8]| kept.windows(part.len()).any(|window| window == part);
    assert!(holds(&written(&session.session_id().to_bytes())), "this is it, and it is not encrypted");
    for text in &texts {
        for part in text.split(['.', '\n', ' ']).filter(|part| part.len() >= 16) {
            for part in [part.as_bytes(), &part.as_bytes()[..16]] {
                assert!(!holds(part) && !holds(&written(part)), "{}", String::from_utf8_lossy(part));
            }
        }
    }
    for name in [subject, "alice.canary", ISSUER] {
        assert!(!holds(name.as_bytes()) && !holds(&written(name.as_bytes())), "{name}");
    }
}

fn a_dump_holds_no_token() {
    let server = Server::start("");
    let database = server.database();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
    holds_no_token(&server.url(&database), || server.dump(&database).into_bytes(), hex);
}

fn redis_files_hold_no_token() {
    let server = redis::server::Server::start("");
    holds_no_token(&server.url("list"), || files(server.path()), <[u8]>::to_vec);
}

/// All that stands in a folder's files, but for what the tests have put there.
fn files(folder: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.extend(fs::read(&path).unwrap_or_default()),
        }
    }
    found
}
