//! Ed25519 by ed25519-compact, and everything around it by pasetors.

use pasetors::errors::Error as PasetoError;
use pasetors::token::{Public, UntrustedToken};
use pasetors::version4::{PublicToken, V4};

use crate::key::{PublicKey, SecretKey};
use crate::token::error::SealError;
use crate::token::untrusted::untrusted;

pub(in crate::token) fn sign(
    key: &SecretKey,
    payload: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> Result<String, SealError> {
    let (footer, implicit) = (Some(footer), Some(implicit_assertion));
    PublicToken::sign(key.pasetors(), payload, footer, implicit).map_err(|_| SealError::Key)
}

/// Whether the signature at the end of the message is this key's, for all of it. A message is longer than a signature.
pub(in crate::token) fn is_authentic(
    key: &PublicKey,
    message: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> bool {
    let Some(token) = untrusted::<UntrustedToken<Public, V4>>(PublicToken::HEADER, message, footer) else {
        return false;
    };
    match PublicToken::verify(key.pasetors(), &token, None, Some(implicit_assertion)) {
        // Found after the signature was found good.
        Ok(_) | Err(PasetoError::PayloadInvalidUtf8) => true,
        Err(_) => false,
    }
}
