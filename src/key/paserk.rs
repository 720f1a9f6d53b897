//! Keys as text: `k4.secret.…`, `k4.public.…`, `k4.local.…`, each with one spelling.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::random::RandomError;

/// A key that can't be made or imported. It never holds the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not the PASERK of the kind that was asked for.
    #[error("not a PASERK of the kind {expected}")]
    Kind {
        /// The kind that was asked for, such as `k4.secret`.
        expected: &'static str,
    },
    /// The part behind the kind is not base64url in its one spelling, or not as long as the key.
    #[error("{kind}: not {len} bytes in base64url")]
    Encoding {
        /// The kind of the key.
        kind: &'static str,
        /// How many bytes it must have.
        len: usize,
    },
    /// The seed of a secret key, or a local key, is all zeros.
    #[error("the key is all zeros")]
    Zero,
    /// The public half of a secret key does not belong to its seed.
    #[error("the two halves of the secret key do not belong together")]
    Halves,
    /// The bytes of a public key are not the canonical encoding of a point on the curve.
    #[error("the public key is not the canonical encoding of a point")]
    NotAPoint,
    /// The point of a public key has a small order: anyone could forge for it.
    #[error("the public key is a point of small order")]
    SmallOrder,
    /// The point of a public key is outside the prime-order group: verifiers would differ about it.
    #[error("the public key is a point of mixed order")]
    MixedOrder,
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The bytes behind `kind.`, exactly `N`, for `read`. They stay where they are: what is moved leaves copies on the stack,
/// and from there, as padding, wherever else.
pub(super) fn decode<const N: usize, K>(
    kind: &'static str,
    text: &str,
    read: impl FnOnce(&[u8; N]) -> Result<K, KeyError>,
) -> Result<K, KeyError> {
    let encoded =
        text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')).ok_or(KeyError::Kind { expected: kind })?;
    let encoding = KeyError::Encoding { kind, len: N };
    // The engine wants room for a whole last group: at most 2 bytes more.
    let mut buffer = Zeroizing::new(vec![0; N.saturating_add(2)]);
    // The length first, so that nothing long is decoded. `N` bytes are ⌈4N/3⌉ characters.
    if encoded.len() != N.saturating_mul(4).div_ceil(3) || URL_SAFE_NO_PAD.decode_slice(encoded, &mut buffer) != Ok(N) {
        return Err(encoding);
    }
    buffer.first_chunk().ok_or(encoding).and_then(read)
}

/// `kind.` and the bytes, in memory that is wiped when dropped.
pub(super) fn encode(kind: &'static str, bytes: &[u8]) -> Zeroizing<String> {
    // All of the room at once: growing would leave a copy behind.
    let room = kind.len().saturating_add(1).saturating_add(bytes.len().saturating_mul(4).div_ceil(3));
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str(kind);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    text
}
