//! Engines that may lose what they acknowledge.

use std::thread;
use std::time::Duration;

use hallpass::store::{Cursor, PostgresDanger, PostgresStore, SharedStore as _, Store as _, StoreErrorKind};

use super::Scenario;
use super::server::{Server, USER};
use super::support::{all, header, id, look, now, open, refused, soon};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a replica is refused", a_replica_is_refused),
    ("a primary whose replica is silent is not fresh", a_primary_whose_replica_is_silent_is_not_fresh),
    ("a wait for a replica that is cancelled is no answer", a_wait_that_is_cancelled_is_no_answer),
    ("a warning of what wakes the others is no warning of an append", a_warning_of_a_wake_is_nobodys),
    ("a role's settings are not gone by", a_roles_settings_are_not_gone_by),
    ("dangerous settings are refused, unless by name", dangerous_settings_are_refused),
    ("a table that a crash empties is refused", a_table_that_a_crash_empties_is_refused),
];

fn a_replica_is_refused() {
    let server = Server::start("");
    let database = server.database();
    drop(open(&server, &database));
    let replica = server.replica("copy");
    let error = refused(5.0, || PostgresStore::open_existing(&replica.url(&database)));
    assert_eq!(error.kind(), StoreErrorKind::Unsafe);
    assert!(format!("{error:?}").contains("replica"), "{error:?}");
}

/// A primary that waits for this replica.
fn with_synchronous_replica() -> (Server, Server, String) {
    let server = Server::start("");
    let database = server.database();
    let replica = server.replica("copy");
    server.configure("synchronous_standby_names = 'copy'");
    server.reload("synchronous_standby_names", "copy");
    soon("the replica follows", || {
        server.sql("postgres", "select count(*) from pg_stat_replication where sync_state = 'sync'") == "1"
    });
    (server, replica, database)
}

fn a_primary_whose_replica_is_silent_is_not_fresh() {
    let (server, replica, database) = with_synchronous_replica();
    let second = Duration::from_secs(1);
    let builder = || PostgresStore::builder().look_limit(second).write_limit(second);
    let store = builder().open(&server.url(&database), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    look(&store, &Cursor::start());
    replica.signal("STOP");
    for _ in 0..2 {
        refused(2.0, || store.look(&Cursor::start(), 10));
        refused(2.0, || store.append(&[id(2)]));
    }
    replica.signal("CONT");
    soon("it is fresh again", || store.look(&Cursor::start(), 10).is_ok());
    store.reopen().unwrap();
    store.append(&[id(2)]).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost);
    assert_eq!(all(&store), [1, 2].into());
}

/// The engine commits on its own disk, answers that all is well, and warns.
fn a_wait_that_is_cancelled_is_no_answer() {
    let (server, replica, database) = with_synchronous_replica();
    let store = open(&server, &database);
    store.append(&[id(1)]).unwrap();
    replica.signal("STOP");
    for how in ["pg_cancel_backend", "pg_terminate_backend"] {
        let waits = "from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'hallpass'";
        thread::scope(|scope| {
            let append = scope.spawn(|| refused(5.0, || store.append(&[id(2)])));
            soon("it waits", || server.sql("postgres", &format!("select count(*) {waits}")) != "0");
            server.sql("postgres", &format!("select {how}(pid) {waits}"));
            append.join().unwrap();
        });
        thread::scope(|scope| {
            let look = scope.spawn(|| refused(5.0, || store.look(&Cursor::start(), 10)));
            soon("it waits", || server.sql("postgres", &format!("select count(*) {waits}")) != "0");
            server.sql("postgres", &format!("select {how}(pid) {waits}"));
            look.join().unwrap();
        });
    }
    replica.signal("CONT");
    store.append(&[id(2)]).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost);
}

