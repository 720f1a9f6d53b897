//! What is secret has no traits by which it would be shown or compared.

use std::fmt::Display;

use hallpass::inspect::Unverified;
use hallpass::key::{IssuingKey, Key, KeySet, LocalKey, SecretKey};
use hallpass::{Issuer, KeyRing, Session, Token, Verifier};

use crate::implements::implements;

#[test]
fn what_is_secret_has_neither_display_nor_serialize() {
    macro_rules! neither {
        ($($type:ty),*) => {$(
            assert!(!implements!($type, Display), concat!(stringify!($type), " has Display"));
            assert!(!implements!($type, serde::Serialize), concat!(stringify!($type), " has Serialize"));
            assert!(!implements!($type, AsRef<str>), concat!(stringify!($type), " has AsRef<str>"));
            assert!(!implements!($type, AsRef<[u8]>), concat!(stringify!($type), " has AsRef<[u8]>"));
        )*};
    }
    neither!(SecretKey, LocalKey, Key, IssuingKey, KeySet, KeyRing, Token, Session, Unverified, Issuer, Verifier);
}

#[test]
fn a_secret_is_not_compared_byte_by_byte() {
    assert!(!implements!(SecretKey, PartialEq) && !implements!(LocalKey, PartialEq));
    assert!(!implements!(SecretKey, std::hash::Hash) && !implements!(LocalKey, std::hash::Hash));
}
