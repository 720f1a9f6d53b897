//! A new session in place of an old one, which ends in the same call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use chrono::{DateTime, Utc};

use super::{Issuer, Login, RenewError, Renewal};
use crate::denylist::{RevokeError, Revoking};
use crate::events::Occasion;
use crate::id::SessionId;
use crate::session::{Session, facts};
use crate::time::now;
use crate::token::Token;

/// A new session on its way. The old one is over in this process already; ready with the new one's token
/// when the end of the old one is safe.
///
/// `.await` it, or call [`wait`](Self::wait) where there is no runtime. Dropping it loses the new session
/// and does not bring the old one back.
#[derive(Debug)]
#[must_use = "the new session's token is in the result"]
pub struct Restarting {
    token: Token,
    revoking: Revoking,
}

impl Restarting {
    /// Blocks until it is ready.
    ///
    /// # Errors
    /// [`RevokeError`] when the end of the old session is not safe. There is no new one then.
    pub fn wait(self) -> Result<Token, RevokeError> {
        self.revoking.wait().map(|_| self.token)
    }
}

impl Future for Restarting {
    type Output = Result<Token, RevokeError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let revoked = Pin::new(&mut self.revoking).poll(context);
        revoked.map_ok(|_| self.token.clone())
    }
}

impl Issuer {
    /// Begins a new session for someone who has just proved again who they are, and ends the old one:
    /// before something that calls for a recent login, or with a stronger factor (OWASP ASVS 5.0, V7.2.4).
    /// Both timeouts begin anew.
    ///
    /// With a list that processes share, [catch up](crate::Denylist::catch_up) before, as for [`login`](Self::login).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use hallpass::{Denylist, Issuer, KeyRing, Login, Verifier};
    /// # let keys = KeyRing::generate()?;
    /// # let denylist = Denylist::in_memory()?;
    /// # let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    /// # let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    /// # let old = issuer.login("alice")?;
    /// let session = verifier.verify(old.as_str())?;
    /// if session.require_login_within(chrono::TimeDelta::minutes(5)).is_err() {
    ///     // ... ask for the password ...
    /// }
    /// let token = issuer.step_up(&session, "alice")?.wait()?; // or `.await?`
    /// assert!(verifier.verify(token.as_str()).is_ok());
    /// assert!(verifier.verify(old.as_str()).is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`RenewError`] when the old session is over already, or no token can be issued. Nothing has changed
    /// then.
    pub fn step_up<'a>(&self, session: &Session, login: impl Into<Login<'a>>) -> Result<Restarting, RenewError> {
        self.step_up_at(session, login, now())
    }

    /// Like [`step_up`](Self::step_up), as of a moment that the caller names, which counts as the wall
    /// clock's.
    ///
    /// # Errors
    /// As [`step_up`](Self::step_up).
    pub fn step_up_at<'a>(
        &self,
        session: &Session,
        login: impl Into<Login<'a>>,
        now: DateTime<Utc>,
    ) -> Result<Restarting, RenewError> {
        let login = login.into();
        if login.subject != session.subject() {
            return Err(RenewError::OtherSubject);
        }
        self.check_live(&self.keys.peek(), session, now)?;
        let token = self.begin(login, now)?;
        self.replace(session, token, Occasion::StepUp, now)
    }

    /// Begins a new session for the same person, with other private claims, and ends the old one: when
    /// someone becomes an administrator, or stops being one (OWASP, Session Management Cheat Sheet: "after
    /// any privilege level change"). Nobody has logged in, so `auth_time` stays, and with it the absolute
    /// timeout.
    ///
    /// With a list that processes share, [catch up](crate::Denylist::catch_up) before: a session that was ended elsewhere
    /// a moment ago, of which this process has not heard, would go on in the new one.
    ///
    /// # Errors
    /// [`RenewError`] when the session is over already, no token can be issued, or a cutoff spares this very
    /// session ([`RenewError::Spared`]). Nothing has changed then.
    pub fn change_privilege<'a>(&self, renewal: impl Into<Renewal<'a>>) -> Result<Restarting, RenewError> {
        self.change_privilege_at(renewal, now())
    }

    /// Like [`change_privilege`](Self::change_privilege), as of a moment that the caller names, which
    /// counts as the wall clock's.
    ///
    /// # Errors
    /// As [`change_privilege`](Self::change_privilege).
    pub fn change_privilege_at<'a>(
        &self,
        renewal: impl Into<Renewal<'a>>,
        now: DateTime<Utc>,
    ) -> Result<Restarting, RenewError> {
        let Renewal { session, private } = renewal.into();
        let set = self.keys.peek();
        self.check_live(&set, session, now)?;
        let mut claims = self.successor(&set, session, now)?;
        if claims.expires_at <= claims.issued_at {
            return Err(RenewError::NoMoreTime { expires_at: session.expires_at() });
        }
        claims.session_id = SessionId::begun_by(claims.token_id);
        claims.generation = 0;
        let key_id = self.issuing_key(&set)?.id();
        if self.revocations.is_listed(&facts(&claims, key_id), now) {
            // Under a cutoff that spares the old session, unless that has ended just now.
            self.check_live(&set, session, now)?;
            return Err(RenewError::Spared);
        }
        let token = self.seal_with(&set, claims, session, private)?;
        self.replace(session, token, Occasion::PrivilegeChange, now)
    }

    /// Ends the old session, unless somebody else just has: a logout at the same moment wins.
    fn replace(
        &self,
        session: &Session,
        token: Token,
        occasion: Occasion,
        now: DateTime<Utc>,
    ) -> Result<Restarting, RenewError> {
        let denylist = self.revocations.denylist().ok_or(RenewError::NoDenylist)?;
        let revoking = denylist.end(session, now)?;
        self.revocations.events().issued(token.registered(), occasion);
        Ok(Restarting { token, revoking })
    }
}
