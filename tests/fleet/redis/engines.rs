//! Engines that may lose what they acknowledge.

use std::time::{Duration, Instant};

use hallpass::store::{Cursor, RedisDanger, RedisStore, SharedStore as _, Store as _, StoreErrorKind};

use super::server::{Server, quick, url};
use crate::Scenario;
use crate::proxy::{Mode, Proxy};
use crate::support::{all, header, id, look, refused, soon};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("Redis: a replica is refused", a_replica_is_refused),
    ("Redis: a primary whose replica is silent is not fresh", a_primary_whose_replica_is_silent_is_not_fresh),
    ("Redis: a primary that has lost its replicas is not fresh", a_primary_that_has_lost_its_replicas_is_not_fresh),
    ("Redis: dangerous settings are refused, unless by name", dangerous_settings_are_refused),
    ("Redis: what can't be asked is unsafe, unless by name", what_cannot_be_asked_is_unsafe),
    ("Redis: an engine that leaves out what it reads is refused", an_engine_that_leaves_out_what_it_reads_is_refused),
];

fn unsafe_because(what: &str, call: impl FnOnce() -> Result<(), hallpass::store::StoreError>) {
    let error = refused(5.0, call);
    assert_eq!(error.kind(), StoreErrorKind::Unsafe, "{error}");
    assert!(format!("{error:?}").contains(what), "{error:?}");
}

fn a_replica_is_refused() {
    let server = Server::start("min-replicas-to-write 1");
    let replica = server.replica(server.port);
    let store = server.open("list");
    look(&store, &Cursor::start());
    unsafe_because("replica", || RedisStore::open_existing(&replica.url("list")).map(drop));
    // Not even one that may be written to.
    replica.set("replica-read-only", "no");
    unsafe_because("replica", || RedisStore::open(&replica.url("list"), header()).map(drop));
    // It becomes one under the connection.
    server.say(&["replicaof", "127.0.0.1", &replica.port.to_string()]);
    unsafe_because("replica", || store.look(&Cursor::start(), 10).map(drop));
    unsafe_because("replica", || store.append(&[id(1)]));
}

/// The replica is connected, and does not answer.
fn a_primary_whose_replica_is_silent_is_not_fresh() {
    let server = Server::start("");
    let replica = server.replica(server.port);
    unsafe_because("min-replicas-to-write is 0", || server_open(&server));
    RedisStore::builder().accept(RedisDanger::ReplicasNotAwaited).open(&server.url("list"), header()).unwrap();
    let store = quick().replicas(1).open(&server.url("list"), header()).unwrap();
    soon("the replica has it", || store.append(&[id(1)]).is_ok());
    soon("it is fresh", || store.look(&Cursor::start(), 10).is_ok());
    for append_is_first in [false, true] {
        // Until it has told by itself that it has all: who asks on another connection hears of that, until something
        // has been written by that one too.
        std::thread::sleep(Duration::from_millis(2_500));
        replica.signal("STOP");
        for appends in [append_is_first, !append_is_first, append_is_first] {
            let error = match appends {
                true => refused(2.0, || store.append(&[id(2)])),
                false => refused(2.0, || store.look(&Cursor::start(), 10)),
            };
            assert!(format!("{error:?}").contains("0 of 1 replicas"), "{error:?}");
            store.reopen().unwrap();
        }
        replica.signal("CONT");
        soon("it is fresh again", || store.look(&Cursor::start(), 10).is_ok());
        soon("the replica has it", || store.append(&[id(2)]).is_ok());
    }
    assert!(!look(&store, &Cursor::start()).has_lost);
    assert_eq!(all(&store), [1, 2].into());
    assert_eq!(replica.say(&["xlen", "{list}:log"]), server.say(&["xlen", "{list}:log"]));
}

fn server_open(server: &Server) -> Result<(), hallpass::store::StoreError> {
    RedisStore::open(&server.url("list"), header()).map(drop)
}

/// It is cut off, and takes what it is told; elsewhere the replica may have taken over.
fn a_primary_that_has_lost_its_replicas_is_not_fresh() {
    let server = Server::start("min-replicas-to-write 1\nmin-replicas-max-lag 1\nrepl-ping-replica-period 1");
    let proxy = Proxy::to(server.port);
    let _replica = server.replica(proxy.port);
    let (by_setting, by_wait) = (server.open("list"), quick().replicas(1).open_existing(&server.url("list")).unwrap());
    for store in [&by_setting, &by_wait] {
        soon("the replica has it", || store.append(&[id(1)]).is_ok());
        soon("it is fresh", || store.look(&Cursor::start(), 10).is_ok());
    }
    proxy.set(Mode::Blackhole);
    let begin = Instant::now();
    refused(2.0, || by_wait.look(&Cursor::start(), 10));
    soon("it is told", || by_setting.look(&Cursor::start(), 10).is_err());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let error = refused(2.0, || by_setting.append(&[id(2)]));
    assert!(format!("{error:?}").contains("NOREPLICAS"), "{error:?}");
}

