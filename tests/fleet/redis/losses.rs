//! Engines that have lost something: what was flushed, evicted, trimmed, made anew, restored; replicas that take over.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use hallpass::store::{Cursor, RedisDanger, RedisStore, SharedStore as _, Store as _, StoreErrorKind};
use hallpass::{Denylist, Revocation, SessionId};

use super::server::{Server, url};
use crate::Scenario;
use crate::proxy::{Mode, Proxy};
use crate::server::{PASSWORD, USER};
use crate::support::{all, begin_epoch, header, id, look, numbers, refused, soon};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("Redis: a flush is noticed, and one new epoch begun", a_flush_is_noticed),
    ("Redis: another list in its place is refused", another_list_in_its_place_is_refused),
    ("Redis: an eviction is noticed", an_eviction_is_noticed),
    ("Redis: whatever is missing is noticed", whatever_is_missing_is_noticed),
    ("Redis: a stream with lower ids is noticed, and all of it read", a_stream_with_lower_ids_is_noticed),
    ("Redis: what is added by others is no loss", what_is_added_by_others_is_no_loss),
    ("Redis: a restart without its files is noticed", a_restart_without_its_files_is_noticed),
    ("Redis: an old backup is noticed", an_old_backup_is_noticed),
    ("Redis: a replica that takes over is noticed", a_replica_that_takes_over_is_noticed),
    ("Redis: an epoch is begun where the list is read or nowhere", an_epoch_is_begun_where_the_list_is_read_or_nowhere),
    ("Redis: a restart after a failover is no other one", a_restart_after_a_failover_is_no_other_one),
    ("Redis: a fleet comes back after a flush", a_fleet_comes_back_after_a_flush),
];

fn a_flush_is_noticed() {
    let server = Server::start("");
    let (a, b) = (server.open("list"), server.open("list"));
    a.append(&[id(1)]).unwrap();
    let cursor = look(&a, &Cursor::start()).page.cursor;
    look(&b, &Cursor::start());
    let before = a.header().unwrap();
    server.say(&["flushall"]);
    for _ in 0..3 {
        assert!(look(&a, &cursor).has_lost && look(&b, &cursor).has_lost, "until somebody has begun a new epoch");
        assert_eq!(refused(5.0, || a.append(&[id(3)])).kind(), StoreErrorKind::Damaged);
        assert_eq!(refused(5.0, || a.reopen()).kind(), StoreErrorKind::Missing);
        assert_eq!(refused(5.0, || RedisStore::open_existing(&server.url("list"))).kind(), StoreErrorKind::Missing);
    }
    let (both, known) = (Barrier::new(2), look(&a, &cursor).header);
    thread::scope(|scope| {
        for store in [&a, &b] {
            scope.spawn(|| {
                both.wait();
                begin_epoch(store, &known).unwrap();
            });
        }
    });
    let after = a.header().unwrap();
    assert_ne!(after.epoch(), before.epoch());
    assert!(after.vouches_from() > before.vouches_from());
    for store in [&a, &b] {
        let seen = look(store, &cursor);
        assert_eq!((seen.has_lost, seen.header), (false, after), "one new epoch");
        store.append(&[id(3)]).unwrap();
    }
    begin_epoch(&a, &before).unwrap();
    assert_eq!(a.header().unwrap(), after, "of several who find out, one is the first");
    assert_eq!(all(&b), [3].into());
}

/// Somebody starts before those who know the old list have looked.
fn another_list_in_its_place_is_refused() {
    let server = Server::start("");
    let old = server.open("list");
    old.append(&[id(1)]).unwrap();
    let seen = look(&old, &Cursor::start());
    server.say(&["flushall"]);
    let new = server.open("list");
    assert_eq!(refused(5.0, || old.look(&Cursor::start(), 10)).kind(), StoreErrorKind::Foreign);
    assert_eq!(refused(5.0, || old.reopen()).kind(), StoreErrorKind::Foreign);
    assert_eq!(refused(5.0, || begin_epoch(&old, &seen.header)).kind(), StoreErrorKind::Foreign);
    refused(5.0, || old.append(&[id(2)]));
    refused(5.0, || old.purge(crate::support::now(), 10));
    assert!(!look(&new, &Cursor::start()).has_lost);
    assert_eq!(all(&new), [].into());
}

