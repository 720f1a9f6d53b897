//! `hallpass denylist stats`: how much is in the file, counted as it is read.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::store::{Contents, Record};
use serde::Serialize;

use super::each_page;
use super::revoked_keys::RevokedKeys;
use crate::failure::Failure;
use crate::list_file::Place;
use crate::{clock, list_file, screen};
use hallpass::time::to_rfc3339;

/// The numbers count records, of which there may be several for one thing, but for `keys`.
#[derive(Debug, Default, Serialize)]
struct Stats {
    created: String,
    vouches_from: String,
    longest_lifetime: String,
    purged: Option<String>,
    /// Of the file; an engine has other ways to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    ids: u64,
    subjects: u64,
    everyone: u64,
    keys: usize,
    first_uses: u64,
    expired: u64,
    malformed: u64,
}

pub(super) fn run(place: &Place) -> Result<(), Failure> {
    let store = list_file::reading(place)?;
    let header = store.header()?;
    let mut stats = Stats {
        created: to_rfc3339(header.created()),
        vouches_from: to_rfc3339(header.vouches_from()),
        longest_lifetime: duration(header.longest_lifetime()),
        purged: header.purged().map(to_rfc3339),
        bytes: bytes(place),
        ..Stats::default()
    };
    let mut keys = RevokedKeys::default();
    let (retention, now) = (header.retention(), clock::now());
    let malformed = each_page(&*store, |records| {
        records.iter().for_each(|record| {
            keys.see(&record.contents());
            stats.count(record, retention, now);
        });
        Ok(())
    })?;
    (stats.malformed, stats.keys) = (malformed, keys.iter().count());
    // Numbers and texts.
    Ok(screen::result(&serde_json::to_string(&stats).unwrap_or_default())?)
}

impl Stats {
    fn count(&mut self, record: &Record, retention: TimeDelta, now: DateTime<Utc>) {
        let is_expired = record.kept_until(retention).is_some_and(|until| until < now);
        let counter = match record.contents() {
            // Nothing that anybody asked for.
            Contents::Issued { .. } => return,
            _ if is_expired => &mut self.expired,
            Contents::Id { .. } => &mut self.ids,
            Contents::Subject { .. } => &mut self.subjects,
            Contents::Everyone { .. } => &mut self.everyone,
            Contents::FirstUse { .. } => &mut self.first_uses,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }
}

fn bytes(place: &Place) -> Option<u64> {
    match place {
        Place::File(path) => std::fs::metadata(path).ok().map(|about| about.len()),
        #[cfg(any(feature = "postgres", feature = "redis"))]
        Place::Engine(_) => None,
    }
}

/// As durations are written on the command line.
fn duration(duration: TimeDelta) -> String {
    humantime::format_duration(duration.to_std().unwrap_or_default()).to_string()
}
