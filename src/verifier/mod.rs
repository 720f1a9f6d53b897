//! Verifying tokens, in one order, in memory.

mod error;
mod session;
mod times;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::claims::read_claims;
use crate::denylist::{Denylist, Revocations};
use crate::key::{KeyRefusal, KeyRing};
use crate::revocation::{Status, TokenFacts};
use crate::time::{TimeLimits, now};
use crate::token::{MAX_TOKEN_LEN, OpenError, ParseError, Sealed};

pub use error::VerifyError;
pub use session::Session;

/// Verifies tokens against a key ring and a denylist: no I/O, no lock on the usual path.
///
/// A cheap handle: clone it freely. Nothing is read from a payload before it is authentic. In order:
/// size, spelling, header, footer, key and its state, signature or tag, JSON, claims, issuer and
/// audience, times, denylist.
#[derive(Clone)]
pub struct Verifier {
    keys: KeyRing,
    issuer: String,
    audience: Option<String>,
    implicit_assertion: Vec<u8>,
    max_token_len: usize,
    revocations: Revocations,
}

impl Verifier {
    /// A verifier of this issuer's tokens.
    pub fn new(keys: &KeyRing, issuer: impl Into<String>, denylist: &Denylist) -> Self {
        Self::with(keys, issuer.into(), Revocations::Listed(denylist.clone()))
    }

    /// A verifier that accepts **revoked** tokens until they expire: it asks no denylist. For tools that
    /// look at tokens; never for a service that lets people in.
    pub fn dangerously_without_denylist(keys: &KeyRing, issuer: impl Into<String>, limits: TimeLimits) -> Self {
        Self::with(keys, issuer.into(), Revocations::Ignored(limits))
    }

    fn with(keys: &KeyRing, issuer: String, revocations: Revocations) -> Self {
        Self {
            keys: keys.clone(),
            issuer,
            audience: None,
            implicit_assertion: Vec::new(),
            max_token_len: MAX_TOKEN_LEN,
            revocations,
        }
    }

    /// The audience (`aud`) that every token must name. Unless set, a token that names one is refused.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// What the tokens are bound to without carrying it (PASETO's implicit assertion): the same bytes
    /// that the issuer was given.
    #[must_use]
    pub fn implicit_assertion(self, assertion: impl Into<Vec<u8>>) -> Self {
        Self { implicit_assertion: assertion.into(), ..self }
    }

    /// The longest token that is looked at, in bytes: 8192 unless set lower.
    #[must_use]
    pub fn max_token_len(self, max: usize) -> Self {
        Self { max_token_len: max.min(MAX_TOKEN_LEN), ..self }
    }

    /// Verifies a token: [`verify_at`](Self::verify_at) now.
    ///
    /// # Errors
    /// [`VerifyError`] says what was wrong. It is for the log: tell clients nothing but "no".
    pub fn verify(&self, token: &str) -> Result<Session, VerifyError> {
        self.verify_at(token, now())
    }

    /// Verifies a token as of a moment that the caller names. Changes nothing, whatever the moment.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_at(&self, token: &str, now: DateTime<Utc>) -> Result<Session, VerifyError> {
        let sealed = Sealed::parse(token, self.max_token_len).map_err(|error| match error {
            ParseError::Spelling(error) => VerifyError::Malformed(error),
            ParseError::Footer(error) => VerifyError::Footer(error),
        })?;
        let key_id = *sealed.kid();
        let opened = {
            let set = self.keys.peek();
            let key = set.verifying_key(&key_id, now).map_err(|refusal| match refusal {
                KeyRefusal::Unknown => VerifyError::UnknownKey,
                KeyRefusal::Retired => VerifyError::KeyRetired { key_id },
                KeyRefusal::Past { until } => VerifyError::KeyPast { key_id, until, now },
            })?;
            sealed.open(key, &self.implicit_assertion).map_err(|error| match error {
                OpenError::Purpose => VerifyError::Purpose { key_id, expected: key.purpose(), found: sealed.purpose() },
                OpenError::Inauthentic => VerifyError::Inauthentic { key_id },
                OpenError::NotUtf8 => VerifyError::PayloadNotUtf8,
            })?
        };
        let payload = opened.payload();
        let claims = read_claims(payload)?;
        if claims.issuer != self.issuer {
            return Err(VerifyError::Issuer { expected: self.issuer.clone(), found: claims.issuer });
        }
        if claims.audience != self.audience {
            return Err(VerifyError::Audience { expected: self.audience.clone(), found: claims.audience });
        }
        times::check(&claims, self.revocations.limits(), now)?;
        let facts = TokenFacts {
            token_id: claims.token_id,
            session_id: claims.session_id,
            issuer: &claims.issuer,
            subject: &claims.subject,
            auth_time: claims.auth_time,
            key_id,
        };
        match self.revocations.status(&facts, now) {
            Status::NotListed => Ok(Session::new(claims, payload, key_id)),
            Status::Listed(by) => {
                Err(VerifyError::Revoked { token_id: claims.token_id, session_id: claims.session_id, by })
            }
            Status::Unknown => Err(VerifyError::StatusUnknown),
        }
    }
}

impl fmt::Debug for Verifier {
    /// Without the implicit assertion, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
