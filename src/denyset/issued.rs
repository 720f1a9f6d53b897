//! What was issued when: an entry must outlive every token that it forbids, after a restart too.

use super::DenySet;
use super::entry::Id;
use crate::record::{Fact, Record};
use crate::sync::atomic::Ordering;

/// After a restart, entries count as made no earlier than so long before the latest token that was issued, in
/// microseconds: no more than two clocks may differ by, unless the leeway was set below that.
const ISSUED_EVERY: i64 = 10_000_000;

impl DenySet {
    /// A token was issued, dated now, in a session that had begun before.
    pub(crate) fn issued(&self, now: i64) {
        let _not_anew = self.starting_anew.read();
        self.latest.fetch_max(now, Ordering::Relaxed);
    }

    /// Hands over the record that a token was issued, if what was kept of the latest moment lags so much behind it
    /// that it matters after a restart.
    pub(crate) fn keep_issued(&self, keep: impl FnOnce(Record)) {
        let _not_anew = self.starting_anew.read();
        let latest = self.latest.load(Ordering::Relaxed);
        // Of several who find it due at the same moment, one keeps it.
        let due = |kept: i64| (latest.saturating_sub(kept) >= ISSUED_EVERY).then_some(latest);
        if self.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok() {
            keep(Fact::Issued { at: latest }.into());
        }
    }

    /// The record of the latest moment, if a token was issued since the set was made.
    pub(crate) fn latest_issued(&self) -> Option<Record> {
        let was_issued = self.kept.load(Ordering::Relaxed) > i64::MIN;
        was_issued.then(|| Fact::Issued { at: self.latest.load(Ordering::Relaxed) }.into())
    }

    /// Hands over a record about what is listed already, unless the set vouches anew meanwhile.
    pub(crate) fn keep_again<K>(&self, id: Id, now: i64, keep: impl FnOnce(Record) -> K) -> K {
        let _not_anew = self.starting_anew.read();
        let made = self.latest.fetch_max(now, Ordering::Relaxed).max(now);
        keep(Fact::Id { id, made }.into())
    }
}
