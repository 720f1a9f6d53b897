//! Keeps in a store what the list must not lose, from a thread of its own.
//!
//! ```text
//! revoke ──► Queue ──► thread ──► Store ──► Batch ──► whoever waits
//!                        │ failed
//!                        └──► Backlog ──► reopen, again and again ──► Store
//! ```
//!
//! While one batch is written the next one gathers, so that many who revoke at once share one commit.

mod backlog;
mod queue;
mod thread;

use std::sync::Arc;

use chrono::TimeDelta;

use self::queue::{Anew, Queue};
use super::batch::Batch;
use crate::events::Listener;
use crate::record::Record;
use crate::store::{Store, StoreError, StoreErrorKind};
use crate::sync::Mutex;
use crate::sync::thread::{Builder, JoinHandle, current};

pub(super) use queue::SaverStats;

/// Reads a clock, in microseconds since 1970.
pub(super) type Clock = Box<dyn Fn() -> i64 + Send>;

/// The engine's clock.
pub(super) struct SharedClock {
    /// Reads it, if it is known: not while the machine may have been asleep since the engine was looked at.
    pub(super) now: Box<dyn Fn() -> Option<i64> + Send>,
    /// How far clocks may differ.
    pub(super) leeway: TimeDelta,
}

/// The clocks that the thread goes by.
#[derive(Default)]
pub(super) struct Clocks {
    /// The wall's, by which it purges; a list that was opened as of a named moment purges only when it is told to.
    pub(super) wall: Option<Clock>,
    /// The engine's, by which several processes date what they share.
    pub(super) shared: Option<SharedClock>,
}

/// The thread, and what is handed to it. Dropping it closes it.
pub(super) struct Saver {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Saver {
    /// # Errors
    /// [`StoreError`] when the system has no thread left.
    pub(super) fn start(store: Box<dyn Store>, clocks: Clocks) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let theirs = Arc::clone(&queue);
        let listener = Listener::here();
        let work = move || listener.hears(|| thread::run(&theirs, &*store, &clocks));
        let thread = Builder::new()
            .name("hallpass-store".to_owned())
            .spawn(work)
            .map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Hands over what must be safe, and perhaps what time it is; the batch says when it is.
    pub(super) fn save(&self, record: Record, now: Option<i64>) -> Result<Arc<Batch>, StoreError> {
        self.queue.add(record, now)
    }

    /// The batch with which all is safe that was handed over so far, if anything is not.
    #[cfg(feature = "tower")]
    pub(super) fn pending(&self) -> Result<Option<Arc<Batch>>, StoreError> {
        self.queue.pending()
    }

    /// Hands over what may be lost in a crash.
    pub(super) fn save_behind(&self, record: Record) {
        self.queue.add_behind(record);
    }

    pub(super) fn vouch_anew(&self, now: i64, from: i64) {
        self.queue.vouch_anew(Anew { now, from });
    }

    /// Asks for what has expired to be dropped.
    pub(super) fn purge(&self, now: i64) {
        self.queue.purge(now);
    }

    /// The store is back: what has failed is tried again now.
    pub(super) fn try_again(&self) {
        self.queue.try_again();
    }

    /// Writes what was handed over, and closes the store.
    pub(super) fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().take();
        // The thread itself may drop the list, through a task that it wakes. Then it goes on, and ends by itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != current().id()) {
            // It has nothing to tell: whoever waits was told.
            let _ = thread.join();
        }
    }

    pub(super) fn stats(&self) -> SaverStats {
        self.queue.stats()
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.close();
    }
}
