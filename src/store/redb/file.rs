//! Opening the file, and making it as one step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(feature = "testing")]
use ::redb::DatabaseError;
use ::redb::backends::FileBackend;
use ::redb::{Builder, ConcurrencyMode, Database, ReadOnlyDatabase};

use super::failure::{Step, guarded};
use super::{Handle, Opened, close, tables};
use crate::disk::{create_new, sync_folder};
use crate::events::Events;
use crate::random;
use crate::store::{Header, StoreError, StoreErrorKind};

/// redb takes 1 GiB unless told otherwise. A list is read once, from one end to the other, and written at its
/// end: what it needs again and again fits many times over.
const CACHE: usize = 16 * 1024 * 1024;

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_cache_size(CACHE)
        // One process writes, others may look on.
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        // All of it is read now anyway, and redb trusts a file otherwise that was altered.
        .set_check_integrity_on_open(true)
        .set_repair_callback(|repair| Events::opening("repair", percent(repair.progress())));
    builder
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
fn percent(part: f64) -> u64 {
    (part * 100.0).clamp(0.0, 100.0) as u64
}

/// Opens a file that is there.
pub(super) fn open(path: &Path) -> Result<Opened, StoreError> {
    let open = || {
        is_a_file(path)?;
        // First only look: opening for writing would change a file of somebody else's.
        read_only(path).map(|opened| close(Some(opened))).or_else(|error| {
            match error.kind() {
                // Whose it is shows once it is repaired.
                StoreErrorKind::Unclean => Ok(()),
                _ => Err(error),
            }
        })?;
        guarded(|| opened(builder().open(path)?))
    };
    open().map_err(|error: StoreError| error.at(path.display()))
}

/// Opens a file that is there, for reading.
pub(super) fn read(path: &Path) -> Result<Opened, StoreError> {
    is_a_file(path).and_then(|()| read_only(path)).map_err(|error| error.at(path.display()))
}

fn read_only(path: &Path) -> Result<Opened, StoreError> {
    guarded(|| {
        let database: ReadOnlyDatabase = builder().open_read_only(path)?;
        let (header, next) = (tables::header(&database)?, tables::next(&database)?);
        Ok(Opened { handle: Handle::Reading(database), header, next })
    })
}

fn opened(database: Database) -> Step<Opened> {
    let (header, next) = (tables::header(&database)?, tables::next(&database)?);
    Ok(Opened { handle: Handle::Writing(database), header, next })
}

#[cfg(feature = "testing")]
/// Opens a backend of a test's, and makes a list in it if it is empty.
pub(super) fn open_or_make(
    open: impl FnOnce(&Builder) -> Result<Database, DatabaseError>,
    new: Header,
) -> Result<Opened, StoreError> {
    guarded(|| {
        let database = open(&builder())?;
        if tables::is_empty(&database)? {
            tables::make(&database, new)?;
        }
        opened(database)
    })
}

/// An empty file is what a crash or a full disk leaves of something, and redb would begin a new database in it.
fn is_a_file(path: &Path) -> Result<(), StoreError> {
    let about = fs::metadata(path).map_err(io_error)?;
    if !about.is_file() {
        return Err(StoreError::new(StoreErrorKind::Foreign).because("not a file"));
    }
    if about.len() == 0 {
        return Err(StoreError::new(StoreErrorKind::Damaged).because("an empty file"));
    }
    Ok(())
}

fn io_error(error: io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => StoreErrorKind::Missing,
        _ => StoreErrorKind::Io,
    };
    StoreError::new(kind).because(error)
}

/// Makes a new file: whole and durable under another name first, so that whatever happens, there is all of it or
/// nothing under its own. [`StoreErrorKind::InUse`] if there is one by now.
pub(super) fn create(path: &Path, header: Header) -> Result<Opened, StoreError> {
    let create = || -> Result<Opened, StoreError> {
        let beside = beside(path)?;
        let made = make(&beside, header).and_then(|database| {
            // A link, not a rename: it replaces nothing.
            fs::hard_link(&beside, path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => StoreErrorKind::InUse.into(),
                _ => io_error(error),
            })?;
            Ok(database)
        });
        let removed = fs::remove_file(&beside);
        let database = made?;
        removed.and_then(|()| sync_folder(path)).map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
        guarded(|| opened(database))
    };
    create().map_err(|error| error.at(path.display()))
}

fn make(path: &Path, header: Header) -> Result<Database, StoreError> {
    let file = create_new(path).map_err(io_error)?;
    guarded(|| {
        let database = builder().create_with_backend(FileBackend::new(file)?)?;
        tables::make(&database, header)?;
        Ok(database)
    })
}

/// A name beside it that nobody else has.
fn beside(path: &Path) -> Result<PathBuf, StoreError> {
    let random = random::bytes::<16>().map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:032x}.new", u128::from_be_bytes(random)));
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_repair_is_is_told_in_percent() {
        assert_eq!([0.0, 0.25, 0.999, 1.0].map(percent), [0, 25, 99, 100]);
    }
}
