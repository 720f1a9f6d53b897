//! What issuers and verifiers know of revocations: a denylist, or, by a loud name, nothing.

use chrono::{DateTime, Utc};

use super::Denylist;
use crate::denyset::ClockBehind;
use crate::revocation::{Status, TokenFacts};
use crate::time::TimeLimits;

#[derive(Debug, Clone)]
pub(crate) enum Revocations {
    Listed(Denylist),
    Ignored(TimeLimits),
}

impl Revocations {
    pub(crate) fn limits(&self) -> TimeLimits {
        match self {
            Self::Listed(denylist) => denylist.limits(),
            Self::Ignored(limits) => *limits,
        }
    }

    pub(crate) fn status(&self, token: &TokenFacts<'_>, now: DateTime<Utc>) -> Status {
        match self {
            Self::Listed(denylist) => denylist.status(token, now),
            Self::Ignored(_) => Status::NotListed,
        }
    }

    /// The `auth_time` of a session that begins now.
    pub(crate) fn begin(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, BeginError> {
        let date = |micros| DateTime::from_timestamp_micros(micros).ok_or(BeginError::Date);
        match self {
            Self::Listed(denylist) => match denylist.shared.set.begin(issuer, subject, now.timestamp_micros()) {
                Ok(auth_time) => date(auth_time),
                Err(ClockBehind { until }) => Err(BeginError::ClockBehind { until: date(until)? }),
            },
            Self::Ignored(_) => Ok(now),
        }
    }
}

/// Why no session can begin now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BeginError {
    /// Beyond the dates that there are.
    Date,
    /// The clock stands before a cutoff.
    ClockBehind { until: DateTime<Utc> },
}
