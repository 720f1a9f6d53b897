//! What is in force here and not yet safe, because the store has failed.

use std::collections::HashMap;

use crate::record::{Identity, Record};

/// One record for each thing, however often it was revoked meanwhile: bounded by what the list itself holds.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    records: HashMap<Identity, Record>,
}

impl Backlog {
    pub(super) fn add(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            self.records.entry(record.identity()).and_modify(|known| *known = known.join(record)).or_insert(record);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.records.values().copied().collect()
    }

    pub(super) fn clear(&mut self) {
        self.records = HashMap::new();
    }

    pub(super) fn made_by(&mut self, now: i64, from: i64) {
        let kept = self.records.values().filter_map(|record| record.made_by(now, from));
        self.records = kept.map(|record| (record.identity(), record)).collect();
    }
}
