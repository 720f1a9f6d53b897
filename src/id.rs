//! 128-bit random ids: of a token (`jti`) and of a session (`sid`).
//!
//! 128 random bits, as RFC 8725 and OWASP ASVS 5.0 V7.2.3 ask for at least; a version 4 UUID has 122.
//! An id is not a secret: it names a token and opens nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::random::{self, RandomError};

const LEN: usize = 16;
/// 16 bytes in base64url without padding.
const TEXT_LEN: usize = 22;

/// A text that is not an id: 22 characters of base64url in their one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 22 characters of base64url (128 bits) in their one spelling")]
#[non_exhaustive]
pub struct ParseIdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; LEN]);

        impl $name {
            /// The id with these 16 bytes, for ids that come from a store.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The id's 16 bytes.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(encode(&self.0, &mut [0; TEXT_LEN]))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                decode(text).map(Self)
            }
        }
    };
}

id! {
    /// The id of one token: its `jti` claim.
    ///
    /// 16 bytes from the system's random generator, written as 22 characters of base64url.
    TokenId
}

id! {
    /// The id of a session, the `sid` claim of every token that belongs to it: the id of its first
    /// token.
    SessionId
}

impl TokenId {
    /// A new random id.
    ///
    /// # Errors
    /// [`RandomError`] when the system's generator fails; never a zero id.
    pub(crate) fn generate() -> Result<Self, RandomError> {
        random::bytes().map(Self)
    }
}

impl SessionId {
    /// The session that begins with this token.
    pub(crate) const fn begun_by(first: TokenId) -> Self {
        Self(first.0)
    }
}

fn encode<'a>(bytes: &[u8; LEN], text: &'a mut [u8; TEXT_LEN]) -> &'a str {
    // Both lengths are constants that fit, and base64url is ASCII: neither fallback can be reached.
    match URL_SAFE_NO_PAD.encode_slice(bytes, text) {
        Ok(_) => std::str::from_utf8(text).unwrap_or_default(),
        Err(_) => "",
    }
}

fn decode(text: &str) -> Result<[u8; LEN], ParseIdError> {
    if text.len() != TEXT_LEN {
        return Err(ParseIdError);
    }
    // The engine wants room for a whole last group, hence 18. It refuses padding, foreign characters
    // and last characters with stray bits, so that each id has one spelling.
    let mut bytes = [0; 18];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(LEN) => bytes.first_chunk().copied().ok_or(ParseIdError),
        _ => Err(ParseIdError),
    }
}
