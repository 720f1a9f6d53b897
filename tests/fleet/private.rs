//! TLS, rights, and what may not show.

use std::path::Path;
use std::process::Command;
use std::sync::Barrier;

use chrono::TimeDelta;
use hallpass::store::{
    Cursor, POSTGRES_SCHEMA, PostgresDanger, PostgresStore, SharedStore as _, Store as _, StoreErrorKind,
};
use tracing::Level;

use super::Scenario;
use super::listener::{heard, written};
use super::server::{PASSWORD, Server, USER, url};
use super::support::{all, chain, header, id, look, now, open, refused, says_nothing};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("TLS verifies the certificate and the name in it", tls_verifies),
    ("nothing private shows", nothing_private_shows),
    ("a role with few rights suffices", a_role_with_few_rights_suffices),
    ("many open a new list at once", many_open_a_new_list_at_once),
    ("it is opened and used within a runtime", it_is_opened_and_used_within_a_runtime),
];

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output().expect("openssl");
    assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

fn tls_verifies() {
    let mut server = Server::start("");
    let database = server.database();
    let folder = tempfile::tempdir().unwrap();
    let authority = "-newkey rsa:2048 -nodes -days 2";
    openssl(folder.path(), &format!("req -x509 {authority} -subj /CN=authority -keyout ca.key -out ca.pem"));
    openssl(folder.path(), "req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr");
    std::fs::write(folder.path().join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl(
        folder.path(),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
    for file in ["server.key", "server.pem"] {
        server.put(&folder.path().join(file), file);
    }
    let roots = folder.path().join("ca.pem");
    let roots = roots.display();
    let url = server.url(&database);
    let named = url.replace("127.0.0.1", "localhost");
    refused(5.0, || PostgresStore::open(&format!("{named}?sslmode=require"), header()));
    server.stop("fast");
    server.configure("ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'");
    server.run();
    let ssl = "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
        where application_name = 'hallpass'";
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        let with = |url: &str| PostgresStore::open(&format!("{url}?sslmode={mode}&sslrootcert={roots}"), header());
        let store = with(&named).unwrap();
        store.append(&[id(1)]).unwrap();
        look(&store, &Cursor::start());
        assert_eq!(server.sql("postgres", ssl), "t", "{mode}");
        let other = refused(5.0, || with(&url));
        assert!(chain(&other).contains("certificate"), "another name: {other:?}");
        let unknown = refused(5.0, || PostgresStore::open(&format!("{named}?sslmode={mode}"), header()));
        assert!(chain(&unknown).contains("UnknownIssuer"), "{unknown:?}");
    }
    let store = open(&server, &database);
    look(&store, &Cursor::start());
    assert_eq!(server.sql("postgres", ssl), "f", "what stays on this machine may be plain");
    let pairs = format!(
        "host=localhost port={} user={USER} password='{PASSWORD}' dbname = {database} sslmode=verify-full sslrootcert='{roots}'",
        server.port
    );
    PostgresStore::open_existing(&pairs).unwrap();
    refused(5.0, || PostgresStore::open_existing(&format!("{named}?sslrootcert=/none&sslmode=require")));
    refused(5.0, || PostgresStore::open_existing(&format!("{named}?sslmode=allow")));
    // Far away it is not.
    let far = refused(3.0, || {
        let builder = PostgresStore::builder().connect_limit(std::time::Duration::from_secs(1));
        builder.open_existing(&url.replace("127.0.0.1", "192.0.2.1"))
    });
    assert!(far.to_string().contains("192.0.2.1"), "{far}");
}

fn nothing_private_shows() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    says_nothing(&format!("{store:?} {store:#?}"));
    assert!(format!("{store:?}").contains(&format!("127.0.0.1:{}/{database}", server.port)));
    let port = server.port;
    for (password, database, meaning) in [
        ("canary-wrong", &*database, "28P01: the user's name"),
        (PASSWORD, "nothing", "3D000: there is no such database"),
    ] {
        let refusal = refused(6.0, || PostgresStore::open_existing(&url(USER, password, port, database)));
        assert_eq!(refusal.kind(), StoreErrorKind::Io, "{refusal:?}");
        assert!(chain(&refusal).contains(meaning), "{refusal:?}");
    }
    for url in [
        url(USER, "canary-wrong", port, &database),
        url("canary-nobody", PASSWORD, port, &database),
        url(USER, PASSWORD, port, "nothing"),
        url(USER, PASSWORD, 1, &database),
        format!("postgres://{USER}:canary@{port}@127.0.0.1:{port}/{database}"),
        format!("postgres://{USER}:canary@ry/x@127.0.0.1/{database}"),
        format!("postgres://{USER}:canary@127.0.0.1:canary/{database}"),
        format!("postgres://{USER}:canary@127.0.0.1:{port}/{database}?canary=canary"),
        format!("postgres://{USER}:canary@127.0.0.1:{port}/{database}?connect_timeout=canary"),
        format!("postgres://{USER}:canary@127.0.0.1:{port}/{database}?sslmode=canary"),
        format!("postgres://{USER}:canary@{database}?sslrootcert=/canary%FF"),
        format!("host=127.0.0.1 port={port} user={USER} password='canary"),
        format!("host=127.0.0.1 port={port} user={USER} password=canary canary dbname={database}"),
        format!("mysql://{USER}:canary@127.0.0.1/{database}"),
        "canary".to_owned(),
        String::new(),
    ] {
        refused(6.0, || PostgresStore::open(&url, header()));
        refused(6.0, || PostgresStore::open_existing(&url));
    }
    server.sql(&database, "drop table hallpass_records");
    for error in [
        refused(5.0, || store.append(&[id(1)])),
        refused(5.0, || store.look(&Cursor::start(), 1)),
        refused(5.0, || store.reopen()),
        refused(5.0, || PostgresStore::open_existing(&server.url(&database))),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Missing);
        assert!(format!("{error:?}").contains("PostgresStore::open"), "{error:?}");
    }
}

