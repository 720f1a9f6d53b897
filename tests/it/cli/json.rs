//! `--json`: an object a line from every command, with the members that docs/COMMAND_LINE.md names.

use serde_json::Value;

use super::service::Service;
use super::{Run, hallpass, hallpass_reads, issue};
use crate::support::ISSUER;

const KEY: &str = "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn joined<'a>(one: &[&'a str], other: &[&'a str], third: &[&'a str]) -> Vec<&'a str> {
    [one, other, third].concat()
}

/// The members of each line, in their order.
#[track_caller]
fn members(run: &Run) -> Vec<Vec<String>> {
    assert!(!run.stdout.is_empty(), "{run:?}");
    let line = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(members)) => members.keys().cloned().collect(),
        other => panic!("{line}: {other:?}"),
    };
    run.stdout.lines().map(line).collect()
}

/// One line with these members, before or behind the command.
#[track_caller]
fn has(args: &[&str], input: &str, expected: &[&str]) -> Run {
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    let run = hallpass_reads(&[&["--json"], args].concat(), input.as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
    let mut members = members(&run);
    members.iter_mut().for_each(|line| line.sort());
    assert_eq!(members, [expected], "{args:?}");
    run
}

#[test]
fn every_command_prints_an_object_with_the_members_of_the_manual() {
    let service = Service::new();
    let (key, list) = (["--key", &service.key], ["--denylist", &service.list]);
    let party = [&key[..], &["--issuer", ISSUER]].concat();
    let file = service.desk.name("new.key");
    has(&["key", "generate"], "", &["id", "key"]);
    let run = has(&["key", "generate", "--out", &file], "", &["id", "file"]);
    assert!(!run.stdout.contains("k4.secret"));
    has(&[&["key", "public"], &key[..]].concat(), "", &["id", "key"]);
    has(&[&["key", "id"], &key[..]].concat(), "", &["id"]);
    let issued = has(&[&["issue", "--subject", "alice"], &party[..]].concat(), "", &["token", "sid", "exp"]);
    let issued: Value = serde_json::from_str(&issued.stdout).unwrap();
    let token = issued["token"].as_str().unwrap();
    let claims = hallpass_reads(&[&["verify", "--json"], &party[..], &list[..]].concat(), token.as_bytes()).prints();
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!((&claims["sid"], &claims["exp"]), (&issued["sid"], &issued["exp"]));
    has(&["inspect"], token, &["verified", "header", "unverified_footer", "unverified_claims"]);

    has(&joined(&["revoke"], &list, &[&["token"], &party[..]].concat()), token, &["revoked", "id"]);
    has(&joined(&["revoke"], &list, &["session", "AAAAAAAAAAAAAAAAAAAAAA"]), "", &["revoked", "id"]);
    has(&joined(&["revoke"], &list, &["subject", "alice", "--issuer", ISSUER]), "", &["revoked", "issuer", "subject"]);
    has(&joined(&["revoke"], &list, &["key", KEY]), "", &["revoked", "id"]);
    has(&joined(&["revoke"], &list, &["everyone"]), "", &["revoked"]);
    has(&joined(&["revoke"], &list, &["everyone", "--except", "AAAAAAAAAAAAAAAAAAAAAA"]), "", &["revoked", "except"]);

    assert_eq!(members(&hallpass(&[&["--json"], &joined(&["denylist"], &["list"], &list)[..]].concat())).len(), 6);
    has(&joined(&["denylist"], &["purge"], &list), "", &["dropped"]);
    has(&joined(&["denylist"], &["forget-key", KEY], &list), "", &["forgotten"]);
    let stats = hallpass(&[&["--json"], &joined(&["denylist"], &["stats"], &list)[..]].concat());
    assert_eq!(members(&stats)[0].len(), 12);
    for line in members(&hallpass(&[&["doctor", "--json"], &key[..], &list[..]].concat())) {
        let rest: Vec<&String> = line.iter().filter(|name| *name != "remedy").collect();
        assert_eq!(rest.len(), 3, "{line:?}");
    }
}

#[test]
fn without_it_what_printed_nothing_prints_nothing() {
    let service = Service::new();
    for args in [&["everyone"][..], &["key", KEY]] {
        super::service::done(service.revoke(args));
    }
    super::service::done(service.denylist(&["forget-key", KEY]));
}

/// The members of what a run says on standard error.
#[track_caller]
fn remark(run: &Run) -> Vec<(String, String)> {
    let members: serde_json::Map<String, Value> = serde_json::from_str(&run.stderr).unwrap();
    members.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect()
}

#[test]
fn an_error_is_an_object_on_standard_error_with_what_is_said_without_it() {
    for (args, reason) in [
        (&["key", "id", "--key", "/no\nwhere"][..], "/no\nwhere: "),
        (&["issue"], "missing --key <FILE>"),
        (&["--json", "doctor"], "--json is given twice"),
        (&["no-such-command"], "there is no such command"),
    ] {
        let run = hallpass(&[&["--json"], args].concat());
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
        let [(name, text)] = &remark(&run)[..] else { panic!("{run:?}") };
        assert!(name == "error" && text.contains(reason), "{run:?}");
    }
    let text = hallpass(&["issue"]).stderr;
    let [(_, of_json)] = &remark(&hallpass(&["issue", "--json"]))[..] else { panic!() };
    assert_eq!(text, format!("hallpass: {of_json}\n"));
}

/// A script need not read what is written for people.
#[test]
fn a_refusal_says_what_the_verification_came_to() {
    let service = Service::new();
    let party = ["--key", &service.key, "--issuer", ISSUER];
    let token = issue(&service.key, &[]).prints();
    let verify = |args: &[&str], token: &str| {
        let run = hallpass_reads(&[&["verify", "--json"], &party[..], args].concat(), token.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
        remark(&run)
    };
    let list = ["--denylist", &service.list];
    let outcome =
        |args: &[&str], token: &str| verify(args, token).iter().find(|(name, _)| name == "outcome").unwrap().1.clone();
    assert_eq!(outcome(&["--at", "2099-01-01T00:00:00Z"], &token), "expired");
    assert_eq!(outcome(&["--audience", "another"], &token), "not_for_us");
    assert_eq!(outcome(&list, "v4.public.nothing"), "malformed");
    assert_eq!(outcome(&list, ""), "malformed");
    super::service::done(service.revoke(&["everyone"]));
    assert_eq!(outcome(&list, &token), "revoked");
    let names: Vec<String> = verify(&list, &token).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["error", "outcome"]);
}

#[test]
fn a_result_that_lacks_something_says_so_in_an_object_too() {
    let service = Service::new();
    let token = issue(&service.key, &[]).prints();
    let run = hallpass_reads(&["verify", "--json", "--key", &service.key, "--issuer", ISSUER], token.as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
    let warning = "valid, but no denylist was checked: the token may have been taken back";
    assert_eq!(remark(&run), [("warning".to_owned(), warning.to_owned())]);
}
