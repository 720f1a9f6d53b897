//! The footer: a JSON object whose `kid` names the key. It only selects a key in the ring.

use crate::json::{self, JsonError, JsonLimits, Member};
use crate::key::KeyId;

/// The longest footer, decoded: 512 bytes, six times what ours has.
const MAX_FOOTER_LEN: usize = 512;
/// As flat as the PASETO specification advises ("Key-ID Support": depth and number of keys are to be
/// limited before anything trusts a footer).
const LIMITS: JsonLimits = JsonLimits { depth: 2, keys: 16 };

/// A footer that does not name a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FooterError {
    /// Longer than is allowed.
    #[error("longer than {max} bytes")]
    TooLong {
        /// The length that is allowed.
        max: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not a strict JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// No `kid`, or one that is not the id of a key that tokens are made with.
    #[error("no kid of the form k4.pid.… or k4.lid.…")]
    Kid,
}

/// Whether a footer, still in base64url, is short enough to be decoded at all.
pub(super) fn check_len(encoded: &str) -> Result<(), FooterError> {
    if encoded.len() > MAX_FOOTER_LEN.saturating_mul(4).div_ceil(3) {
        return Err(FooterError::TooLong { max: MAX_FOOTER_LEN });
    }
    Ok(())
}

/// The key that a footer names. Nothing else in it is looked at.
pub(super) fn read(footer: &[u8]) -> Result<KeyId, FooterError> {
    let text = std::str::from_utf8(footer).map_err(|_| FooterError::NotUtf8)?;
    let mut kid = None;
    json::read_object(text, LIMITS, |name, value| {
        if let ("kid", Member::Text(text)) = (name.as_ref(), value) {
            kid = text.parse().ok().filter(KeyId::is_for_tokens);
        }
    })?;
    kid.ok_or(FooterError::Kid)
}

pub(crate) fn write(kid: KeyId) -> String {
    // A key id is base64url and dots: nothing in it needs escaping.
    format!("{{\"kid\":\"{kid}\"}}")
}
