//! Errors of importing a key show no part of it.

use std::collections::HashSet;
use std::error::Error;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::TokenId;
use hallpass::key::{KeySet, LocalKey, PublicKey, SecretKey};

use super::{Canary, local, secret};

#[test]
fn no_error_of_an_import_shows_the_key() {
    let (secret, local) = (secret(), local());
    let canaries = [Canary::of_secret(&secret), Canary::of_local(&local)];
    let (secret, local) = (secret.to_paserk(), local.to_paserk());
    let (pair, one) = (&secret["k4.secret.".len()..], &local["k4.local.".len()..]);
    let zero_half = format!(
        "k4.secret.{}",
        URL_SAFE_NO_PAD.encode([&URL_SAFE_NO_PAD.decode(pair).unwrap()[..32], &[0; 32]].concat())
    );
    let broken = [
        (*secret).clone() + "=",
        secret[..secret.len() - 1].to_owned(),
        secret.replace("k4", "k3"),
        format!("k4.local.{pair}"),
        format!("k4.public.{pair}"),
        pair.to_owned(),
        (*local).clone() + "=",
        local.replace("k4", "k3"),
        format!("k4.secret.{one}"),
        format!("k4.secret.{one}{one}"),
        format!("k4.secret.{one}{}", "A".repeat(43)),
        zero_half,
        one.to_owned(),
    ];
    let unseen = |error: &dyn Error| canaries.iter().for_each(|canary| canary.unseen_by_error(error));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let mut kinds = HashSet::new();
    for text in &broken {
        unseen(&SecretKey::from_paserk(text).unwrap_err());
        unseen(&LocalKey::from_paserk(text).unwrap_err());
        // The bytes of a local key may happen to be a point.
        unseen(&PublicKey::from_paserk(text).unwrap_err());
        unseen(&text.parse::<hallpass::key::KeyId>().unwrap_err());
        unseen(&text.parse::<TokenId>().unwrap_err());

        let good = &*secret;
        let lines = [
            text.clone(),
            format!("hallpass-keys 1\n{text}\n"),
            format!("hallpass-keys 1\n{text} {text}\n"),
            format!("hallpass-keys 1\ncurrent {text}\n"),
            format!("hallpass-keys 1\nverify-only {text} {text}\n"),
            format!("hallpass-keys 1\nretired {text}\n"),
            format!("hallpass-keys {text}\n"),
            format!("hallpass-keys 1\ncurrent {good}\nnext {good}\n"),
        ];
        for text in lines {
            let error = KeySet::from_text(&text).unwrap_err();
            unseen(&error);
            kinds.insert(std::mem::discriminant(&error));
            fs::write(&file, text).unwrap();
            unseen(&KeySet::load(&file).unwrap_err());
        }
    }
    // Header, version, line, key and set: every fault that a text can have was among them.
    assert_eq!(kinds.len(), 5);
}
