//! What a disk may be asked for after each of its steps.

use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use hallpass::TokenId;
use hallpass::store::{Cursor, Header, Page, Purged, Record, RedbStore, Store, StoreError};

use crate::disk::Disk;
use crate::kept::{Deed, Kept};

/// A store that notes what it was told to keep and what it has acknowledged, each with the number of steps that
/// the disk had made by then. Clones are one store.
#[derive(Clone)]
pub(crate) struct Noted {
    store: Arc<RedbStore>,
    disk: Disk,
    journal: Journal,
}

/// Clones are one journal.
#[derive(Clone)]
pub(crate) struct Journal {
    notes: Arc<Mutex<Notes>>,
}

struct Notes {
    /// What the store keeps, as far as it has acknowledged it.
    now: Arc<Kept>,
    /// From that many steps on, one of these.
    allowed: Vec<(usize, Vec<Arc<Kept>>)>,
    /// From that many steps on, whoever revoked this token at that moment knows that it is safe.
    told: Vec<(usize, TokenId, DateTime<Utc>)>,
    /// What was read that may not be.
    wrong: Option<String>,
}

impl Journal {
    pub(crate) fn new(disk: &Disk, now: Kept) -> Self {
        let now = Arc::new(now);
        let allowed = vec![(disk.steps(), vec![Arc::clone(&now)])];
        Self { notes: Arc::new(Mutex::new(Notes { now, allowed, told: Vec::new(), wrong: None })) }
    }

    /// What the disk may hold if the power is cut after so many steps; before the first note, what that one says.
    pub(crate) fn allows(&self, steps: usize) -> Vec<Arc<Kept>> {
        let notes = self.notes();
        let next = notes.allowed.partition_point(|(from, _)| *from <= steps);
        notes.allowed[next.saturating_sub(1)].1.clone()
    }

    /// The tokens that somebody knows to be safely revoked after so many steps, and as of when.
    pub(crate) fn told(&self, steps: usize) -> Vec<(TokenId, DateTime<Utc>)> {
        self.notes().told.iter().filter(|(from, ..)| *from <= steps).map(|(_, id, now)| (*id, *now)).collect()
    }

    /// Notes that whoever revoked it was told that it is safe.
    pub(crate) fn tell(&self, disk: &Disk, id: TokenId, now: DateTime<Utc>) {
        self.notes().told.push((disk.steps(), id, now));
    }

    /// After how many steps the first note was made.
    pub(crate) fn begin(&self) -> usize {
        self.notes().allowed[0].0
    }

    /// Whether nothing was read that may not be.
    pub(crate) fn is_right(&self) -> Result<(), String> {
        self.notes().wrong.clone().map_or(Ok(()), Err)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}

impl Noted {
    pub(crate) fn new(store: RedbStore, disk: &Disk, journal: &Journal) -> Self {
        Self { store: Arc::new(store), disk: disk.clone(), journal: journal.clone() }
    }

    /// Does it, and notes before that it may be there from now on, and after that it must.
    fn noting<T>(&self, deed: &Deed, does: impl FnOnce(&RedbStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let after = {
            let mut notes = self.journal.notes();
            let after = Arc::new(notes.now.after(deed));
            let mut either = notes.allowed.last().unwrap().1.clone();
            either.push(Arc::clone(&after));
            notes.allowed.push((self.disk.steps(), either));
            after
        };
        let done = does(&self.store)?;
        let mut notes = self.journal.notes();
        notes.now = Arc::clone(&after);
        notes.allowed.push((self.disk.steps(), vec![after]));
        Ok(done)
    }

    /// Looks whether the store keeps one of those things that it may, and goes on from there.
    pub(crate) fn look(&self) -> Result<(), StoreError> {
        let kept = Kept::by(&*self.store)?;
        let mut notes = self.journal.notes();
        let allowed = &notes.allowed.last().unwrap().1;
        if !allowed.iter().any(|allowed| **allowed == kept) {
            let unlike = kept.unlike(&notes.now);
            notes.wrong.get_or_insert(format!("what is read is not what is kept: {unlike}"));
        }
        notes.now = Arc::new(kept);
        Ok(())
    }
}

impl Store for Noted {
    fn header(&self) -> Result<Header, StoreError> {
        self.store.header()
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.noting(&Deed::Append(records.to_vec()), |store| store.append(records))
    }

    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        self.store.read(since, most)
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        self.noting(&Deed::Purge { now, most }, |store| store.purge(now, most))
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.noting(&Deed::VouchAnew { now, from }, |store| store.vouch_anew(now, from))
    }

    fn reopen(&self) -> Result<(), StoreError> {
        self.store.reopen().and_then(|()| self.look())
    }
}

impl std::fmt::Debug for Noted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Noted").finish_non_exhaustive()
    }
}
