//! What a store keeps: a record of each thing that was revoked, forgotten, or used for the first time.

mod bytes;
mod contents;
mod cutoff;
mod subject;

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::SessionId;
use crate::key::KeyId;
use crate::time::{LONGEST_WAIT, from_micros, micros};

pub use bytes::{RECORD_FORMAT, RecordError};
pub use contents::{Begun, Contents};
pub(crate) use cutoff::Cutoff;
pub(crate) use subject::{KnownSubject, SubjectKey};

/// One thing that a list knows and a [`Store`](crate::store::Store) keeps.
///
/// What a list knows is the *join* of all records: keeping one twice, or reading them in another order, does
/// no harm. Only losing one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub(crate) fact: Fact,
}

/// Moments are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// A token or a session was revoked: one set of ids for both.
    Id { id: [u8; 16], made: i64 },
    /// Sessions of a subject were revoked.
    Subject { subject: SubjectKey, cutoff: Cutoff, made: i64 },
    /// Sessions of everyone were revoked.
    Everyone { cutoff: Cutoff, made: i64 },
    /// A key was revoked.
    Key { id: KeyId, made: i64 },
    /// A key that was revoked is so no more; of this and the above the later counts, and this if both are equal.
    KeyForgotten { id: KeyId, made: i64 },
    /// A token of this generation, not 0, was used for the first time.
    FirstUse { session: SessionId, generation: u32, at: i64, expires_at: i64 },
    /// A token was issued at this moment, by the clock of then: what is revoked later counts as made no earlier.
    Issued { at: i64 },
}

/// What a record is about. Two records with one identity can be [joined](Record::join) to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    Id([u8; 16]),
    Subject(SubjectKey),
    Everyone,
    Key(KeyId),
    KeyForgotten(KeyId),
    FirstUse(SessionId, u32),
    Issued,
}

/// Where the furthest cutoff stands that a clock which is nearly right makes now: one further ahead was made by a clock
/// that has since stepped back.
pub(crate) fn furthest_cutoff(now: i64, leeway: i64) -> i64 {
    now.saturating_add(leeway.saturating_mul(2))
}

impl From<Fact> for Record {
    fn from(fact: Fact) -> Self {
        Self { fact }
    }
}

impl Record {
    /// Until when a store keeps it, given the list's [retention](crate::time::TimeLimits::retention); `None`
    /// for what is kept until it is forgotten by name, which keys are.
    #[must_use]
    pub fn kept_until(&self, retention: TimeDelta) -> Option<DateTime<Utc>> {
        let until = self.counts_from()?.saturating_add(micros(retention));
        Some(from_micros(until))
    }

    /// The moment from which the retention counts, if it does.
    pub(crate) fn counts_from(&self) -> Option<i64> {
        match self.fact {
            Fact::Id { made, .. } => Some(made),
            Fact::Subject { cutoff, made, .. } | Fact::Everyone { cutoff, made } => Some(made.max(cutoff.at)),
            Fact::Key { .. } | Fact::KeyForgotten { .. } => None,
            Fact::FirstUse { at, .. } | Fact::Issued { at } => Some(at),
        }
    }

    /// Whether it may forbid a token. Once such a record was dropped, a clock that steps back behind that is not to be
    /// trusted; the mere notice that a token was issued at a moment is no such record.
    #[must_use]
    pub fn forbids(&self) -> bool {
        !matches!(self.fact, Fact::Issued { .. })
    }

    /// Whether others should hear of it at once: of what ends something, and not of what is only noted.
    #[must_use]
    pub(crate) fn is_urgent(&self) -> bool {
        !matches!(self.fact, Fact::FirstUse { .. } | Fact::Issued { .. })
    }

    pub(crate) fn identity(&self) -> Identity {
        match self.fact {
            Fact::Id { id, .. } => Identity::Id(id),
            Fact::Subject { subject, .. } => Identity::Subject(subject),
            Fact::Everyone { .. } => Identity::Everyone,
            Fact::Key { id, .. } => Identity::Key(id),
            Fact::KeyForgotten { id, .. } => Identity::KeyForgotten(id),
            Fact::FirstUse { session, generation, .. } => Identity::FirstUse(session, generation),
            Fact::Issued { .. } => Identity::Issued,
        }
    }

    /// What this and another record of the same identity say together.
    #[must_use]
    pub(crate) fn join(self, other: Self) -> Self {
        let latest = |one: i64, other: i64| one.max(other);
        let fact = match (self.fact, other.fact) {
            (Fact::Id { id, made }, Fact::Id { made: others, .. }) => Fact::Id { id, made: latest(made, others) },
            (Fact::Subject { subject, cutoff, made }, Fact::Subject { cutoff: other, made: others, .. }) => {
                Fact::Subject { subject, cutoff: cutoff.join(other), made: latest(made, others) }
            }
            (Fact::Everyone { cutoff, made }, Fact::Everyone { cutoff: other, made: others }) => {
                Fact::Everyone { cutoff: cutoff.join(other), made: latest(made, others) }
            }
            (Fact::Key { id, made }, Fact::Key { made: others, .. }) => Fact::Key { id, made: latest(made, others) },
            (Fact::KeyForgotten { id, made }, Fact::KeyForgotten { made: others, .. }) => {
                Fact::KeyForgotten { id, made: latest(made, others) }
            }
            (
                Fact::FirstUse { session, generation, at, expires_at },
                Fact::FirstUse { at: other, expires_at: others, .. },
            ) => Fact::FirstUse { session, generation, at: at.min(other), expires_at: latest(expires_at, others) },
            (Fact::Issued { at }, Fact::Issued { at: other }) => Fact::Issued { at: latest(at, other) },
            // Not of one identity: nothing to join.
            (fact, _) => fact,
        };
        Self { fact }
    }

