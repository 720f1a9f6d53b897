//! One spelling for each token: four parts, none empty, base64url in its canonical form.
//!
//! pasetors would also take a trailing dot and any length, and other readers padding or stray bits.
//! A token that can be spelled twice is a revoked one that comes back wherever a list is keyed by
//! text; ours is keyed by authenticated ids, and this is the second lock on that door.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::key::Purpose;

/// A text that is not spelled like a v4 token with a footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpellingError {
    /// Longer than is allowed.
    #[error("{len} bytes long, more than {max}")]
    TooLong {
        /// The text's length in bytes.
        len: usize,
        /// The length that is allowed.
        max: usize,
    },
    /// Not four parts with dots between them, or one of them empty.
    #[error("not four parts with dots between them")]
    Parts,
    /// The first two parts are not `v4.public` or `v4.local`.
    #[error("not a v4.public or v4.local token")]
    Header,
    /// The payload or the footer is not base64url without padding, in its canonical form.
    #[error("not base64url in its canonical form")]
    Base64,
    /// No room for a payload beside a signature, or beside a nonce and a tag.
    #[error("too short to hold a payload")]
    TooShort,
}

/// A token's text in its parts, the last two still in base64url; nothing of it is authentic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelled<'a> {
    pub(super) purpose: Purpose,
    pub(super) message: &'a str,
    pub(super) footer: &'a str,
}

impl<'a> Spelled<'a> {
    pub(super) fn new(text: &'a str, max: usize) -> Result<Self, SpellingError> {
        // Before anything else looks at the text, so that no work grows with it.
        if text.len() > max {
            return Err(SpellingError::TooLong { len: text.len(), max });
        }
        let mut parts = text.split('.');
        let (Some(version), Some(purpose), Some(message), Some(footer), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SpellingError::Parts);
        };
        if [version, purpose, message, footer].contains(&"") {
            return Err(SpellingError::Parts);
        }
        let purpose = match (version, purpose) {
            ("v4", "public") => Purpose::Public,
            ("v4", "local") => Purpose::Local,
            _ => return Err(SpellingError::Header),
        };
        Ok(Self { purpose, message, footer })
    }
}

/// What canonical base64url without padding stands for: the engine refuses padding, foreign characters, and last
/// characters with stray bits (RFC 4648, section 3.5).
pub(super) fn decode(encoded: &str) -> Result<Vec<u8>, SpellingError> {
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| SpellingError::Base64)
}
