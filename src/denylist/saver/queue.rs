//! What waits for the store.

use std::sync::Arc;
use std::time::Duration;

use crate::denylist::batch::Batch;
use crate::record::Record;
use crate::store::StoreError;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex};

/// First uses wait so long for company: each is worth nothing to anyone who waits, and a commit costs two syncs.
const WRITE_BEHIND: Duration = Duration::from_secs(1);
/// How long the thread sleeps at the most, before it looks whether anything has expired.
const LONGEST_NAP: Duration = Duration::from_secs(60);
/// At most so many first uses wait. More are not noted, which only delays that a replay is found after a restart.
const MOST_BEHIND: usize = 100_000;

/// So often the thread steps aside for callers who may be on their way, since the last one came: a few
/// microseconds, or a few turns of others where the processors are busy.
const PATIENCE: u32 = 50;
/// And so often at the most, however many come: those who came first don't wait for a stream to end.
const LONGEST_PATIENCE: u32 = 200;

/// Everything that the thread has still to do. Whoever adds to it waits for nobody.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// How many records wait, for whoever looks without the lock.
    count: AtomicUsize,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// For these somebody waits, or may.
    records: Vec<Record>,
    batch: Arc<Batch>,
    /// For these nobody does.
    behind: Vec<Record>,
    behind_lost: u64,
    anew: Option<Anew>,
    /// A purge that was asked for.
    purge: Option<i64>,
    /// The moment at which the last record was made.
    now: Option<i64>,
    poisoned: Option<StoreError>,
    /// The thread is no more: nothing is written ever again.
    ended: bool,
    closing: bool,
    /// The store is said to be back: the next attempt is due.
    is_due: bool,
    /// How many records the thread has in its hands for which somebody waits, and which are not safe yet; and the batch
    /// of the last that it took.
    in_hand: usize,
    taken: Arc<Batch>,
    purged: Option<i64>,
    /// How many records the last batch had.
    last: usize,
    /// How many wait when whoever waited for the last batch has come back.
    expected: usize,
}

/// The list vouches anew since one moment, with a cutoff for everyone at another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anew {
    pub(super) now: i64,
    pub(super) from: i64,
}

/// What the thread takes at once.
pub(super) struct Taken {
    pub(super) anew: Option<Anew>,
    pub(super) records: Vec<Record>,
    pub(super) batch: BatchInHand,
    pub(super) purge: Option<i64>,
    pub(super) now: Option<i64>,
    pub(super) closing: bool,
}

/// A batch that tells whoever waits for it even if the thread comes to grief.
pub(super) struct BatchInHand(Arc<Batch>);

impl BatchInHand {
    pub(super) fn finish(self, result: Result<(), StoreError>) {
        self.0.finish(result);
    }
}

impl Drop for BatchInHand {
    fn drop(&mut self) {
        self.0.finish(Err(crate::denylist::gone()));
    }
}

/// How the store is doing.
#[derive(Debug, Clone, Default)]
pub(in crate::denylist) struct SaverStats {
    pub(in crate::denylist) unsaved: usize,
    pub(in crate::denylist) first_uses_lost: u64,
    pub(in crate::denylist) purged: Option<i64>,
    pub(in crate::denylist) failing: Option<StoreError>,
}

impl Queue {
    /// Hands over a record; the batch with which it is written, or why nothing is written now. Then it is
    /// written once the store is usable again.
    pub(super) fn add(&self, record: Record, now: Option<i64>) -> Result<Arc<Batch>, StoreError> {
        let mut waiting = self.waiting.lock();
        waiting.now = now.or(waiting.now);
        if !waiting.ended {
            waiting.records.push(record);
            self.count.store(waiting.records.len(), Ordering::Relaxed);
        }
        if let Some(error) = &waiting.poisoned {
            return Err(error.clone());
        }
        let is_first = waiting.records.len() == 1;
        let batch = Arc::clone(&waiting.batch);
        drop(waiting);
        if is_first {
            self.changed.notify_one();
        }
        Ok(batch)
    }

    /// The batch with which all that was handed over so far is safe, if anything is not yet; or why nothing is.
    #[cfg(feature = "tower")]
    pub(super) fn pending(&self) -> Result<Option<Arc<Batch>>, StoreError> {
        let waiting = self.waiting.lock();
        match &waiting.poisoned {
            Some(error) => Err(error.clone()),
            None if !waiting.records.is_empty() => Ok(Some(Arc::clone(&waiting.batch))),
            None => Ok((waiting.in_hand > 0).then(|| Arc::clone(&waiting.taken))),
        }
    }

    /// Hands over a record that may be lost.
    pub(super) fn add_behind(&self, record: Record) {
        let mut waiting = self.waiting.lock();
        if waiting.poisoned.is_some() || waiting.behind.len() >= MOST_BEHIND {
            waiting.behind_lost = waiting.behind_lost.saturating_add(1);
            return;
        }
        waiting.behind.push(record);
        let is_first = waiting.behind.len() == 1;
        drop(waiting);
        if is_first {
            self.changed.notify_one();
        }
    }

