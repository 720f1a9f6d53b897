//! Vouching anew: what a set does whose clock was wrong.

use super::DenySet;
use crate::record::{Cutoff, SubjectKey, furthest_cutoff};
use crate::sync::atomic::Ordering;
use crate::time::{LONGEST_WAIT, micros};

impl DenySet {
    /// A cutoff further ahead was made by a clock that has since stepped back.
    pub(super) fn furthest_cutoff(&self, now: i64) -> i64 {
        furthest_cutoff(now, self.leeway)
    }

    /// A clock that has stepped back a little catches up, and until then nothing that was revoked may
    /// live: whoever falls under a cutoff that stands ahead waits. One that has stepped back far was
    /// wrong before, perhaps by years, and nobody can wait for that: the set vouches anew from now on, as
    /// if newly created, and everyone logs in once more. If this is so, `anew` is told the cutoff from which on,
    /// before anything else is listed. A set of several [starts over](Self::start_over_if_far_ahead) instead.
    pub(super) fn start_anew_if_far_behind(&self, subject: SubjectKey, now: i64, anew: impl FnOnce(i64)) {
        let patience = micros(LONGEST_WAIT);
        let due = || {
            now.saturating_add(patience) < self.latest.load(Ordering::Relaxed)
                || self.furthest_cutoff(now).saturating_add(patience) < self.newest_cutoff(subject)
        };
        if self.is_shared || !due() {
            return;
        }
        let _starting_anew = self.starting_anew.write();
        // Another thread may have been here first, and sessions may have begun since.
        if due() {
            let _listing = self.listing.read();
            anew(self.start_anew(now));
        }
    }

    /// What a set does that others can tell what counts, if it has listed or dropped something by a clock that was far
    /// ahead: it goes on from now, and is to be told everything again. Whether that is so.
    pub(crate) fn start_over_if_far_ahead(&self, now: i64) -> bool {
        let far = now.saturating_add(micros(LONGEST_WAIT));
        let snapshot = self.published.load();
        let known = [self.latest.load(Ordering::Relaxed), snapshot.purged, snapshot.everyone.at];
        drop(snapshot);
        if known.iter().all(|moment| *moment <= far) {
            return false;
        }
        let _starting_anew = self.starting_anew.write();
        let furthest = self.furthest_cutoff(now);
        self.published.change(|snapshot| {
            snapshot.everyone = snapshot.everyone.near(far, furthest);
            snapshot.purged = now;
        });
        self.subjects.near(far, furthest, now);
        self.go_on_from(now, furthest);
        true
    }

    /// Vouches anew, and gives the cutoff from which on. The caller holds the lock for that.
    pub(super) fn start_anew(&self, now: i64) -> i64 {
        let furthest = self.furthest_cutoff(now);
        self.published.change(|snapshot| {
            snapshot.everyone = Cutoff::new(furthest, None);
            snapshot.purged = now;
        });
        self.subjects.forget_after(&self.published, furthest, now);
        self.go_on_from(now, furthest);
        furthest
    }

    /// Lets nothing else count as of a later moment.
    fn go_on_from(&self, now: i64, furthest: i64) {
        self.ids.made_by(&self.published, now);
        self.generations.clear(&self.published);
        self.latest_begun.fetch_min(furthest.saturating_add(1), Ordering::Relaxed);
        self.latest.store(now, Ordering::Relaxed);
        self.kept.store(i64::MIN, Ordering::Relaxed);
        self.newest_loaded.store(i64::MIN, Ordering::Relaxed);
    }
}
