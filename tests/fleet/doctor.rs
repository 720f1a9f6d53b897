//! What `hallpass doctor` finds of real engines.

use std::process::Command;

use chrono::TimeDelta;
use hallpass::store::{PostgresStore, RedisStore, Store as _};
use hallpass::{Denylist, TokenId};

use super::Scenario;
use super::redis;
use super::server::{PASSWORD, Server, USER};
use super::support::{header, id};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("the doctor finds a good engine good, and says what is wrong with each other", says_what_is_wrong),
    ("the doctor is nobody who looks at a list", is_nobody_who_looks),
    ("Redis: the doctor finds a good engine good, and says what is wrong with each other", redis_says_what_is_wrong),
    ("Redis: the doctor finds a clock that is ahead", redis_finds_a_clock_that_is_ahead),
    ("Redis: the doctor changes nothing", redis_changes_nothing),
];

/// The exit code, and what is not well: check, level and finding in one line.
fn ills(url: &str) -> (i32, Vec<String>) {
    let done = Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .args(["doctor", "--json"])
        .env("HALLPASS_DENYLIST", url)
        .output()
        .expect("runs");
    let said = [&*done.stdout, &*done.stderr].map(String::from_utf8_lossy).concat();
    assert!(!said.contains(USER) && !said.contains(PASSWORD), "{said}");
    let lines = String::from_utf8_lossy(&done.stdout);
    let found = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let ills = found.filter(|one| one["level"] != "ok");
    let text = |one: &serde_json::Value| {
        let [check, level, finding] = ["check", "level", "finding"].map(|name| one[name].as_str().expect("a text"));
        format!("{check} {level} {finding}")
    };
    (done.status.code().expect("ends by itself"), ills.map(|one| text(&one)).collect())
}

#[track_caller]
fn finds(url: &str, code: i32, begins: &str, holds: &str) {
    let (ended, ills) = ills(url);
    assert!(ended == code && ills.len() == 1, "{ended} {ills:?}");
    assert!(ills[0].starts_with(begins) && ills[0].contains(holds), "{ills:?}");
}

#[track_caller]
fn finds_nothing(url: &str) {
    assert_eq!(ills(url), (0, Vec::new()));
}

fn says_what_is_wrong() {
    let mut server = Server::start("");
    let url = server.url(&server.database());
    finds(&url, 4, "engine error", "there is no denylist");
    let denylist = Denylist::connect(&url).unwrap();
    denylist.revoke(TokenId::from_bytes([7; 16])).wait().unwrap();
    finds_nothing(&url);
    server.configure("full_page_writes = off");
    server.reload("full_page_writes", "off");
    finds(&url, 4, "engine error", "may lose what it acknowledges: full_page_writes is off");
    drop(denylist);
    server.stop("fast");
    finds(&url, 4, "engine error", "Connection refused");
}

/// A look would hide from the next server that a copy may have been put back.
fn is_nobody_who_looks() {
    let server = Server::start("");
    let database = server.database();
    let url = server.url(&database);
    drop(Denylist::connect(&url).unwrap());
    let ids: Vec<_> = (0..100).map(id).collect();
    PostgresStore::open_existing(&url).unwrap().append(&ids).unwrap();
    let ago = "update hallpass_processes set seen = clock_timestamp() - interval '10 minutes'";
    server.sql(&database, ago);
    let rows = || server.sql(&database, "select * from hallpass_processes order by process");
    let before = rows();
    finds(&url, 3, "engine-servers warning", "no server has looked at it for 10m");
    assert_eq!(rows(), before);
    // Nor where nobody ever has.
    let url = server.url(&server.database());
    drop(PostgresStore::open(&url, header()).unwrap());
    finds_nothing(&url);
}

fn redis_says_what_is_wrong() {
    let mut server = redis::server::Server::start("");
    let url = server.url(&server.list());
    finds(&url, 4, "engine error", "there is no denylist");
    let denylist = Denylist::connect(&url).unwrap();
    denylist.revoke(TokenId::from_bytes([7; 16])).wait().unwrap();
    finds_nothing(&url);
    drop(denylist);
    server.set("appendfsync", "everysec");
    finds(&url, 4, "engine error", "may lose what it acknowledges: appendfsync is everysec");
    server.kill();
    finds(&url, 4, "engine error", "Connection refused");
}

fn redis_finds_a_clock_that_is_ahead() {
    for (ahead, code, begins) in [(8, 4, "engine-clock error"), (4, 3, "engine-clock warning")] {
        let server = redis::server::Server::start_ahead("", Some(TimeDelta::seconds(ahead)));
        let url = server.url(&server.list());
        drop(RedisStore::open(&url, header()).unwrap());
        finds(&url, code, begins, "behind the engine's, of 5000 ms that the leeway allows");
    }
}

fn redis_changes_nothing() {
    let server = redis::server::Server::start("");
    let url = server.url(&server.list());
    RedisStore::open(&url, header()).unwrap().append(&(0..100).map(id).collect::<Vec<_>>()).unwrap();
    let changes = || server.info("rdb_changes_since_last_save");
    let before = changes();
    finds_nothing(&url);
    assert_eq!(changes(), before);
}
