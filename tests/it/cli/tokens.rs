//! `hallpass issue` and `hallpass verify`: what goes in comes out.

use hallpass::inspect::MAX_TOKEN_LEN;
use serde_json::json;

use super::{Desk, NOON, hallpass, hallpass_reads, issue, verify};
use crate::support::ISSUER;

#[test]
fn a_signed_token_goes_round_with_secret_and_with_public_key() {
    let desk = Desk::new();
    let secret = desk.key("secret", &[]);
    let public = desk.file("public", &hallpass(&["key", "public", "--key", &secret]).prints());
    let token = issue(&secret, &["--at", NOON]).prints();
    assert!(token.starts_with("v4.public."));
    for key in [&secret, &public] {
        let session = verify(key, &token, &["--at", NOON]).session();
        assert_eq!(session["iss"], ISSUER);
        assert_eq!(session["sub"], "alice");
        assert_eq!(session["iat"], "2026-11-23T12:00:00.000000Z");
        assert_eq!(session["exp"], "2026-11-23T12:15:00.000000Z");
        assert_eq!(session["auth_time"], "2026-11-23T12:00:00.000000Z");
        assert_eq!(session["gen"], 0);
        assert_eq!(session["jti"], session["sid"]);
        assert_eq!(session.as_object().unwrap().len(), 8);
    }
    issue(&public, &[]).fails(1, "no current key that can issue");
}

#[test]
fn an_encrypted_token_goes_round() {
    let desk = Desk::new();
    let key = desk.key("local", &["--local"]);
    let token = issue(&key, &["--audience", "https://api.example"]).prints();
    assert!(token.starts_with("v4.local."));
    let session = verify(&key, &token, &["--audience", "https://api.example"]).session();
    assert_eq!(session["aud"], "https://api.example");
}

#[test]
fn lifetimes_reach_from_a_second_to_thirty_days() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    for (lifetime, exp) in [
        ("1s", "2026-11-23T12:00:01.000000Z"),
        ("1h 30m", "2026-11-23T13:30:00.000000Z"),
        ("24h", "2026-11-24T12:00:00.000000Z"),
        ("30d", "2026-12-23T12:00:00.000000Z"),
    ] {
        let token = issue(&key, &["--at", NOON, "--lifetime", lifetime]).prints();
        let session = verify(&key, &token, &["--at", NOON, "--longest-lifetime", "30d"]).session();
        assert_eq!(session["exp"], exp);
        let by_default = verify(&key, &token, &["--at", NOON]);
        if lifetime == "30d" { by_default.fails(2, "lives") } else { assert_eq!(by_default.code, 0) }
    }
    for lifetime in ["0s", "999ms", "31d", "30d 1us"] {
        issue(&key, &["--lifetime", lifetime]).fails(1, "--lifetime <DURATION>: outside 1 second to 30 days");
    }
    for lifetime in ["", "15", "-1s", "soon", "99999999999999999999s"] {
        issue(&key, &[&format!("--lifetime={lifetime}")]).fails(1, "--lifetime <DURATION>");
    }
}

#[test]
fn the_leeway_is_kept_to_the_microsecond() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    let token = issue(&key, &["--at", NOON]).prints();
    for (leeway, at, code) in [
        ("10s", "2026-11-23T12:15:09.999999Z", 0),
        ("10s", "2026-11-23T12:15:10Z", 2),
        ("10s", "2026-11-23T11:59:50Z", 0),
        ("10s", "2026-11-23T11:59:49.999999Z", 2),
        ("0s", "2026-11-23T12:14:59.999999Z", 0),
        ("0s", "2026-11-23T12:15:00Z", 2),
        ("60s", "2026-11-23T12:15:59.999999Z", 0),
    ] {
        let run = verify(&key, &token, &["--at", at, "--leeway", leeway]);
        assert_eq!(run.code, code, "{leeway} at {at}: {run:?}");
    }
    verify(&key, &token, &["--leeway", "61s"]).fails(1, "--leeway <DURATION>: outside 0 to 60 seconds");
}

