//! A store that has lost something, and is not rid of that at once.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use hallpass::store::{Cursor, Header, Look, SharedStore, Store, StoreError, StoreErrorKind};
use hallpass::testing::MemoryStore;

use crate::hand_on::hand_on;

/// A store whose looks find a loss until a new epoch has begun, which fails so many times.
#[derive(Debug)]
pub(crate) struct Losing {
    pub(crate) store: MemoryStore,
    pub(crate) failures: AtomicU32,
}

impl Store for Losing {
    hand_on!(store: header append read purge vouch_anew reopen is_shared);
}

impl SharedStore for Losing {
    hand_on!(store: wait wake);

    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        let look = self.store.look(since, most)?;
        Ok(Look { has_lost: look.has_lost || self.failures.load(Ordering::SeqCst) > 0, ..look })
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
