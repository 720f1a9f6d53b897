//! Writes the seeds: `cargo run --example seeds` in this folder.
//!
//! What it writes follows from constants, except that encryption draws a nonce: a v4.local token that is
//! there already and says what it should is left alone.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

#[path = "seeds/denylists.rs"]
mod denylists;
#[path = "seeds/entries.rs"]
mod entries;
#[path = "seeds/formats.rs"]
mod formats;
#[path = "seeds/sessions.rs"]
mod sessions;
#[path = "seeds/shared.rs"]
mod shared;
#[path = "seeds/stores.rs"]
mod stores;
#[path = "seeds/texts.rs"]
mod texts;

use hallpass_fuzz::{keys, open, seal};

fn main() {
    for (target, seeds) in [
        ("token", texts::tokens()),
        ("payload", texts::payloads()),
        ("footer", texts::footers()),
        ("paserk", texts::paserks()),
        ("denylist", denylists::denylists()),
        ("session", sessions::sessions()),
        ("signature", texts::signatures()),
        ("json", formats::jsons()),
        ("dates", formats::dates()),
        ("entries", entries::entries()),
        ("headers", shared::headers()),
        ("follower", shared::followers()),
        ("record", stores::records()),
        ("store", stores::stores()),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        fs::create_dir_all(&folder).expect("a folder");
        for (name, bytes) in &seeds {
            let path = folder.join(name);
            if !fs::read(&path).is_ok_and(|there| says_the_same(&there, bytes)) {
                fs::write(path, bytes).expect("a file");
            }
        }
        println!("{target}: {} seeds", seeds.len());
    }
}

type Seeds = Vec<(String, Vec<u8>)>;

fn says_the_same(there: &[u8], new: &[u8]) -> bool {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (there, new) = (text(there), text(new));
    let footer = |token: &str| token.rsplit('.').next().map(str::to_owned);
    there == new
        || [keys::ENCRYPTING, keys::FORMER_ENCRYPTING, keys::FOREIGN_ENCRYPTING].into_iter().any(|(paserk, _)| {
            let opened = open(paserk, new.trim_end_matches('='));
            opened.is_some() && opened == open(paserk, there.trim_end_matches('=')) && footer(&there) == footer(&new)
        })
}

/// A payload that is good at noon, with members replaced, added or, with an empty value, left out.
fn claims(changes: &[(&str, &str)]) -> String {
    let mut members = vec![
        ("iss", r#""https://app.example""#),
        ("sub", r#""alice""#),
        ("exp", r#""2026-11-23T12:15:00.000000Z""#),
        ("iat", r#""2026-11-23T12:00:00.000000Z""#),
        ("jti", r#""AAECAwQFBgcICQoLDA0ODw""#),
        ("sid", r#""AAECAwQFBgcICQoLDA0ODw""#),
        ("gen", "0"),
        ("auth_time", r#""2026-11-23T12:00:00.000000Z""#),
    ];
    for &(name, value) in changes {
        match members.iter_mut().find(|(other, _)| *other == name) {
            Some(member) => member.1 = value,
            None => members.push((name, value)),
        }
    }
    let members: Vec<String> = members
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Settings and operations as bytes, from which the target reads the same.
fn of_operations<S: Copy + Debug + PartialEq, O: Debug + PartialEq>(
    seeds: Vec<(&str, S, Vec<O>)>,
    encode: impl Fn(S, &[O]) -> Vec<u8>,
    read: impl Fn(&[u8]) -> Option<(S, Vec<O>)>,
) -> Seeds {
    let seed = |(name, settings, steps): (&str, S, Vec<O>)| {
        let bytes = encode(settings, &steps);
        assert_eq!(read(&bytes), Some((settings, steps)), "{name}");
        (name.to_owned(), bytes)
    };
    seeds.into_iter().map(seed).collect()
}

fn names((_, id): (&str, &str)) -> String {
    format!("{{\"kid\":\"{id}\"}}")
}

fn named<const N: usize>(seeds: [(&str, String); N]) -> Seeds {
    seeds.map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
}
