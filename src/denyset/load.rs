//! What a store has kept, joined to the set.

use std::sync::Arc;

use super::notes::FirstUse;
use super::{DenySet, is_behind};
use crate::record::{Cutoff, Fact, Record, SubjectKey};
use crate::sync::atomic::Ordering;
use crate::time::{LONGEST_WAIT, micros};

/// Whether so many records that were read are to be joined to the set, where so many were before. Each time the whole
/// set is made anew, so that it is done seldom: for a quarter of what is there, and no fewer than 250,000.
pub(crate) fn is_worth_joining(read: usize, joined: usize) -> bool {
    read >= joined.div_euclid(4).max(250_000)
}

impl DenySet {
    /// Joins records that a store has kept, whatever the capacity: they were acknowledged once. What has
    /// expired by now is left out.
    pub(crate) fn load(&self, records: &[Record], now: i64) {
        let _not_anew = self.starting_anew.read();
        let (mut ids, mut subjects, mut everyone) = (Vec::new(), Vec::<(SubjectKey, Cutoff, i64)>::new(), Cutoff::NONE);
        let mut keys = Vec::new();
        let mut latest = i64::MIN;
        let mut expired = false;
        for record in records {
            if record.counts_from().is_some_and(|from| from.saturating_add(self.retention) < now) {
                expired |= record.forbids();
                continue;
            }
            latest = latest.max(match record.fact {
                Fact::Id { id, made } => {
                    ids.push((id, made));
                    made
                }
                Fact::Subject { subject, cutoff, made } => {
                    subjects.push((subject, cutoff, made));
                    made
                }
                Fact::Everyone { cutoff, made } => {
                    everyone = everyone.join(cutoff);
                    made
                }
                Fact::Key { id, made } => {
                    keys.push((id, made, i64::MIN));
                    i64::MIN
                }
                Fact::KeyForgotten { id, made } => {
                    keys.push((id, i64::MIN, made));
                    i64::MIN
                }
                Fact::FirstUse { session, generation, at, expires_at } => {
                    self.generations.load(&self.published, session, FirstUse { generation, at }, expires_at);
                    // As late as the token says, and no evidence of what any clock said.
                    i64::MIN
                }
                Fact::Issued { at } => {
                    self.latest_begun.fetch_max(at, Ordering::Relaxed);
                    at
                }
            });
        }
        self.latest.fetch_max(latest, Ordering::Relaxed);
        let newest = subjects.iter().map(|(_, cutoff, _)| cutoff.at).max().unwrap_or(i64::MIN);
        self.newest_loaded.fetch_max(newest, Ordering::Relaxed);
        self.ids.load(&self.published, ids, now);
        if !subjects.is_empty() {
            self.subjects.load(&self.published, &subjects);
        }
        self.published.change(|snapshot| {
            snapshot.everyone = snapshot.everyone.join(everyone);
            if expired {
                snapshot.purged = snapshot.purged.max(now);
            }
            if !keys.is_empty() {
                let listed = &mut Arc::make_mut(&mut snapshot.keys).0;
                keys.into_iter().for_each(|(id, revoked, forgotten)| listed.join(id, revoked, forgotten));
            }
        });
    }

    /// After everything was loaded: something was purged as of this moment, wherever that was.
    pub(crate) fn finish_loading(&self, purged: Option<i64>) {
        self.published.change(|snapshot| {
            snapshot.purged = snapshot.purged.max(purged.unwrap_or(i64::MIN));
            self.latest_begun.fetch_max(snapshot.everyone.at.saturating_add(1), Ordering::Relaxed);
        });
    }

    /// Whether the clock stands so far behind what was purged, or behind anything that was loaded, that it was wrong
    /// before; then the set vouches anew, and gives the cutoff from which on.
    pub(crate) fn start_anew_if_loaded_far_ahead(&self, now: i64) -> Option<i64> {
        let far = now.saturating_add(micros(LONGEST_WAIT));
        let is_wrong = far < self.latest.load(Ordering::Relaxed) || far < self.published.load().purged;
        is_wrong.then(|| {
            let _starting_anew = self.starting_anew.write();
            self.start_anew(now)
        })
    }

    /// The clock stands behind what was purged, though not by so much. Nothing that is listed is forgotten then, but
    /// what was purged may matter again: a cutoff for everyone, under which logins go on.
    pub(crate) fn refuse_everyone_if_behind(&self, now: i64) -> Option<Refused> {
        is_behind(now, self.published.load().purged).then(|| self.refuse_everyone(now, self.furthest_cutoff(now)))
    }

    /// A part of what was loaded can't be read, and may have been about any session, those dated ahead too: a cutoff
    /// for everyone beyond all of them.
    pub(crate) fn refuse_everyone_known(&self, now: i64) -> Refused {
        let latest = self.latest.load(Ordering::Relaxed).saturating_add(self.leeway);
        let begun = self.latest_begun.load(Ordering::Relaxed).max(self.newest_known().saturating_add(1));
        self.refuse_everyone(now, self.furthest_cutoff(now).max(latest).max(begun))
    }

    /// The newest cutoff that was loaded, of anybody's.
    pub(super) fn newest_known(&self) -> i64 {
        self.newest_loaded.load(Ordering::Relaxed).max(self.published.load().everyone.at)
    }

    fn refuse_everyone(&self, now: i64, from: i64) -> Refused {
        let (cutoff, latest) = (Cutoff::new(from, None), self.latest.load(Ordering::Relaxed).max(now));
        let is_newest = self.newest_known() <= from;
        self.published.change(|snapshot| {
            snapshot.everyone = snapshot.everyone.join(cutoff);
            snapshot.purged = snapshot.purged.min(now);
        });
        self.latest_begun.fetch_max(from.saturating_add(1), Ordering::Relaxed);
        Refused { latest, from, is_newest, record: Fact::Everyone { cutoff, made: latest }.into() }
    }
}

/// Everyone is refused whose session began at `from` or before.
pub(crate) struct Refused {
    pub(crate) from: i64,
    /// The latest moment that is known of.
    pub(crate) latest: i64,
    /// Whether no other cutoff stands further ahead.
    pub(crate) is_newest: bool,
    pub(crate) record: Record,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a large list is made anew for each page of it, or held in memory twice.
    #[test]
    fn what_is_read_is_joined_by_quarters_of_what_is_there_and_not_in_small_parts() {
        for (read, joined, is_worth_it) in [
            (249_999, 0, false),
            (250_000, 0, true),
            (250_000, 1_000_000, true),
            (999_999, 4_000_000, false),
            (1_000_000, 4_000_000, true),
        ] {
            assert_eq!(is_worth_joining(read, joined), is_worth_it, "{read} {joined}");
        }
    }
}
