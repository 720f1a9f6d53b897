//! What becomes of what a list knows when the process ends.

#[cfg(feature = "tower")]
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::revoke::{Receipt, RevokeError, Revoking};
#[cfg(feature = "tower")]
use super::saver::Batch;
use super::saver::{Saver, SaverStats};
use crate::record::{Fact, Record};
use crate::store::{StoreError, StoreErrorKind};

pub(super) enum Keeping {
    /// It is gone, and the next list vouches for nothing older than itself.
    Memory,
    /// A store keeps it.
    Store(Saver),
    /// This list is a copy of what a store held, and keeps nothing itself.
    Copy,
}

impl Keeping {
    pub(super) fn keep(&self, record: Record, now: DateTime<Utc>) -> Revoking {
        let receipt = Receipt::new(now);
        match self {
            Self::Memory => Revoking::done(Ok(receipt)),
            Self::Store(saver) => match saver.save(record, Some(now.timestamp_micros())) {
                Ok(batch) => Revoking::saving(batch, receipt),
                Err(error) => Revoking::done(Err(RevokeError::NotSafe(error))),
            },
            Self::Copy => Revoking::done(Err(RevokeError::NotSafe(StoreErrorKind::ReadOnly.into()))),
        }
    }

    /// The batch with which all that was to be kept so far is safe, if anything is not yet; or why nothing is.
    #[cfg(feature = "tower")]
    pub(super) fn pending(&self) -> Result<Option<Arc<Batch>>, StoreError> {
        match self {
            Self::Memory | Self::Copy => Ok(None),
            Self::Store(saver) => saver.pending(),
        }
    }

    pub(super) fn is_copy(&self) -> bool {
        matches!(self, Self::Copy)
    }

    /// Keeps it, and nobody waits for that.
    pub(super) fn keep_quietly(&self, record: Record) {
        if let Self::Store(saver) = self {
            // If the store is failing, the record is in the backlog.
            let _ = saver.save(record, None);
        }
    }

    /// Keeps what may be lost in a crash.
    pub(super) fn keep_behind(&self, fact: Fact) {
        if let Self::Store(saver) = self {
            saver.save_behind(fact.into());
        }
    }

    pub(super) fn vouch_anew(&self, now: i64, from: i64) {
        if let Self::Store(saver) = self {
            saver.vouch_anew(now, from);
        }
    }

    pub(super) fn purge(&self, now: DateTime<Utc>) {
        if let Self::Store(saver) = self {
            saver.purge(now.timestamp_micros());
        }
    }

    pub(super) fn stats(&self) -> SaverStats {
        match self {
            Self::Store(saver) => saver.stats(),
            Self::Memory | Self::Copy => SaverStats::default(),
        }
    }

    /// Why nothing is safe now, if it is not.
    pub(super) fn failing(&self) -> Option<StoreError> {
        self.stats().failing
    }
}
