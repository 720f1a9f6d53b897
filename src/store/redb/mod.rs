//! The embedded store: one redb file.
//!
//! ```text
//! table "hallpass"   "header" │ see header.rs      table "records"   number │ records, see rows.rs
//!                    "purged" │ moment 8                             number │ …
//!                    "next"   │ number 8
//! ```
//!
//! Records are numbered as they come, and those that come together stand in one row, so that appending is one
//! insertion at the end of the tree, which is what redb is fastest at; the oldest are at its beginning, where
//! purging looks. Every commit has two phases: first what is new, then the one byte that makes it count.

mod failure;
mod file;
mod purge;
mod rows;
mod tables;

use std::fmt;
use std::path::{Path, PathBuf};

#[cfg(feature = "testing")]
use ::redb::{Builder, DatabaseError};
use ::redb::{Database, ReadOnlyDatabase};
use chrono::{DateTime, Utc};

use self::failure::{Step, guarded};
use super::{Cursor, Header, Page, Purged, Record, Store, StoreError, StoreErrorKind};
use crate::events::Events;
use crate::sync::Mutex;

/// A denylist in one file.
///
/// One process writes it; others may read it beside. It survives crashes and power cuts as far as the disk
/// keeps what it has synced.
///
/// After an error nothing is done until [`reopen`](Store::reopen) has succeeded, since what the operating
/// system says about a file after an error is not to be trusted.
pub struct RedbStore {
    source: Source,
    epoch: [u8; 16],
    state: Mutex<State>,
}

/// Where the bytes are.
enum Source {
    Writing(PathBuf),
    Reading(PathBuf),
    /// For tests of disks that fail.
    #[cfg(feature = "testing")]
    Backend(Box<Opener>, Header),
}

#[cfg(feature = "testing")]
type Opener = dyn Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync;

struct State {
    /// Closed when something has failed.
    opened: Option<Opened>,
    /// The number of the next record, when all was well for the last time.
    next: u64,
}

struct Opened {
    handle: Handle,
    header: Header,
    /// The number of the next record.
    next: u64,
}

enum Handle {
    Writing(Database),
    Reading(ReadOnlyDatabase),
}

impl RedbStore {
    /// Opens the file for writing. If there is none, it is made, with this header; if there is, its own header
    /// counts.
    ///
    /// # Errors
    /// [`StoreError`] when it is in use, not a denylist, damaged, newer, or can't be read or written. Whatever is
    /// there is left as it is, but for a database of somebody else's that was not closed properly: whose it is shows
    /// only once redb has mended it.
    pub fn open(path: impl AsRef<Path>, new: Header) -> Result<Self, StoreError> {
        let path = &absolute(path.as_ref())?;
        let opened = match file::open(path) {
            Err(error) if error.kind() == StoreErrorKind::Missing => match file::create(path, new) {
                // Somebody else was first.
                Err(error) if error.kind() == StoreErrorKind::InUse => file::open(path)?,
                created => {
                    let created = created?;
                    Events::list_created(path.display());
                    created
                }
            },
            opened => opened?,
        };
        Ok(Self::with(Source::Writing(path.to_owned()), opened))
    }

