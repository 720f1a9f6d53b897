//! A store in memory that behaves as badly as a remote one: slow, failing, hanging, repeating, reordering.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::{Cursor, Header, Page, Purged, Record, Store, StoreError, StoreErrorKind};
use crate::sync::{Condvar, Mutex};

/// How calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Failing {
    /// They don't.
    #[default]
    Never,
    /// Before they have done anything.
    Before,
    /// After they have done what they should: the answer is lost on its way.
    After,
}

/// What the stores that are [opened](Self::open) from it share, as the connections to an engine do. Clones are
/// one engine.
#[derive(Clone, Default)]
pub struct MemoryEngine {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    kept: Mutex<Option<Kept>>,
    moods: Mutex<Moods>,
    released: Condvar,
    /// How often there was news, and for whoever waits for more.
    news: Mutex<u64>,
    rung: Condvar,
}

pub(super) struct Kept {
    pub(super) header: Header,
    pub(super) records: Vec<(u64, Record)>,
    next: u64,
    /// Whether it has lost anything since the epoch began.
    pub(super) has_lost: bool,
    pub(super) clock_ahead: TimeDelta,
}

impl Kept {
    fn new(header: Header) -> Self {
        Self { header, records: Vec::new(), next: 1, has_lost: false, clock_ahead: TimeDelta::zero() }
    }

    pub(super) fn page(&self, since: &Cursor, most: usize, shuffles: bool) -> Result<Page, StoreError> {
        let since = match since.as_bytes() {
            [] => 0,
            bytes => u64::from_be_bytes(bytes.try_into().map_err(|_| StoreErrorKind::Foreign)?),
        };
        let from = self.records.partition_point(|(number, _)| *number <= since);
        let until = from.saturating_add(most.max(1)).min(self.records.len());
        let rows = self.records.get(from..until).unwrap_or_default();
        let last = rows.last().map_or(since, |(number, _)| *number);
        let mut records: Vec<Record> = rows.iter().map(|(_, record)| *record).collect();
        if shuffles {
            records.reverse();
            records.extend(self.records.first().map(|(_, record)| *record));
        }
        let is_last = until == self.records.len();
        Ok(Page { records, malformed: 0, cursor: Cursor::from_bytes(&last.to_be_bytes()), is_last })
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Moods {
    latency: Duration,
    failing: Failing,
    /// The number of calls that still succeed.
    after: u64,
    hangs: bool,
    shuffles: bool,
    calls: u64,
}

impl MemoryEngine {
    /// An engine that has nothing yet, and is in a good mood.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A connection. The first one makes the store, with this header.
    ///
    /// # Errors
    /// [`StoreErrorKind::Io`] when the engine is failing.
    pub fn open(&self, new: Header) -> Result<MemoryStore, StoreError> {
        let no = || Mutex::new(false);
        let store = MemoryStore { engine: self.clone(), poisoned: no(), is_cut_off: no(), woken: no() };
        store.call(|kept| {
            kept.get_or_insert(Kept::new(new));
        })?;
        Ok(store)
    }

    /// Makes every call take so long.
    pub fn slow_down(&self, latency: Duration) {
        self.shared.moods.lock().latency = latency;
    }

    /// Makes calls fail after so many more have succeeded, until it is set to something else.
    pub fn fail(&self, failing: Failing, after: u64) {
        let mut moods = self.shared.moods.lock();
        (moods.failing, moods.after) = (failing, after);
    }

    /// Makes calls hang until it is set to `false`.
    pub fn hang(&self, hangs: bool) {
        self.shared.moods.lock().hangs = hangs;
        self.shared.released.notify_all();
    }

    /// Makes what is read come in another order, and partly twice.
    pub fn shuffle(&self, shuffles: bool) {
        self.shared.moods.lock().shuffles = shuffles;
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shared.moods.lock().calls
    }

    /// How many records are kept.
    #[must_use]
    pub fn records(&self) -> usize {
        self.shared.kept.lock().as_ref().map_or(0, |kept| kept.records.len())
    }

    pub(super) fn kept(&self) -> &Mutex<Option<Kept>> {
        &self.shared.kept
    }

    /// There is news.
    pub(super) fn ring(&self) {
        let mut news = self.shared.news.lock();
        *news = news.wrapping_add(1);
        self.shared.rung.notify_all();
    }

    /// Until there is news, or somebody was woken, or for so long.
    pub(super) fn wait(&self, longest: Duration, woken: &Mutex<bool>) {
        let mut news = self.shared.news.lock();
        let before = *news;
        let mut is_over = false;
        while !is_over && *news == before && !std::mem::take(&mut *woken.lock()) {
            is_over = self.shared.rung.wait_for(&mut news, longest).timed_out();
        }
    }

    /// Waits as the mood is, and says how the call fares.
    pub(super) fn begin(&self) -> Failing {
        let mut moods = self.shared.moods.lock();
        while moods.hangs {
            self.shared.released.wait(&mut moods);
        }
        moods.calls = moods.calls.saturating_add(1);
        let fares = match moods.after.checked_sub(1) {
            Some(left) if moods.failing != Failing::Never => {
                moods.after = left;
                Failing::Never
            }
            _ => moods.failing,
        };
        let latency = moods.latency;
        drop(moods);
        if !latency.is_zero() {
            std::thread::sleep(latency);
        }
        fares
    }
}

impl fmt::Debug for MemoryEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryEngine").field("records", &self.records()).finish_non_exhaustive()
    }
}