fn a_role_with_few_rights_suffices() {
    let server = Server::start("");
    let database = server.database();
    server.sql(
        &database,
        "create role app login password 'canary'; revoke all on schema public from public;
        grant usage on schema public to app",
    );
    let app = url("app", "canary", server.port, &database);
    refused(5.0, || PostgresStore::open(&app, header()));
    server.sql(&database, POSTGRES_SCHEMA);
    server.sql(
        &database,
        "grant select, insert, update, delete
        on hallpass_denylist, hallpass_records, hallpass_processes to app",
    );
    assert_eq!(refused(5.0, || PostgresStore::open_existing(&app)).kind(), StoreErrorKind::Missing);
    let store = PostgresStore::open(&app, header()).unwrap();
    store.append(&[id(1)]).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost);
    store.purge(now() + TimeDelta::days(365), 10).unwrap();
    assert_eq!(all(&store), [1].into(), "a fast clock drops nothing that others need");
    store.vouch_anew(now(), now()).unwrap();
    store.begin_epoch(&seen.header, now(), now()).unwrap();
    assert_eq!(all(&store), [1].into());
    server.sql(&database, "revoke execute on function pg_control_system() from public");
    assert_eq!(refused(5.0, || store.reopen()).kind(), StoreErrorKind::Unsafe);
    let store = PostgresStore::builder().accept(PostgresDanger::CannotAsk).open(&app, header()).unwrap();
    assert!(!look(&store, &Cursor::start()).has_lost, "it goes by the timeline alone");
    server.sql(
        &database,
        "create schema own; create function own.pg_control_system() returns table (system_identifier bigint)
        language plpgsql as 'begin raise exception ''out of order''; end'",
    );
    let failing = format!("{}?options=-c%20search_path%3Down%2Cpublic%2Cpg_catalog", server.url(&database));
    let builder = PostgresStore::builder().accept(PostgresDanger::CannotAsk);
    let failed = refused(5.0, || builder.open_existing(&failing));
    assert_eq!(failed.kind(), StoreErrorKind::Io, "that it can't be asked is not the same: {failed:?}");
}

/// What many are given who open a list at once, of whom one is told that he has begun it.
pub(crate) fn opened_at_once<T: Send>(place: &str, open: impl Fn() -> T + Sync) -> Vec<T> {
    let together = Barrier::new(12);
    let heard: Vec<_> = std::thread::scope(|scope| {
        let open = || {
            together.wait();
            heard(&open)
        };
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (opened, events): (Vec<_>, Vec<_>) = heard.into_iter().unzip();
    let begun = written(Level::WARN, "denylist_created", &[("place", place)]);
    assert_eq!(events.concat(), [begun]);
    opened
}

fn many_open_a_new_list_at_once() {
    let server = Server::start("");
    let database = server.database();
    let place = format!("127.0.0.1:{}/{database}", server.port);
    let headers = opened_at_once(&place, || open(&server, &database).header().unwrap());
    assert!(headers.iter().all(|header| *header == headers[0]));
    let (_, events) = heard(|| open(&server, &server.database()));
    assert_eq!(events.len(), 1, "who begins a list alone is told, too");
}

fn it_is_opened_and_used_within_a_runtime() {
    let server = Server::start("");
    let database = server.database();
    let single = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let many = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for runtime in [single, many] {
        runtime.block_on(async {
            let store = open(&server, &database);
            store.append(&[id(1)]).unwrap();
            look(&store, &Cursor::start());
            store.wait(std::time::Duration::from_millis(10));
            drop(store);
            refused(5.0, || PostgresStore::open_existing(&server.url("none")));
        });
    }
}
