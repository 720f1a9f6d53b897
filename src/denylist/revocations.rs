//! What issuers and verifiers know of revocations: a denylist, or, by a loud name, nothing.

use chrono::{DateTime, Utc};

use super::Denylist;
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

    /// The `auth_time` of a session that begins now; `None` beyond the dates that there are.
    pub(crate) fn begin(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Listed(denylist) => {
                DateTime::from_timestamp_micros(denylist.shared.set.begin(issuer, subject, now.timestamp_micros()))
            }
            Self::Ignored(_) => Some(now),
        }
    }
}
