//! `hallpass verify`: everything that is refused, and what is just allowed.

use std::io::Write as _;

use hallpass::inspect::MAX_TOKEN_LEN;
use hallpass::key::{LocalKey, SecretKey};

use super::{Desk, NOON, Run, command, inspect, verify, world_on};
use crate::support::{ISSUER, World, payload, seal};

#[test]
fn every_refusal_is_one_line_and_exit_code_2() {
    let desk = Desk::new();
    let (world, key) = world_on(&desk);
    let good = world.sealed(payload(&[]).as_bytes());
    assert_eq!(verify(&key, &good, &["--at", NOON]).session()["sub"], "alice");

    let signed = |changes: &[(&str, Option<&str>)]| world.sealed(payload(changes).as_bytes());
    let mut forged = good.clone().into_bytes();
    let middle = "v4.public.".len() + 20;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let kid = world.keys.set().current().unwrap().id();
    let other_kind = seal(
        &LocalKey::generate().unwrap().into(),
        payload(&[]).as_bytes(),
        format!("{{\"kid\":\"{kid}\"}}").as_bytes(),
    );
    let footer = |text: &str| world.sealed_with_footer(payload(&[]).as_bytes(), text.as_bytes());

    let refusals: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", b"".to_vec(), "standard input is empty"),
        ("an empty line", b"\n".to_vec(), "standard input is empty"),
        ("prose", b"certainly not a token".to_vec(), "not four parts"),
        ("a JWT", b"eyJhbGciOiJub25lIn0.e30.".to_vec(), "not four parts"),
        ("another version", good.replacen("v4", "v3", 1).into(), "not a v4.public or v4.local token"),
        ("a trailing dot", format!("{good}.").into(), "not four parts"),
        ("padding", format!("{good}=").into(), "not base64url"),
        ("a space before it", format!(" {good}").into(), "not a v4.public or v4.local token"),
        ("a space behind it", format!("{good} ").into(), "not base64url"),
        ("not UTF-8", b"v4.public.\xff\xfe.e30".to_vec(), "not UTF-8"),
        ("a zero byte", format!("{good}\0").into(), "not base64url"),
        ("two lines", format!("{good}\n{good}\n").into(), "more than one line"),
        ("two line endings", format!("{good}\n\n").into(), "more than one line"),
        ("a lone carriage return", format!("{good}\r").into(), "more than one line"),
        ("a byte order mark", format!("\u{feff}{good}").into(), "not a v4.public or v4.local token"),
        ("one byte too long", "x".repeat(MAX_TOKEN_LEN + 1).into(), "longer than 8192 bytes"),
        ("oversized", vec![b'x'; 10_000_000], "longer than 8192 bytes"),
        ("a footer that is no JSON", footer("kid").into(), "malformed footer: not JSON"),
        ("a footer without kid", footer("{}").into(), "malformed footer: no kid"),
        ("a footer with two kids", footer(&format!("{{\"kid\":\"{kid}\",\"kid\":\"{kid}\"}}")).into(), "twice"),
        ("another key's", World::new().sealed(payload(&[]).as_bytes()).into(), "a key that is not in the ring"),
        ("an encrypted one", World::local().sealed(payload(&[]).as_bytes()).into(), "a key that is not in the ring"),
        ("of another kind than its key", other_kind.into(), "is for v4.public, and the token is v4.local"),
        ("forged", forged, "not authentic"),
        ("a payload that is no JSON", world.sealed(b"alice").into(), "payload: not JSON"),
        ("a claim twice", world.sealed(payload(&[]).replacen('{', "{\"sub\":\"root\",", 1).as_bytes()).into(), "twice"),
        ("a claim missing", signed(&[("sid", None)]).into(), "claim sid is missing"),
        ("a claim of another type", signed(&[("exp", Some("1795446245"))]).into(), "claim exp is not a date"),
        ("foreign", signed(&[("iss", Some("\"https://evil.example\""))]).into(), "issued by \"https://evil.example\""),
        ("for somebody", signed(&[("aud", Some("\"x\""))]).into(), "for the audience \"x\", expected no audience"),
        (
            "expired",
            signed(&[
                ("exp", Some("\"2026-11-23T11:59:50Z\"")),
                ("iat", Some("\"2026-11-23T11:45:00Z\"")),
                ("auth_time", Some("\"2026-11-23T11:45:00Z\"")),
            ])
            .into(),
            "expired at",
        ),
        ("early by nbf", signed(&[("nbf", Some("\"2026-11-23T12:00:11Z\""))]).into(), "not valid before"),
        ("early by iat", signed(&[("iat", Some("\"2026-11-23T12:00:11Z\""))]).into(), "issued at"),
        ("older than itself", signed(&[("exp", Some("\"2026-11-23T12:00:00Z\""))]).into(), "not after it was issued"),
        ("too long a life", signed(&[("exp", Some("\"2026-11-24T12:00:01Z\""))]).into(), "lives"),
        ("a login to come", signed(&[("auth_time", Some("\"2026-11-23T12:00:21Z\""))]).into(), "the session began at"),
    ];
    for (what, token, reason) in refusals {
        let run = verify(&key, &token, &["--at", NOON]);
        assert_eq!(run.code, 2, "{what}: {run:?}");
        assert!(run.stderr.starts_with("hallpass: refused: "), "{what}: {run:?}");
        run.fails(2, reason);
    }
    verify(&key, &good, &["--at", NOON, "--audience", "x"]).fails(2, "for no audience, expected the audience \"x\"");
}

#[test]
fn keys_that_are_retired_or_past_refuse() {
    let desk = Desk::new();
    let (world, _) = world_on(&desk);
    let token = world.sealed(payload(&[]).as_bytes());
    let set = world.keys.set().with_next(SecretKey::generate().unwrap()).unwrap();
    let rotated = set.rotated(NOON.parse().unwrap()).unwrap();
    let file = desk.file("rotated", &rotated.public_view().to_text());
    verify(&file, &token, &["--at", "2026-11-23T11:59:59Z"]).session();
    verify(&file, &token, &["--at", NOON]).fails(2, "verified until");
    let retired = set.with_retired(set.current().unwrap().id()).unwrap();
    verify(&desk.file("retired", &retired.to_text()), &token, &["--at", NOON]).fails(2, "is retired");
}

#[test]
fn one_line_ending_is_allowed() {
    let desk = Desk::new();
    let (world, key) = world_on(&desk);
    let token = world.sealed(payload(&[]).as_bytes());
    for ending in ["", "\n", "\r\n"] {
        verify(&key, format!("{token}{ending}"), &["--at", NOON]).session();
        inspect(format!("{token}{ending}")).prints();
    }
    // The longest token, with the longest ending. Base64 skips some lengths: one byte off is near enough.
    let filled = |room: usize| world.sealed(payload(&[("x", Some(&format!("\"{}\"", "x".repeat(room))))]).as_bytes());
    let longest = (5600..6000).map(filled).take_while(|token| token.len() <= MAX_TOKEN_LEN).last().unwrap();
    assert!(longest.len() + 2 > MAX_TOKEN_LEN, "{}", longest.len());
    verify(&key, format!("{longest}\r\n"), &["--at", NOON]).session();
}

#[test]
fn endless_input_is_not_read_to_its_end() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    for args in [&["inspect"][..], &["verify", "--key", &key, "--issuer", ISSUER]] {
        let mut child = command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Without an end, so that only the command itself can stop this.
        while stdin.write_all(&[b'x'; 65536]).is_ok() {}
        Run::of(child.wait_with_output().unwrap(), b"").fails(2, "longer than 8192 bytes");
    }
}
