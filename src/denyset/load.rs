//! What a store has kept, joined to the set.

use std::sync::Arc;

use super::notes::FirstUse;
use super::{DenySet, is_behind, micros};
use crate::record::{Cutoff, Fact, Record, SubjectKey};
use crate::sync::atomic::Ordering;
use crate::time::LONGEST_WAIT;

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
                expired = true;
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
                    self.generations.load(session, FirstUse { generation, at }, expires_at);
                    // As late as the token says, and no evidence of what any clock said.
                    i64::MIN
                }
                Fact::Issued { at } => at,
            });
        }
        self.latest.fetch_max(latest, Ordering::Relaxed);
        // A session may have begun just after each cutoff, and nobody knows any more whether one did.
        let newest = subjects.iter().map(|(_, cutoff, _)| cutoff.at).max().unwrap_or(i64::MIN).max(everyone.at);
        self.latest_begun.fetch_max(newest.saturating_add(1), Ordering::Relaxed);
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
                let listed = Arc::make_mut(&mut snapshot.keys);
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

    /// Vouches anew if the clock stands far behind what was purged, or behind anything that was loaded: it was wrong
    /// before. From when on, if so.
    pub(crate) fn start_anew_if_loaded_ahead(&self, now: i64) -> Option<i64> {
        let was_ahead = now.saturating_add(micros(LONGEST_WAIT)) < self.latest.load(Ordering::Relaxed)
            || is_behind(now, self.published.load().purged);
        was_ahead.then(|| self.start_anew_now(now))
    }

    /// Vouches anew, as a list does of which a part was lost; from when on.
    pub(crate) fn start_anew_now(&self, now: i64) -> i64 {
        let _starting_anew = self.starting_anew.write();
        self.start_anew(now)
    }
}