fn dangerous_settings_are_refused() {
    let server = Server::start("appendonly no");
    let url = server.url("list");
    unsafe_because("appendonly is no", || RedisStore::open(&url, header()).map(drop));
    let accepted = RedisStore::builder().accept(RedisDanger::AppendOnlyOff).open(&url, header()).unwrap();
    accepted.append(&[id(1)]).unwrap();
    look(&accepted, &Cursor::start());
    drop(accepted);
    server.set("appendonly", "yes");
    let store = server.open("list");
    look(&store, &Cursor::start());
    // It is changed under a connection that is there.
    for (setting, value, safe, danger) in [
        ("appendfsync", "everysec", "always", RedisDanger::LateFsync),
        ("appendfsync", "no", "always", RedisDanger::LateFsync),
        ("no-appendfsync-on-rewrite", "yes", "no", RedisDanger::LateFsync),
        ("maxmemory-policy", "allkeys-lru", "noeviction", RedisDanger::Eviction),
        ("maxmemory-policy", "volatile-ttl", "noeviction", RedisDanger::Eviction),
        ("appendonly", "no", "yes", RedisDanger::AppendOnlyOff),
    ] {
        server.set(setting, value);
        let what = format!("{setting} is {value}");
        unsafe_because(&what, || store.look(&Cursor::start(), 10).map(drop));
        unsafe_because(&what, || store.append(&[id(2)]));
        unsafe_because(&what, || store.reopen());
        unsafe_because(&what, || RedisStore::open(&url, header()).map(drop));
        let accepted = RedisStore::builder().accept(danger).open_existing(&url).unwrap();
        look(&accepted, &Cursor::start());
        accepted.append(&[id(2)]).unwrap();
        server.set(setting, safe);
        look(&store, &Cursor::start());
        store.reopen().unwrap();
        store.append(&[id(2)]).unwrap();
    }
}

fn what_cannot_be_asked_is_unsafe() {
    let renamed = Server::start("rename-command CONFIG \"\"");
    let forbidden = Server::start("");
    forbidden.say(&["acl", "setuser", "app", "on", ">canary", "~{list}:*", "+@all", "-config", "-acl"]);
    for (server, url) in [(&renamed, renamed.url("list")), (&forbidden, url("app", "canary", forbidden.port, "list"))] {
        unsafe_because("appendonly can't be asked for", || RedisStore::open(&url, header()).map(drop));
        let accepting = || RedisStore::builder().accept(RedisDanger::CannotAsk);
        let store = accepting().open(&url, header()).unwrap();
        store.append(&[id(1)]).unwrap();
        look(&store, &Cursor::start());
        if server.port == forbidden.port {
            // What it tells otherwise counts all the same.
            server.set("maxmemory-policy", "allkeys-lfu");
            unsafe_because("maxmemory-policy is allkeys-lfu", || store.look(&Cursor::start(), 10).map(drop));
            server.set("appendonly", "no");
            unsafe_because("appendonly is no", || accepting().open_existing(&url).map(drop));
        }
    }
}

/// Redis 7 reads transactions with the rights of the user `default`, and says nothing of those that it leaves out.
fn an_engine_that_leaves_out_what_it_reads_is_refused() {
    let mut server = Server::start("");
    let store = server.open("list");
    look(&store, &Cursor::start());
    for rights in [&["-@all"][..], &["+@all", "-xadd"], &["+@all", "resetkeys"]] {
        let change = |rights: &[&str]| server.say(&[&["acl", "setuser", "default", "off"], rights].concat());
        change(rights);
        for _ in 0..2 {
            unsafe_because("user default", || store.look(&Cursor::start(), 10).map(drop));
            unsafe_because("user default", || store.append(&[id(1)]));
        }
        unsafe_because("user default", || server_open(&server));
        change(&["+@all", "~*"]);
        look(&store, &Cursor::start());
    }
    drop(store);
    // What it is refused for.
    server.say(&["acl", "setuser", "default", "off", "-@all"]);
    server.replace("user default off +@all ~* &*", "user default off -@all");
    let accepting = || RedisStore::builder().accept(RedisDanger::DefaultUserMayNotWrite);
    let store = accepting().open(&server.url("other"), header()).unwrap();
    look(&store, &Cursor::start());
    server.kill();
    server.run();
    let is_fixed = server.say(&["exists", "{other}:log"]) == "1";
    assert_eq!(look(&store, &Cursor::start()).has_lost, !is_fixed);
}