fn an_eviction_is_noticed() {
    let server = Server::start("");
    let store = server.open("list");
    store.append(&(0..100).map(id).collect::<Vec<_>>()).unwrap();
    let cursor = look(&store, &Cursor::start()).page.cursor;
    server.set("maxmemory-policy", "allkeys-lru");
    let used: u64 = server.info("used_memory").parse().unwrap();
    server.set("maxmemory", &(used + 200_000).to_string());
    let mut n = 0;
    while server.say(&["exists", "{list}:log"]) == "1" {
        n += 1;
        assert!(n < 500, "the stream is not evicted");
        server.say(&["set", &format!("other{n}"), &"x".repeat(20_000)]);
    }
    let error = refused(5.0, || store.look(&cursor, 10));
    assert_eq!(error.kind(), StoreErrorKind::Unsafe, "{error}");
    server.set("maxmemory", "0");
    server.set("maxmemory-policy", "noeviction");
    let seen = look(&store, &cursor);
    assert!(seen.has_lost);
    begin_epoch(&store, &seen.header).unwrap();
    store.append(&[id(1)]).unwrap();
    assert!(!look(&store, &cursor).has_lost);
}

fn whatever_is_missing_is_noticed() {
    let server = Server::start("");
    for (what, is_missed) in [
        ("del {list}:list", true),
        ("del {list}:log", true),
        ("del {list}:due", true),
        ("hdel {list}:list header", true),
        ("hdel {list}:list added", true),
        ("xtrim {list}:log maxlen 3", true),
        ("xtrim {list}:log minid 99999999999999", true),
        ("zremrangebyrank {list}:due 0 0", true),
        ("hset {list}:list removed 5", true),
        ("xtrim {list}:log maxlen 30", false),
        ("set other 1", false),
    ] {
        let list = server.list();
        let (a, b) = (server.open(&list), server.open(&list));
        a.append(&(0..5).map(id).collect::<Vec<_>>()).unwrap();
        let cursor = look(&a, &Cursor::start()).page.cursor;
        look(&b, &Cursor::start());
        let what = what.replace("{list}", &format!("{{{list}}}"));
        server.say(&what.split(' ').collect::<Vec<_>>());
        for store in [&a, &b] {
            assert_eq!(look(store, &cursor).has_lost, is_missed, "{what}");
        }
        let again = look(&a, &cursor);
        assert_eq!(again.has_lost, is_missed, "{what}");
        if is_missed {
            begin_epoch(&a, &again.header).unwrap();
        }
        for store in [&a, &b] {
            assert!(!look(store, &cursor).has_lost, "{what}");
            store.append(&[id(9)]).unwrap();
            while store.purge(crate::support::now() + chrono::TimeDelta::days(1), 100).unwrap().more {}
            assert!(!look(store, &cursor).has_lost, "{what}");
        }
    }
    // One connection's proof.
    let (a, b) = (server.open("proof"), server.open("proof"));
    for store in [&a, &b] {
        store.append(&[id(1)]).unwrap();
        look(store, &Cursor::start());
    }
    for key in server.say(&["keys", "{proof}:beat:*"]).lines() {
        assert!(server.say(&["ttl", key]).parse::<u64>().unwrap() > 86_400 * 29);
        server.say(&["set", key, "0"]);
    }
    assert_eq!(refused(5.0, || a.append(&[id(2)])).kind(), StoreErrorKind::Damaged);
    assert!(look(&a, &Cursor::start()).has_lost && look(&b, &Cursor::start()).has_lost);
    for key in server.say(&["keys", "{proof}:beat:*"]).lines() {
        assert_eq!(server.say(&["get", key]), "0", "nothing is written over the proof");
    }
}

