//! Keys as text, files of them, and sets. `imports` has each way in which a text can be wrong.

use std::fs;

use hallpass::TokenId;
use hallpass::key::{
    IssuingKey, Key, KeyError, KeyId, KeySet, KeySetError, KeySetTextError, LocalKey, PublicKey, SecretKey,
};

use super::super::shown::Shown;
use crate::support::noon;

pub(super) fn import(shown: &mut Shown, key: &IssuingKey) {
    let text = match key {
        IssuingKey::Secret(key) => key.to_paserk(),
        IssuingKey::Local(key) => key.to_paserk(),
    };
    for text in [&*text, &text[..text.len() - 1], &text["k4.".len()..]] {
        let refused: [Option<KeyError>; 3] =
            [SecretKey::from_paserk(text).err(), LocalKey::from_paserk(text).err(), PublicKey::from_paserk(text).err()];
        refused.iter().flatten().for_each(|error| shown.error(error));
        shown.error(&text.parse::<KeyId>().unwrap_err());
        shown.error(&text.parse::<TokenId>().unwrap_err());
    }
    sets(shown, key);
    texts(shown, &text);
    files(shown, key, &text);
}

fn sets(shown: &mut Shown, key: &IssuingKey) {
    let set = KeySet::issuing(key.clone());
    let (id, unknown) = (Key::from(key.clone()).id(), LocalKey::generate().unwrap().id());
    let full = full(key);
    let refused: [KeySetError; 4] = [
        set.with_next(key.clone()).unwrap_err(),
        set.without(unknown).unwrap_err(),
        set.with_retired(id).unwrap().rotated(noon()).unwrap_err(),
        full.with_next(LocalKey::generate().unwrap()).unwrap_err(),
    ];
    refused.iter().for_each(|error| shown.error(error));
}

/// A set with no room for one more.
pub(super) fn full(key: &IssuingKey) -> KeySet {
    let mut set = KeySet::issuing(key.clone());
    while let Ok(more) = set.with_verify_only(LocalKey::generate().unwrap(), noon()) {
        set = more;
    }
    set
}

fn texts(shown: &mut Shown, key: &str) {
    for lines in [
        format!("current {key}\n"),
        format!("hallpass-keys 2\ncurrent {key}\n"),
        format!("hallpass-keys 1\n{key}\n"),
        format!("hallpass-keys 1\ncurrent {key}=\n"),
        format!("hallpass-keys 1\ncurrent {key}\nnext {key}\n"),
    ] {
        let error: KeySetTextError = KeySet::from_text(&lines).unwrap_err();
        shown.error(&error);
    }
}

fn files(shown: &mut Shown, key: &IssuingKey, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    shown.error(&KeySet::issuing(key.clone()).save(folder.path().join("nowhere/keys")).unwrap_err());
    fs::write(&path, [format!("hallpass-keys 1\ncurrent {text}\n").as_bytes(), &[0xff]].concat()).unwrap();
    shown.error(&KeySet::load(&path).unwrap_err());
    fs::write(&path, format!("current {text}\n")).unwrap();
    shown.error(&KeySet::load(&path).unwrap_err());
}