/// A connection to a [`MemoryEngine`]. After an error it is unusable until it is reopened.
#[derive(Debug)]
pub struct MemoryStore {
    engine: MemoryEngine,
    poisoned: Mutex<bool>,
    pub(super) is_cut_off: Mutex<bool>,
    pub(super) woken: Mutex<bool>,
}

impl MemoryStore {
    pub(super) fn engine(&self) -> &MemoryEngine {
        &self.engine
    }

    fn call<T>(&self, call: impl FnOnce(&mut Option<Kept>) -> T) -> Result<T, StoreError> {
        if *self.poisoned.lock() {
            return Err(StoreErrorKind::Poisoned.into());
        }
        let failed = || {
            *self.poisoned.lock() = true;
            Err(StoreError::new(StoreErrorKind::Io).because("the engine is failing"))
        };
        match self.engine.begin() {
            _ if *self.is_cut_off.lock() => failed(),
            Failing::Before => failed(),
            Failing::Never => Ok(call(&mut self.engine.shared.kept.lock())),
            Failing::After => {
                call(&mut self.engine.shared.kept.lock());
                failed()
            }
        }
    }

    /// A call to an engine that has a list, as every engine has that was opened.
    pub(super) fn on_list<T>(&self, call: impl FnOnce(&mut Kept) -> T) -> Result<T, StoreError> {
        self.call(|kept| kept.as_mut().map(call))?.ok_or(StoreErrorKind::Missing.into())
    }
}

impl Store for MemoryStore {
    fn header(&self) -> Result<Header, StoreError> {
        self.on_list(|kept| kept.header)
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.on_list(|kept| {
            for record in records {
                kept.records.push((kept.next, *record));
                kept.next = kept.next.saturating_add(1);
            }
        })?;
        self.engine.ring();
        Ok(())
    }

    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        let shuffles = self.engine.shared.moods.lock().shuffles;
        self.on_list(|kept| kept.page(since, most, shuffles))?
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        self.on_list(|kept| {
            let retention = kept.header.retention();
            let expired = |record: &Record| record.kept_until(retention).is_some_and(|until| until < now);
            let (mut dropped, mut more, mut forgets) = (0_u64, false, false);
            kept.records.retain(|(_, record)| {
                let goes = expired(record) && dropped < most.max(1) as u64;
                more |= expired(record) && !goes;
                dropped = dropped.saturating_add(goes.into());
                forgets |= goes && record.forbids();
                !goes
            });
            if forgets {
                kept.header = kept.header.with_purged(Some(kept.header.purged().map_or(now, |before| before.max(now))));
            }
            Purged { dropped, more }
        })
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.on_list(|kept| {
            kept.header = kept.header.anew(now, from);
            let kept_on = |(number, record): &(u64, Record)| Some((*number, record.anew(now, from)?));
            kept.records = kept.records.iter().filter_map(kept_on).collect();
        })
    }

    fn reopen(&self) -> Result<(), StoreError> {
        *self.poisoned.lock() = false;
        self.on_list(|_| ())
    }

    fn is_shared(&self) -> bool {
        true
    }
}
