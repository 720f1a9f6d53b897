//! What issuers and verifiers know of revocations: a denylist, or, by a loud name, nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::watch::Wake;
use super::{Denylist, Shared, Spell};
use crate::claims::Claims;
use crate::denyset::ClockBehind;
use crate::events::Events;
use crate::key::KeyId;
use crate::record::KnownSubject;
use crate::revocation::{Status, TokenFacts};
use crate::session::{Session, VerifyError, times};
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

    pub(crate) fn grace(&self) -> Option<TimeDelta> {
        self.denylist().map(Denylist::grace)
    }

    pub(crate) fn denylist(&self) -> Option<&Denylist> {
        match self {
            Self::Listed(denylist) => Some(denylist),
            Self::Ignored(_) => None,
        }
    }

    pub(crate) fn events(&self) -> &Events {
        match self {
            Self::Listed(denylist) => &denylist.shared.events,
            Self::Ignored(_) => Events::NAMELESS,
        }
    }

    /// What need not be made again of an authentic token's subject, if anything is asked about it.
    pub(crate) fn known_subject(&self, claims: &Claims) -> Option<KnownSubject> {
        self.denylist().map(|denylist| denylist.shared.set.known_subject(&claims.issuer, &claims.subject))
    }

    /// Admits the session of an authentic token, or says why not; in which spell, if what is known is stale.
    pub(crate) fn admit(&self, session: &Session, now: DateTime<Utc>) -> Result<Option<Spell>, VerifyError> {
        match self {
            Self::Listed(denylist) => denylist.admit(session, now),
            Self::Ignored(limits) => times::check(session, *limits, now).map(|()| None),
        }
    }

    /// A token was accepted that had been admitted in this spell.
    pub(crate) fn accepted_stale(&self, spell: Spell) {
        if let Some(following) = self.denylist().and_then(|denylist| denylist.shared.following.as_ref()) {
            following.accepted_stale(spell);
        }
    }

    /// Whether a session that was admitted before is still good, and the newest generation of it that was used.
    pub(crate) fn still_good(&self, session: &Session, now: DateTime<Utc>) -> Result<u32, VerifyError> {
        match self {
            Self::Listed(denylist) => denylist.still_good(session, now),
            Self::Ignored(limits) => times::check(session, *limits, now).map(|()| 0),
        }
    }

    /// A token was issued, dated now, in a session that had begun before.
    pub(crate) fn issued(&self, now: DateTime<Utc>) {
        if let Self::Listed(denylist) = self {
            denylist.shared.set.issued(now.timestamp_micros());
            denylist.shared.keep_issued();
        }
    }

    /// Whether anything is known to be listed about a token.
    pub(crate) fn is_listed(&self, token: &TokenFacts<'_>, now: DateTime<Utc>) -> bool {
        self.denylist().is_some_and(|denylist| matches!(denylist.status_at(token, now), Status::Listed(_)))
    }

    /// Whether a key is revoked, so that nothing it issues would pass.
    pub(crate) fn is_key_revoked(&self, id: &KeyId) -> bool {
        self.denylist().is_some_and(|denylist| denylist.shared.set.lists_key(id))
    }

    /// The `auth_time` of a session that begins now.
    pub(crate) fn begin(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, BeginError> {
        let date = |micros| DateTime::from_timestamp_micros(micros).ok_or(BeginError::Date);
        let Self::Listed(denylist) = self else { return Ok(now) };
        let Shared { set, keeping, watch, .. } = &*denylist.shared;
        // Its tokens would be of another time than the session, and outlive what is revoked.
        if denylist.shared.following.as_ref().is_some_and(|following| following.is_clock_wrong(now)) {
            return Err(BeginError::ClockWrong);
        }
        let mut is_anew = false;
        let begun = set.begin(issuer, subject, now.timestamp_micros(), |from| {
            is_anew = true;
            keeping.vouch_anew(now.timestamp_micros(), from);
        });
        if is_anew {
            Events::started_anew();
            watch.wake(Wake::All);
        }
        denylist.shared.keep_issued();
        match begun {
            Ok(auth_time) => date(auth_time),
            Err(ClockBehind { until }) => Err(BeginError::ClockBehind { until: date(until)?, now }),
        }
    }
}

/// Why no session can begin now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BeginError {
    /// Beyond the dates that there are.
    Date,
    /// This process's clock is known to be wrong, or may be.
    ClockWrong,
    /// The clock stands before a cutoff.
    ClockBehind { until: DateTime<Utc>, now: DateTime<Utc> },
}
