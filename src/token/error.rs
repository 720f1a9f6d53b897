//! Why a token could not be sealed, read or opened.

use super::footer::FooterError;
use super::spelling::SpellingError;
use crate::random::RandomError;

/// A payload that could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealError {
    Random(RandomError),
    /// The key has no secret to seal with.
    Key,
}

/// A text that is no sealed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseError {
    Spelling(SpellingError),
    Footer(FooterError),
}

/// A sealed token that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// The key is of the other kind.
    Purpose,
    /// The signature or the tag is not this key's for this text and this implicit assertion.
    Inauthentic,
    /// Authentic, and the payload is not UTF-8.
    NotUtf8,
}