    /// The record as it counts for others, in microseconds: what claims to have been made by a clock that is far ahead
    /// counts as made now.
    pub(crate) fn near(self, now: i64, leeway: TimeDelta) -> Self {
        let (too_far, furthest) = (now.saturating_add(micros(LONGEST_WAIT)), furthest_cutoff(now, micros(leeway)));
        let made_by = |made: i64| if made > too_far { now } else { made };
        let fact = match self.fact {
            Fact::Id { id, made } => Fact::Id { id, made: made_by(made) },
            Fact::Subject { subject, cutoff, made } => {
                Fact::Subject { subject, cutoff: cutoff.near(too_far, furthest), made: made_by(made) }
            }
            Fact::Everyone { cutoff, made } => {
                Fact::Everyone { cutoff: cutoff.near(too_far, furthest), made: made_by(made) }
            }
            Fact::Issued { at } => Fact::Issued { at: made_by(at) },
            // Of what is said about a key the order counts, in which each reader's now would stand somewhere else.
            fact => fact,
        };
        Self { fact }
    }

    /// The record as if it was made no earlier than this, in microseconds: what is made known late is in force for as
    /// long as what is made known at once.
    pub(crate) fn made_since(self, since: i64) -> Self {
        let fact = match self.fact {
            Fact::Id { id, made } => Fact::Id { id, made: made.max(since) },
            Fact::Subject { subject, cutoff, made } => Fact::Subject { subject, cutoff, made: made.max(since) },
            Fact::Everyone { cutoff, made } => Fact::Everyone { cutoff, made: made.max(since) },
            // Kept until they are forgotten by name, or about a moment of their own.
            fact => fact,
        };
        Self { fact }
    }

    /// The record once the list [vouches anew](crate::store::Store::vouch_anew) since `now`, with a cutoff for
    /// everyone at `from`: what a clock that was ahead has made counts as made now. `None` for what is dropped then.
    #[must_use]
    pub fn anew(self, now: DateTime<Utc>, from: DateTime<Utc>) -> Option<Self> {
        self.made_by(now.timestamp_micros(), from.timestamp_micros())
    }

    /// Like [`anew`](Self::anew), in microseconds.
    pub(crate) fn made_by(self, now: i64, from: i64) -> Option<Self> {
        let fact = match self.fact {
            Fact::Id { id, made } => Fact::Id { id, made: made.min(now) },
            Fact::Subject { cutoff, .. } | Fact::Everyone { cutoff, .. } if cutoff.at > from => return None,
            Fact::Subject { subject, cutoff, made } => Fact::Subject { subject, cutoff, made: made.min(now) },
            Fact::Everyone { cutoff, made } => Fact::Everyone { cutoff, made: made.min(now) },
            Fact::FirstUse { .. } => return None,
            Fact::Issued { at } => Fact::Issued { at: at.min(now) },
            key @ (Fact::Key { .. } | Fact::KeyForgotten { .. }) => key,
        };
        Some(Self { fact })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const NOW: i64 = 1_800_000_000 * SECOND;

    fn id(made: i64) -> Record {
        Fact::Id { id: [7; 16], made }.into()
    }

    #[test]
    fn what_a_clock_that_is_far_ahead_has_made_counts_as_made_now_and_what_is_less_ahead_as_it_says() {
        let far = NOW + micros(LONGEST_WAIT);
        for (made, counts_from) in [(far, far), (far + 1, NOW)] {
            assert_eq!(id(made).near(NOW, TimeDelta::seconds(10)), id(counts_from));
        }
    }

    /// A list forgets the same: else it knows less after a restart than before.
    #[test]
    fn once_a_list_vouches_anew_it_keeps_the_cutoffs_that_stand_no_further_ahead_than_its_own() {
        let from = NOW + 20 * SECOND;
        let ahead = NOW + 86_400 * SECOND;
        let records = |at: i64, made: i64| -> [Record; 2] {
            let (subject, cutoff) = (SubjectKey::from_bytes([7; 16]), Cutoff::new(at, None));
            [Fact::Subject { subject, cutoff, made }.into(), Fact::Everyone { cutoff, made }.into()]
        };
        let anew = |record: Record| record.anew(from_micros(NOW), from_micros(from));
        assert_eq!(records(from, ahead).map(anew), records(from, NOW).map(Some));
        assert_eq!(records(from + 1, ahead).map(anew), [None, None]);
    }
}
