//! Vouching anew: what a set does whose clock was wrong.

use super::{DenySet, micros};
use crate::record::{Cutoff, SubjectKey};
use crate::sync::atomic::Ordering;
use crate::time::LONGEST_WAIT;

impl DenySet {
    /// A cutoff further ahead was made by a clock that has since stepped back.
    pub(super) fn furthest_cutoff(&self, now: i64) -> i64 {
        now.saturating_add(self.leeway.saturating_mul(2))
    }

    /// A clock that has stepped back a little catches up, and until then nothing that was revoked may
    /// live: whoever falls under a cutoff that stands ahead waits. One that has stepped back far was
    /// wrong before, perhaps by years, and nobody can wait for that: the set vouches anew from now on, as
    /// if newly created, and everyone logs in once more. If this is so, `anew` is told the cutoff from which on,
    /// before anything else is listed.
    pub(super) fn start_anew_if_far_behind(&self, subject: SubjectKey, now: i64, anew: impl FnOnce(i64)) {
        let patience = micros(LONGEST_WAIT);
        let due = || {
            now.saturating_add(patience) < self.latest.load(Ordering::Relaxed)
                || self.furthest_cutoff(now).saturating_add(patience) < self.newest_cutoff(subject)
        };
        if !due() {
            return;
        }
        let _starting_anew = self.starting_anew.write();
        // Another thread may have been here first, and sessions may have begun since.
        if due() {
            anew(self.start_anew(now));
        }
    }

    /// Vouches anew, and gives the cutoff from which on. The caller holds the lock for that.
    pub(super) fn start_anew(&self, now: i64) -> i64 {
        let furthest = self.furthest_cutoff(now);
        self.published.change(|snapshot| {
            snapshot.everyone = Cutoff::new(furthest, None);
            snapshot.purged = now;
        });
        self.subjects.forget_after(&self.published, furthest, now);
        self.ids.made_by(&self.published, now);
        self.generations.clear();
        self.latest_begun.fetch_min(furthest.saturating_add(1), Ordering::Relaxed);
        self.latest.store(now, Ordering::Relaxed);
        self.kept.store(i64::MIN, Ordering::Relaxed);
        self.newest_loaded.store(i64::MIN, Ordering::Relaxed);
        furthest
    }
}
