//! One spelling for each token: four parts, none empty, base64url in its canonical form.
//!
//! pasetors would also take a trailing dot and any length, and other readers padding or stray bits.
//! A token that can be spelled twice is a revoked one that comes back wherever a list is keyed by
//! text; ours is keyed by authenticated ids, and this is the second lock on that door.

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
}

/// A token's text, found to be spelled right; nothing of it is authentic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelled<'a> {
    pub(super) text: &'a str,
    pub(super) purpose: Purpose,
    /// The footer, still in base64url.
    pub(super) footer: &'a str,
}

impl<'a> Spelled<'a> {
    pub(super) fn new(text: &'a str, max: usize) -> Result<Self, SpellingError> {
        // Before anything else looks at the text, so that no work grows with it.
        if text.len() > max {
            return Err(SpellingError::TooLong { len: text.len(), max });
        }
        let mut parts = text.split('.');
        let (Some(version), Some(purpose), Some(payload), Some(footer), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SpellingError::Parts);
        };
        if [version, purpose, payload, footer].contains(&"") {
            return Err(SpellingError::Parts);
        }
        let purpose = match (version, purpose) {
            ("v4", "public") => Purpose::Public,
            ("v4", "local") => Purpose::Local,
            _ => return Err(SpellingError::Header),
        };
        if !is_canonical(payload) || !is_canonical(footer) {
            return Err(SpellingError::Base64);
        }
        Ok(Self { text, purpose, footer })
    }
}

/// Whether the text is what encoding its own decoding gives (RFC 4648, section 3.5).
fn is_canonical(text: &str) -> bool {
    let Some(last) = text.bytes().last().and_then(sextet) else { return false };
    let stray_bits = match text.len() % 4 {
        0 => 0,
        2 => last & 0b1111,
        3 => last & 0b11,
        _ => return false,
    };
    stray_bits == 0 && text.bytes().all(|byte| sextet(byte).is_some())
}

#[expect(clippy::arithmetic_side_effects, reason = "each arm's range keeps the result below 64")]
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}