    /// The list vouches anew. What was handed over before counts as made now at the latest, and nothing is dropped as
    /// of a later moment.
    pub(super) fn vouch_anew(&self, anew: Anew) {
        let mut waiting = self.waiting.lock();
        let Waiting { records, behind, purge, now, .. } = &mut *waiting;
        for records in [records, behind] {
            *records = records.iter().filter_map(|record| record.made_by(anew.now, anew.from)).collect();
        }
        for moment in [purge, now] {
            *moment = moment.map(|moment| moment.min(anew.now));
        }
        waiting.anew = Some(anew);
        drop(waiting);
        self.changed.notify_one();
    }

    pub(super) fn purge(&self, now: i64) {
        self.waiting.lock().purge = Some(now);
        self.changed.notify_one();
    }

    /// Ends the wait before the next attempt, or else the next one.
    pub(super) fn try_again(&self) {
        self.waiting.lock().is_due = true;
        self.changed.notify_one();
    }

    pub(super) fn close(&self) {
        self.waiting.lock().closing = true;
        self.changed.notify_one();
    }

    pub(super) fn stats(&self) -> SaverStats {
        let waiting = self.waiting.lock();
        SaverStats {
            unsaved: waiting.in_hand.saturating_add(waiting.records.len()),
            first_uses_lost: waiting.behind_lost,
            purged: waiting.purged,
            failing: waiting.poisoned.clone(),
        }
    }

    /// Takes everything, once there is something that can't wait; at once if there is more to do anyway. First it may step
    /// aside for callers.
    pub(super) fn take(&self, is_busy: bool, step_aside: impl Fn()) -> Taken {
        let mut waiting = self.waiting.lock();
        let mut is_time = is_busy;
        while !is_time && !waiting.has_work() {
            let nap = if waiting.behind.is_empty() { LONGEST_NAP } else { WRITE_BEHIND };
            is_time = self.changed.wait_for(&mut waiting, nap).timed_out();
        }
        if waiting.last > 1 && !waiting.closing {
            let expected = waiting.expected;
            self.count.store(waiting.records.len(), Ordering::Relaxed);
            drop(waiting);
            self.gather(expected, step_aside);
            waiting = self.waiting.lock();
        }
        waiting.taken()
    }

    /// Whoever was told about the last batch comes back at once as a rule, and they come one after the other. A
    /// commit that began with the first of them would keep all the others waiting for the next one.
    fn gather(&self, expected: usize, step_aside: impl Fn()) {
        let mut patience = PATIENCE;
        let mut before = 0;
        for _ in 0..LONGEST_PATIENCE {
            let count = self.count.load(Ordering::Relaxed);
            if patience == 0 || count >= expected {
                break;
            }
            patience = if count > before { PATIENCE } else { patience.saturating_sub(1) };
            before = count;
            step_aside();
        }
    }

    /// Waits before the next attempt, or until it [is due](Self::try_again) or the list is given up; then takes
    /// everything.
    pub(super) fn take_after(&self, pause: Duration) -> Taken {
        let mut waiting = self.waiting.lock();
        if !waiting.closing && !waiting.is_due {
            self.changed.wait_for(&mut waiting, pause);
        }
        waiting.is_due = false;
        waiting.taken()
    }

    /// Nothing is written until it is [saved](Self::saved); so much has failed. Takes what was handed over meanwhile: it
    /// fails with the rest.
    pub(super) fn poison(&self, error: StoreError, failed: usize) -> Taken {
        let mut waiting = self.waiting.lock();
        waiting.poisoned = Some(error);
        waiting.in_hand = failed;
        waiting.taken()
    }

    /// The thread has come to grief, and nothing is written ever again.
    pub(super) fn end(&self, error: StoreError) -> Taken {
        let mut waiting = self.waiting.lock();
        waiting.poisoned = Some(error);
        waiting.ended = true;
        waiting.taken()
    }

    /// All that was taken is safe now.
    pub(super) fn saved(&self) {
        let mut waiting = self.waiting.lock();
        waiting.poisoned = None;
        waiting.in_hand = 0;
        waiting.expected = waiting.records.len().saturating_add(waiting.last);
    }

    pub(super) fn purged(&self, now: i64) {
        self.waiting.lock().purged = Some(now);
    }
}

impl Waiting {
    fn has_work(&self) -> bool {
        !self.records.is_empty() || self.anew.is_some() || self.purge.is_some() || self.closing
    }

    fn taken(&mut self) -> Taken {
        let mut records = std::mem::take(&mut self.records);
        self.last = records.len();
        self.in_hand = self.in_hand.saturating_add(records.len());
        records.append(&mut self.behind);
        let batch = std::mem::take(&mut self.batch);
        self.taken = Arc::clone(&batch);
        Taken {
            anew: self.anew.take(),
            records,
            batch: BatchInHand(batch),
            purge: self.purge.take(),
            now: self.now.take(),
            closing: self.closing,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests;
