//! A canary: keys and tokens whose text is known are handed to everything public, and no part of them is
//! ever seen in what it shows.

#[cfg(any(feature = "postgres", feature = "redis"))]
mod addresses;
#[cfg(all(feature = "axum", feature = "testing"))]
mod answers;
mod chains;
#[cfg(all(feature = "axum", feature = "redb", feature = "testing"))]
mod errors;
mod holders;
mod imports;
#[cfg(feature = "testing")]
mod panics;
mod refusals;
mod shown;
#[cfg(all(feature = "axum", feature = "redb", feature = "testing"))]
mod surface;
mod traits;

use std::error::Error;
use std::fmt::Debug;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hallpass::key::{LocalKey, SecretKey};

use crate::support::{World, noon};

/// So many characters in a row are no accident.
const WINDOW: usize = 12;

/// Texts of which no part may be seen.
pub(crate) struct Canary {
    windows: Vec<String>,
}

impl Canary {
    pub(crate) fn of_texts(texts: impl IntoIterator<Item = String>) -> Self {
        let windows = texts.into_iter().flat_map(|text| {
            assert!(text.len() >= WINDOW && text.is_ascii());
            (0..=text.len() - WINDOW).map(|start| text[start..start + WINDOW].to_owned()).collect::<Vec<_>>()
        });
        Self { windows: windows.collect() }
    }

    /// Bytes in every spelling that something could show them in: base64, hex, and a list of numbers.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        // White space is taken out of what is looked at.
        let decimal: Vec<String> = bytes.iter().map(u8::to_string).collect();
        let hexadecimal: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::of_texts([
            URL_SAFE_NO_PAD.encode(bytes),
            STANDARD_NO_PAD.encode(bytes),
            hex::encode(bytes),
            hex::encode_upper(bytes),
            decimal.join(","),
            hexadecimal.join(","),
        ])
    }

    pub(crate) fn of_secret(key: &SecretKey) -> Self {
        let text = key.to_paserk();
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("k4.secret.").unwrap()).unwrap();
        // The other half is public.
        let mut canary = Self::of_bytes(&bytes[..32]);
        canary.windows.extend(Self::of_texts([text["k4.secret.".len()..][..42].to_owned()]).windows);
        canary
    }

    pub(crate) fn of_local(key: &LocalKey) -> Self {
        let text = key.to_paserk();
        Self::of_bytes(&URL_SAFE_NO_PAD.decode(text.strip_prefix("k4.local.").unwrap()).unwrap())
    }

    /// The part of a token that is its bearer's alone: what follows the header. The footer is no secret.
    pub(crate) fn of_token(token: &str) -> Self {
        Self::of_texts(token.split('.').nth(2).filter(|part| part.len() >= WINDOW).map(str::to_owned))
    }

    pub(crate) fn is_seen_in(&self, shown: &str) -> bool {
        let shown: String = shown.split_whitespace().collect();
        self.windows.iter().any(|window| shown.contains(window))
    }

    fn assert_unseen(&self, what: &str, shown: &[String]) {
        for shown in shown {
            assert!(!self.is_seen_in(shown), "{what} shows the canary: {shown}");
        }
    }

    fn unseen_by_debug(&self, what: &str, value: &dyn Debug) {
        self.assert_unseen(what, &debug(value));
    }

    fn unseen_by_error(&self, error: &dyn Error) {
        self.assert_unseen("an error", &messages(error));
    }
}

fn debug(value: &dyn Debug) -> [String; 3] {
    [format!("{value:?}"), format!("{value:#?}"), format!("{value:02x?}")]
}

/// Everything that an error and its sources show.
fn messages(error: &dyn Error) -> Vec<String> {
    let mut messages = debug(&error).to_vec();
    let mut link = Some(error);
    while let Some(error) = link {
        messages.push(error.to_string());
        link = error.source();
    }
    messages
}

/// Keys that are the same in every run, so that a failure can be repeated.
fn secret() -> SecretKey {
    let pair = ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new(std::array::from_fn(|i| 200 - i as u8)));
    SecretKey::from_paserk(&format!("k4.secret.{}", URL_SAFE_NO_PAD.encode(*pair.sk))).unwrap()
}

fn local() -> LocalKey {
    let bytes: [u8; 32] = std::array::from_fn(|i| 100 + i as u8);
    LocalKey::from_paserk(&format!("k4.local.{}", URL_SAFE_NO_PAD.encode(bytes))).unwrap()
}

#[test]
fn the_canary_is_seen_where_it_is_shown() {
    let (secret, local) = (secret(), local());
    let token = World::new().issuer.login_at("alice", noon()).unwrap();
    let canary = Canary::of_secret(&secret);
    let bytes = URL_SAFE_NO_PAD.decode(&secret.to_paserk()["k4.secret.".len()..]).unwrap();
    for shown in [secret.to_paserk().to_string(), format!("{bytes:?}"), format!("{bytes:#?}"), hex::encode(&bytes)] {
        assert!(canary.is_seen_in(&shown), "{shown}");
    }
    // pasetors and ed25519-compact show these.
    assert!(canary.is_seen_in(&format!("{:?}", ed25519_compact::KeyPair::from_slice(&bytes).unwrap())));
    assert!(Canary::of_local(&local).is_seen_in(&format!("{:?}", *local.to_paserk())));
    assert!(Canary::of_token(token.as_str()).is_seen_in(&format!("{:?}", token.as_str())));
}
