//! Engines that have lost something: backups, dumps, replicas that take over.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::store::{Cursor, Header, PostgresStore, SharedStore as _, Store as _, StoreError, StoreErrorKind, pages};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Revocation, RevokeError};

use super::Scenario;
use super::proxy::Proxy;
use super::server::{PASSWORD, Server, USER, url};
use super::support::{all, begin_epoch, header, id, look, now, open, refused, soon};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("an old backup is noticed, and one new epoch begun", an_old_backup_is_noticed),
    ("a replica that takes over is noticed", a_replica_that_takes_over_is_noticed),
    ("a dump in another cluster is noticed, and all of it read", a_dump_in_another_cluster_is_noticed),
    ("an old primary that is still alive acknowledges nothing", an_old_primary_acknowledges_nothing),
    ("a list that nobody has looked at for long begins anew", a_deserted_list_begins_anew),
    ("a deserted list is so until an epoch is begun", a_deserted_list_is_so_until_an_epoch_is_begun),
    ("a deserted list is so without the rows that tell", a_deserted_list_is_so_without_the_rows_that_tell),
    ("a lost proof is noticed, and not written over", a_lost_proof_is_noticed),
    ("another list in its place is refused", another_list_in_its_place_is_refused),
    ("who knew the list in whose place is another acknowledges nothing", who_knew_the_old_list_acknowledges_nothing),
];

fn an_old_backup_is_noticed() {
    let mut server = Server::start("");
    let database = server.database();
    let (a, b) = (open(&server, &database), open(&server, &database));
    a.append(&[id(1)]).unwrap();
    look(&a, &Cursor::start());
    look(&b, &Cursor::start());
    server.stop("fast");
    let backup = server.copy();
    server.run();
    a.append(&[id(2)]).unwrap();
    let cursor = look(&a, &Cursor::start()).page.cursor;
    look(&b, &Cursor::start());
    let before = a.header().unwrap();
    server.stop("fast");
    server.restore(&backup);
    server.run();
    for _ in 0..3 {
        assert!(look(&a, &cursor).has_lost && look(&b, &cursor).has_lost, "until somebody has begun a new epoch");
        assert_eq!(refused(5.0, || a.append(&[id(3)])).kind(), StoreErrorKind::Damaged);
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
        let seen = look(store, &Cursor::start());
        assert_eq!((seen.has_lost, seen.header), (false, after), "one new epoch");
        store.append(&[id(3)]).unwrap();
    }
    begin_epoch(&a, &before).unwrap();
    assert_eq!(a.header().unwrap(), after, "of several who find out, one is the first");
    assert_eq!(all(&b), [1, 3].into());
    // The copy is of an epoch that is over.
    server.stop("fast");
    server.restore(&backup);
    server.run();
    assert!(look(&a, &cursor).has_lost && look(&b, &cursor).has_lost);
}

fn a_replica_that_takes_over_is_noticed() {
    let mut server = Server::start("");
    let database = server.database();
    let replica = server.replica("copy");
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", server.port, replica.port);
    let url = server.url(&database).replace(&format!("127.0.0.1:{}", server.port), &hosts);
    let store = PostgresStore::open(&format!("{url}?target_session_attrs=read-write"), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost);
    soon("the replica has it", || {
        replica.sql("postgres", "select count(*) from pg_database where datname like 'list%'") == "1"
            && replica.sql(&database, "select count(*) from hallpass_records") == "1"
    });
    server.kill();
    refused(12.0, || store.look(&Cursor::start(), 10));
    replica.promote();
    assert!(look(&store, &Cursor::start()).has_lost);
    let known = look(&store, &Cursor::start()).header;
    begin_epoch(&store, &known).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost && seen.header.epoch() != known.epoch());
    store.append(&[id(2)]).unwrap();
    assert_eq!(all(&store), [1, 2].into());
}

