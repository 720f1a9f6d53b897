//! Verifying tokens, in one order, in memory.

mod fresh;
mod shard;
mod warm;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use crate::claims::read_claims;
use crate::denylist::{Denylist, Revocations, Spell};
use crate::events::Events;
#[cfg(feature = "tower")]
use crate::key::KeyId;
use crate::key::{KeyRing, KeySet};
use crate::session::{Session, VerifyError, check_key, check_parties, check_prior_keys};
use crate::time::{TimeLimits, now};
use crate::token::{MAX_TOKEN_LEN, OpenError, ParseError, Sealed, SpellingError};

use shard::Known;
pub use warm::WARM_CACHE_BYTES;
use warm::Warm;

/// Verifies tokens against a key ring and a denylist, in memory: no I/O.
///
/// A cheap handle: clone it freely. Nothing is read from a payload before it is authentic. In order:
/// size, spelling, header, footer, key and its state, signature or tag, JSON, claims, issuer and
/// audience, times, denylist. One thing is told out of turn: a token whose time is still to come is
/// [`Revoked`](VerifyError::Revoked) already now if it was taken back.
///
/// What was accepted is kept in a [cache](Self::warm_cache), so that a token that is shown again costs a look-up in
/// place of its signature: one of up to 256 locks, for reading. The answers are the same with it and without. Each
/// verifier that is made has a cache of its own; clones share theirs.
#[derive(Clone)]
pub struct Verifier {
    keys: KeyRing,
    issuer: Arc<str>,
    audience: Option<Arc<str>>,
    implicit_assertion: Arc<Zeroizing<Vec<u8>>>,
    max_token_len: usize,
    revocations: Revocations,
    warm: Option<Arc<Warm>>,
}

impl Verifier {
    /// A verifier of this issuer's tokens.
    pub fn new(keys: &KeyRing, issuer: impl Into<String>, denylist: &Denylist) -> Self {
        Self::with(keys, &issuer.into(), Revocations::Listed(denylist.clone()))
    }

    /// A verifier that accepts **revoked** tokens until they expire: it asks no denylist. For tools that
    /// look at tokens; never for a service that lets people in.
    pub fn dangerously_without_denylist(keys: &KeyRing, issuer: impl Into<String>, limits: TimeLimits) -> Self {
        Self::with(keys, &issuer.into(), Revocations::Ignored(limits))
    }

    fn with(keys: &KeyRing, issuer: &str, revocations: Revocations) -> Self {
        Self {
            keys: keys.clone(),
            issuer: issuer.into(),
            audience: None,
            implicit_assertion: Arc::default(),
            max_token_len: MAX_TOKEN_LEN,
            revocations,
            warm: Warm::new(WARM_CACHE_BYTES),
        }
    }