fn dangerous_settings_are_refused() {
    let server = Server::start("fsync = off");
    let database = server.database();
    let refuses = |setting: &str| {
        let error = refused(5.0, || PostgresStore::open(&server.url(&database), header()));
        assert_eq!(error.kind(), StoreErrorKind::Unsafe);
        assert!(format!("{error:?}").contains(setting), "{error:?}");
    };
    refuses("fsync is off");
    let accepted =
        PostgresStore::builder().accept(PostgresDanger::FsyncOff).open(&server.url(&database), header()).unwrap();
    accepted.append(&[id(1)]).unwrap();
    look(&accepted, &Cursor::start());
    drop(accepted);
    server.configure("fsync = on");
    server.reload("fsync", "on");
    let store = open(&server, &database);
    look(&store, &Cursor::start());
    // It is changed under a connection that is there.
    for (setting, danger) in [
        ("full_page_writes = off", PostgresDanger::FullPageWritesOff),
        ("synchronous_commit = off", PostgresDanger::AsynchronousCommit),
        ("synchronous_commit = local", PostgresDanger::AsynchronousCommit),
    ] {
        let (name, value) = setting.split_once(" = ").unwrap();
        server.configure(setting);
        server.reload(name, value);
        soon("it is noticed", || store.look(&Cursor::start(), 10).is_err());
        refuses(&format!("{name} is {value}"));
        let accepted = PostgresStore::builder().accept(danger).open_existing(&server.url(&database)).unwrap();
        look(&accepted, &Cursor::start());
        server.configure(&format!("{name} = on"));
        server.reload(name, "on");
        soon("it is safe again", || store.look(&Cursor::start(), 10).is_ok());
    }
    server.configure("default_transaction_read_only = on");
    server.reload("default_transaction_read_only", "on");
    soon("it is noticed", || store.look(&Cursor::start(), 10).is_err());
    refuses("transaction_read_only is on");
    assert_eq!(refused(5.0, || store.append(&[id(1)])).kind(), StoreErrorKind::Unsafe);
}

fn a_table_that_a_crash_empties_is_refused() {
    let server = Server::start("");
    for table in ["hallpass_denylist", "hallpass_records", "hallpass_processes"] {
        let database = server.database();
        let store = open(&server, &database);
        store.append(&[id(1)]).unwrap();
        server.sql(&database, &format!("alter table {table} set unlogged"));
        assert_eq!(refused(5.0, || store.reopen()).kind(), StoreErrorKind::Unsafe);
        let error = refused(5.0, || PostgresStore::open(&server.url(&database), header()));
        assert!(format!("{error:?}").contains(table), "{error:?}");
    }
}

/// As of a queue of notifications that is filling up; and it comes while the next is appended, or looked at.
fn a_warning_of_a_wake_is_nobodys() {
    let server = Server::start("");
    let database = server.database();
    server.sql(
        &database,
        "create schema own; create function own.pg_notify(text, text) returns void language plpgsql
        as 'begin perform pg_sleep(0.02); raise warning ''the queue is half full''; end'",
    );
    let url = format!("{}?options=-c%20search_path%3Down%2Cpg_catalog%2Cpublic", server.url(&database));
    let store = PostgresStore::open(&url, header()).unwrap();
    for n in 0..30 {
        store.append(&[id(n)]).unwrap();
        store.header().unwrap();
        thread::sleep(Duration::from_millis(u64::from(n)));
    }
    let seen = look(&store, &Cursor::start());
    store.begin_epoch(&seen.header, now(), now()).unwrap();
    store.header().unwrap();
    assert_eq!(all(&store), (0..30).collect());
}

fn a_roles_settings_are_not_gone_by() {
    let server = Server::start("");
    let database = server.database();
    for setting in ["client_min_messages = error", "default_transaction_isolation = serializable", "jit = on"] {
        server.sql(&database, &format!("alter role {USER} set {setting}; alter database {database} set {setting}"));
    }
    let [one, two] = [(); 2].map(|()| open(&server, &database));
    thread::scope(|scope| {
        for (store, numbers) in [(&one, 0..50), (&two, 50..100)] {
            scope.spawn(move || numbers.for_each(|n| store.append(&[id(n)]).unwrap()));
        }
    });
    assert_eq!(all(&one), (0..100).collect());
}