/// A replica takes over, which lacks the last commit, and nobody has stopped the primary. The process has heard of that by
/// one connection; its other one still goes to where nobody will ever read.
fn an_old_primary_acknowledges_nothing() {
    let server = Server::start("");
    let database = server.database();
    let replica = server.replica("copy");
    let proxy = Proxy::to(server.port);
    let store = PostgresStore::open(&server.url_at(proxy.port, &database), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    look(&store, &Cursor::start());
    soon("the replica has it", || replica.sql(&database, "select count(*) from hallpass_records") == "1");
    replica.signal("STOP");
    store.append(&[id(2)]).unwrap();
    // What is under way to it is lost.
    server.sql("postgres", "select pg_terminate_backend(pid) from pg_stat_replication");
    replica.signal("CONT");
    replica.promote();
    proxy.lead_to(replica.port);
    // Somebody else has found out.
    let other = open(&replica, &database);
    let known = look(&other, &Cursor::start()).header;
    begin_epoch(&other, &known).unwrap();
    // By what it has asked last.
    let reader = "select pg_terminate_backend(pid) from pg_stat_activity
        where query like '%from hallpass_records r%' and pid <> pg_backend_pid()";
    server.sql(&database, reader);
    soon("the reader is there", || store.look(&Cursor::start(), 10).is_ok());
    look(&store, &Cursor::start());
    let error = refused(5.0, || store.append(&[id(3)]));
    assert!(format!("{error:?}").contains("two servers"), "{error:?}");
    store.reopen().unwrap();
    store.append(&[id(3)]).unwrap();
    assert!(all(&other).contains(&3));
}

/// A list that was made a day ago and has been in use, until nobody has looked for so long.
fn unseen_for(server: &Server, long: TimeDelta) -> String {
    let database = server.database();
    let made = Header::new(TimeLimits::default(), now() - TimeDelta::days(1)).unwrap();
    let store = PostgresStore::open(&server.url(&database), made).unwrap();
    let known = look(&store, &Cursor::start()).header;
    begin(&store, &known, now() - TimeDelta::hours(12));
    look(&store, &Cursor::start());
    store.append(&(0..200).map(id).collect::<Vec<_>>()).unwrap();
    let ago = long.num_seconds();
    server.sql(&database, &format!("update hallpass_processes set seen = clock_timestamp() - interval '{ago} s'"));
    database
}

fn begin(store: &PostgresStore, known: &Header, at: DateTime<Utc>) {
    store.begin_epoch(known, at, at + TimeDelta::seconds(10)).unwrap();
}

fn last_seen(server: &Server, database: &str) -> String {
    server.sql(database, "select max(seen) from hallpass_processes")
}

/// Nobody is left who remembers what a restored copy may lack. It costs nobody anything, since all tokens have expired.
fn a_deserted_list_begins_anew() {
    let server = Server::start("");
    let retention = header().retention();
    let attended = unseen_for(&server, retention - TimeDelta::minutes(1));
    assert!(!look(&open(&server, &attended), &Cursor::start()).has_lost);
    let database = unseen_for(&server, retention + TimeDelta::minutes(1));
    let (store, late) = (open(&server, &database), open(&server, &database));
    let seen = look(&store, &Cursor::start());
    assert!(seen.has_lost);
    begin_epoch(&store, &seen.header).unwrap();
    let between = open(&server, &database);
    for store in [&between, &store, &late, &open(&server, &database)] {
        assert!(!look(store, &Cursor::start()).has_lost, "the epoch is new, whoever has looked since");
    }
}

/// Whoever finds out may end before he has begun one, and others may open the list meanwhile.
fn a_deserted_list_is_so_until_an_epoch_is_begun() {
    let server = Server::start("");
    let database = unseen_for(&server, header().retention() + TimeDelta::minutes(1));
    let before = last_seen(&server, &database);
    for most in [7, 1000] {
        assert_eq!(pages(&open(&server, &database), Cursor::start(), most).count(), 200 / most + 1);
        assert_eq!(last_seen(&server, &database), before, "reading it is no look");
    }
    for _ in 0..2 {
        let store = open(&server, &database);
        let seen = look(&store, &Cursor::start());
        assert!(seen.has_lost);
        assert!(look(&store, &seen.page.cursor).has_lost);
        assert_eq!(store.read(&seen.page.cursor, 1000).unwrap().records.len(), 0);
        store.append(&(200..300).map(id).collect::<Vec<_>>()).unwrap();
        assert_eq!(store.read(&seen.page.cursor, 1000).unwrap().records.len(), 100, "much, so that it takes a look");
        assert_eq!(last_seen(&server, &database), before);
    }
    let store = open(&server, &database);
    let known = look(&store, &Cursor::start()).header;
    begin_epoch(&store, &known).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
    assert_ne!(last_seen(&server, &database), before);
}

/// A purge drops rows that nobody has written for a month, and a dump may be one without them.
fn a_deserted_list_is_so_without_the_rows_that_tell() {
    let server = Server::start("");
    let database = unseen_for(&server, TimeDelta::days(40));
    open(&server, &database).purge(now(), 1).unwrap();
    assert_eq!(last_seen(&server, &database), "");
    for _ in 0..2 {
        let store = open(&server, &database);
        assert!(look(&store, &Cursor::start()).has_lost);
        store.append(&[id(1)]).unwrap();
        store.purge(now(), 1).unwrap();
        store.append(&[id(2)]).expect("its own row is not missed");
    }
    let store = open(&server, &database);
    let known = look(&store, &Cursor::start()).header;
    begin_epoch(&store, &known).unwrap();
    assert!(!look(&open(&server, &database), &Cursor::start()).has_lost);
    store.append(&[id(3)]).unwrap();
}

fn a_dump_in_another_cluster_is_noticed() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    let spend = "do $$ begin for n in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$";
    server.sql(&database, spend);
    for n in 0..20 {
        store.append(&[id(n)]).unwrap();
    }
    let cursor = look(&store, &Cursor::start()).page.cursor;
    let dump = server.dump(&database);
    let other = Server::start("");
    let moved = other.database();
    other.load(&moved, &dump);
    let store = PostgresStore::open_existing(&url(USER, PASSWORD, other.port, &moved)).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(seen.has_lost, "it is another cluster");
    assert_eq!(seen.page.records.len(), 20);
    assert_eq!(look(&store, &cursor).page.records.len(), 20, "a cursor of the future leads to the start");
    begin_epoch(&store, &seen.header).unwrap();
    let first = look(&store, &Cursor::start());
    assert!(!first.has_lost);
    assert_eq!(first.page.records.len(), 20);
    store.append(&[id(20)]).unwrap();
    assert_eq!(super::support::numbers(&look(&store, &first.page.cursor).page.records), [20].into());
    assert_eq!(all(&store), (0..=20).collect());
}

