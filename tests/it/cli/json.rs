//! `--json`: an object a line from every command, with the members that docs/COMMAND_LINE.md names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::service::Service;
use super::{Run, hallpass, hallpass_reads, issue};
use crate::support::{ISSUER, World};

const MANUAL: &str = include_str!("../../../docs/COMMAND_LINE.md");

const KEY: &str = "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The names in a cell of the manual, but for options.
fn named(cell: &str) -> BTreeSet<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter(|name| !name.starts_with('-')).map(str::to_owned).collect()
}

/// The rows of a table of the manual: the first that has this head, behind this heading.
fn table(heading: &str, head: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let (_, section) = MANUAL.split_once(&format!("\n{heading}")).unwrap();
    let (_, rows) = section.split_once(&format!("{head}\n|---|---|\n")).unwrap();
    rows.lines().map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
}

/// The members in such a table's first column.
fn members_of(heading: &str) -> BTreeSet<String> {
    table(heading, "| member | what it is |").flat_map(|(names, _)| named(names)).collect()
}

/// What each command has printed: the members, and the values of those that have few, which the manual names too.
#[derive(Default)]
struct Seen(BTreeMap<String, BTreeSet<String>>);

impl Seen {
    /// Runs a command, with this on standard input, as which the manual knows it.
    #[track_caller]
    fn reads(&mut self, command: &str, args: &[&str], input: &str) -> Run {
        let words: Vec<&str> = command.split(' ').collect();
        let run = hallpass_reads(&[&["--json"], &words[..], args].concat(), input.as_bytes());
        assert!(!run.stdout.is_empty(), "{run:?}");
        let seen = self.0.entry(command.to_owned()).or_default();
        for line in run.stdout.lines() {
            let Ok(Value::Object(members)) = serde_json::from_str(line) else { panic!("{run:?}") };
            for (name, value) in members {
                if name == "revoked" && command == "revoke" || ["level", "state"].contains(&&*name) {
                    seen.insert(value.as_str().unwrap().to_owned());
                }
                seen.insert(name);
            }
        }
        run
    }

    #[track_caller]
    fn runs(&mut self, command: &str, args: &[&[&str]]) -> Run {
        self.reads(command, &args.concat(), "")
    }
}

#[test]
fn every_command_prints_objects_with_the_members_of_the_manual() {
    let service = Service::new();
    let mut seen = Seen::default();
    let (key, list) = (["--key", &service.key], ["--denylist", &service.list]);
    let party = [&key[..], &["--issuer", ISSUER]].concat();
    let file = service.desk.name("new.key");
    seen.runs("key generate", &[]);
    let run = seen.runs("key generate", &[&["--out", &file]]);
    assert!(!run.stdout.contains("k4.secret"));
    seen.runs("key public", &[&key]);
    seen.runs("key id", &[&key]);
    let file = service.desk.key("app.keys", &[]);
    let set = ["--key", &*file];
    let rotate = |seen: &mut Seen, verify_for: &str| {
        seen.runs("key next", &[&set]);
        seen.runs("key list", &[&set]);
        seen.runs("key rotate", &[&set, &["--verify-for", verify_for]]);
    };
    rotate(&mut seen, "0s");
    seen.runs("key tidy", &[&set]);
    rotate(&mut seen, "1h");
    let current = hallpass(&["key", "id", "--key", &file]).prints();
    seen.runs("key retire", &[&set, &[&current]]);
    seen.runs("key list", &[&set]);
    let issued: Value = serde_json::from_str(&seen.runs("issue", &[&["--subject", "alice"], &party]).stdout).unwrap();
    let token = issued["token"].as_str().unwrap();
    let claims: Value =
        serde_json::from_str(&seen.reads("verify", &[&party[..], &list].concat(), token).stdout).unwrap();
    assert_eq!((&claims["sid"], &claims["exp"]), (&issued["sid"], &issued["exp"]));
    seen.reads("inspect", &[], token);
    seen.reads("inspect", &[], &World::new().sealed(b"no object"));

    for how_much in [&["token", "--only-this"][..], &["token"]] {
        seen.reads("revoke", &[&list[..], how_much, &party].concat(), token);
    }
    for what in [
        &["session", "AAAAAAAAAAAAAAAAAAAAAA"][..],
        &["subject", "alice", "--issuer", ISSUER],
        &["key", KEY],
        &["everyone"],
        &["everyone", "--except", "AAAAAAAAAAAAAAAAAAAAAA"],
    ] {
        assert_eq!(seen.runs("revoke", &[&list, what]).code, 0);
    }
    assert_eq!(seen.runs("denylist list", &[&list]).stdout.lines().count(), 7);
    seen.runs("denylist stats", &[&list]);
    seen.runs("denylist purge", &[&list]);
    seen.runs("denylist forget-key", &[&[KEY], &list]);
    seen.runs("doctor", &[&["--key", "/nowhere"], &list]);
    seen.runs("doctor", &[]);

    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (commands, members) in table("## JSON", "| command | members |") {
        // Or where they stand.
        if !members.starts_with('[') {
            told.extend(named(commands).into_iter().map(|command| (command, named(members))));
        }
    }
    told.insert("inspect".to_owned(), members_of("## Inspecting"));
    told.insert("denylist list".to_owned(), members_of("`list` prints"));
    told.insert("denylist stats".to_owned(), members_of("`stats` prints"));
    told.insert(
        "verify".to_owned(),
        ["iss", "sub", "exp", "iat", "jti", "sid", "gen", "auth_time"].map(str::to_owned).into(),
    );
    assert_eq!(seen.0, told);
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
