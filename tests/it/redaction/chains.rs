//! No error says what its source says: whoever prints the whole chain would read it twice.

use std::collections::BTreeSet;
use std::error::Error;
use std::io;

use hallpass::inspect::{FooterError, JsonError, PayloadError, SpellingError, UnverifiedError};
use hallpass::key::{KeyError, KeyFileError, KeySetError, KeySetTextError};
use hallpass::store::{HeaderError, StoreError, StoreErrorKind};
use hallpass::{ForgetError, IssueError, PrivateClaimsError, RenewError, RevokeError, VerifyError};

use super::shown::name_of;
use crate::architecture::{room, sources};

/// One of each kind of error that has a source of its own, by the names of its type and of its variant.
fn samples() -> Vec<(String, Box<dyn Error>)> {
    fn named<E: Error + 'static>(error: E) -> (String, Box<dyn Error>) {
        (name_of(&error), Box::new(error))
    }
    let not_json = || serde_json::from_str::<u8>("x").unwrap_err();
    let store = || StoreError::new(StoreErrorKind::Io).at("db.example").because("no answer within 5 s");
    let path = || "keys".into();
    let samples = vec![
        named(KeyFileError::Io { path: path(), source: io::Error::other("it is away") }),
        named(KeyFileError::Text { path: path(), source: KeySetTextError::Header }),
        named(KeySetTextError::Key { line: 2, source: KeyError::Zero }),
        named(KeySetTextError::Set { line: 2, source: KeySetError::TwoCurrent }),
        named(PayloadError::Json(JsonError::NotAnObject)),
        named(PrivateClaimsError::Unwritable(not_json())),
        named(PrivateClaimsError::Unreadable(not_json())),
        named(PrivateClaimsError::Json(JsonError::DuplicateKey)),
        named(VerifyError::Malformed(SpellingError::Parts)),
        named(VerifyError::Footer(FooterError::NotUtf8)),
        named(UnverifiedError::Spelling(SpellingError::Parts)),
        named(UnverifiedError::Footer(FooterError::NotUtf8)),
        named(IssueError::Json(PrivateClaimsError::Json(JsonError::DuplicateKey).into())),
        named(RenewError::NotLive(VerifyError::UnknownKey)),
        named(RenewError::Revoke(RevokeError::Full { capacity: 1 })),
        named(ForgetError::NotSafe(store())),
        named(ForgetError::NotShared(store())),
        named(RevokeError::NotSafe(store())),
        named(RevokeError::NotShared(store())),
        named(RevokeError::NotLive(Box::new(VerifyError::Malformed(SpellingError::Parts)))),
        named(StoreError::from(HeaderError::Malformed)),
        named(store()),
    ];
    #[cfg(feature = "tower")]
    let samples = {
        use hallpass::web::{Rejection, Transport};

        let claims = || PrivateClaimsError::Unreadable(not_json()).into();
        let of_web = [
            named(Rejection::Refused { by: Transport::Cookie, why: VerifyError::UnknownKey }),
            named(Rejection::NotCaughtUp(store())),
            named(Rejection::Claims(claims())),
            named(Rejection::Unwritable(claims())),
        ];
        samples.into_iter().chain(of_web).collect()
    };
    samples
}

/// The variants of the library's public errors that have a source. What is transparent is its source.
fn declared() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in sources() {
        match room(&path).as_str() {
            // The command line's own are told by it alone, and its tests look at them.
            "bin" => continue,
            "web" if cfg!(not(feature = "tower")) => continue,
            _ => {}
        }
        let (mut name, mut variant, mut is_transparent) = ("", String::new(), false);
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("pub enum ") {
                name = rest.split(' ').next().unwrap();
            }
            if let Some(attribute) = line.strip_prefix("    #[error(") {
                is_transparent = attribute == "transparent)]";
            } else if line.starts_with("    ") && line[4..].starts_with(char::is_uppercase) {
                variant = line[4..].chars().take_while(char::is_ascii_alphanumeric).collect();
            }
            let has_source = ["#[source]", "#[from]", "        source: "].iter().any(|mark| line.contains(mark));
            if has_source && !is_transparent && line.starts_with("    ") && !name.is_empty() {
                found.insert(format!("{name}::{variant}"));
            }
        }
    }
    found
}

#[test]
fn no_error_says_what_its_source_says() {
    for (name, error) in samples() {
        let mut link: &dyn Error = &*error;
        assert!(link.source().is_some(), "{name} has no source");
        while let Some(source) = link.source() {
            let (said, by_source) = (link.to_string(), source.to_string());
            assert!(!said.contains(&by_source), "{name}: {said:?} says {by_source:?} as well");
            link = source;
        }
    }
}

#[test]
fn every_error_with_a_source_is_among_the_samples() {
    let mut sampled: BTreeSet<String> = samples().into_iter().map(|(name, _)| name).collect();
    // Not an enum: its kind is beside its source.
    assert!(sampled.remove("StoreError::StoreError"));
    assert_eq!(sampled, declared());
}
