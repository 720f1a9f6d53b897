//! The points that public keys may be. pasetors takes any 32 bytes.

use curve25519_dalek::edwards::CompressedEdwardsY;

use super::KeyError;

/// Refuses what RFC 8032 and its readers leave open: encodings that are not canonical, points of small
/// order (anyone can forge for them) and of mixed order (verifiers differ about them).
pub(super) fn check(bytes: &[u8; 32]) -> Result<(), KeyError> {
    let encoded = CompressedEdwardsY(*bytes);
    let point = encoded.decompress().ok_or(KeyError::NotAPoint)?;
    if point.compress() != encoded {
        return Err(KeyError::NotAPoint);
    }
    if point.is_small_order() {
        return Err(KeyError::SmallOrder);
    }
    if !point.is_torsion_free() {
        return Err(KeyError::MixedOrder);
    }
    Ok(())
}
