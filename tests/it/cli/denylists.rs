//! `--denylist`: beside a running server, and what is in one.

mod files;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use chrono::Utc;
use hallpass::key::SecretKey;
use hallpass::{Denylist, Revocation, TokenId};
use serde_json::{Value, json};

use super::service::{Service, ago, done, text};
use super::{Run, command, hallpass, issue, verify};
use crate::support::ISSUER;

/// Every command that only looks, and every one that writes.
fn reading(service: &Service) -> Vec<Run> {
    let token = issue(&service.key, &[]).prints();
    vec![
        service.verify(&token, &[]),
        issue(&service.key, &["--denylist", &service.list]),
        service.denylist(&["list"]),
        service.denylist(&["stats"]),
    ]
}

fn writing(service: &Service) -> Vec<Run> {
    let token = issue(&service.key, &[]).prints();
    let kid = hallpass(&["key", "id", "--key", &service.key]).prints();
    vec![
        service.revoke_token(&token, &[]),
        service.revoke(&["session", "AAAAAAAAAAAAAAAAAAAAAA"]),
        service.revoke(&["subject", "alice", "--issuer", ISSUER]),
        service.revoke(&["key", &SecretKey::generate().unwrap().id().to_string()]),
        service.revoke(&["everyone"]),
        service.denylist(&["purge"]),
        service.denylist(&["forget-key", &kid]),
    ]
}

#[test]
fn beside_a_running_server_all_that_looks_works_and_what_writes_says_that_the_file_is_in_use() {
    let service = Service::new();
    let server = service.runs();
    let token = service.issue(&[]);
    let claims = service.accepts(&token);
    for run in reading(&service) {
        assert_eq!((run.code, &*run.stderr), (0, ""), "{run:?}");
    }
    for run in writing(&service) {
        run.fails(1, "denylist.redb: in use by another process: while that runs, it alone can revoke");
    }
    assert!(service.lines().is_empty());
    // What the server revokes is seen at once.
    server.revoke(text(&claims["sid"]).parse::<TokenId>().unwrap()).wait().unwrap();
    service.refuses(&token, "is revoked");
    assert_eq!(service.lines()[0]["id"], claims["sid"]);
    drop(server);
    done(service.revoke(&["everyone"]));
}

#[test]
fn beside_a_server_that_revokes_all_the_time_what_was_acknowledged_is_seen() {
    let service = Service::new();
    let server = service.runs();
    let token = service.issue(&[]);
    let (acknowledged, over) = (AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..100_000 {
                server.revoke(TokenId::from_bytes(u128::from(n).to_be_bytes())).wait().unwrap();
                acknowledged.store(n, Ordering::SeqCst);
                if over.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let runs: Vec<_> = (0..10)
            .map(|_| {
                let before = acknowledged.load(Ordering::SeqCst) as usize;
                (before, service.denylist(&["list"]), service.verify(&token, &[]))
            })
            .collect();
        over.store(true, Ordering::SeqCst);
        for (before, list, verified) in runs {
            assert_eq!((list.code, &*list.stderr), (0, ""));
            assert!(list.stdout.lines().count() >= before, "{before} acknowledged: {list:?}");
            verified.prints();
        }
    });
    assert!(acknowledged.into_inner() > 10);
}

#[test]
fn engines_are_refused_and_their_passwords_not_repeated() {
    let service = Service::new();
    let token = issue(&service.key, &[]).prints();
    let secret = std::fs::read_to_string(&service.key).unwrap();
    let unknown_unless = |built_in: bool| if built_in { "Connection refused" } else { "no engine that is known here" };
    for (typed, reason) in [
        ("redis://user:passw0rd@127.0.0.1:1/0", unknown_unless(cfg!(feature = "redis"))),
        ("postgres://user:passw0rd@127.0.0.1:1/x", unknown_unless(cfg!(feature = "postgres"))),
        ("mysql://passw0rd@host/x", "no engine that is known here"),
        (&token, "takes the name of a file"),
        (secret.lines().last().unwrap().rsplit(' ').next().unwrap(), "takes the name of a file"),
    ] {
        for args in [
            &["verify", "--key", &service.key, "--issuer", ISSUER, "--denylist", typed][..],
            &["issue", "--key", &service.key, "--issuer", ISSUER, "--subject", "alice", "--denylist", typed],
            &["revoke", "--denylist", typed, "everyone"],
            &["denylist", "list", "--denylist", typed],
            &["denylist", "stats", "--denylist", typed],
            &["denylist", "purge", "--denylist", typed],
        ] {
            let run = hallpass(args);
            assert!(!run.stderr.contains("passw0rd") && !run.stderr.contains(&typed[..20.min(typed.len())]), "{run:?}");
            run.fails(1, reason);
        }
    }
    // Nor what was meant for another place.
    for args in [
        &["revoke", "--denylist", &service.list, &token][..],
        &["revoke", "--denylist", &service.list, "session", &token],
        &["revoke", "--denylist", &service.list, "key", &token],
        &["revoke", "--denylist", &service.list, "everyone", "--except", &token],
        &["revoke", "--denylist", &service.list, "token", &token],
        &["denylist", "forget-key", &token, "--denylist", &service.list],
    ] {
        let run = hallpass(args);
        assert_eq!((run.code, &*run.stdout), (1, ""));
        assert!(!run.stderr.contains(&token[..20]), "{run:?}");
    }
}

