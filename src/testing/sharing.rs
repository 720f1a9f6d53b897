//! The engine in memory, shared by several lists.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::engine::{Failing, Kept, MemoryEngine, MemoryStore};
use crate::store::{Cursor, Header, Look, SharedStore, Store as _, StoreError, StoreErrorKind};
use crate::time::now;

impl MemoryEngine {
    /// Loses the records that were appended last, as a failover may, or a backup that is restored.
    pub fn lose(&self, records: usize) {
        self.with_kept(|kept| {
            kept.records.truncate(kept.records.len().saturating_sub(records));
            kept.has_lost = true;
        });
    }

    /// Sets the engine's clock ahead of this machine's, or behind it.
    pub fn set_clock_ahead(&self, by: TimeDelta) {
        self.with_kept(|kept| kept.clock_ahead = by);
    }

    fn with_kept(&self, change: impl FnOnce(&mut Kept)) {
        self.kept().lock().as_mut().map(change);
        self.ring();
    }
}

impl MemoryStore {
    /// Cuts this connection off from its engine, or joins it again: what the others do is not noticed meanwhile.
    pub fn cut_off(&self, is_cut_off: bool) {
        *self.is_cut_off.lock() = is_cut_off;
        self.engine().ring();
    }
}

impl SharedStore for MemoryStore {
    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        // A look begins afresh, whatever has become of what was appended.
        match self.engine().begin() {
            Failing::Never if !*self.is_cut_off.lock() => {}
            _ => return Err(StoreError::new(StoreErrorKind::Io).because("the engine can't be reached")),
        }
        let mut kept = self.engine().kept().lock();
        let kept = kept.as_mut().ok_or(StoreErrorKind::Missing)?;
        let page = kept.page(since, most, false)?;
        let engine_now = now().checked_add_signed(kept.clock_ahead).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(Look { page, header: kept.header, engine_now, has_lost: kept.has_lost })
    }

    fn wait(&self, longest: Duration) {
        self.engine().wait(longest, &self.woken);
    }

    fn wake(&self) {
        *self.woken.lock() = true;
        self.engine().ring();
    }

    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        let anew =
            self.header()?.new_epoch(now, from).map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
        self.on_list(|kept| {
            if kept.header.epoch() == known.epoch() {
                kept.header = anew;
                kept.has_lost = false;
            }
        })
    }
}
