//! Renewal: a successor for a token whose session goes on.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Issuer, RenewError};
use crate::claims::{PrivateClaimsError, write_private};
use crate::events::Occasion;
use crate::session::Session;
use crate::time::{micros, now};
use crate::token::Token;

/// A session to be renewed, with the private claims it has, or with others.
#[derive(Clone)]
pub struct Renewal<'a> {
    pub(super) session: &'a Session,
    pub(super) private: Option<String>,
}

impl<'a> Renewal<'a> {
    /// Renews this session, and copies its private claims.
    #[must_use]
    pub fn of(session: &'a Session) -> Self {
        Self { session, private: None }
    }

    /// With these private claims in place of those it has: roles that were looked up again. Whoever must
    /// lose a role *now* needs [`Issuer::change_privilege`], which ends the token that has it.
    ///
    /// # Errors
    /// As [`Login::claims`](crate::Login::claims).
    pub fn claims<C: Serialize + ?Sized>(self, claims: &C) -> Result<Self, PrivateClaimsError> {
        Ok(Self { private: Some(write_private(claims)?), ..self })
    }
}

impl<'a> From<&'a Session> for Renewal<'a> {
    fn from(session: &'a Session) -> Self {
        Self::of(session)
    }
}

impl fmt::Debug for Renewal<'_> {
    /// Without private claims, which may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Issuer {
    /// Whether a session's token is old enough to be renewed (a third of the idle timeout, unless set
    /// otherwise), and a successor would live longer.
    #[must_use]
    pub fn renewal_is_due(&self, session: &Session) -> bool {
        self.renewal_is_due_at(session, now())
    }

    /// Like [`renewal_is_due`](Self::renewal_is_due), as of a moment that the caller names.
    #[must_use]
    pub fn renewal_is_due_at(&self, session: &Session, now: DateTime<Utc>) -> bool {
        let age = now.timestamp_micros().saturating_sub(session.issued_at().timestamp_micros());
        let is_old = age >= micros(self.policy.renew_after());
        let grows = |expires_at| expires_at > session.expires_at();
        is_old && self.policy.expiry(session.auth_time(), now).is_some_and(grows)
    }

    /// Renews a session: a successor for its token, with the same `sid`, `auth_time` and private claims,
    /// the next `gen` (or the newest that is in use, if that is later), and a lifetime of its own, up to the absolute
    /// timeout.
    ///
    /// Nothing is written, and the token stays as good as it was until its successor is used: a response
    /// that is lost costs nothing, and requests that renew at the same time get equal successors. Once one
    /// is used, the predecessor has the [grace](crate::DenylistBuilder::grace) left.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use hallpass::{Denylist, Issuer, KeyRing, Renewal, Verifier};
    /// # let keys = KeyRing::generate()?;
    /// # let denylist = Denylist::in_memory()?;
    /// # let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    /// # let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    /// # let token = issuer.login("alice")?;
    /// let session = verifier.verify(token.as_str())?;
    /// let successor = issuer.renew(&session)?;
    /// let with_roles = issuer.renew(Renewal::of(&session).claims(&serde_json::json!({"role": "editor"}))?)?;
    /// assert_eq!(successor.registered().session_id(), session.session_id());
    /// assert_eq!(with_roles.registered().generation(), 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`RenewError`] when the session is over, its status unknown, or its absolute timeout so near that
    /// the successor would not outlive the token. The token is no worse for it.
    pub fn renew<'a>(&self, renewal: impl Into<Renewal<'a>>) -> Result<Token, RenewError> {
        self.renew_at(renewal, now())
    }

    /// Like [`renew`](Self::renew), as of a moment that the caller names, which counts as the wall clock's.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    pub fn renew_at<'a>(&self, renewal: impl Into<Renewal<'a>>, now: DateTime<Utc>) -> Result<Token, RenewError> {
        let token = self.succeed(renewal.into(), now)?;
        self.tell(&token, Occasion::Renewal);
        Ok(token)
    }

    /// A session's next token, of which nothing is told yet.
    pub(crate) fn succeed(&self, renewal: Renewal<'_>, now: DateTime<Utc>) -> Result<Token, RenewError> {
        let Renewal { session, private } = renewal;
        let set = self.keys.peek();
        let newest = self.check_live(&set, session, now)?;
        let mut claims = self.successor(&set, session, now)?;
        // Later than the token's, and still to come: else the successor would be worse.
        if claims.expires_at <= session.expires_at().max(claims.issued_at) {
            return Err(RenewError::NoMoreTime { expires_at: session.expires_at() });
        }
        // The equal of what is in use already, if the session went on while a request took its time: else the
        // successor would be retired when it is issued.
        claims.generation = session.generation().checked_add(1).ok_or(RenewError::TooOften)?.max(newest);
        Ok(self.seal_with(&set, claims, session, private)?)
    }
}
