//! How long ago the person logged in.

use chrono::{DateTime, TimeDelta, Utc};

use super::Session;
use crate::time::{now, seconds, to_rfc3339 as written};

/// The person logged in too long ago for what they want to do: ask them to log in again, and begin the
/// new session with [`Issuer::step_up`](crate::Issuer::step_up).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("logged in at {}, which at {} is longer ago than {}", written(*auth_time), written(*now), seconds(*max_age))]
#[non_exhaustive]
pub struct LoginTooOld {
    /// `auth_time`.
    pub auth_time: DateTime<Utc>,
    /// The moment at which it was asked.
    pub now: DateTime<Utc>,
    /// How long ago it may have been.
    pub max_age: TimeDelta,
}

impl Session {
    /// Requires that the person logged in at most so long ago (OpenID Connect Core 1.0, `max_age`; OWASP
    /// ASVS 5.0, V7.5: before changes to an account, ask again). Renewing a session does not make its
    /// login younger.
    ///
    /// # Errors
    /// [`LoginTooOld`] when `auth_time` is longer ago than `max_age`, to the microsecond and without a
    /// leeway: in doubt, the person is asked once more.
    pub fn require_login_within(&self, max_age: TimeDelta) -> Result<(), LoginTooOld> {
        self.require_login_within_at(max_age, now())
    }

    /// Like [`require_login_within`](Self::require_login_within), as of a moment that the caller names.
    ///
    /// # Errors
    /// As [`require_login_within`](Self::require_login_within).
    pub fn require_login_within_at(&self, max_age: TimeDelta, now: DateTime<Utc>) -> Result<(), LoginTooOld> {
        let auth_time = self.auth_time();
        if now.signed_duration_since(auth_time) > max_age {
            return Err(LoginTooOld { auth_time, now, max_age });
        }
        Ok(())
    }
}
