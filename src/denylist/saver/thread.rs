//! The thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::backlog::Backlog;
use super::queue::{Anew, Queue, Taken};
use super::{Clocks, SharedClock};
use crate::denylist::gone;
use crate::events::Events;
use crate::record::Record;
use crate::store::{Store, StoreError, StoreErrorKind};
use crate::sync::thread::yield_now;
use crate::time::from_micros;

/// After a failure the store is reopened so soon, and then twice as late each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// So many records are dropped in one step, so that a revocation never waits long for a purge.
const PURGE_STEP: usize = 2_000;

/// So many records are written in one step, so that a store which ends what takes too long comes to an end with a
/// long backlog too.
const MOST_AT_ONCE: usize = 20_000;

/// A purge is due when the list has come so much further, in microseconds.
const PURGE_EVERY: u64 = 60_000_000;

/// Works until the list is given up.
pub(super) fn run(queue: &Queue, store: &dyn Store, clocks: &Clocks) {
    let work = || {
        Work { queue, store, clocks, backlog: Backlog::default(), anew: None, purging: None, purge_begun: None }.run()
    };
    // A store of somebody else's may panic. Whoever waits must not wait forever.
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        let error = gone();
        Events::store_failed(&error);
        drop(queue.end(error));
    }
}

/// Whether records are written at once, or after a failure: then they count as made when they are written, since who
/// reads them has had no part of the time for which they are in force.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    New,
    Late,
}

struct Work<'a> {
    queue: &'a Queue,
    store: &'a dyn Store,
    clocks: &'a Clocks,
    /// What has failed.
    backlog: Backlog,
    /// The list vouches anew, and the store does not know it yet.
    anew: Option<Anew>,
    /// The moment as of which a purge goes on.
    purging: Option<i64>,
    /// The moment as of which the last one was begun.
    purge_begun: Option<i64>,
}

impl Work<'_> {
    fn run(mut self) {
        loop {
            let taken = self.queue.take(self.purging.is_some(), yield_now);
            let closing = taken.closing;
            let done = self.save(taken).and_then(|()| self.purge());
            // Given up or not, a failure is worth one more attempt.
            let given_up = done.is_err_and(|error| self.recover(error));
            if closing || given_up {
                return;
            }
        }
    }

    /// Writes what was taken, and tells whoever waits. What is not safe then is in the backlog.
    fn save(&mut self, taken: Taken) -> Result<(), StoreError> {
        let Taken { records, batch, .. } = self.note(taken);
        let saved = self.vouch_anew().and_then(|()| self.append(&records, Age::New));
        match &saved {
            Ok(()) => self.queue.saved(),
            Err(error) => {
                self.backlog.add(records);
                // First, so that whoever is told finds it so.
                self.poison(error.clone());
            }
        }
        batch.finish(saved.clone());
        saved
    }

    /// Takes note of what else there is to do than writing.
    fn note(&mut self, taken: Taken) -> Taken {
        if let Some(anew) = taken.anew {
            self.backlog.made_by(anew.now, anew.from);
            self.anew = Some(anew);
            self.purging = self.purging.map(|moment| moment.min(anew.now));
            self.purge_begun = None;
        }
        let is_due = |now: &i64| self.purge_begun.is_none_or(|begun| now.abs_diff(begun) >= PURGE_EVERY);
        let clock = || self.clocks.wall.as_ref().map(|clock| clock());
        if let Some(now) = taken.purge.or_else(|| taken.now.or_else(clock).filter(is_due)) {
            self.purging = Some(now);
            self.purge_begun = Some(now);
        }
        taken
    }

    fn append(&self, records: &[Record], age: Age) -> Result<(), StoreError> {
        records.chunks(MOST_AT_ONCE).try_for_each(|records| match &self.clocks.shared {
            None => self.store.append(records),
            // A clock that was far ahead for a moment must not date what all go by.
            Some(SharedClock { now, leeway }) => {
                let now = now().ok_or_else(unknown_date)?;
                let since = if age == Age::Late { now } else { i64::MIN };
                let dated = |record: &Record| record.near(now, *leeway).made_since(since);
                self.store.append(&records.iter().map(dated).collect::<Vec<_>>())
            }
        })
    }

    fn vouch_anew(&mut self) -> Result<(), StoreError> {
        if let Some(Anew { now, from }) = self.anew {
            self.store.vouch_anew(from_micros(now), from_micros(from))?;
            self.anew = None;
        }
        Ok(())
    }

    /// One step of a purge, if one is due.
    fn purge(&mut self) -> Result<(), StoreError> {
        let Some(now) = self.purging else { return Ok(()) };
        let purged = self.store.purge(from_micros(now), PURGE_STEP);
        // It is not tried again before the next one is due: whatever was wrong may be wrong for long.
        if !purged.as_ref().is_ok_and(|purged| purged.more) {
            self.purging = None;
        }
        match purged {
            Ok(purged) if purged.more => Ok(()),
            Ok(_) => {
                self.queue.purged(now);
                Ok(())
            }
            Err(error) => {
                self.poison(error.clone());
                Err(error)
            }
        }
    }

    /// Reopens the store until all that has failed is safe. Whether the list was given up meanwhile.
    fn recover(&mut self, error: StoreError) -> bool {
        Events::store_failed(&error);
        let mut pause = FIRST_PAUSE;
        loop {
            let taken = self.queue.take_after(pause);
            let closing = taken.closing;
            let Taken { records, batch, .. } = self.note(taken);
            self.backlog.add(records);
            let saved = self
                .store
                .reopen()
                .and_then(|()| self.vouch_anew())
                .and_then(|()| self.append(&self.backlog.records(), Age::Late));
            // Nobody waits for it: they were told at once.
            batch.finish(saved.clone());
            match saved {
                Ok(()) => {
                    Events::store_recovered(self.backlog.len());
                    self.backlog.clear();
                    self.queue.saved();
                    return closing;
                }
                Err(error) => self.poison(error),
            }
            if closing {
                self.give_up();
                return true;
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// The list is given up, and what has failed with it.
    fn give_up(&self) {
        // What is only noted is worth no alarm.
        Events::revocations_lost(self.backlog.records().iter().filter(|record| record.is_urgent()).count());
    }

    fn poison(&mut self, error: StoreError) {
        let taken = self.queue.poison(error.clone(), self.backlog.len());
        let Taken { records, batch, .. } = self.note(taken);
        self.backlog.add(records);
        batch.finish(Err(error));
    }
}

/// It is tried again once the engine was looked at.
fn unknown_date() -> StoreError {
    StoreError::new(StoreErrorKind::Io)
        .because("what time it is for the others is not known: the clock was set, or the machine asleep")
}