#[test]
fn moments_have_one_spelling() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    for at in
        ["now", "1795446245", "2026-11-23", "2026-11-23t12:00:00z", "2026-11-23T12:00:00+00:00", "2026-02-30T00:00:00Z"]
    {
        issue(&key, &["--at", at]).fails(1, "--at <RFC3339>: not a moment");
        verify(&key, "", &["--at", at]).fails(1, "--at <RFC3339>: not a moment");
    }
    issue(&key, &["--at", "9999-12-31T23:59:59Z"]).fails(1, "outside the years 0 to 9999");
}

#[test]
fn claims_arrive_as_they_were_written_and_in_their_order() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    let claims = [
        r#"zebra={"b":1.10,"a":[1e2,-0,null]}"#,
        "big=123456789012345678901234567890",
        "long=0.1234567890123456789012345678901",
        r#"text="Zoë = \"x\" \u00e9""#,
        "flag=true",
        "a.b c=[]",
    ];
    let args: Vec<&str> = claims.iter().flat_map(|claim| ["--claim", claim]).collect();
    let token = issue(&key, &args).prints();
    let line = verify(&key, token, &[]).line();
    let members: Vec<String> = claims
        .iter()
        .map(|claim| claim.split_once('=').unwrap())
        .map(|(name, json)| format!("\"{name}\":{json}"))
        .collect();
    assert!(line.ends_with(&format!(",{}}}", members.join(","))), "{line}");
}

#[test]
fn a_claim_that_is_no_claim_is_named() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    for (claim, reason) in [
        ("role", "not NAME=JSON"),
        ("", "not NAME=JSON"),
        ("=1", "not NAME=JSON"),
        ("role=admin", "the value of \"role\" is not JSON"),
        ("role=", "the value of \"role\" is not JSON"),
        ("role='admin'", "the value of \"role\" is not JSON"),
        ("role=1 2", "the value of \"role\" is not JSON"),
        ("role=1,\"sub\":\"root\"", "the value of \"role\" is not JSON"),
        ("role=1}", "the value of \"role\" is not JSON"),
        ("role=01", "the value of \"role\" is not JSON"),
        ("role=1e999", "the value of \"role\" is not JSON"),
        ("role=NaN", "the value of \"role\" is not JSON"),
        (r#"role="\ud800""#, "the value of \"role\" is not JSON"),
        ("line\nfeed=x", r#"the value of "line\nfeed" is not JSON"#),
        (r#"role={"a":1,"\u0061":2}"#, "a key stands twice"),
        (&format!("role={}{}", "[".repeat(40), "]".repeat(40)), "nested deeper than 32"),
        (&format!("role={}{}", "[".repeat(400), "]".repeat(400)), "the value of \"role\" is not JSON"),
        ("sub=\"root\"", "the name sub is a registered claim's"),
        ("exp=1", "the name exp is a registered claim's"),
        ("auth_time=1", "the name auth_time is a registered claim's"),
    ] {
        issue(&key, &["--claim", claim]).fails(1, reason);
    }
    issue(&key, &["--claim", "a=1", "--claim", "b=1", "--claim", "a=1"]).fails(1, "the claim \"a\" is given twice");
    let long = format!("text=\"{}\"", "x".repeat(MAX_TOKEN_LEN));
    issue(&key, &["--claim", &long]).fails(1, "bytes long, more than 8192");
}

#[test]
fn a_subject_can_do_nothing_to_a_terminal() {
    let desk = Desk::new();
    let key = desk.key("key", &[]);
    let hostile = "\u{1b}[2J\u{9b}2J\r\n\"}\u{202e}\u{7f}é";
    let token = hallpass(&["issue", "--key", &key, "--issuer", ISSUER, "--subject", hostile, "--claim", "a=[1,\n\t2]"])
        .prints();
    let run = verify(&key, &token, &[]);
    assert!(!run.stdout.trim_end_matches('\n').contains(|c: char| c.is_control() || c == '\u{202e}'), "{run:?}");
    let session = run.session();
    assert_eq!((&session["sub"], &session["a"]), (&json!(hostile), &json!([1, 2])));
    let run = hallpass_reads(&["verify", "--key", &key, "--issuer", "\u{1b}\n\u{202e}"], token.as_bytes());
    run.fails(2, r"\u{1b}\n\u{202e}");
}
