//! What the scenarios share.

use std::collections::HashSet;
use std::error::Error;
use std::iter::{repeat_with, successors};
use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::store::{
    Contents, Cursor, Header, Look, PostgresStore, RECORD_FORMAT, Record, SharedStore, Store, StoreError, pages,
};
use hallpass::time::TimeLimits;

use super::server::{PASSWORD, Server, USER};

/// A port that nothing listens at, and that no server of this run has had: below those that the system gives away by itself.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run at the same time begins elsewhere.
    let first = u16::try_from(process::id() % 100).expect("small") * 100 + 20_000;
    let next = || first + NEXT.fetch_add(1, Ordering::Relaxed);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    repeat_with(next).take(1_000).find(is_free).expect("a free port")
}

pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(crate) fn header() -> Header {
    Header::new(TimeLimits::default(), now()).expect("a header")
}

/// A record as a store reads it: an id that was revoked now.
pub(crate) fn id(n: u32) -> Record {
    id_at(n, now())
}

pub(crate) fn id_at(n: u32, made: DateTime<Utc>) -> Record {
    let mut bytes = vec![RECORD_FORMAT, 1];
    bytes.extend_from_slice(&u128::from(n).to_be_bytes());
    bytes.extend_from_slice(&made.timestamp_micros().to_be_bytes());
    Record::from_bytes(&bytes).expect("a record")
}

pub(crate) fn number(record: &Record) -> u32 {
    match record.contents() {
        Contents::Id { id, .. } => u32::try_from(u128::from_be_bytes(id)).expect("one of ours"),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn numbers<'a>(records: impl IntoIterator<Item = &'a Record>) -> HashSet<u32> {
    records.into_iter().map(number).collect()
}

pub(crate) fn open(server: &Server, database: &str) -> PostgresStore {
    PostgresStore::open(&server.url(database), header()).expect("opens")
}

/// Everything that a store gives.
pub(crate) fn all(store: &impl Store) -> HashSet<u32> {
    let pages = pages(store, Cursor::start(), 7).map(|page| page.expect("a page"));
    pages.flat_map(|page| numbers(&page.records)).collect()
}

/// One look, of everything.
pub(crate) fn look(store: &impl SharedStore, since: &Cursor) -> Look {
    store.look(since, 10_000).expect("looks")
}

/// The error, within so many seconds, without anything private in it.
pub(crate) fn refused<T: std::fmt::Debug>(seconds: f64, call: impl FnOnce() -> Result<T, StoreError>) -> StoreError {
    let begin = Instant::now();
    let error = call().expect_err("an error");
    assert!(begin.elapsed().as_secs_f64() < seconds, "{error} after {:?}", begin.elapsed());
    says_nothing(&format!("{error}"));
    says_nothing(&format!("{error:?} {error:#?}"));
    error
}

/// What an error says, and then what each of its sources says.
pub(crate) fn chain(error: &dyn Error) -> String {
    let links = successors(Some(error), |&error| error.source());
    links.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

pub(crate) fn says_nothing(text: &str) {
    for secret in [USER, PASSWORD, "canary", "%63%61%6E"] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// Until it holds, for ten seconds at most.
pub(crate) fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < until, "not within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A new epoch as a follower begins it.
pub(crate) fn begin_epoch(store: &impl SharedStore, known: &Header) -> Result<(), StoreError> {
    store.begin_epoch(known, now(), now() + TimeDelta::seconds(10))
}
