//! Opening the file of a denylist, to look at it beside a server or to change it. It is never made here: a list
//! that nobody asks forbids nothing.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::Denylist;
use hallpass::store::{RedbStore, StoreError, StoreErrorKind};

use crate::failure::Failure;
use crate::screen;

/// What the file says, as of a moment or now, for one command that looks on. Nothing that is done with it reaches
/// the file.
pub(crate) fn copy(path: &Path, leeway: TimeDelta, at: Option<DateTime<Utc>>) -> Result<Denylist, Failure> {
    let (settings, store) = (Denylist::builder().leeway(leeway), reading(path)?);
    Ok(match at {
        Some(moment) => settings.copy_of_at(&store, moment),
        None => settings.copy_of(&store),
    }?)
}

pub(crate) fn reading(path: &Path) -> Result<RedbStore, StoreError> {
    RedbStore::open_read_only(path)
}

/// The list, to be changed. While a server holds it, only that can.
pub(crate) fn list(path: &Path, leeway: TimeDelta) -> Result<Denylist, Failure> {
    // Whoever revokes must not be stopped by a capacity that is not the server's.
    let settings = Denylist::builder().leeway(leeway).capacity(usize::MAX);
    Ok(settings.open_store(writing(path)?)?)
}

pub(crate) fn writing(path: &Path) -> Result<RedbStore, Failure> {
    RedbStore::open_existing(path).map_err(|error| match error.kind() {
        StoreErrorKind::InUse => Failure::InUse { path: path.to_owned() },
        _ => Failure::Store(error),
    })
}

/// To be said after a result that may lack something.
pub(crate) fn remark_on_malformed(records: u64) {
    if records > 0 {
        screen::remark(&format!(
            "records of the denylist that can't be read: {records}; what they revoked is not known"
        ));
    }
}
