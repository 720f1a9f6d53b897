//! `HALLPASS_DENYLIST` in the place of `--denylist`.

use std::io::Write as _;

use super::service::{Service, done};
use super::{Run, command};
use crate::support::ISSUER;

/// A run with the variable, and this on standard input.
fn with_variable(denylist: &str, args: &[&str], input: &str) -> Run {
    let mut child = command(args).env("HALLPASS_DENYLIST", denylist).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Run::of(child.wait_with_output().unwrap(), input.as_bytes())
}

#[test]
fn the_variable_stands_for_the_option_in_every_command_that_has_it() {
    let service = Service::new();
    let party = ["--key", &service.key, "--issuer", ISSUER];
    let run = |args: &[&str], input: &str| with_variable(&service.list, args, input);
    let token = run(&[&["issue"], &party[..], &["--subject", "alice"]].concat(), "").prints();
    let verify = || run(&[&["verify"], &party[..]].concat(), &token);
    verify().prints();
    done(run(&[&["revoke", "token"], &party[..]].concat(), &token));
    verify().fails(2, "is revoked");
    assert_eq!(run(&["denylist", "list"], "").stdout.lines().count(), 1);
    assert!(run(&["denylist", "stats"], "").prints().contains(r#""ids":1"#));
    assert_eq!(run(&["denylist", "purge"], "").prints(), r#"{"dropped":0}"#);
    assert!(run(&["doctor"], "").stdout.contains("ok      list-records      ids 1,"));
    let key = "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    run(&["denylist", "forget-key", key], "").fails(1, "is not revoked");
}

#[test]
fn the_option_wins_and_what_does_not_go_with_it_does_not_go_with_the_variable() {
    let service = Service::new();
    let stats = ["denylist", "stats", "--denylist", &service.list];
    assert_eq!(with_variable("/nowhere/denylist.redb", &stats, "").code, 0);
    let party = ["--key", &service.key, "--issuer", ISSUER];
    let lifetime = [&["verify", "--longest-lifetime", "1h"], &party[..]].concat();
    with_variable(&service.list, &lifetime, "").fails(1, "does not go with");
    let at = [&["issue", "--subject", "alice", "--at", "2026-11-23T12:00:00Z"], &party[..]].concat();
    with_variable(&service.list, &at, "").fails(1, "does not go with");
    with_variable("", &["denylist", "stats"], "").fails(1, "--denylist <FILE|URL>");
}

#[test]
fn a_password_in_it_shows_neither_in_the_help_nor_in_an_error() {
    let service = Service::new();
    let party = ["--key", &service.key, "--issuer", ISSUER];
    let commands = [
        [&["issue", "--subject", "alice"], &party[..]].concat(),
        [&["verify"], &party[..]].concat(),
        vec!["revoke", "everyone"],
        vec!["denylist", "list"],
        vec!["denylist", "stats"],
        vec!["denylist", "purge"],
        vec!["doctor"],
        vec!["denylist", "forget-key", "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ];
    for url in [
        "postgres://canary-user:passw0rd@127.0.0.1:1/sessions",
        "postgres://canary-user:passw0rd@127.0.0.1:1/sessions?canary=passw0rd",
        "rediss://canary-user:passw0rd@127.0.0.1:1/0",
        "mysql://canary-user:passw0rd@127.0.0.1/0",
    ] {
        for args in &commands {
            // Of `revoke everyone`, it is `revoke` that has the option.
            let named = if args[0] == "revoke" { &args[..1] } else { args };
            let help = with_variable(url, &[named, &["--help"]].concat(), "");
            assert!(help.code == 0 && help.stdout.contains("[env: HALLPASS_DENYLIST]"), "{help:?}");
            let wrong = [&args[..], &["--canary"]].concat();
            for run in [help, with_variable(url, args, ""), with_variable(url, &wrong, "")] {
                let said = format!("{}{}", run.stdout, run.stderr);
                assert!(!said.contains("passw0rd") && !said.contains("canary-user"), "{run:?}");
                assert!(run.code == 1 || !run.stdout.is_empty(), "{run:?}");
            }
        }
    }
}
