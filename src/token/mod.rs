//! Token texts: their one spelling, sealing and opening. Pure: no I/O, no clock.

mod error;
mod footer;
mod local;
mod public;
mod seal;
mod spelling;
mod untrusted;
mod unverified;

use std::fmt;

pub(crate) use error::{OpenError, ParseError, SealError};
pub use footer::FooterError;
#[cfg(feature = "testing")]
pub(crate) use footer::write as footer_naming;
#[cfg(feature = "testing")]
pub(crate) use seal::seal_as_it_is;
pub(crate) use seal::{Sealed, seal};
pub use spelling::SpellingError;
pub use unverified::{Unverified, UnverifiedError};

use crate::claims::Claims;

/// The longest token, in bytes, unless set otherwise: 8 KiB.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;

/// A token that was just issued: the text for its bearer, and what it says.
///
/// The text is a credential: `Debug` does not show it, and there is no `Display`.
#[derive(Clone)]
#[must_use = "a token that nobody receives is a session that nobody has"]
pub struct Token {
    text: String,
    claims: Claims,
}

impl Token {
    pub(crate) fn new(text: String, claims: Claims) -> Self {
        Self { text, claims }
    }

    /// The text to hand to the bearer, and to nobody else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text to hand to the bearer, and to nobody else.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }

    /// The registered claims.
    #[must_use]
    pub fn registered(&self) -> &Claims {
        &self.claims
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("token_id", &self.claims.token_id)
            .field("expires_at", &self.claims.expires_at)
            .finish_non_exhaustive()
    }
}
