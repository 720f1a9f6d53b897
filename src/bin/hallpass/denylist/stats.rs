//! `hallpass denylist stats`: how much is in the file, counted as it is read.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::store::{Contents, Record, Store as _};
use serde::Serialize;

use super::each_page;
use super::revoked_keys::RevokedKeys;
use crate::failure::Failure;
use crate::{clock, list_file, screen};
use hallpass::time::to_rfc3339;

/// The numbers count records, of which there may be several for one thing, but for `keys`.
#[derive(Debug, Default, Serialize)]
struct Stats {
    created: String,
    vouches_from: String,
    longest_lifetime: String,
    purged: Option<String>,
    bytes: u64,
    ids: u64,
    subjects: u64,
    everyone: u64,
    keys: usize,
    first_uses: u64,
    expired: u64,
    malformed: u64,
}

pub(super) fn run(path: &Path) -> Result<(), Failure> {
    let store = list_file::reading(path)?;
    let header = store.header()?;
    let mut stats = Stats {
        created: to_rfc3339(header.created()),
        vouches_from: to_rfc3339(header.vouches_from()),
        longest_lifetime: duration(header.longest_lifetime()),
        purged: header.purged().map(to_rfc3339),
        bytes: std::fs::metadata(path).map_or(0, |about| about.len()),
        ..Stats::default()
    };
    let mut keys = RevokedKeys::default();
    let (retention, now) = (header.retention(), clock::now());
    let malformed = each_page(&store, |records| {
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

/// As durations are written on the command line.
fn duration(duration: TimeDelta) -> String {
    humantime::format_duration(duration.to_std().unwrap_or_default()).to_string()
}