fn a_stream_with_lower_ids_is_noticed() {
    let server = Server::start("");
    let store = server.open("list");
    store.append(&(0..5).map(id).collect::<Vec<_>>()).unwrap();
    let cursor = look(&store, &Cursor::start()).page.cursor;
    server.say(&["del", "{list}:log"]);
    let record: String = id(7).to_bytes().iter().map(|byte| format!("\\x{byte:02x}")).collect();
    for n in 1..8 {
        server.say(&[
            "eval",
            &format!("return redis.call('XADD', KEYS[1], '{n}-1', 'r', \"{}\")", lua(&record)),
            "1",
            "{list}:log",
        ]);
    }
    let seen = look(&store, &cursor);
    assert!(seen.has_lost);
    assert_eq!(numbers(&seen.page.records), [7].into(), "a cursor of the future leads to the start");
    begin_epoch(&store, &seen.header).unwrap();
    let seen = look(&store, &cursor);
    assert!(!seen.has_lost);
    store.append(&[id(8)]).unwrap();
    assert_eq!(numbers(&look(&store, &seen.page.cursor).page.records), [8].into());
}

/// Lua 5.1 has decimal escapes alone.
fn lua(hex: &str) -> String {
    let bytes = hex.split("\\x").skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap());
    bytes.map(|byte| format!("\\{byte:03}")).collect()
}

fn what_is_added_by_others_is_no_loss() {
    let server = Server::start("");
    let store = server.open("list");
    store.append(&[id(1)]).unwrap();
    for _ in 0..3 {
        server.say(&["xadd", "{list}:log", "*", "r", "\u{1}"]);
        let seen = look(&store, &Cursor::start());
        assert!(!seen.has_lost && seen.page.malformed > 0, "one bad writer does not stop the fleet");
        store.append(&[id(2)]).unwrap();
    }
    assert_eq!(all(&store), [1, 2].into());
}

fn a_restart_without_its_files_is_noticed() {
    let mut server = Server::start("");
    let store = server.open("list");
    store.append(&[id(1)]).unwrap();
    let cursor = look(&store, &Cursor::start()).page.cursor;
    server.kill();
    server.lose_files();
    server.run();
    let seen = look(&store, &cursor);
    assert!(seen.has_lost);
    begin_epoch(&store, &seen.header).unwrap();
    assert!(!look(&store, &cursor).has_lost);
    store.reopen().unwrap();
    store.append(&[id(2)]).unwrap();
    assert_eq!(all(&store), [2].into());
}

fn an_old_backup_is_noticed() {
    let mut server = Server::start("");
    let (a, b) = (server.open("list"), server.open("list"));
    a.append(&[id(1)]).unwrap();
    look(&a, &Cursor::start());
    look(&b, &Cursor::start());
    let backup = server.back_up();
    a.append(&[id(2)]).unwrap();
    let cursor = look(&a, &Cursor::start()).page.cursor;
    look(&b, &Cursor::start());
    for is_known_epoch in [true, false] {
        server.kill();
        server.restore(&backup);
        server.run();
        assert!(look(&a, &cursor).has_lost && look(&b, &cursor).has_lost);
        if is_known_epoch {
            assert_eq!(refused(5.0, || a.append(&[id(3)])).kind(), StoreErrorKind::Damaged);
        }
        let known = look(&a, &cursor).header;
        begin_epoch(&a, &known).unwrap();
        assert!(!look(&a, &cursor).has_lost && !look(&b, &cursor).has_lost);
        // The copy is of an epoch that is over.
    }
}

