//! What several modules need: a fixed moment, a world with keys, list, issuer and verifier, and tokens
//! with any payload at all.

use std::error::Error;
use std::iter::successors;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{Key, KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Verifier};
use pasetors::keys::{AsymmetricSecretKey, SymmetricKey};
use pasetors::version4::{LocalToken, PublicToken, V4};

pub(crate) const ISSUER: &str = "https://app.example";

/// The moment at which the tests begin.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// Everything that a login and a request need, in memory, with the default limits. The list was made an
/// hour before noon.
pub(crate) struct World {
    pub(crate) keys: KeyRing,
    pub(crate) denylist: Denylist,
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_keys(KeyRing::generate().unwrap())
    }

    pub(crate) fn local() -> Self {
        Self::with_keys(KeyRing::generate_local().unwrap())
    }

    pub(crate) fn with_keys(keys: KeyRing) -> Self {
        let denylist = Denylist::builder().in_memory_at(noon() - TimeDelta::hours(1)).unwrap();
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        let verifier = Verifier::new(&keys, ISSUER, &denylist);
        Self { keys, denylist, issuer, verifier }
    }

    /// Signs or encrypts any payload with the current key, by pasetors itself, with this footer.
    pub(crate) fn sealed_with_footer(&self, payload: &[u8], footer: &[u8]) -> String {
        seal(self.keys.set().current().unwrap(), payload, footer)
    }

    /// Signs or encrypts any payload with the current key, by pasetors itself.
    pub(crate) fn sealed(&self, payload: &[u8]) -> String {
        let footer = format!("{{\"kid\":\"{}\"}}", self.keys.set().current().unwrap().id());
        self.sealed_with_footer(payload, footer.as_bytes())
    }
}

/// A payload that verifies at noon, with some of its members replaced, added, or (with `None`) left out.
/// The replacements are raw JSON.
pub(crate) fn payload(changes: &[(&str, Option<&str>)]) -> String {
    let mut members: Vec<(String, String)> = [
        ("iss", "\"https://app.example\""),
        ("sub", "\"alice\""),
        ("exp", "\"2026-11-23T12:15:00.000000Z\""),
        ("iat", "\"2026-11-23T12:00:00.000000Z\""),
        ("jti", "\"AAECAwQFBgcICQoLDA0ODw\""),
        ("sid", "\"AAECAwQFBgcICQoLDA0ODw\""),
        ("gen", "0"),
        ("auth_time", "\"2026-11-23T12:00:00.000000Z\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        members.retain(|(other, _)| other != name);
        members.extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
    }
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

pub(crate) fn seal(key: &Key, payload: &[u8], footer: &[u8]) -> String {
    match key {
        Key::Secret(key) => {
            let key = AsymmetricSecretKey::<V4>::try_from(key.to_paserk().as_str()).unwrap();
            PublicToken::sign(&key, payload, Some(footer), None).unwrap()
        }
        Key::Local(key) => {
            let key = SymmetricKey::<V4>::try_from(key.to_paserk().as_str()).unwrap();
            LocalToken::encrypt(&key, payload, Some(footer), None).unwrap()
        }
        _ => panic!("a public key seals nothing"),
    }
}

pub(crate) fn signing() -> (KeyRing, SecretKey) {
    let key = SecretKey::generate().unwrap();
    (KeyRing::new(KeySet::issuing(key.clone())), key)
}

pub(crate) fn encrypting() -> (KeyRing, LocalKey) {
    let key = LocalKey::generate().unwrap();
    (KeyRing::new(KeySet::issuing(key.clone())), key)
}

/// What an error says, and then what each of its sources says.
pub(crate) fn chain(error: &dyn Error) -> String {
    let links = successors(Some(error), |&error| error.source());
    links.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
