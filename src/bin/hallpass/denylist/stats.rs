//! `hallpass denylist stats`: how much is in it, and what was laid down when it was made.

use hallpass::time::to_rfc3339;
use serde::Serialize;

use super::counts::Counts;
use crate::failure::Failure;
use crate::list_file::Place;
use crate::text::duration;
use crate::{clock, list_file, screen};

#[derive(Debug, Serialize)]
struct Stats {
    created: String,
    vouches_from: String,
    longest_lifetime: String,
    purged: Option<String>,
    /// Of the file; an engine has other ways to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(flatten)]
    counts: Counts,
}

pub(super) fn run(place: &Place) -> Result<(), Failure> {
    let store = list_file::reading(place)?;
    let header = store.header()?;
    Ok(screen::object(&Stats {
        created: to_rfc3339(header.created()),
        vouches_from: to_rfc3339(header.vouches_from()),
        longest_lifetime: duration(header.longest_lifetime()),
        purged: header.purged().map(to_rfc3339),
        bytes: bytes(place),
        counts: Counts::of(&*store, &header, clock::now())?,
    })?)
}

fn bytes(place: &Place) -> Option<u64> {
    match place {
        Place::File(path) => std::fs::metadata(path).ok().map(|about| about.len()),
        #[cfg(any(feature = "postgres", feature = "redis"))]
        Place::Engine(_) => None,
    }
}
