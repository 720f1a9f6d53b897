//! `hallpass inspect`: shown, and never believed.

use serde_json::Value;

use super::inspect;
use crate::support::{World, payload};

#[test]
fn inspecting_shows_a_signed_token_and_says_that_it_is_not_verified() {
    let world = World::new();
    let token = world.sealed(payload(&[]).as_bytes());
    let line = inspect(&token).prints();
    assert!(line.starts_with("{\"verified\":false,"), "{line}");
    let shown: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(shown["header"], "v4.public");
    assert_eq!(shown["unverified_footer"]["kid"], world.keys.set().current().unwrap().id().to_string());
    assert_eq!(shown["unverified_claims"], serde_json::from_str::<Value>(&payload(&[])).unwrap());
    assert_eq!(shown.as_object().unwrap().len(), 4);
}

#[test]
fn inspecting_shows_nothing_of_what_an_encrypted_token_says() {
    let world = World::local();
    let line = inspect(world.sealed(payload(&[]).as_bytes())).prints();
    let kid = world.keys.set().current().unwrap().id();
    assert_eq!(line, format!(r#"{{"verified":false,"header":"v4.local","unverified_footer":{{"kid":"{kid}"}}}}"#));
}

#[test]
fn no_payload_can_forge_what_inspecting_says() {
    let world = World::new();
    for hostile in [
        &br#"{"sub":"alice"},"verified":true,"x":{}"#[..],
        br#"{"verified":true}{"verified":true}"#,
        b"{}\n{\"verified\":true}",
        b"{}}\n{\"verified\":true}",
        b"{\"a\":\"\x1b[2J\"}",
        b"\x1b]0;title\x07",
        b"\xff\xfe\x00\xc2\x9b2J",
        b"\"}",
        b"[]",
        b"{\"a\":1e999}",
        b"{\"a\":\"\\ud800\"}",
        "{\"a\":\"\u{9b}2J\u{202e}\u{2028}\"}".as_bytes(),
        b"{\n\t\"verified\":\r\n true}",
        b"{\"verified\":false,\"verified\":true}",
        br#"{"a":{"$serde_json::private::RawValue":"}"}}"#,
        b" ",
        &b"[".repeat(5000),
        &b"{\"a\":".repeat(900),
    ] {
        let line = inspect(world.sealed(hostile)).prints();
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{2028}'), "{line}");
        let shown: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(shown["verified"], false, "{line}");
        let members: Vec<&String> = shown.as_object().unwrap().keys().collect();
        assert_eq!(members.len(), 4, "{line}");
        assert!(members.iter().all(|name| {
            ["verified", "header", "unverified_footer", "unverified_claims", "unverified_payload"]
                .contains(&name.as_str())
        }));
    }
}

#[test]
fn inspecting_refuses_what_is_no_token() {
    let world = World::new();
    let good = world.sealed(payload(&[]).as_bytes());
    for (token, reason) in [
        (b"".to_vec(), "standard input is empty"),
        (b"nonsense".to_vec(), "not four parts"),
        (b"v4.public.\xff.e30".to_vec(), "not UTF-8"),
        (format!("{good}\n{good}").into(), "more than one line"),
        (format!("{good}=").into(), "not base64url"),
        (world.sealed_with_footer(b"{}", b"{}").into(), "malformed footer: no kid"),
        (world.sealed_with_footer(b"{}", &[b' '; 600]).into(), "malformed footer: longer than 512 bytes"),
        (vec![b'x'; 10_000_000], "longer than 8192 bytes"),
    ] {
        let run = inspect(token);
        assert!(run.stderr.starts_with("hallpass: refused: "), "{run:?}");
        run.fails(2, reason);
    }
}
