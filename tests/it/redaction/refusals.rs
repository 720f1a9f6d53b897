//! Errors of refusing a token show no part of it.

#[cfg(feature = "testing")]
use std::collections::BTreeSet;
use std::fmt::Display;

use hallpass::VerifyError;
#[cfg(feature = "testing")]
use hallpass::inspect::Unverified;
use hallpass::key::Key;
#[cfg(feature = "testing")]
use hallpass::key::KeySet;
#[cfg(feature = "testing")]
use hallpass::testing::{Fault, Fixture, Sample};

#[cfg(feature = "testing")]
use super::local;
use super::{Canary, secret};
#[cfg(feature = "testing")]
use crate::support::seconds;
use crate::support::{World, noon, payload, seal};

fn footer(kid: impl Display) -> String {
    format!("{{\"kid\":\"{kid}\"}}")
}

/// Every variant of [`VerifyError`], as its source has it.
#[cfg(feature = "testing")]
fn variants() -> BTreeSet<String> {
    let source = include_str!("../../../src/session/error.rs");
    let (_, rest) = source.split_once("pub enum VerifyError {\n").unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    let names =
        body.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with(char::is_uppercase));
    names.map(|line| line.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

#[cfg(feature = "testing")]
#[test]
fn no_refusal_shows_the_token_it_refuses() {
    let mut seen = BTreeSet::new();
    let mut refused = |fixture: &Fixture, token: &str| {
        let error = fixture.verifier.verify_at(token, fixture.now()).unwrap_err();
        // What `Debug` begins with.
        seen.insert(format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect::<String>());
        Canary::of_token(token).unseen_by_error(&error);
        if let Err(error) = Unverified::parse(token) {
            Canary::of_token(token).unseen_by_error(&error);
        }
    };
    for keys in [KeySet::issuing(secret()), KeySet::issuing(local())] {
        let fixture = Fixture::with_keys(keys.into(), noon());
        for choice in (0..8).map(|choice: u64| choice.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            let claims = serde_json::json!({ "note": "canarycanarycanary" });
            let sample = Sample { subject: "alice".to_owned(), claims, choice };
            for &fault in Fault::ALL {
                refused(&fixture, &sample.broken(&fixture, fault).unwrap());
            }
        }
        // Two more take some time.
        fixture.advance(seconds(60));
        let old = fixture.token("alice");
        let session = fixture.verifier.verify_at(old.as_str(), fixture.now()).unwrap();
        let successor = fixture.issuer.renew_at(&session, fixture.now() + seconds(1)).unwrap();
        fixture.verifier.verify_at(successor.as_str(), fixture.now() + seconds(1)).unwrap();
        fixture.advance(seconds(32));
        refused(&fixture, old.as_str());
        fixture.advance(seconds(10));
        refused(&fixture, old.as_str());
        // A purge by a clock that is a year ahead forgets an entry, and no longer knows.
        let token = fixture.token("bob");
        fixture.denylist.purge_at(fixture.now() + seconds(365 * 86_400));
        refused(&fixture, token.as_str());
    }
    assert_eq!(seen, variants());
}

#[test]
fn a_token_with_any_one_character_changed_is_refused_and_not_shown() {
    for world in [World::new(), World::local()] {
        let token = world.sealed(payload(&[]).as_bytes());
        let canary = Canary::of_token(&token);
        let mut inauthentic = 0;
        for (place, character) in token.char_indices() {
            let other = if character == 'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(place..=place, other);
            let error = world.verifier.verify_at(&changed, noon()).unwrap_err();
            inauthentic += usize::from(matches!(error, VerifyError::Inauthentic { .. }));
            canary.unseen_by_error(&error);
        }
        assert!(inauthentic > 100, "{inauthentic}");
    }
}

/// An unauthentic token is anyone's text: nothing of it is repeated, not even its key id.
#[test]
fn nothing_of_a_token_is_shown_before_it_is_authentic() {
    let world = World::new();
    let current = world.keys.set().current().unwrap().id();
    let forger = Key::from(secret());
    let canary = Some("\"canarycanarycanary\"");
    // No date, and of another issuer: errors of claims that are looked at too soon would say so.
    let payloads = [payload(&[("sub", canary), ("exp", canary)]), payload(&[("sub", canary), ("iss", canary)])];
    let footers = [
        footer(current),
        footer(forger.id()),
        footer("canarycanarycanary"),
        "{\"canarycanarycanary\":1}".to_owned(),
        "{\"kid\":1,\"kid\":\"canarycanarycanary\"}".to_owned(),
        "canarycanarycanary".to_owned(),
    ];
    let canary = Canary::of_texts(["canarycanarycanary".to_owned(), forger.id().to_string()[7..].to_owned()]);
    for (payload, footer) in payloads.iter().flat_map(|payload| footers.iter().map(move |footer| (payload, footer))) {
        let error =
            world.verifier.verify_at(&seal(&forger, payload.as_bytes(), footer.as_bytes()), noon()).unwrap_err();
        canary.unseen_by_error(&error);
    }
}