    /// The audience (`aud`) that every token must name. Unless set, a token that names one is refused.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into().into()), ..self }
    }

    /// What the tokens are bound to without carrying it (PASETO's implicit assertion): the same bytes
    /// that the issuer was given.
    #[must_use]
    pub fn implicit_assertion(self, assertion: impl Into<Vec<u8>>) -> Self {
        Self { implicit_assertion: Arc::new(Zeroizing::new(assertion.into())), ..self }
    }

    /// The longest token that is looked at, in bytes: 8192 unless set lower.
    #[must_use]
    pub fn max_token_len(self, max: usize) -> Self {
        Self { max_token_len: max.min(MAX_TOKEN_LEN), ..self }
    }

    /// How many bytes of tokens that were accepted before it may keep, all that this takes included: 160 MiB
    /// ([`WARM_CACHE_BYTES`]) unless set, 0 for none. A token of 500 bytes takes about 1.2 KiB; one that takes more
    /// than half of a shard (the whole up to 512 KiB, and at least 256 KiB of more) is not kept.
    ///
    /// A bound and no reservation: what has expired leaves as new tokens come. Clones share one cache, whatever their
    /// audience, their implicit assertion or their longest token; this begins a new one.
    ///
    /// A token that is shown again is looked up by its whole text, and everything about it that may have changed is
    /// asked again: its key and that key's state, if the ring was replaced or the key has a deadline; its times; and the
    /// denylist.
    ///
    /// So the process's memory holds tokens that are good, until they have expired and others come: whoever must not
    /// have that, in what a crash dumps say, sets 0.
    #[must_use]
    pub fn warm_cache(self, bytes: usize) -> Self {
        Self { warm: Warm::new(bytes), ..self }
    }

    /// The list that it asks, if it asks one.
    #[cfg(feature = "tower")]
    pub(crate) fn denylist(&self) -> Option<&Denylist> {
        self.revocations.denylist()
    }

    /// Whether it accepts tokens of this key.
    #[cfg(feature = "tower")]
    pub(crate) fn knows_key(&self, id: &KeyId, now: DateTime<Utc>) -> bool {
        self.keys.peek().verifying_key(id, now).is_ok()
    }

    /// Whose tokens it accepts, and for whom.
    #[cfg(feature = "tower")]
    pub(crate) fn names(&self) -> (&str, Option<&str>) {
        (&self.issuer, self.audience.as_deref())
    }

    /// What the tokens that it accepts are bound to.
    #[cfg(feature = "tower")]
    pub(crate) fn bound_to(&self) -> &[u8] {
        &self.implicit_assertion
    }

    /// How far clocks may differ.
    #[cfg(feature = "tower")]
    pub(crate) fn leeway(&self) -> chrono::TimeDelta {
        self.revocations.limits().leeway()
    }

    /// Verifies a token: [`verify_at`](Self::verify_at) now.
    ///
    /// # Errors
    /// [`VerifyError`] says what was wrong. It is for the log: tell clients nothing but "no".
    pub fn verify(&self, token: &str) -> Result<Session, VerifyError> {
        self.verify_at(token, now())
    }

    /// Verifies a token as of a moment that the caller names, which counts as the wall clock's: it may be
    /// the moment from which on a predecessor is retired, or at which it is found to be replayed. Drops no
    /// entry of the denylist, whatever the moment.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_at(&self, token: &str, now: DateTime<Utc>) -> Result<Session, VerifyError> {
        self.told(self.judge(token.as_bytes(), || token, now))
    }

    /// The same for bytes that may be no text, which is looked at only where they are not known. What is no text is no token
    /// either.
    #[cfg(feature = "tower")]
    pub(crate) fn verify_bytes_at(&self, token: &[u8], now: DateTime<Utc>) -> Result<Session, VerifyError> {
        self.told(self.judge(token, || str::from_utf8(token).unwrap_or_default(), now))
    }

    fn judge<'t>(&self, token: &[u8], text: impl Fn() -> &'t str, now: DateTime<Utc>) -> Result<Accepted, Refusal> {
        // The size comes first, before any work that grows with it.
        if token.len() > self.max_token_len {
            let why = SpellingError::TooLong { len: token.len(), max: self.max_token_len };
            return Err(Refusal { session: None, why: VerifyError::Malformed(why) });
        }
        let warm = self.warm.as_deref();
        let known = warm.and_then(|warm| warm.find(token, &self.implicit_assertion));
        let is_new = known.is_none();
        let Known { session, edition } = match known {
            Some(known) if known.edition.is_some() && known.edition == self.keys.edition() => known,
            Some(Known { session, edition: before }) => {
                let known = self.by_keys(Some(session), &text, now)?;
                // Once for each edition, that is, unless there is a deadline.
                if let Some(warm) = warm.filter(|_| known.edition != before) {
                    warm.looked_at(token, &self.implicit_assertion, known.edition);
                }
                known
            }
            None => self.by_keys(None, &text, now)?,
        };
        let admitted = check_parties(&session, &self.issuer, self.audience.as_deref())
            .and_then(|()| self.revocations.admit(&session, now));
        let stale = match admitted {
            Ok(stale) => stale,
            Err(why) => return Err(Refusal { session: Some(session), why }),
        };
        if let Some(warm) = warm.filter(|_| is_new) {
            let known = Known { session: session.clone(), edition };
            warm.keep(text(), &self.implicit_assertion, known, self.revocations.limits().leeway(), now);
        }
        Ok(Accepted { session, stale })
    }

    /// An authentic token whose keys count, by the ring as it is.
    fn by_keys<'t>(
        &self,
        known: Option<Session>,
        text: &impl Fn() -> &'t str,
        now: DateTime<Utc>,
    ) -> Result<Known, Refusal> {
        let set = self.keys.peek();
        let opened = match known {
            Some(session) => check_key(&set, session.key_id(), now).map(|_| session),
            None => self.open(text(), &set, now),
        };
        let session = opened.map_err(|why| Refusal { session: None, why })?;
        match check_prior_keys(&set, &session) {
            Ok(()) => {
                let is_kept = self.warm.is_some() && set.verifies_for_good(&session.key_id());
                Ok(Known { session, edition: set.number().filter(|_| is_kept) })
            }
            Err(why) => Err(Refusal { session: Some(session), why }),
        }
    }

    /// Counts a verification, and tells why a token was refused.
    fn told(&self, judged: Result<Accepted, Refusal>) -> Result<Session, VerifyError> {
        match &judged {
            Ok(Accepted { stale, .. }) => {
                Events::accepted();
                stale.iter().for_each(|spell| self.revocations.accepted_stale(*spell));
            }
            Err(Refusal { session: Some(session), why }) => {
                self.revocations.events().refused_authentic(session, why.kind(), None);
            }
            Err(Refusal { session: None, why }) => Events::refused(why.kind(), why),
        }
        judged.map(|accepted| accepted.session).map_err(|refusal| refusal.why)
    }

    /// What an authentic token says; whether it is to be accepted is not yet known.
    fn open(&self, token: &str, set: &KeySet, now: DateTime<Utc>) -> Result<Session, VerifyError> {
        let sealed = Sealed::parse(token, self.max_token_len).map_err(|error| match error {
            ParseError::Spelling(error) => VerifyError::Malformed(error),
            ParseError::Footer(error) => VerifyError::Footer(error),
        })?;
        let key_id = *sealed.kid();
        let key = check_key(set, key_id, now)?;
        let opened = sealed.open(key, &self.implicit_assertion).map_err(|error| match error {
            OpenError::Purpose => VerifyError::Purpose { key_id, expected: key.purpose(), found: sealed.purpose() },
            OpenError::Inauthentic => VerifyError::Inauthentic { key_id },
            OpenError::NotUtf8 => VerifyError::PayloadNotUtf8,
        })?;
        let claims = read_claims(opened.payload())?;
        let subject = self.revocations.known_subject(&claims);
        Ok(Session::proven(claims, opened.payload(), key_id, subject))
    }
}

struct Accepted {
    session: Session,
    /// The spell, if whether it was taken back elsewhere is not known any more.
    stale: Option<Spell>,
}

struct Refusal {
    /// What the token says, if it is authentic and its key counts.
    session: Option<Session>,
    why: VerifyError,
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
