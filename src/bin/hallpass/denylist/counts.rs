//! What is in a denylist, counted as it is read.

use chrono::{DateTime, Utc};
use hallpass::store::{Contents, Cursor, Header, Record, Store, StoreError, pages};
use serde::Serialize;

use super::STEP;
use super::revoked_keys::RevokedKeys;

/// The numbers count records, of which there may be several for one thing, but for `keys`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) ids: u64,
    pub(crate) subjects: u64,
    pub(crate) everyone: u64,
    pub(crate) keys: usize,
    pub(crate) first_uses: u64,
    pub(crate) expired: u64,
    pub(crate) malformed: u64,
    /// When the newest record says that it was made.
    #[serde(skip)]
    pub(crate) newest: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub(crate) revoked_keys: RevokedKeys,
}

impl Counts {
    /// Goes through all records.
    pub(crate) fn of(store: &dyn Store, header: &Header, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let (retention, mut counts) = (header.retention(), Self::default());
        for page in pages(store, Cursor::start(), STEP) {
            let page = page?;
            counts.malformed = counts.malformed.saturating_add(page.malformed);
            for record in &page.records {
                let is_expired = record.kept_until(retention).is_some_and(|until| until < now);
                counts.see(record, is_expired);
            }
        }
        counts.keys = counts.revoked_keys.iter().count();
        Ok(counts)
    }

    fn see(&mut self, record: &Record, is_expired: bool) {
        let contents = record.contents();
        self.revoked_keys.see(&contents);
        self.newest = self.newest.max(made(&contents));
        let counter = match contents {
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

fn made(contents: &Contents) -> Option<DateTime<Utc>> {
    match *contents {
        Contents::Id { made, .. }
        | Contents::Subject { made, .. }
        | Contents::Everyone { made, .. }
        | Contents::Key { made, .. }
        | Contents::KeyForgotten { made, .. } => Some(made),
        Contents::FirstUse { at, .. } | Contents::Issued { at } => Some(at),
        _ => None,
    }
}
