//! A store that has lost something, and is not rid of that at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hallpass::store::{Cursor, Header, Look, Page, Purged, Record, SharedStore, Store, StoreError, StoreErrorKind};
use hallpass::testing::MemoryStore;

/// A store whose looks find a loss until a new epoch has begun, which fails so many times.
#[derive(Debug)]
pub(crate) struct Losing {
    pub(crate) store: MemoryStore,
    pub(crate) failures: AtomicU32,
}

impl Store for Losing {
    fn header(&self) -> Result<Header, StoreError> {
        self.store.header()
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.store.append(records)
    }

    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        self.store.read(since, most)
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        self.store.purge(now, most)
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.store.vouch_anew(now, from)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        self.store.reopen()
    }
}

impl SharedStore for Losing {
    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        let look = self.store.look(since, most)?;
        Ok(Look { has_lost: look.has_lost || self.failures.load(Ordering::SeqCst) > 0, ..look })
    }

    fn wait(&self, longest: Duration) {
        self.store.wait(longest);
    }

    fn wake(&self) {
        self.store.wake();
    }

    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        if self.failures.load(Ordering::SeqCst) > 1 {
            self.failures.fetch_sub(1, Ordering::SeqCst);
            return Err(StoreErrorKind::Io.into());
        }
        self.store.begin_epoch(known, now, from)?;
        self.failures.store(0, Ordering::SeqCst);
        Ok(())
    }
}
