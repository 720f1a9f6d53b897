//! An error and what led to it, for the log.

use std::error::Error;
use std::fmt;
use std::iter::successors;

/// Says what an error says, and then what each of its sources says.
///
/// It ends before what serde says: that repeats the claims that don't fit.
pub(super) struct Chain<'a>(pub(super) &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error) = *self;
        write!(f, "{error}")?;
        let sources = successors(error.source(), |&source| source.source());
        sources.take_while(|source| !source.is::<serde_json::Error>()).try_for_each(|source| write!(f, ": {source}"))
    }
}
