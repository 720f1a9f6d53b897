//! Why no token was issued.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::claims::PrivateClaimsError;
use crate::denylist::{BeginError, RevokeError};
use crate::key::KeyId;
use crate::random::RandomError;
use crate::session::VerifyError;
use crate::time::to_rfc3339;
use crate::token::SealError;

/// A token that could not be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The subject is empty.
    #[error("the subject is empty")]
    EmptySubject,
    /// The ring has no current key that can issue.
    #[error("the key ring has no current key that can issue")]
    NoIssuingKey,
    /// The current key is revoked, so that nobody would accept the token: rotate the keys.
    #[error("the current key {key_id} is revoked")]
    KeyRevoked {
        /// The key.
        key_id: KeyId,
    },
    /// The token would be valid only from a moment on at which it has expired.
    #[error("valid from {} on, when it has expired at {}", to_rfc3339(*not_before), to_rfc3339(*expires_at))]
    NeverValid {
        /// `nbf`.
        not_before: DateTime<Utc>,
        /// `exp`.
        expires_at: DateTime<Utc>,
    },
    /// A date of the token would not be in a year from 0 to 9999, or is a leap second.
    #[error("a date of the token is outside the years 0 to 9999, or a leap second")]
    Date,
    /// The clock has stepped back behind a cutoff under which the new session would fall: a "log out
    /// everywhere" ahead of it. By more than 20 minutes, a list of this process's own vouches anew instead; a shared one
    /// does not, and nobody whom the cutoff concerns logs in until the clock is right.
    #[error("the clock has stepped back behind a cutoff: nobody whom it concerns can log in before {}, and it is {}", to_rfc3339(*until), to_rfc3339(*now))]
    ClockBehind {
        /// From when on a login works.
        until: DateTime<Utc>,
        /// The moment of the login.
        now: DateTime<Utc>,
    },
    /// This process's clock differs from that of the engine which [several processes
    /// share](crate::DenylistBuilder::open_shared), or was set since the engine was looked at: its tokens would be of
    /// another time than what is revoked. Nobody logs in here until a look finds the clock right.
    #[error("this process's clock differs from the engine's, or was set: nobody logs in here until it is right")]
    ClockWrong,
    /// The token would be longer than verifiers accept.
    #[error("the token is {len} bytes long, more than {max}")]
    TooLong {
        /// The token's length in bytes.
        len: usize,
        /// The length that is allowed.
        max: usize,
    },
    /// The claims can't be written as JSON; or those of the session can't be taken over, since it is another issuer's and
    /// has more of them than there may be here.
    #[error("the claims can't be written as JSON")]
    Json(#[source] Arc<PrivateClaimsError>),
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<BeginError> for IssueError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Date => Self::Date,
            BeginError::ClockWrong => Self::ClockWrong,
            BeginError::ClockBehind { until, now } => Self::ClockBehind { until, now },
        }
    }
}

/// A session that could not be renewed, or be replaced by a new one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The session is over, or its status can't be known now, or it is not this issuer's.
    #[error("the session is not live")]
    NotLive(#[source] VerifyError),
    /// What was asked for would expire no later than the token, or at once: as a rule since the absolute timeout is
    /// near.
    #[error("no more time is left than the token has, until {}", to_rfc3339(*expires_at))]
    NoMoreTime {
        /// `exp` of the token.
        expires_at: DateTime<Utc>,
    },
    /// The session has had tokens of more than 16 keys besides the current one: it must begin anew.
    #[error("renewed under too many keys: log in again")]
    TooManyKeys,
    /// The session was renewed 4,294,967,295 times: it must begin anew.
    #[error("renewed too often: log in again")]
    TooOften,
    /// Somebody else logs in: that is no step-up. Log the one out, and the other in.
    #[error("somebody else logs in")]
    OtherSubject,
    /// A cutoff spares this session by its id; one with another id would fall under it. A fresh login
    /// would not.
    #[error("a cutoff spares this session alone: log in again")]
    Spared,
    /// There is no denylist on which the old session could be ended.
    #[error("there is no denylist on which the old session could be ended")]
    NoDenylist,
    /// The old session could not be ended, so that no new one was begun.
    #[error("the old session could not be ended")]
    Revoke(#[source] RevokeError),
    /// The token could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl From<SealError> for IssueError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Random(error) => Self::Random(error),
            SealError::Key => Self::NoIssuingKey,
        }
    }
}

impl From<VerifyError> for RenewError {
    fn from(why: VerifyError) -> Self {
        Self::NotLive(why)
    }
}

impl From<RevokeError> for RenewError {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotLive(why) => Self::NotLive(*why),
            error => Self::Revoke(error),
        }
    }
}
