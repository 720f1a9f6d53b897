//! Why a store did not do what it was asked to.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::HeaderError;

/// A store that can't be opened, read or written. What happened is in [`kind`](Self::kind), the cause in
/// [`source`](Error::source).
///
/// Neither holds an id, a subject or a password.
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    place: Option<Arc<str>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// There is no such store, and none was to be made, or there is no folder to make it in.
    Missing,
    /// Another process writes to it, or the filesystem can't tell.
    InUse,
    /// It is something else than a denylist. It was left as it is.
    Foreign,
    /// It is a denylist that was truncated or altered. Put it aside and begin a new one: everyone logs in once
    /// more, and nothing that was revoked comes back.
    Damaged,
    /// A newer version of hallpass has written it.
    Newer {
        /// The format's version.
        version: u16,
    },
    /// It was not closed properly, and who only reads can't mend that: open it for writing once.
    Unclean,
    /// It was opened to be read.
    ReadOnly,
    /// The engine may lose what it acknowledges: it is a replica, or has a setting that allows that.
    Unsafe,
    /// Something went wrong before: nothing is done until the store is reopened.
    Poisoned,
    /// What was to be opened can't be meant: a URL that is none, or asks for a feature that this build has not, or for
    /// certificates that can't be read. Trying again does not help.
    Address,
    /// The operating system, or the engine, says no.
    Io,
}

impl StoreError {
    /// An error of this kind, without a cause.
    #[must_use]
    pub fn new(kind: StoreErrorKind) -> Self {
        Self { kind, place: None, source: None }
    }

    /// With its cause. That and whatever it names as its own sources are written to the log.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(Arc::from(source.into())), ..self }
    }

    /// With the place that it is about, such as the name of a file. No password may be in it.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        // Whoever was closer knew better.
        let place = self.place.or_else(|| Some(place.to_string().into()));
        Self { place, ..self }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl From<StoreErrorKind> for StoreError {
    fn from(kind: StoreErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<HeaderError> for StoreError {
    fn from(error: HeaderError) -> Self {
        match error {
            HeaderError::Newer { version } => StoreErrorKind::Newer { version }.into(),
            HeaderError::Malformed => Self::new(StoreErrorKind::Damaged).because(error),
        }
    }
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no denylist",
            Self::InUse => "in use by another process",
            Self::Foreign => "not a denylist",
            Self::Damaged => "a damaged denylist",
            Self::Newer { version } => {
                return write!(f, "a denylist of format {version}, which a newer hallpass wrote");
            }
            Self::Unclean => {
                "was not closed properly: open it for writing once, with the server or 'hallpass denylist purge'"
            }
            Self::ReadOnly => "opened to be read, not to be written",
            Self::Unsafe => "may lose what it acknowledges",
            Self::Poisoned => "not usable after an error until it is reopened",
            Self::Address => "an address that can't be used",
            Self::Io => "can't be read or written",
        })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.kind)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Equal if they say the same.
impl PartialEq for StoreError {
    fn eq(&self, other: &Self) -> bool {
        let cause = |error: &Self| error.source.as_deref().map(ToString::to_string);
        self.kind == other.kind && self.place == other.place && cause(self) == cause(other)
    }
}

impl Eq for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> StoreError {
        StoreError::new(StoreErrorKind::Io).at("db.example").because("no answer")
    }

    #[test]
    fn it_says_what_and_where_and_its_source_says_why() {
        let error = failed();
        assert_eq!(error.to_string(), "db.example: can't be read or written");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no answer"));
        assert!(StoreError::new(StoreErrorKind::Io).source().is_none());
    }

    #[test]
    fn errors_are_equal_that_have_one_kind_one_place_and_one_cause() {
        assert_eq!(failed(), failed());
        let at = |kind| StoreError::new(kind).at("db.example");
        for other in [
            at(StoreErrorKind::Unsafe).because("no answer"),
            StoreError::new(StoreErrorKind::Io).at("elsewhere").because("no answer"),
            StoreError::new(StoreErrorKind::Io).because("no answer"),
            at(StoreErrorKind::Io).because("the disk is full"),
            at(StoreErrorKind::Io),
        ] {
            assert_ne!(failed(), other);
        }
    }

    #[test]
    fn the_place_is_what_whoever_was_closest_has_said() {
        assert_eq!(failed().at("the list"), failed());
    }
}
