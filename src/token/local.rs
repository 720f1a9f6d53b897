//! `v4.local`: XChaCha20 and keyed BLAKE2b, by pasetors.

use pasetors::errors::Error as PasetoError;
use pasetors::token::{Local, TrustedToken, UntrustedToken};
use pasetors::version4::{LocalToken, V4};

use super::error::{OpenError, SealError};
use super::untrusted::untrusted;
use crate::key::LocalKey;
use crate::random::RandomError;

pub(super) const HEADER: &str = LocalToken::HEADER;

/// A nonce of 32 bytes before what is encrypted, and a tag of 32 behind it.
pub(super) const NONCE_AND_TAG_LEN: usize = 64;

pub(super) fn encrypt(
    key: &LocalKey,
    payload: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> Result<String, SealError> {
    let (footer, implicit) = (Some(footer), Some(implicit_assertion));
    let text = LocalToken::encrypt(key.pasetors(), payload, footer, implicit).map_err(|error| match error {
        PasetoError::Csprng => SealError::Random(RandomError),
        _ => SealError::Key,
    })?;
    // pasetors draws the nonce itself. One of zeros is a generator that reports success and does nothing,
    // and tokens that share a nonce show what they have in common.
    if text.strip_prefix(HEADER).is_some_and(|message| message.starts_with(ZERO_NONCE)) {
        return Err(SealError::Random(RandomError));
    }
    Ok(text)
}

/// What a nonce of 32 zeros is at the beginning of a token: 252 of its 256 bits.
const ZERO_NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const _: () = assert!(ZERO_NONCE.len() == 42);

/// Checks the tag, and decrypts. The message is longer than a nonce and a tag.
pub(super) fn decrypt(
    key: &LocalKey,
    message: &[u8],
    footer: &[u8],
    implicit_assertion: &[u8],
) -> Result<TrustedToken, OpenError> {
    let token: UntrustedToken<Local, V4> = untrusted(HEADER, message, footer).ok_or(OpenError::Inauthentic)?;
    LocalToken::decrypt(key.pasetors(), &token, None, Some(implicit_assertion)).map_err(|error| match error {
        PasetoError::PayloadInvalidUtf8 => OpenError::NotUtf8,
        _ => OpenError::Inauthentic,
    })
}