#[test]
fn verifying_writes_nothing_and_says_so_of_a_replay() {
    let service = Service::new();
    let server = Denylist::builder().open_at(&service.list, ago(600)).unwrap();
    let stolen = service.issuer(&server).login_at("alice", ago(600)).unwrap().into_string();
    let second = service.renewed(&server, &stolen, ago(500)).into_string();
    let _ = service.renewed(&server, &second, ago(400));
    drop(server);
    let before = service.bytes();
    service.refuses(&stolen, "replayed, and session");
    service.refuses(&stolen, "could not be ended");
    service.accepts(&second);
    service.issue(&[]);
    service.lines();
    service.stats();
    assert_eq!(service.bytes(), before);
}

#[test]
fn a_moment_goes_through_to_the_list() {
    let service = Service::new();
    let token = service.issue(&[]);
    done(service.revoke_token(&token, &[]));
    let at = |seconds: i64| ago(-seconds).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    service.verify(&token, &["--at", &at(60)]).fails(2, "is revoked");
    service.verify(&token, &["--at", &at(3600)]).fails(2, "expired at");
    issue(&service.key, &["--denylist", &service.list, "--at", &at(0)])
        .fails(1, "--denylist <FILE|URL> does not go with --at");
}

#[test]
fn the_lists_longest_lifetime_wins() {
    let service = Service::new();
    std::fs::remove_file(&service.list).unwrap();
    let settings = Denylist::builder().longest_lifetime(chrono::TimeDelta::minutes(5));
    drop(settings.open_at(&service.list, ago(3600)).unwrap());
    let claims = service.accepts(&service.issue(&[]));
    let moment = |name: &str| text(&claims[name]).parse::<chrono::DateTime<Utc>>().unwrap();
    assert_eq!((moment("exp") - moment("iat")).num_seconds(), 300);
    service.accepts(&service.issue(&["--lifetime", "2m"]));
    issue(&service.key, &["--denylist", &service.list, "--lifetime", "6m"]).fails(1, "360 s");
    let longer = issue(&service.key, &[]).prints();
    service.refuses(&longer, "lives 900 s, longer than 300 s");
    service.verify(&longer, &["--longest-lifetime", "1h"]).fails(1, "does not go with");
    verify(&service.key, &longer, &["--longest-lifetime", "1h"]).session();
    assert_eq!(service.stats()["longest_lifetime"], "5m");
}

#[test]
fn what_counts_now_is_listed_a_line_each() {
    let service = Service::new();
    let server = service.runs();
    let key = SecretKey::generate().unwrap().id();
    let session = "AAECAwQFBgcICQoLDA0ODw".parse().unwrap();
    let subject = |except| Revocation::Subject { issuer: ISSUER.to_owned(), subject: "alice".to_owned(), except };
    server.revoke(TokenId::from_bytes([255; 16])).wait().unwrap();
    server.revoke(subject(Some(session))).wait().unwrap();
    server.revoke(Revocation::everyone()).wait().unwrap();
    server.revoke(key).wait().unwrap();
    let forgotten = SecretKey::generate().unwrap().id();
    server.revoke(forgotten).wait().unwrap();
    server.forget_key(&forgotten).unwrap().wait().unwrap();
    drop(server);
    service.put_ids([(1, ago(1200 + 60)), (2, ago(1200 - 60))]);

    let lines = service.lines();
    let shown: Vec<(&str, &Value)> = lines.iter().map(|line| (text(&line["kind"]), &line["id"])).collect();
    assert_eq!(
        shown,
        [
            ("id", &json!("_____________________w")),
            ("subject", &Value::Null),
            ("everyone", &Value::Null),
            ("id", &json!("AAAAAAAAAAAAAAAAAAAAAg")),
            ("key", &json!(key.to_string())),
        ]
    );
    let moment = |line: &Value, name: &str| text(&line[name]).parse::<chrono::DateTime<Utc>>().unwrap();
    for line in &lines[..4] {
        let begun = if line["begun_by"].is_null() { moment(line, "revoked") } else { moment(line, "begun_by") };
        assert_eq!((moment(line, "until") - begun).num_seconds(), 1200, "{line}");
    }
    assert_eq!(lines[1]["except"], "AAECAwQFBgcICQoLDA0ODw");
    assert_eq!((text(&lines[1]["subject_hash"]).len(), &lines[2]["except"]), (22, &Value::Null));
    assert!(!service.denylist(&["list"]).stdout.contains("alice"));
    assert_eq!(lines[4].as_object().unwrap().len(), 3, "a key is kept until it is forgotten");
}

