//! Any text at all as a key, a key id, or a set of keys.

use std::error::Error;

use hallpass::key::{KeyId, KeySet, KeyState, LocalKey, PublicKey, SecretKey};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey, SymmetricKey};
use pasetors::paserk::{FormatAsPaserk as _, Id};
use pasetors::version4::V4;

/// So much of a key in a row would be a part of it.
const SHOWN: usize = 20;

/// What is accepted prints as it was read, is one kind of thing only, and is what pasetors reads.
pub fn paserk(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let kinds = [secret(text), public(text), local(text), id(text)];
    let accepted = kinds.iter().filter(|&&is_this| is_this).count();
    assert!(accepted <= 1, "of several kinds at once: {kinds:?}");
    let is_set = set(text);
    let [is_secret, is_public, is_local, _] = kinds;
    assert!(is_set || !(is_secret || is_public || is_local), "a key alone is a set");
    accepted == 1 || is_set
}

fn secret(text: &str) -> bool {
    let Some(key) = silently(SecretKey::from_paserk(text), text) else { return false };
    assert_eq!(*key.to_paserk(), text);
    let pasetors = AsymmetricSecretKey::<V4>::try_from(text).expect("accepted");
    assert_eq!(key.secret_id().to_string(), paserk_id(&Id::from(&pasetors)));
    assert!(key.secret_id().to_string().starts_with("k4.sid.") && key.secret_id() != key.id());
    assert_eq!(key.id(), key.public_key().id());
    assert!(public(&key.public_key().to_paserk()));
    assert_silent(&format!("{key:?}"), text);
    true
}

fn public(text: &str) -> bool {
    let Some(key) = silently(PublicKey::from_paserk(text), text) else { return false };
    assert_eq!(key.to_paserk(), text);
    let pasetors = AsymmetricPublicKey::<V4>::try_from(text).expect("accepted");
    assert_eq!(key.id().to_string(), paserk_id(&Id::from(&pasetors)));
    assert!(id(&key.id().to_string()));
    true
}

fn local(text: &str) -> bool {
    let Some(key) = silently(LocalKey::from_paserk(text), text) else { return false };
    assert_eq!(*key.to_paserk(), text);
    let pasetors = SymmetricKey::<V4>::try_from(text).expect("accepted");
    assert!(pasetors.as_bytes().iter().any(|&byte| byte != 0), "a key of zeros");
    assert_eq!(key.id().to_string(), paserk_id(&Id::from(&pasetors)));
    assert!(id(&key.id().to_string()));
    assert_silent(&format!("{key:?}"), text);
    true
}

/// As pasetors writes it: a hash of the whole key, so that the same id is the same key.
fn paserk_id(id: &Id) -> String {
    let mut text = String::new();
    id.fmt(&mut text).expect("a String takes all");
    text
}

fn id(text: &str) -> bool {
    let Some(id) = silently(text.parse::<KeyId>(), text) else { return false };
    assert_eq!(id.to_string(), text);
    assert!(["k4.pid.", "k4.lid.", "k4.sid."].iter().any(|header| text.starts_with(header)));
    true
}

fn set(text: &str) -> bool {
    let Some(set) = silently(KeySet::from_text(text), text) else { return false };
    let states: Vec<(KeyId, KeyState)> = set.states().collect();
    assert!(states.len() <= 64);
    assert!(states.iter().filter(|(_, state)| *state == KeyState::Current).count() <= 1);
    assert!(states.iter().filter(|(_, state)| *state == KeyState::Next).count() <= 1);
    let written = set.to_text();
    let read = KeySet::from_text(&written).expect("what is written can be read");
    assert_eq!(read.states().collect::<Vec<_>>(), states, "what is read back is what was written");
    assert_eq!(*read.to_text(), *written);
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys = if text.starts_with("k4.") { 1 } else { lines.count() - 1 };
    assert_eq!(states.len(), keys, "each line is a key");

    // Without secrets: no secret is left, and every other key keeps its state.
    let view = set.public_view();
    let shown = view.to_text();
    assert!(!shown.contains("k4.secret.") && !shown.contains("k4.local."));
    assert!(view.states().all(|state| states.contains(&state)));
    assert_silent(&format!("{set:?}"), &written);
    true
}

/// What was read; an error shows no key that stands in the text.
fn silently<T>(read: Result<T, impl Error>, text: &str) -> Option<T> {
    read.inspect_err(|error| assert_silent(&format!("{error} {error:?}"), text)).ok()
}

/// No key that stands in the text is in what is said about it, ids apart.
fn assert_silent(said: &str, text: &str) {
    let mut said = said.to_owned();
    for kind in ["k4.pid.", "k4.lid.", "k4.sid."] {
        while let Some(at) = said.find(kind) {
            said.replace_range(at..at + kind.len() + 44, "");
        }
    }
    for (kind, len) in [("k4.secret.", 86), ("k4.local.", 43)] {
        for (at, _) in text.match_indices(kind) {
            let Some(key) = text.get(at..at + kind.len() + len) else { continue };
            let is_key = SecretKey::from_paserk(key).is_ok() || LocalKey::from_paserk(key).is_ok();
            let parts = key.as_bytes()[kind.len()..].windows(SHOWN);
            let is_said = parts.filter_map(|part| std::str::from_utf8(part).ok()).any(|part| said.contains(part));
            assert!(!is_key || !is_said, "a secret is shown");
        }
    }
}
