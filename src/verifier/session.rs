//! What a verified token proves.

use std::fmt;
use std::ops::Deref;

use serde::Deserialize;

use crate::claims::{Claims, PrivateClaimsError, read_private};
use crate::key::KeyId;
use crate::revocation::Revocation;

/// A session whose token was verified: a proof *of the moment it was made*.
///
/// Its only constructor is in the [`Verifier`](crate::Verifier). The registered claims are methods, as
/// on [`Claims`]; private ones are read by [`claims`](Self::claims).
#[derive(Clone)]
pub struct Session {
    registered: Claims,
    payload: Box<str>,
    key_id: KeyId,
}

impl Session {
    pub(super) fn new(registered: Claims, payload: &str, key_id: KeyId) -> Self {
        Self { registered, payload: payload.into(), key_id }
    }

    /// The private claims, as the application's own type.
    ///
    /// # Errors
    /// [`PrivateClaimsError`] when a claim is missing or of another type. Nothing falls back to a
    /// default that the type itself does not declare.
    pub fn claims<'de, C: Deserialize<'de>>(&'de self) -> Result<C, PrivateClaimsError> {
        read_private(&self.payload)
    }

    /// The registered claims.
    #[must_use]
    pub fn registered(&self) -> &Claims {
        &self.registered
    }

    /// Every claim as the token has it: one JSON object.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The key that signed the token.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }
}

impl Deref for Session {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.registered
    }
}

impl fmt::Debug for Session {
    /// Without private claims, which may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("registered", &self.registered)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Logout: the session with all its tokens, those included that are being renewed at this moment.
impl From<&Session> for Revocation {
    fn from(session: &Session) -> Self {
        Self::Session(session.session_id())
    }
}