#[test]
fn stats_count_what_is_in_the_file_and_purging_drops_what_has_expired() {
    let service = Service::new();
    let server = service.runs();
    let first = service.issuer(&server).login("alice").unwrap().into_string();
    let second = service.renewed(&server, &first, ago(-1)).into_string();
    let _ = service.renewed(&server, &second, ago(-2));
    let keys = [(); 3].map(|()| SecretKey::generate().unwrap().id());
    for what in keys.map(Revocation::from).into_iter().chain([Revocation::everyone(), Revocation::subject("a", "b")]) {
        server.revoke(what).wait().unwrap();
    }
    server.forget_key(&keys[0]).unwrap().wait().unwrap();
    drop(server);
    service.put_ids((0..25_000).map(|n| (n, ago(3000))).chain((0..100).map(|n| (n, ago(5)))));

    let stats = service.stats();
    let counts = ["ids", "subjects", "everyone", "keys", "first_uses", "expired", "malformed"].map(|name| &stats[name]);
    assert_eq!(counts, [&json!(100), &json!(1), &json!(1), &json!(2), &json!(1), &json!(25_000), &json!(0)]);
    assert_eq!((&stats["purged"], &stats["longest_lifetime"]), (&Value::Null, &json!("15m")));
    assert_eq!(stats["bytes"], service.bytes().len());
    let moment = |name: &str| text(&stats[name]).parse::<chrono::DateTime<Utc>>().unwrap();
    assert_eq!((moment("vouches_from") - moment("created")).num_seconds(), 10);
    assert!((Utc::now() - moment("created")).num_seconds() >= 3600);
    assert_eq!(service.lines().len(), 104);
    // Whoever reads the first line only.
    let mut child = command(&["denylist", "list", "--denylist", &service.list]).spawn().unwrap();
    drop(child.stdout.take());
    let run = Run::of(child.wait_with_output().unwrap(), b"");
    assert_eq!((run.code, &*run.stderr), (1, ""));

    assert_eq!(service.denylist(&["purge"]).prints(), r#"{"dropped":0}"#, "what counts stands before it");
    let stats = service.stats();
    assert_eq!((&stats["expired"], &stats["ids"]), (&json!(25_000), &json!(100)));
}

#[test]
fn purging_drops_all_that_has_expired() {
    let service = Service::new();
    service.put_ids((0..25_000).map(|n| (n, ago(3000))).chain((0..12_000).map(|n| (n, ago(5)))));
    assert_eq!(service.lines().len(), 12_000);
    assert_eq!(service.denylist(&["purge"]).prints(), r#"{"dropped":25000}"#);
    assert_eq!(service.denylist(&["purge"]).prints(), r#"{"dropped":0}"#);
    let stats = service.stats();
    assert_eq!((&stats["expired"], &stats["ids"]), (&json!(0), &json!(12_000)));
    assert!((Utc::now() - text(&stats["purged"]).parse::<chrono::DateTime<Utc>>().unwrap()).num_seconds() < 60);
    assert_eq!(service.lines().len(), 12_000);
}

#[test]
fn as_of_a_moment_before_a_revocation_a_token_is_good() {
    let service = Service::new();
    let server = Denylist::builder().open_at(&service.list, ago(3500)).unwrap();
    let issuer = service.issuer(&server);
    let token = issuer.login_at("alice", ago(1800)).unwrap();
    server.revoke_at(TokenId::from_bytes([9; 16]), Utc::now()).wait().unwrap();
    drop(server);
    // Good 25 minutes ago, said the server then. Nobody has revoked it.
    let at = ago(1500).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let run = service.verify(token.as_str(), &["--at", &at]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn as_of_a_moment_before_a_purge_nothing_can_be_known() {
    let service = Service::new();
    // Nothing runs that might purge as of another moment.
    service.put_ids([(9, ago(3500))]);
    let at = |seconds| ago(seconds).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let token = issue(&service.key, &["--at", &at(600)]).prints();
    assert_eq!(service.denylist(&["purge"]).prints(), r#"{"dropped":1}"#);
    let run = service.verify(&token, &["--at", &at(300)]);
    // docs/COMMAND_LINE.md: "About a moment before what was purged it can't tell: exit code 1."
    assert_eq!(run.code, 1, "{run:?}");
}

#[test]
fn a_token_is_issued_under_the_leeway_of_the_servers() {
    let service = Service::new();
    let server = Denylist::builder().leeway(chrono::TimeDelta::seconds(60)).open(&service.list).unwrap();
    server.revoke(Revocation::everyone()).wait().unwrap();
    // The server itself logs people in.
    assert!(service.issuer(&server).login("alice").is_ok());
    let run = issue(&service.key, &["--denylist", &service.list, "--leeway", "60s"]);
    assert_eq!(run.code, 0, "{run:?}");
}
