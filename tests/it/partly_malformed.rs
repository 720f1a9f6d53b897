//! A store that is not quite whole.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hallpass::store::{Cursor, Header, Look, Page, Purged, Record, SharedStore, Store, StoreError};
use hallpass::testing::MemoryStore;

/// A store of which one record more can't be read: the first.
#[derive(Debug)]
pub(crate) struct PartlyMalformed(pub(crate) MemoryStore);

impl Store for PartlyMalformed {
    fn header(&self) -> Result<Header, StoreError> {
        self.0.header()
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.0.append(records)
    }

    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        let mut page = self.0.read(since, most)?;
        page.malformed += first_of(since);
        Ok(page)
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        self.0.purge(now, most)
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.0.vouch_anew(now, from)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        self.0.reopen()
    }
}

impl SharedStore for PartlyMalformed {
    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        let mut look = self.0.look(since, most)?;
        look.page.malformed += first_of(since);
        Ok(look)
    }

    fn wait(&self, longest: Duration) {
        self.0.wait(longest);
    }

    fn wake(&self) {
        self.0.wake();
    }

    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.0.begin_epoch(known, now, from)
    }
}

fn first_of(since: &Cursor) -> u64 {
    u64::from(*since == Cursor::start())
}
