//! Cutoffs by subject: an exact map behind a lock, and marks in front of it.

use std::collections::HashMap;
use std::sync::Arc;

use super::ids::Full;
use super::is_purge_due;
use super::marks::Marks;
use super::snapshot::Published;
use crate::record::{Cutoff, SubjectKey};
use crate::sync::{Apart, Mutex, RwLock};

/// Marks are made for at least this many subjects.
const FEWEST: usize = 256;

/// A subject's cutoff, and the latest moment at which one was made.
#[derive(Debug, Clone, Copy)]
struct Made {
    cutoff: Cutoff,
    at: i64,
}

pub(super) struct Subjects {
    cutoffs: Apart<RwLock<HashMap<SubjectKey, Made>>>,
    /// Held while the map and the marks change together; the moment of the last purge.
    changing: Apart<Mutex<i64>>,
    capacity: usize,
    retention: i64,
}

impl Subjects {
    pub(super) fn new(capacity: usize, retention: i64) -> Self {
        Self { cutoffs: Apart::default(), changing: Apart(Mutex::new(i64::MIN)), capacity, retention }
    }

    pub(super) fn first_marks() -> Marks {
        Marks::for_members(FEWEST)
    }

    pub(super) fn len(&self) -> usize {
        self.cutoffs.read().len()
    }

    /// The cutoff for this subject: exact, behind the lock.
    pub(super) fn get(&self, subject: SubjectKey) -> Cutoff {
        self.cutoffs.read().get(&subject).map_or(Cutoff::NONE, |made| made.cutoff)
    }

    /// All cutoffs, and when the latest of each subject's was made.
    pub(super) fn entries(&self) -> Vec<(SubjectKey, Cutoff, i64)> {
        self.cutoffs.read().iter().map(|(subject, made)| (*subject, made.cutoff, made.at)).collect()
    }

    /// Joins a cutoff, made at one moment, now or later than now, to the subject's. A check that begins
    /// after this returns sees it.
    pub(super) fn insert(
        &self,
        published: &Published,
        subject: SubjectKey,
        cutoff: Cutoff,
        made: i64,
        now: i64,
    ) -> Result<(), Full> {
        let mut purged = self.changing.lock();
        let no_place = || {
            let cutoffs = self.cutoffs.read();
            cutoffs.len() >= self.capacity && !cutoffs.contains_key(&subject)
        };
        if is_purge_due(now.saturating_sub(*purged), self.retention, no_place()) {
            *purged = now;
            self.purge_locked(published, now);
        }
        if no_place() {
            return Err(Full { capacity: self.capacity });
        }
        let len = {
            let mut cutoffs = self.cutoffs.write();
            join(&mut cutoffs, subject, cutoff, made);
            cutoffs.len()
        };
        if len > published.load().subjects.room() {
            self.publish_marks(published);
        } else {
            published.load().subjects.set(subject.marked());
        }
        Ok(())
    }

    /// Joins cutoffs that a store has kept, however many they are.
    pub(super) fn load(&self, published: &Published, kept: &[(SubjectKey, Cutoff, i64)]) {
        let _purged = self.changing.lock();
        let mut cutoffs = self.cutoffs.write();
        kept.iter().for_each(|&(subject, cutoff, made)| join(&mut cutoffs, subject, cutoff, made));
        drop(cutoffs);
        self.publish_marks(published);
    }

    /// Drops every cutoff that has outlived the retention.
    pub(super) fn purge(&self, published: &Published, now: i64) {
        let mut purged = self.changing.lock();
        *purged = now;
        self.purge_locked(published, now);
    }

    fn purge_locked(&self, published: &Published, now: i64) {
        let counts = |made: &Made| now <= made.at.max(made.cutoff.at).saturating_add(self.retention);
        if self.cutoffs.read().values().all(counts) {
            return;
        }
        // First what tells a check that something has left, then the leaving.
        published.change(|snapshot| snapshot.purged = snapshot.purged.max(now));
        self.cutoffs.write().retain(|_, made| counts(made));
        self.publish_marks(published);
    }

    /// Forgets every cutoff later than this one, and lets the others count as made now at the latest: the
    /// clock that made them was wrong. A cutoff for everyone at that moment has been published.
    pub(super) fn forget_after(&self, published: &Published, latest: i64, now: i64) {
        let mut purged = self.changing.lock();
        *purged = i64::MIN;
        self.cutoffs.write().retain(|_, made| {
            made.at = made.at.min(now);
            made.cutoff.at <= latest
        });
        self.publish_marks(published);
    }

    /// Lets every cutoff that is too far ahead, and whatever was made later than now, count as made now.
    pub(super) fn near(&self, too_far: i64, furthest: i64, now: i64) {
        let mut purged = self.changing.lock();
        *purged = i64::MIN;
        self.cutoffs.write().values_mut().for_each(|made| {
            made.at = made.at.min(now);
            made.cutoff = made.cutoff.near(too_far, furthest);
        });
    }

    /// Fresh marks with room to double, made from what is in the map. The caller holds `changing`.
    fn publish_marks(&self, published: &Published) {
        let cutoffs = self.cutoffs.read();
        let marks = Marks::for_members(cutoffs.len().saturating_mul(2).max(FEWEST));
        for subject in cutoffs.keys() {
            marks.set(subject.marked());
        }
        drop(cutoffs);
        published.change(|snapshot| snapshot.subjects = Arc::new(Apart(marks)));
    }
}

fn join(cutoffs: &mut HashMap<SubjectKey, Made>, subject: SubjectKey, cutoff: Cutoff, made: i64) {
    let listed = cutoffs.entry(subject).or_insert(Made { cutoff: Cutoff::NONE, at: made });
    *listed = Made { cutoff: listed.cutoff.join(cutoff), at: listed.at.max(made) };
}
