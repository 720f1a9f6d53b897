//! What redb's errors mean.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::redb::{CommitError, DatabaseError, Error, StorageError, TableError, TransactionError};

use crate::store::{HeaderError, StoreError, StoreErrorKind};

/// What a step with redb gives.
pub(super) type Step<T> = Result<T, Failure>;

/// An error of redb's or of ours, so that `?` takes both, and our public error knows nothing of redb.
pub(super) struct Failure(StoreError);

macro_rules! from_redb {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(meaning(error.into()))
            }
        })+
    };
}
from_redb!(CommitError, DatabaseError, StorageError, TableError, TransactionError);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<HeaderError> for Failure {
    fn from(error: HeaderError) -> Self {
        Self(error.into())
    }
}

fn meaning(error: Error) -> StoreError {
    let kind = match &error {
        Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => StoreErrorKind::InUse,
        Error::RepairAborted => StoreErrorKind::Unclean,
        Error::Corrupted(_) => StoreErrorKind::Damaged,
        Error::Io(source) => match source.kind() {
            io::ErrorKind::NotFound => StoreErrorKind::Missing,
            // How redb says that the first bytes are not its own.
            io::ErrorKind::InvalidData => StoreErrorKind::Foreign,
            // And how it comes upon the end of a file that is too short.
            io::ErrorKind::UnexpectedEof => StoreErrorKind::Damaged,
            _ => StoreErrorKind::Io,
        },
        Error::UpgradeRequired(_)
        | Error::TableDoesNotExist(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TypeDefinitionChanged { .. } => StoreErrorKind::Foreign,
        Error::PreviousIo | Error::DatabaseClosed | Error::LockPoisoned(_) => StoreErrorKind::Poisoned,
        _ => StoreErrorKind::Io,
    };
    match kind {
        // Nothing that redb adds to these tells anybody more.
        StoreErrorKind::InUse | StoreErrorKind::Unclean => kind.into(),
        kind => StoreError::new(kind).because(error),
    }
}

/// Runs something of redb's, which panics here and there over a file that was altered.
pub(super) fn guarded<T>(step: impl FnOnce() -> Step<T>) -> Result<T, StoreError> {
    // What a panic leaves behind is closed and not looked at.
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(done) => done.map_err(|Failure(error)| error),
        Err(_) => Err(StoreError::new(StoreErrorKind::Damaged).because("redb gave up on it")),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;

    use super::*;

    fn kind(error: Error) -> StoreErrorKind {
        meaning(error).kind()
    }

    /// It was there when it was looked at.
    #[test]
    fn a_file_that_goes_away_while_it_is_opened_is_missing() {
        assert_eq!(kind(Error::Io(io::ErrorKind::NotFound.into())), StoreErrorKind::Missing);
    }

    /// An error that redb kept to itself, as when it gives up a transaction, and tells with the next call.
    #[test]
    fn after_an_error_that_nobody_was_told_it_must_be_reopened() {
        assert_eq!(kind(Error::PreviousIo), StoreErrorKind::Poisoned);
        assert_eq!(kind(Error::DatabaseClosed), StoreErrorKind::Poisoned);
    }

    #[test]
    fn what_redb_panics_over_is_damaged() {
        let panics = || -> Step<()> { resume_unwind(Box::new("an assertion of redb's")) };
        assert_eq!(guarded(panics).map_err(|error| error.kind()), Err(StoreErrorKind::Damaged));
    }
}
