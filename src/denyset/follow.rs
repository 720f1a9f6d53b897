//! What others have revoked, joined to the set; and the set's own entries, for a store that has lost them.

use chrono::TimeDelta;

use super::DenySet;
use super::entry::Id;
use super::ids::Listed;
use super::notes::FirstUse;
use crate::record::{Cutoff, Fact, Record};
use crate::sync::atomic::Ordering;
use crate::time::{LONGEST_WAIT, micros};

/// From so many records on it is cheaper to make the set anew with all of them than to list each.
const MANY: usize = 10_000;

impl DenySet {
    /// Joins what other processes have revoked, whatever the capacity: it was acknowledged. Whatever claims to have
    /// been made by a clock that is far ahead counts as made now; and what is new in the store, as made no earlier
    /// than `since`, by which it was not there yet, however far behind the clock was that made it.
    /// What has expired by that moment is left out.
    pub(crate) fn follow(&self, records: &[Record], since: i64, now: i64, expired: i64) {
        if records.len() >= MANY {
            let bounded: Vec<Record> = records.iter().map(|record| self.bounded(*record, since, now)).collect();
            return self.load(&bounded, expired);
        }
        let mut others = Vec::new();
        {
            let _not_anew = self.starting_anew.read();
            for record in records {
                match self.bounded(*record, since, now).fact {
                    Fact::Id { id, made } if made.saturating_add(self.retention) >= expired => {
                        self.latest.fetch_max(made, Ordering::Relaxed);
                        let _: Listed = self.ids.join(&self.published, id, made, expired);
                    }
                    Fact::FirstUse { session, generation, at, expires_at } => {
                        self.generations.load(&self.published, session, FirstUse { generation, at }, expires_at);
                    }
                    fact => others.push(fact.into()),
                }
            }
        }
        if !others.is_empty() {
            self.load(&others, expired);
        }
    }

    /// The record as it may count.
    fn bounded(&self, record: Record, since: i64, now: i64) -> Record {
        record.near(now, TimeDelta::microseconds(self.leeway)).made_since(since)
    }

    /// The store vouches for no session that began at this moment or before; so does the set.
    pub(crate) fn vouch_from(&self, from: i64) {
        let _starting_anew = self.starting_anew.write();
        self.published.change(|snapshot| snapshot.everyone = snapshot.everyone.join(Cutoff::new(from, None)));
        self.latest_begun.fetch_max(from.saturating_add(1), Ordering::Relaxed);
    }

    /// All is known as of a moment by the engine's clock: what has expired by then may be dropped.
    pub(crate) fn known_by(&self, now: i64) {
        self.known_by.store(now, Ordering::Relaxed);
    }

    /// As of when something may be dropped: one fast clock must not drop what counts.
    pub(super) fn droppable(&self, now: i64) -> i64 {
        now.min(self.known_by.load(Ordering::Relaxed))
    }

    /// A cutoff for everyone beyond every session that may have begun by now, here or elsewhere, and no further ahead than
    /// a clock that is nearly right may have put one: who begins a session by another is refused anyway. `after` is a
    /// cutoff too, of which only others may have heard.
    pub(crate) fn beyond_all(&self, now: i64, after: i64) -> i64 {
        let begun = self.latest_begun.load(Ordering::Relaxed);
        // Elsewhere, one may have begun just after any cutoff.
        let begun = [begun, self.newest_known().saturating_add(1), after.saturating_add(1)];
        let too_far = now.saturating_add(micros(LONGEST_WAIT));
        begun.into_iter().filter(|begun| *begun <= too_far).fold(self.furthest_cutoff(now), i64::max)
    }

    /// Every entry that still counts, as records: the times of ids are coarse, and never too early.
    ///
    /// Not the first uses: whoever needs this vouches anew, and no session of before goes on.
    pub(crate) fn entries(&self, now: i64) -> Vec<Record> {
        let snapshot = self.published.load();
        let ids = self.ids.entries(&snapshot, now).map(|(id, made): (Id, i64)| Fact::Id { id, made });
        let subjects = self.subjects.entries();
        let subjects = subjects.into_iter().map(|(subject, cutoff, made)| Fact::Subject { subject, cutoff, made });
        let keys = snapshot.keys.entries();
        let everyone = Fact::Everyone { cutoff: snapshot.everyone, made: now };
        ids.chain(subjects).chain(keys).chain([everyone]).map(Record::from).collect()
    }
}
