//! Ed25519 by aws-lc-rs, over PASETO's pre-authentication encoding.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pasetors::version4::PublicToken;

use super::SIGNATURE_LEN;
use crate::key::{PublicKey, SecretKey};
use crate::token::error::SealError;

/// The neutral element of the curve (RFC 8032, section 5.1), as the first half of a signature.
const IDENTITY: [u8; 32] = {
    let mut encoded = [0; 32];
    encoded[0] = 1;
    encoded
};

const HEADER: &str = PublicToken::HEADER;

pub(in crate::token) fn sign(
    key: &SecretKey,
    payload: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> Result<String, SealError> {
    if payload.is_empty() {
        return Err(SealError::Key);
    }
    let covered = covered(payload, footer, implicit_assertion);
    let signature = key.aws_lc().try_sign(&covered).map_err(|_| SealError::Key)?;
    let message = [payload, signature.as_ref()].concat();
    let encoded = |bytes: &[u8]| base64::encoded_len(bytes.len(), false).unwrap_or_default();
    let room = [HEADER.len(), encoded(&message), 1, encoded(footer)].iter().sum();
    let mut text = String::with_capacity(room);
    text.push_str(HEADER);
    URL_SAFE_NO_PAD.encode_string(&message, &mut text);
    if !footer.is_empty() {
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(footer, &mut text);
    }
    Ok(text)
}

/// Whether the signature at the end of the message is this key's, for all of it. A message is longer than a signature.
pub(in crate::token) fn is_authentic(
    key: &PublicKey,
    message: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> bool {
    let Some((payload, signature)) = message.split_last_chunk::<SIGNATURE_LEN>() else { return false };
    // Of the points of small order, which pasetors refuses, this is the one that AWS-LC may find right.
    !signature.starts_with(&IDENTITY)
        && key.aws_lc().verify_sig(&covered(payload, footer, implicit_assertion), signature).is_ok()
}

/// What a signature covers: the pieces with their number and the length of each (PASETO, "Common Implementation
/// Details", PAE), so that no two lists of pieces look alike.
pub(super) fn covered(payload: &[u8], footer: &[u8], implicit_assertion: &[u8]) -> Vec<u8> {
    let pieces = [HEADER.as_bytes(), payload, footer, implicit_assertion];
    let bytes = pieces.iter().map(|piece| piece.len().saturating_add(size_of::<u64>())).sum::<usize>();
    let mut covered = Vec::with_capacity(bytes.saturating_add(size_of::<u64>()));
    covered.extend_from_slice(&length(pieces.len()));
    for piece in pieces {
        covered.extend_from_slice(&length(piece.len()));
        covered.extend_from_slice(piece);
    }
    covered
}

/// Little-endian. PASETO clears the highest bit, which no length in memory has.
fn length(len: usize) -> [u8; 8] {
    (len as u64).to_le_bytes()
}
