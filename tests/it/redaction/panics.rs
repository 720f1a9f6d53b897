//! Panics of tests and applications that unwrap what they should not show neither keys nor tokens.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hallpass::key::{KeySet, SecretKey};
use hallpass::testing::{Fault, Fixture, Sample};
use serde_json::json;

use super::{Canary, local, secret};
use crate::support::noon;

fn message<T>(act: impl FnOnce() -> T) -> [String; 1] {
    let panic = catch_unwind(AssertUnwindSafe(act)).err().expect("it panics");
    let text = panic.downcast_ref::<String>().cloned();
    [text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).expect("it says why")]
}

#[test]
fn what_is_unwrapped_and_should_not_be_shows_no_token() {
    for keys in [KeySet::issuing(secret()), KeySet::issuing(local())] {
        let fixture = Fixture::with_keys(keys.into(), noon());
        let sample = Sample { subject: "alice".to_owned(), claims: json!({ "note": "canarycanarycanary" }), choice: 0 };
        let verify = |token: &str| fixture.verifier.verify_at(token, fixture.now());
        for &fault in Fault::ALL {
            let token = sample.broken(&fixture, fault).unwrap();
            Canary::of_token(&token).assert_unseen("a panic", &message(|| verify(&token).unwrap()));
        }
        let token = sample.valid(&fixture).unwrap();
        let canary = Canary::of_token(&token);
        canary.assert_unseen("a panic", &message(|| verify(&token).unwrap_err()));
        let session = verify(&token).unwrap();
        canary.assert_unseen("a panic", &message(|| fixture.denylist.revoke_at(&session, noon()).wait().unwrap_err()));
        // Of the token that it had made nobody knows the text; it begins with its header.
        let panic = message(|| fixture.issuer.login_at("alice", noon()).unwrap_err());
        assert!(!panic[0].contains("v4."), "{panic:?}");
    }
}

#[test]
fn what_is_unwrapped_and_should_not_be_shows_no_key() {
    let canary = Canary::of_secret(&secret());
    let text = secret().to_paserk();
    let good = KeySet::issuing(secret());
    for panic in [
        message(|| SecretKey::from_paserk(&text[1..]).unwrap()),
        message(|| SecretKey::from_paserk(&text).unwrap_err()),
        message(|| KeySet::from_text(&format!("hallpass-keys 1\ncurrent {}\n", &text[1..])).unwrap()),
        message(|| KeySet::from_text(&good.to_text()).unwrap_err()),
        message(|| panic!("{good:?}")),
    ] {
        canary.assert_unseen("a panic", &panic);
    }
}
