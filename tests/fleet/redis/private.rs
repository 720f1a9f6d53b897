//! TLS, rights, and what may not show.

use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use hallpass::store::{Cursor, RedisStore, SharedStore as _, Store as _};

use super::server::{Server, quick, url};
use crate::Scenario;
use crate::listener::heard;
use crate::private::opened_at_once;
use crate::server::{PASSWORD, USER};
use crate::support::{all, chain, header, id, look, now, refused, says_nothing};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("Redis: TLS verifies the certificate and the name in it", tls_verifies),
    ("Redis: nothing private shows", nothing_private_shows),
    ("Redis: a user with few rights suffices", a_user_with_few_rights_suffices),
    ("Redis: many open a new list at once", many_open_a_new_list_at_once),
    ("Redis: it is opened and used within a runtime", it_is_opened_and_used_within_a_runtime),
];

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output().expect("openssl");
    assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

fn tls_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let authority = "-newkey rsa:2048 -nodes -days 2";
    openssl(folder.path(), &format!("req -x509 {authority} -subj /CN=authority -keyout ca.key -out ca.pem"));
    openssl(folder.path(), "req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr");
    std::fs::write(folder.path().join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl(
        folder.path(),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
    let path = folder.path().display();
    let server = Server::start(&format!(
        "tls-cert-file {path}/server.pem\ntls-key-file {path}/server.key\ntls-ca-cert-file {path}/ca.pem\ntls-auth-clients no"
    ));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    server.set("tls-port", &port.to_string());
    let by_name = url(USER, PASSWORD, port, "list").replace("redis://", "rediss://").replace("127.0.0.1", "localhost");
    let with_roots = |url: &str| format!("{url}&sslrootcert={path}/ca.pem");
    let store = RedisStore::open(&with_roots(&by_name), header()).unwrap();
    store.append(&[id(1)]).unwrap();
    store.wait(std::time::Duration::from_millis(10));
    assert!(!look(&store, &Cursor::start()).has_lost);
    let unknown = refused(5.0, || RedisStore::open(&by_name, header()));
    assert!(chain(&unknown).contains("UnknownIssuer"), "{unknown:?}");
    let by_number = by_name.replace("localhost", "127.0.0.1");
    let other = refused(5.0, || RedisStore::open(&with_roots(&by_number), header()));
    assert!(chain(&other).contains("certificate"), "{other:?}");
    refused(2.0, || quick().open(&by_name.replace("rediss", "redis"), header()));
    refused(2.0, || quick().open(&server.url("list").replace("redis", "rediss"), header()));
    refused(5.0, || RedisStore::open(&format!("{by_name}&sslrootcert=/none"), header()));
}

fn nothing_private_shows() {
    let server = Server::start("");
    let store = server.open("list");
    let port = server.port;
    says_nothing(&format!("{store:?} {store:#?} {:?}", RedisStore::builder()));
    assert!(format!("{store:?}").contains(&format!("127.0.0.1:{port}")));
    for url in [
        url(USER, "canary-wrong", port, "list"),
        url("canary-nobody", PASSWORD, port, "list"),
        url(USER, PASSWORD, 1, "list"),
        url(USER, PASSWORD, port, "{canary}"),
        format!("redis://127.0.0.1:{port}"),
        format!("redis://:canary@127.0.0.1:{port}"),
        format!("redis://{USER}:canary@{port}@127.0.0.1:{port}"),
        format!("redis://{USER}:canary/x@127.0.0.1:{port}"),
        format!("redis://{USER}:canary@127.0.0.1:canary"),
        format!("redis://{USER}:canary@127.0.0.1:{port}/canary"),
        format!("redis://{USER}:canary@127.0.0.1:{port}?canary=canary"),
        format!("rediss://{USER}:canary@localhost:{port}?sslrootcert=/canary%FF"),
        format!("http://{USER}:canary@127.0.0.1/"),
        "canary".to_owned(),
        String::new(),
    ] {
        refused(6.0, || RedisStore::open(&url, header()));
        refused(6.0, || RedisStore::open_existing(&url));
        let error = hallpass::Denylist::connect(&url).unwrap_err();
        says_nothing(&format!("{error} {error:?}"));
    }
    let far = refused(3.0, || quick().open_existing(&server.url("list").replace("127.0.0.1", "192.0.2.1")));
    assert!(far.to_string().contains("192.0.2.1"), "{far}");
    // What the engine says names the user, or quotes what it was asked.
    server.say(&["acl", "setuser", USER, "-eval"]);
    for error in [
        refused(5.0, || store.append(&[id(1)])),
        refused(5.0, || store.look(&Cursor::start(), 1)),
        refused(5.0, || RedisStore::open(&server.url("other"), header())),
    ] {
        assert!(format!("{error:?}").contains("NOPERM"), "{error:?}");
    }
    server.say(&["acl", "setuser", USER, "+eval"]);
    for key in ["list", "log", "due"] {
        server.say(&["del", &format!("{{list}}:{key}")]);
        server.say(&["set", &format!("{{list}}:{key}"), "canary"]);
        refused(5.0, || store.append(&[id(1)]));
        refused(5.0, || store.look(&Cursor::start(), 1));
        refused(5.0, || store.purge(now(), 1));
    }
}

fn a_user_with_few_rights_suffices() {
    let server = Server::start("");
    let rights = "+eval +config|get +acl|dryrun +info +wait +hmget +hget +hexists +hset +hdel +hincrby +exists +xadd +xdel +xrange \
        +xread +xinfo|stream +zadd +zrem +zcard +zrangebyscore +get +set +del +time";
    let mut words = vec!["acl", "setuser", "app", "on", ">canary", "~{list}:*"];
    words.extend(rights.split_whitespace());
    server.say(&words);
    let app = url("app", "canary", server.port, "list");
    refused(5.0, || RedisStore::open(&url("app", "canary", server.port, "other"), header()));
    let store = RedisStore::open(&app, header()).unwrap();
    store.append(&[id(1)]).unwrap();
    let seen = look(&store, &Cursor::start());
    assert!(!seen.has_lost);
    store.purge(now() + TimeDelta::days(365), 10).unwrap();
    store.vouch_anew(now(), now()).unwrap();
    crate::support::begin_epoch(&store, &seen.header).unwrap();
    assert_eq!(all(&store), [1].into());
}

fn many_open_a_new_list_at_once() {
    let server = Server::start("");
    let place = format!("127.0.0.1:{}", server.port);
    // It takes so little time that they seldom meet.
    for n in 0..50 {
        let headers = opened_at_once(&place, || server.open(&format!("list{n}")).header().unwrap());
        assert!(headers.iter().all(|header| *header == headers[0]));
    }
    let (one, events) = heard(|| server.open("one"));
    assert_eq!(events.len(), 1, "who begins a list alone is told, too");
    let other = server.open("other");
    one.append(&[id(1)]).unwrap();
    assert_eq!((all(&one), all(&other)), ([1].into(), [].into()), "lists of other names are other lists");
}

fn it_is_opened_and_used_within_a_runtime() {
    let server = Server::start("");
    let single = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let many = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for runtime in [single, many] {
        runtime.block_on(async {
            let store = server.open("list");
            store.append(&[id(1)]).unwrap();
            look(&store, &Cursor::start());
            store.wait(std::time::Duration::from_millis(10));
            drop(store);
            refused(5.0, || RedisStore::open_existing(&server.url("none")));
        });
    }
}
