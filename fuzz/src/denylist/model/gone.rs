//! What leaves, or may.

use super::{Id, Model, There};

impl Model {
    pub(in super::super) fn purge(&mut self, now: i64) {
        self.made_now(now);
        let overdue_subjects: Vec<usize> = self
            .subjects
            .iter()
            .filter(|(_, entry)| {
                let latest = entry.cutoffs.iter().chain(&entry.perhaps).map(|cutoff| cutoff.at).max();
                latest.is_some_and(|latest| self.is_overdue(latest.max(entry.made), now))
            })
            .map(|(subject, _)| *subject)
            .collect();
        for subject in overdue_subjects {
            let was = self.subjects.remove(&subject).map(|entry| entry.there);
            self.note_dropped(was, now);
        }
        self.drop_overdue_ids(now);
        self.let_go(now);
    }

    /// Every change may drop what has been kept long enough, and nothing else.
    pub(super) fn let_go(&mut self, now: i64) {
        if now <= self.earliest.saturating_add(self.retention) {
            return;
        }
        let (mut may_drop, mut earliest) = (false, i64::MAX);
        let ids = self.ids.values_mut().map(|entry| (entry.made.0, &mut entry.there));
        let subjects = self.subjects.values_mut().map(|entry| (entry.made, &mut entry.there));
        for (made, there) in ids.chain(subjects) {
            earliest = earliest.min(made);
            if now > made + self.retention {
                may_drop = true;
                *there = match *there {
                    There::Yes => There::Perhaps(now),
                    There::Perhaps(first) => There::Perhaps(first.min(now)),
                };
            }
        }
        self.earliest = earliest;
        if may_drop {
            self.purged.1 = self.purged.1.max(now);
        }
    }

    pub(super) fn drop_overdue_ids(&mut self, now: i64) {
        let overdue: Vec<Id> =
            self.ids.iter().filter(|(_, entry)| self.is_overdue(entry.made.1, now)).map(|(id, _)| *id).collect();
        for id in overdue {
            let was = self.ids.remove(&id).map(|entry| entry.there);
            self.note_dropped(was, now);
        }
    }

    fn note_dropped(&mut self, was: Option<There>, now: i64) {
        self.purged.1 = self.purged.1.max(now);
        if was == Some(There::Yes) {
            self.purged.0 = self.purged.0.max(now);
        }
    }

    fn is_overdue(&self, made: i64, now: i64) -> bool {
        now >= made + self.retention + 2 * self.tick
    }
}
