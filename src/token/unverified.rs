//! A look at a token without a key, for people who debug. Nothing here is a reason to trust it.

use super::MAX_TOKEN_LEN;
use super::error::ParseError;
use super::seal::Sealed;
use crate::key::{KeyId, Purpose};

/// A token that was taken apart and **not verified**: anyone could have written it.
///
/// There is no way from here to a [`Session`](crate::Session).
pub struct Unverified {
    sealed: Sealed,
}

/// A text that is not even spelled like a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnverifiedError {
    /// Not spelled like a token.
    #[error("malformed token")]
    Spelling(#[from] super::SpellingError),
    /// The footer does not name a key.
    #[error("malformed footer")]
    Footer(#[from] super::FooterError),
}

impl Unverified {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`UnverifiedError`] when it is not spelled like a token of at most [`MAX_TOKEN_LEN`] bytes.
    pub fn parse(text: &str) -> Result<Self, UnverifiedError> {
        match Sealed::parse(text, MAX_TOKEN_LEN) {
            Ok(sealed) => Ok(Self { sealed }),
            Err(ParseError::Spelling(error)) => Err(error.into()),
            Err(ParseError::Footer(error)) => Err(error.into()),
        }
    }

    /// What its header says it is.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.sealed.purpose()
    }

    /// The key that its footer names.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        *self.sealed.kid()
    }

    /// Its footer: a strict JSON object that anyone could have written.
    #[must_use]
    pub fn unverified_footer(&self) -> &[u8] {
        self.sealed.unverified_footer()
    }

    /// What it claims, if it is signed: bytes that anyone could have written. An encrypted token
    /// shows nothing.
    #[must_use]
    pub fn unverified_payload(&self) -> Option<&[u8]> {
        self.sealed.unverified_payload()
    }
}

impl std::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified")
            .field("purpose", &self.purpose())
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}
