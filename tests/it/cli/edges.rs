//! What is true of every command: usage, help, files, streams that end.

use std::io::Write as _;

use super::{Desk, NOON, Run, command, hallpass, issue, verify, world_on};
use crate::support::{ISSUER, payload};

#[test]
fn wrong_usage_is_one_line_and_exit_code_1() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    for (args, reason) in [
        (&[][..], "a command is required"),
        (&["key"], "a command is required"),
        (&["revoke"], "a command is required"),
        (&["renew"], "there is no such command"),
        (&["issue"], "missing --key <FILE>, --issuer <ISS>, --subject <SUB>"),
        (&["verify", "--key", &key], "missing --issuer <ISS>"),
        (&["verify", "--key"], "--key <FILE> needs a value"),
        (&["key", "id", "--key", &key, "--key", &key], "--key <FILE> is given twice"),
        (&["key", "generate", "--local=yes"], "--local takes no value"),
        (&["key", "generate", "--force"], "there is no option --force"),
        (&["inspect", "token"], "not expected (tokens are read from standard input)"),
        (&["issue", "--key", &key, "--issuer", ISSUER, "--subject", ""], "the subject is empty"),
    ] {
        hallpass(args).fails(1, reason);
    }
}

#[test]
fn help_and_version_are_no_failure() {
    for args in [&["--help"][..], &["help"], &["verify", "--help"], &["key", "generate", "-h"], &["--version"]] {
        let run = hallpass(args);
        assert_eq!((run.code, &*run.stderr), (0, ""), "{run:?}");
        assert!(!run.stdout.is_empty());
    }
    assert!(hallpass(&["verify", "--help"]).stdout.contains("[default: 24h]"));
    assert_eq!(hallpass(&["--version"]).prints(), format!("hallpass {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_was_typed_in_the_wrong_place_is_not_repeated() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    let secret = std::fs::read_to_string(&key).unwrap();
    let secret = secret.trim_end();
    let token = issue(&key, &[]).prints();
    for typed in [secret, &token] {
        for args in [
            &[typed][..],
            &["verify", typed],
            &["verify", "--key", &key, "--issuer", ISSUER, typed],
            &["verify", "--key", typed, "--issuer", ISSUER],
            &["verify", "--key", &key, "--issuer", ISSUER, "--at", typed],
            &["verify", "--key", &key, "--issuer", ISSUER, "--leeway", typed],
            &["verify", "--key", &key, "--issuer", ISSUER, &format!("--{typed}")],
            &["verify", "--key", &key, "--issuer", ISSUER, &format!("-{typed}")],
            &["issue", "--key", &key, "--issuer", ISSUER, "--subject", "a", "--claim", typed],
            &["issue", "--key", &key, "--issuer", ISSUER, "--subject", "a", "--lifetime", typed],
            &["key", "generate", &format!("--local={typed}")],
            &["key", "id", "--key", typed],
        ] {
            let run = hallpass(args);
            assert_eq!((run.code, &*run.stdout), (1, ""), "{run:?}");
            assert!(!run.stderr.contains(&typed[..20]), "{run:?}");
        }
    }
}

#[test]
fn key_files_that_are_none_are_named_and_not_quoted() {
    let desk = Desk::new();
    let secret = hallpass(&["key", "generate"]).prints();
    for (text, reason) in [
        ("", "not a key set"),
        ("hello\n", "not a key set"),
        (&secret[..secret.len() - 2], "k4.secret: not 64 bytes in base64url"),
        (&format!("{secret}\n\n"), "k4.secret"),
        (&format!(" {secret}"), "not a key set"),
        (&format!("{secret}\n{secret}"), "k4.secret"),
        (&format!("hallpass-keys 1\ncurrent {secret}\ncurrent {secret}\n"), "line 3"),
        (&"#".repeat(100_000), "longer than"),
    ] {
        let file = desk.file("wrong", text);
        for args in [&["key", "id", "--key", &file][..], &["key", "public", "--key", &file]] {
            hallpass(args).fails(1, reason);
        }
        issue(&file, &[]).fails(1, reason);
        verify(&file, "v4.public.e30.e30", &[]).fails(1, reason);
    }
    hallpass(&["key", "id", "--key", &desk.name("two\nlines")]).fails(1, r"two\nlines: ");
    hallpass(&["key", "id", "--key", &desk.name(".")]).fails(1, "directory");
}

#[test]
fn a_reader_who_has_gone_is_no_reason_to_panic() {
    let desk = Desk::new();
    let (world, key) = world_on(&desk);
    let token = world.sealed(payload(&[]).as_bytes());
    for args in [&["inspect"][..], &["verify", "--key", &key, "--issuer", ISSUER, "--at", NOON]] {
        let mut child = command(args).spawn().unwrap();
        // Before it has the token, so that it has written nothing yet.
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        let run = Run::of(child.wait_with_output().unwrap(), token.as_bytes());
        assert_eq!((run.code, &*run.stderr), (1, ""));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_and_not_taken_for_success() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [&["key", "generate"][..], &["key", "id", "--key", &key], &["doctor"], &["--help"]] {
        let output = command(args).stdout(full()).output().unwrap();
        Run::of(output, b"").fails(1, "standard output can't be written to: ");
    }
}

#[test]
#[cfg(unix)]
fn arguments_that_are_not_utf8_are_refused_and_file_names_may_be() {
    use std::os::unix::ffi::OsStrExt as _;
    let desk = Desk::new();
    let strange = std::ffi::OsStr::from_bytes(b"\xff.key");
    let path = desk.folder.path().join(strange);
    let output = command(&["key", "generate", "--out"]).arg(&path).output().unwrap();
    assert_eq!(Run::of(output, b"").code, 0);
    let output = command(&["key", "id", "--key"]).arg(&path).output().unwrap();
    assert!(Run::of(output, b"").prints().starts_with("k4.pid."));
    let output = command(&["issue", "--issuer"]).arg(strange).output().unwrap();
    Run::of(output, b"").fails(1, "an argument is not UTF-8");
}
