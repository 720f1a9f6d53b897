//! Cutoffs by subject: an exact map behind a lock, and marks in front of it.

use std::collections::HashMap;
use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::cutoff::Cutoff;
use super::ids::Full;
use super::marks::Marks;
use super::snapshot::Published;
use crate::sync::{Mutex, RwLock};

/// Marks are made for at least this many subjects.
const FEWEST: usize = 256;

/// An issuer's subject: 128 bits of SipHash-1-3 under a secret of the list, so that nobody can choose a
/// name that collides with another's. Bytes are taken as given: `Alice` is not `alice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SubjectKey {
    high: u64,
    low: u64,
}

impl SubjectKey {
    #[inline]
    pub(super) fn new(secret: &[u8; 16], issuer: &str, subject: &str) -> Self {
        let mut hasher = SipHasher13::new_with_key(secret);
        // The length first, so that the border between the two can't be moved.
        hasher.write_usize(issuer.len());
        hasher.write(issuer.as_bytes());
        hasher.write(subject.as_bytes());
        let hash = hasher.finish128();
        Self { high: hash.h1, low: hash.h2 }
    }

    /// The 64 bits by which the marks know it.
    #[inline]
    pub(super) fn marked(self) -> u64 {
        self.low
    }
}

/// A subject's cutoff, and the latest moment at which one was made.
#[derive(Debug, Clone, Copy)]
struct Made {
    cutoff: Cutoff,
    at: i64,
}

pub(super) struct Subjects {
    cutoffs: RwLock<HashMap<SubjectKey, Made>>,
    /// Held while the map and the marks change together; the moment of the last purge.
    changing: Mutex<i64>,
    capacity: usize,
    retention: i64,
}

impl Subjects {
    pub(super) fn new(capacity: usize, retention: i64) -> Self {
        Self { cutoffs: RwLock::default(), changing: Mutex::new(i64::MIN), capacity, retention }
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
        // Now and then what has expired leaves first; more often where there is no room without it.
        let patience = self.retention.div_euclid(if no_place() { 64 } else { 8 });
        if now.saturating_sub(*purged) > patience {
            *purged = now;
            self.purge_locked(published, now);
        }
        if no_place() {
            return Err(Full { capacity: self.capacity });
        }
        let len = {
            let mut cutoffs = self.cutoffs.write();
            let listed = cutoffs.entry(subject).or_insert(Made { cutoff: Cutoff::NONE, at: made });
            *listed = Made { cutoff: listed.cutoff.join(cutoff), at: listed.at.max(made) };
            cutoffs.len()
        };
        if len > published.load().subjects.room() {
            self.publish_marks(published);
        } else {
            published.load().subjects.set(subject.marked());
        }
        Ok(())
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

    /// Fresh marks with room to double, made from what is in the map. The caller holds `changing`.
    fn publish_marks(&self, published: &Published) {
        let cutoffs = self.cutoffs.read();
        let marks = Marks::for_members(cutoffs.len().saturating_mul(2).max(FEWEST));
        for subject in cutoffs.keys() {
            marks.set(subject.marked());
        }
        drop(cutoffs);
        published.change(|snapshot| snapshot.subjects = marks.into());
    }
}