/// The replica hears nothing of the last write, which was acknowledged.
fn a_replica_that_takes_over_is_noticed() {
    let mut server = Server::start("");
    let proxy = Proxy::to(server.port);
    let mut replica = server.replica(proxy.port);
    let accepting = || RedisStore::builder().accept(RedisDanger::ReplicasNotAwaited);
    let (a, b) = (accepting().open(&server.url("list"), header()).unwrap(), accepting());
    let b = b.open_existing(&server.url("list")).unwrap();
    a.append(&[id(1)]).unwrap();
    look(&a, &Cursor::start());
    soon("the replica has it", || replica.say(&["xlen", "{list}:log"]) == "1");
    let seen = look(&b, &Cursor::start());
    soon("the replica has all", || replica.info("slave_repl_offset") == server.info("master_repl_offset"));
    proxy.set(Mode::Blackhole);
    a.append(&[id(2)]).unwrap();
    server.kill();
    replica.promote();
    replica.listen_at(server.port);
    // This one has seen nothing that is missing.
    assert!(look(&b, &seen.page.cursor).has_lost, "whoever takes over may lack something");
    assert!(look(&a, &Cursor::start()).has_lost);
    let newcomer = RedisStore::open(&replica.url("list"), header()).unwrap();
    assert!(look(&newcomer, &Cursor::start()).has_lost, "nobody needs to remember anything");
    let known = look(&b, &Cursor::start()).header;
    begin_epoch(&b, &known).unwrap();
    for store in [&a, &b, &newcomer] {
        let seen = look(store, &Cursor::start());
        assert!(!seen.has_lost && seen.header.epoch() != known.epoch());
        store.reopen().unwrap();
        store.append(&[id(3)]).unwrap();
    }
    assert_eq!(all(&a), [1, 3].into());
}

/// Nobody has stopped the old primary, to which the reader's connection still goes.
fn an_epoch_is_begun_where_the_list_is_read_or_nowhere() {
    let server = Server::start("");
    let (proxy, replica) = (Proxy::to(server.port), server.replica(server.port));
    let accepting = RedisStore::builder().accept(RedisDanger::ReplicasNotAwaited);
    let store = accepting.open(&url(USER, PASSWORD, proxy.port, "list"), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    let known = look(&store, &Cursor::start()).header;
    soon("the replica has all", || replica.info("slave_repl_offset") == server.info("master_repl_offset"));
    replica.promote();
    proxy.lead_to(replica.port);
    let error = refused(5.0, || begin_epoch(&store, &known));
    assert!(format!("{error:?}").contains("two servers"), "{error:?}");
    // The reader is told too, and goes to where the list is now.
    refused(5.0, || store.look(&Cursor::start(), 10));
    let seen = look(&store, &Cursor::start());
    assert!(seen.has_lost && seen.header == known);
    begin_epoch(&store, &known).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
}

fn a_restart_after_a_failover_is_no_other_one() {
    let mut server = Server::start("");
    let mut replica = server.replica(server.port);
    let url = server.url("list");
    let store = RedisStore::builder().accept(RedisDanger::ReplicasNotAwaited).open(&url, header()).unwrap();
    look(&store, &Cursor::start());
    soon("the replica has it", || replica.info("slave_repl_offset") == server.info("master_repl_offset"));
    server.kill();
    replica.promote();
    replica.listen_at(server.port);
    let seen = look(&store, &Cursor::start());
    assert!(seen.has_lost);
    begin_epoch(&store, &seen.header).unwrap();
    store.reopen().unwrap();
    store.append(&[id(1)]).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
    // A replica writes its file anew once it has all of the primary's.
    soon("its file is whole", || {
        ["aof_rewrite_in_progress", "aof_rewrite_scheduled"].iter().all(|name| replica.info(name) == "0")
    });
    replica.kill();
    replica.forget_primary();
    replica.run();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost);
    assert_eq!(numbers(&seen.page.records), [1].into());
}

fn a_fleet_comes_back_after_a_flush() {
    let server = Server::start("");
    let url = server.url("list");
    let lists: Vec<Denylist> = (0..3).map(|_| Denylist::connect(&url).unwrap()).collect();
    let session = |n: u8| Revocation::Session(SessionId::from_bytes([n; 16]));
    lists[0].revoke(session(1)).wait().unwrap();
    soon("all know", || lists.iter().all(|list| list.stats().ids == 1));
    server.say(&["flushall"]);
    soon("what they knew is published again", || server.say(&["xlen", "{list}:log"]).parse::<u32>().unwrap() >= 1);
    soon("and all is well", || lists.iter().all(|list| list.store_error().is_none()));
    thread::sleep(Duration::from_millis(500));
    lists[1].revoke(session(2)).wait().unwrap();
    soon("all know", || lists.iter().all(|list| list.stats().ids == 2));
    let newcomer = Denylist::connect(&url).unwrap();
    assert_eq!(newcomer.stats().ids, 2);
}