fn a_lost_proof_is_noticed() {
    let server = Server::start("");
    for (what, is_missed) in [
        ("update hallpass_processes set beat = 0", true),
        ("delete from hallpass_processes", true),
        ("update hallpass_denylist set place = '1:00000001'", true),
        ("update hallpass_processes set beat = beat + 1", false),
    ] {
        let database = server.database();
        let store = open(&server, &database);
        store.append(&[id(1)]).unwrap();
        look(&store, &Cursor::start());
        server.sql(&database, what);
        assert_eq!(look(&store, &Cursor::start()).has_lost, is_missed, "{what}");
        let again = look(&store, &Cursor::start());
        assert_eq!(again.has_lost, is_missed, "{what}");
        if what.contains("beat = 0") {
            let beats = server.sql(&database, "select distinct beat from hallpass_processes");
            assert_eq!(beats, "0", "nothing is written over the proof");
        }
        if is_missed {
            begin_epoch(&store, &again.header).unwrap();
        }
        assert!(!look(&store, &Cursor::start()).has_lost, "{what}");
        store.append(&[id(2)]).unwrap();
    }
}

/// Somebody drops the tables, and whoever starts first makes them anew.
fn drop_tables(server: &Server, database: &str) {
    server.sql(database, "drop table hallpass_denylist, hallpass_records, hallpass_processes");
}

#[track_caller]
fn is_foreign<T: std::fmt::Debug>(call: impl FnOnce() -> Result<T, StoreError>) {
    assert_eq!(refused(5.0, call).kind(), StoreErrorKind::Foreign);
}

/// Whether it has written before, and so has a proof that it would miss, or not.
fn another_list_in_its_place_is_refused() {
    let server = Server::start("");
    for before in [&[][..], &[id(1)]] {
        let database = server.database();
        let old = open(&server, &database);
        old.append(before).unwrap();
        let known = look(&old, &Cursor::start()).header;
        drop_tables(&server, &database);
        let new = open(&server, &database);
        for _ in 0..2 {
            is_foreign(|| old.append(&[id(2)]));
            is_foreign(|| old.look(&Cursor::start(), 10));
            is_foreign(|| old.header());
            is_foreign(|| old.reopen());
            is_foreign(|| begin_epoch(&old, &known));
            is_foreign(|| old.vouch_anew(now(), now()));
            is_foreign(|| old.purge(now() + TimeDelta::days(1), 10));
        }
        let beats = server.sql(&database, "select count(*) from hallpass_processes");
        assert_eq!(beats, "0", "nor does it pass for a process that looks at that list");
        let seen = look(&new, &Cursor::start());
        assert!(!seen.has_lost && seen.header != known);
        assert_eq!(all(&new), [].into());
    }
}

/// It hashes subjects under another secret: what it appended would concern nobody.
fn who_knew_the_old_list_acknowledges_nothing() {
    let server = Server::start("");
    let database = server.database();
    let old = Denylist::connect(&server.url(&database)).unwrap();
    drop_tables(&server, &database);
    let new = Denylist::connect(&server.url(&database)).unwrap();
    let kind = || old.store_error().map(|error| error.kind());
    let revoke = || old.revoke(Revocation::subject("app", "alice")).wait();
    assert!(matches!(revoke(), Err(RevokeError::NotShared(_))));
    soon("it has found out", || kind() == Some(StoreErrorKind::Foreign) && !old.is_fresh());
    // However often it looks and opens the store anew.
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        assert!(matches!(revoke(), Err(RevokeError::NotShared(_))));
        assert!(kind() == Some(StoreErrorKind::Foreign) && !old.is_fresh());
        thread::sleep(Duration::from_millis(100));
    }
    new.catch_up(Duration::from_secs(5)).wait().unwrap();
    assert_eq!(new.stats().subjects, 0);
}
