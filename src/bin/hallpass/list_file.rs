//! Opening a denylist, in a file or on an engine, to look at it beside servers or to change it. It is never made here: a
//! list that nobody asks forbids nothing.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::Denylist;
use hallpass::store::{RedbStore, Store, StoreError, StoreErrorKind};

use crate::failure::Failure;
use crate::screen::Form;

/// Where a denylist is.
#[derive(Clone)]
pub(crate) enum Place {
    File(PathBuf),
    /// The engine's URL, which may hold a password.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    Engine(String),
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            #[cfg(any(feature = "postgres", feature = "redis"))]
            Self::Engine(_) => f.debug_tuple("Engine").finish_non_exhaustive(),
        }
    }
}

/// What the list says, as of a moment or now, for one command that looks on. Nothing that is done with it reaches
/// the list.
pub(crate) fn copy(place: &Place, leeway: TimeDelta, at: Option<DateTime<Utc>>) -> Result<Denylist, Failure> {
    let (settings, store) = (Denylist::builder().leeway(leeway), reading(place)?);
    Ok(match at {
        Some(moment) => settings.copy_of_at(&*store, moment),
        None => settings.copy_of(&*store),
    }?)
}

pub(crate) fn reading(place: &Place) -> Result<Box<dyn Store>, StoreError> {
    Ok(match place {
        Place::File(path) => Box::new(RedbStore::open_read_only(path)?),
        #[cfg(any(feature = "postgres", feature = "redis"))]
        Place::Engine(url) => Box::new(engine(url)?),
    })
}

/// The list on the engine at a URL that was taken for one.
#[cfg(any(feature = "postgres", feature = "redis"))]
fn engine(url: &str) -> Result<std::sync::Arc<dyn hallpass::store::SharedStore>, StoreError> {
    #[cfg(feature = "redis")]
    if url.starts_with("redis") {
        return Ok(std::sync::Arc::new(hallpass::store::RedisStore::open_existing(url)?));
    }
    #[cfg(feature = "postgres")]
    return Ok(std::sync::Arc::new(hallpass::store::PostgresStore::open_existing(url)?));
    #[cfg(not(feature = "postgres"))]
    Err(StoreErrorKind::Foreign.into())
}

/// The list, to be changed. While a server holds a file, only that can.
pub(crate) fn list(place: &Place, leeway: TimeDelta) -> Result<Denylist, Failure> {
    // Whoever revokes must not be stopped by a capacity that is not the server's.
    let settings = Denylist::builder().leeway(leeway).capacity(usize::MAX);
    Ok(match place {
        Place::File(_) => settings.open_store(writing(place)?),
        #[cfg(any(feature = "postgres", feature = "redis"))]
        Place::Engine(url) => settings.open_shared(engine(url)?),
    }?)
}

pub(crate) fn writing(place: &Place) -> Result<Box<dyn Store>, Failure> {
    match place {
        Place::File(path) => match RedbStore::open_existing(path) {
            Ok(store) => Ok(Box::new(store)),
            Err(error) if error.kind() == StoreErrorKind::InUse => Err(Failure::InUse { path: path.clone() }),
            Err(error) => Err(Failure::Store(error)),
        },
        #[cfg(any(feature = "postgres", feature = "redis"))]
        Place::Engine(_) => Ok(reading(place)?),
    }
}

/// To be said after a result that may lack something.
pub(crate) fn warn_of_malformed(form: Form, records: u64) {
    if records > 0 {
        form.warn(&format!("records of the denylist that can't be read: {records}; what they revoked is not known"));
    }
}
