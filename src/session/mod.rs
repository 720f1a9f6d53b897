//! What a verified token proves.

mod checks;
mod error;
mod login_age;
mod request;
pub(crate) mod times;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::Deserialize;

use crate::claims::{Claims, PrivateClaimsError, copy_private, read_private};
use crate::key::KeyId;
use crate::record::KnownSubject;
use crate::revocation::TokenFacts;

pub(crate) use checks::{check_key, check_parties, check_prior_keys};
pub use error::VerifyError;
pub use login_age::LoginTooOld;
pub use request::RevocationRequest;

/// A session whose token was verified: a proof *of the moment it was made*.
///
/// Only a [`Verifier`](crate::Verifier) makes one. The registered claims are methods, as on [`Claims`];
/// private ones are read by [`claims`](Self::claims). Whoever renews a session or revokes by it looks
/// again whether it still lives, in the step that acts.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct Session {
    proof: Arc<Proof>,
}

struct Proof {
    registered: Claims,
    payload: Box<str>,
    key_id: KeyId,
    /// By the verifier's list, if it asks one.
    subject: Option<KnownSubject>,
}

impl Session {
    /// The proof that a token was verified. To be called in the verifier and nowhere else.
    pub(crate) fn proven(registered: Claims, payload: &str, key_id: KeyId, subject: Option<KnownSubject>) -> Self {
        Self { proof: Arc::new(Proof { registered, payload: payload.into(), key_id, subject }) }
    }

    /// The private claims, as the application's own type.
    ///
    /// # Errors
    /// [`PrivateClaimsError`] when a claim is missing or of another type. Nothing falls back to a
    /// default that the type itself does not declare.
    pub fn claims<'de, C: Deserialize<'de>>(&'de self) -> Result<C, PrivateClaimsError> {
        read_private(&self.proof.payload)
    }

    /// The private claims as they stand in the token, for another token.
    pub(crate) fn private(&self) -> Result<Option<String>, PrivateClaimsError> {
        copy_private(&self.proof.payload)
    }

    /// The registered claims.
    #[must_use]
    pub fn registered(&self) -> &Claims {
        &self.proof.registered
    }

    /// Every claim as the token has it: one JSON object.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.proof.payload
    }

    /// The key that signed the token.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.proof.key_id
    }

    /// The bytes that it holds, but for what an allocator adds.
    pub(crate) fn bytes(&self) -> usize {
        // Two counts stand before what an `Arc` points to.
        const FIXED: usize = size_of::<Proof>().saturating_add(size_of::<[usize; 2]>());
        FIXED.saturating_add(self.proof.payload.len()).saturating_add(self.proof.registered.bytes_beside())
    }

    /// What decides whether the denylist lists it.
    #[must_use]
    pub fn facts(&self) -> TokenFacts<'_> {
        facts(&self.proof.registered, self.proof.key_id)
    }

    /// What its verifier's list knows its subject by.
    pub(crate) fn known_subject(&self) -> Option<&KnownSubject> {
        self.proof.subject.as_ref()
    }
}

/// What decides whether the denylist lists a token with these claims.
pub(crate) fn facts(claims: &Claims, key_id: KeyId) -> TokenFacts<'_> {
    TokenFacts {
        token_id: claims.token_id,
        session_id: claims.session_id,
        issuer: &claims.issuer,
        subject: &claims.subject,
        auth_time: claims.auth_time,
        key_id,
        prior_key_ids: &claims.prior_key_ids,
    }
}

impl Deref for Session {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.proof.registered
    }
}

impl fmt::Debug for Session {
    /// Without private claims, which may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("registered", &self.proof.registered)
            .field("key_id", &self.proof.key_id)
            .finish_non_exhaustive()
    }
}
