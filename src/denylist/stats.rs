//! How full a list is, and how its store is doing.

use chrono::{DateTime, TimeDelta, Utc};

use super::Denylist;
use crate::follower::Known;
use crate::store::StoreError;
use crate::time::{from_micros, now};

/// How full a denylist is, and how its store is doing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DenylistStats {
    /// Ids of tokens and sessions; those that have expired count until they are dropped.
    pub ids: usize,
    /// How many ids there may be.
    pub capacity: usize,
    /// Subjects with a cutoff; those that have expired count until they are dropped.
    pub subjects: usize,
    /// Keys.
    pub keys: usize,
    /// The share of bits that are set in the filters in front of the ids, from 0 to 1: about 0.28 with many ids.
    pub filter_fill: f64,
    /// The share of ids that are not listed, from 0 to 1, for which the filters don't say so, and the exact set is looked
    /// into: below 0.015 with many ids. It costs time, and changes no answer.
    pub false_positive_rate: f64,
    /// Sessions that were renewed lately, each with a note of when its generations were first used.
    pub sessions: usize,
    /// Verifications of renewed sessions that found no room for a note, since the list was made: replays of
    /// their predecessors go unnoticed.
    pub unnoted: u64,
    /// How many wait for a session's end.
    pub waiting: usize,
    /// What is in force here and not yet safe. It is 0 nearly always; when it stays above that, see
    /// [`Denylist::store_error`].
    pub unsaved: usize,
    /// First uses of generations that the store never got, since the list was opened: after a restart, replays of
    /// their predecessors may be noticed later.
    pub first_uses_lost: u64,
    /// Records of the store that could not be read: when the list was opened, or, of a shared one, since all of it was
    /// read last.
    pub malformed: u64,
    /// How old what this process knows of a shared list is: nothing that was acknowledged before is missing. `None` for a
    /// list that is not shared, and while nothing is known.
    pub staleness: Option<TimeDelta>,
    /// The moment as of which the store was last purged, since the list was opened.
    pub purged: Option<DateTime<Utc>>,
}

impl Denylist {
    /// How full the list is, and how its store is doing. Looks at each of the filters: for every day's purposes free, and
    /// for 100 million ids some milliseconds.
    #[must_use]
    pub fn stats(&self) -> DenylistStats {
        let counts = self.shared.set.counts();
        let fill = self.shared.set.fill();
        let saver = self.shared.keeping.stats();
        let following = self.shared.following.as_ref();
        DenylistStats {
            ids: counts.ids,
            capacity: self.shared.capacity,
            subjects: counts.subjects,
            keys: counts.keys,
            filter_fill: fill.share(),
            false_positive_rate: fill.false_positives(),
            sessions: counts.sessions,
            unnoted: counts.unnoted,
            waiting: self.shared.watch.len(),
            unsaved: saver.unsaved,
            first_uses_lost: saver.first_uses_lost,
            malformed: following.map_or(self.shared.malformed, |following| following.malformed()),
            staleness: following.and_then(|following| following.age()).map(TimeDelta::microseconds),
            purged: saver.purged.map(from_micros),
        }
    }

    /// Whether this process knows what is revoked: what it knows of a shared list is no older than the [staleness
    /// bound](crate::DenylistBuilder::staleness_bound), and its clock agrees with the engine's. For the probe by which a
    /// load balancer learns where to send people: while this is false, nobody's session is accepted
    /// ([`StatusUnknown`](crate::VerifyError::StatusUnknown)), unless [what is stale
    /// is](crate::DenylistBuilder::dangerously_accept_stale).
    ///
    /// Always true of a list that is not shared.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.shared.following.as_ref().is_none_or(|following| following.known(now()).0 == Known::Fresh)
    }

    /// Why nothing that is revoked is safe now, if the store has failed. It is reopened again and again until
    /// this is `None` again, and what was revoked meanwhile is written then; but for a store that has panicked, which
    /// is not called again: restart the process.
    #[must_use]
    pub fn store_error(&self) -> Option<StoreError> {
        self.shared.keeping.failing()
    }
}
