//! What a store has kept, joined to the set.

use std::sync::Arc;

use super::DenySet;
use super::notes::FirstUse;
use crate::record::{Cutoff, Fact, Record, SubjectKey};
use crate::sync::atomic::Ordering;

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
                    at
                }
            });
        }
        self.latest.fetch_max(latest, Ordering::Relaxed);
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
}
