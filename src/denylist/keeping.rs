//! What becomes of what a list knows when the process ends.

#[cfg(feature = "tower")]
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

#[cfg(feature = "tower")]
use super::batch::Batch;
use super::saver::{Saver, SaverStats};
use super::saving::{Everywhere, NotKept, Receipt, Saving};
use crate::record::{Fact, Record};
use crate::store::{StoreError, StoreErrorKind};

pub(super) enum Keeping {
    /// It is gone, and the next list vouches for nothing older than itself.
    Memory,
    /// A store keeps it, for this process alone.
    Store(Saver),
    /// A store keeps it for several processes, which all know of it within this time.
    Shared(Saver, TimeDelta),
    /// This list is a copy of what a store held, and keeps nothing itself.
    Copy,
}

impl Keeping {
    pub(super) fn keep(&self, record: Record, now: DateTime<Utc>) -> Saving {
        let (saver, purging) = match self {
            Self::Memory => return Saving::done(Ok(Receipt::new(now))),
            Self::Copy => return Saving::done(Err(NotKept::NotSafe(StoreErrorKind::ReadOnly.into()))),
            Self::Store(saver) => (saver, Some(now.timestamp_micros())),
            // That may be the engine's clock alone, and one wrong clock must not drop what counts.
            Self::Shared(saver, _) => (saver, None),
        };
        match saver.save(record, purging) {
            Ok(batch) => Saving::waiting(batch, self.everywhere(now)),
            Err(error) => Saving::done(Err(self.not_safe(error))),
        }
    }

    /// Says when all that was to be kept so far is safe.
    #[cfg(feature = "tower")]
    pub(super) fn settled(&self, now: DateTime<Utc>) -> Saving {
        match self.pending() {
            Ok(Some(batch)) => Saving::waiting(batch, self.everywhere(now)),
            Ok(None) => Saving::done(Ok(Receipt::new(now))),
            Err(error) => Saving::done(Err(self.not_safe(error))),
        }
    }

    /// The batch with which all that was to be kept so far is safe, if anything is not yet; or why nothing is.
    #[cfg(feature = "tower")]
    pub(super) fn pending(&self) -> Result<Option<Arc<Batch>>, StoreError> {
        self.saver().map_or(Ok(None), Saver::pending)
    }

    pub(super) fn is_copy(&self) -> bool {
        matches!(self, Self::Copy)
    }

    /// Keeps it, and nobody waits for that.
    pub(super) fn keep_quietly(&self, record: Record) {
        if let Some(saver) = self.saver() {
            // If the store is failing, the record is in the backlog.
            let _ = saver.save(record, None);
        }
    }

    /// Keeps what may be lost in a crash.
    pub(super) fn keep_behind(&self, fact: Fact) {
        if let Some(saver) = self.saver() {
            saver.save_behind(fact.into());
        }
    }

    pub(super) fn vouch_anew(&self, now: i64, from: i64) {
        if let Some(saver) = self.saver() {
            saver.vouch_anew(now, from);
        }
    }

    pub(super) fn purge(&self, now: DateTime<Utc>) {
        if let Some(saver) = self.saver() {
            saver.purge(now.timestamp_micros());
        }
    }

    /// The store is back: what has failed needn't wait any longer.
    pub(super) fn try_again(&self) {
        if let Some(saver) = self.saver() {
            saver.try_again();
        }
    }

    /// Writes what was to be kept, and closes the store.
    pub(super) fn close(&self) {
        if let Some(saver) = self.saver() {
            saver.close();
        }
    }

    pub(super) fn stats(&self) -> SaverStats {
        self.saver().map(Saver::stats).unwrap_or_default()
    }

    /// Why nothing is safe now, if it is not.
    pub(super) fn failing(&self) -> Option<StoreError> {
        self.stats().failing
    }

    fn saver(&self) -> Option<&Saver> {
        match self {
            Self::Store(saver) | Self::Shared(saver, _) => Some(saver),
            Self::Memory | Self::Copy => None,
        }
    }

    /// From when on what is kept now holds everywhere, once it is safe.
    fn everywhere(&self, now: DateTime<Utc>) -> Everywhere {
        match self {
            Self::Shared(_, bound) => Everywhere::Within(*bound),
            Self::Memory | Self::Store(_) | Self::Copy => Everywhere::Since(now),
        }
    }

    fn not_safe(&self, error: StoreError) -> NotKept {
        match self {
            Self::Shared(..) => NotKept::NotShared(error),
            Self::Memory | Self::Store(_) | Self::Copy => NotKept::NotSafe(error),
        }
    }
}