    /// Opens a file that is there, for writing.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StoreErrorKind::Missing`] when there is no file.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = &absolute(path.as_ref())?;
        Ok(Self::with(Source::Writing(path.to_owned()), file::open(path)?))
    }

    /// Opens a file that is there to look at it, beside the process that writes it, if there is one. What that
    /// one appends is seen by later reads.
    ///
    /// Whoever looks on does not compare checksums, which would mean to read all of it each time: an altered file may
    /// show altered records here, and is found to be damaged when it is opened for writing.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing), and [`StoreErrorKind::Unclean`] when the process that wrote it
    /// died and no other has opened it for writing since.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = &absolute(path.as_ref())?;
        Ok(Self::with(Source::Reading(path.to_owned()), file::read(path)?))
    }

    /// Opens whatever redb opens here, and makes it a denylist with this header if it is empty: for tests of
    /// disks that fail.
    #[cfg(feature = "testing")]
    pub(crate) fn on_backend(
        open: impl Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync + 'static,
        new: Header,
    ) -> Result<Self, StoreError> {
        let source = Source::Backend(Box::new(open), new);
        let opened = source.open()?;
        Ok(Self::with(source, opened))
    }

    fn with(source: Source, opened: Opened) -> Self {
        let (epoch, next) = (opened.header.epoch(), opened.next);
        Self { source, epoch, state: Mutex::new(State { opened: Some(opened), next }) }
    }

    /// Writes, if nothing has failed before and it may.
    fn write<T>(&self, write: impl FnOnce(&Database, &mut Header, &mut u64) -> Step<T>) -> Result<T, StoreError> {
        self.step(|Opened { handle, header, next }| match handle {
            Handle::Writing(database) => write(database, header, next).map(Ok),
            Handle::Reading(_) => Ok(Err(StoreErrorKind::ReadOnly)),
        })?
        .map_err(|kind| self.at(kind.into()))
    }

    /// One step, after whose failure nothing is done any more until all is reopened.
    fn step<T>(&self, step: impl FnOnce(&mut Opened) -> Step<T>) -> Result<T, StoreError> {
        let mut state = self.state.lock();
        let Some(opened) = &mut state.opened else {
            return Err(self.at(StoreErrorKind::Poisoned.into()));
        };
        let done = guarded(|| step(opened));
        match &done {
            Ok(_) => state.next = opened.next,
            Err(_) => close(state.opened.take()),
        }
        done.map_err(|error| self.at(error))
    }

    fn at(&self, error: StoreError) -> StoreError {
        match self.source.path() {
            Some(path) => error.at(path.display()),
            None => error,
        }
    }
}

impl Source {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Writing(path) | Self::Reading(path) => Some(path),
            #[cfg(feature = "testing")]
            Self::Backend(..) => None,
        }
    }

    fn open(&self) -> Result<Opened, StoreError> {
        match self {
            Self::Writing(path) => file::open(path),
            Self::Reading(path) => file::read(path),
            #[cfg(feature = "testing")]
            Self::Backend(open, new) => file::open_or_make(|builder| open(builder), *new),
        }
    }
}

/// The file is opened again after a failure, wherever the process has gone meanwhile.
fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|error| StoreError::new(StoreErrorKind::Io).because(error).at(path.display()))
}

/// The file is locked for as long as it is open. Closing may fail, or panic; what matters was said before.
fn close(opened: Option<Opened>) {
    let _ = guarded(|| {
        drop(opened);
        Ok(())
    });
}

impl Store for RedbStore {
    fn header(&self) -> Result<Header, StoreError> {
        self.step(|opened| match &opened.handle {
            Handle::Writing(_) => Ok(opened.header),
            // Whoever writes it may have changed it.
            Handle::Reading(database) => tables::header(database),
        })
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.write(|database, _, next| tables::append(database, records, next))
    }

    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        let since = match since.as_bytes() {
            [] => 0,
            bytes => bytes
                .try_into()
                .map(u64::from_be_bytes)
                .map_err(|_| self.at(StoreError::new(StoreErrorKind::Foreign).because("not a cursor of this store")))?,
        };
        self.step(|opened| match &opened.handle {
            Handle::Writing(database) => tables::read(database, since, most),
            Handle::Reading(database) => tables::read(database, since, most),
        })
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        self.write(|database, header, next| tables::purge(database, header, next, now, most))
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|database, header, next| tables::vouch_anew(database, header, *next, now, from))
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        close(state.opened.take());
        let opened = self.source.open().map_err(|error| self.at(error))?;
        if opened.header.epoch() != self.epoch {
            let other = StoreError::new(StoreErrorKind::Foreign).because("another denylist is in its place");
            return Err(self.at(other));
        }
        if opened.next < state.next {
            let less = StoreError::new(StoreErrorKind::Damaged).because("it has lost what it had acknowledged");
            return Err(self.at(less));
        }
        state.next = opened.next;
        state.opened = Some(opened);
        Ok(())
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").field("path", &self.source.path()).finish_non_exhaustive()
    }
}
