//! All that a store keeps, and what it would keep after one thing more.

use chrono::{DateTime, Utc};
use hallpass::store::{Cursor, Header, Record, Store, StoreError, pages};
use hallpass::testing::MemoryEngine;

#[derive(Clone)]
pub(crate) struct Kept {
    header: Header,
    records: Vec<Record>,
    /// The records as bytes, in order and each once: which ones there are is all that counts.
    known: Vec<Vec<u8>>,
}

/// One thing that is done to a store, all of it or nothing.
#[derive(Clone)]
pub(crate) enum Deed {
    Append(Vec<Record>),
    Purge { now: DateTime<Utc>, most: usize },
    VouchAnew { now: DateTime<Utc>, from: DateTime<Utc> },
}

impl Kept {
    fn new(header: Header, records: Vec<Record>) -> Self {
        let mut known: Vec<_> = records.iter().map(Record::to_bytes).collect();
        known.sort_unstable();
        known.dedup();
        Self { header, records, known }
    }

    /// What this store keeps.
    pub(crate) fn by(store: &dyn Store) -> Result<Self, StoreError> {
        let mut records = Vec::new();
        for page in pages(store, Cursor::start(), 1000) {
            records.extend(page?.records);
        }
        Ok(Self::new(store.header()?, records))
    }

    /// What is kept once this is done, as the store in memory does it.
    pub(crate) fn after(&self, deed: &Deed) -> Self {
        let store = MemoryEngine::new().open(self.header).unwrap();
        store.append(&self.records).unwrap();
        deed.on(&store).unwrap();
        Self::by(&store).unwrap()
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// How it differs, for whoever looks for the reason.
    pub(crate) fn unlike(&self, other: &Self) -> String {
        let less = other.known.iter().filter(|record| self.known.binary_search(record).is_err()).count();
        let more = self.known.iter().filter(|record| other.known.binary_search(record).is_err()).count();
        let header = if self.header == other.header { "the header" } else { "another header" };
        format!("{} records, {less} missing, {more} too many, {header}", self.known.len())
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header && self.known == other.known
    }
}

impl Deed {
    pub(crate) fn on(&self, store: &dyn Store) -> Result<(), StoreError> {
        match self {
            Self::Append(records) => store.append(records),
            Self::Purge { now, most } => store.purge(*now, *most).map(drop),
            Self::VouchAnew { now, from } => store.vouch_anew(*now, *from),
        }
    }
}
