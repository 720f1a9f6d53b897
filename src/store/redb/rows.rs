//! What stands in one row: records that were appended together.
//!
//! ```text
//! number of the last │ length 2 │ record │ length 2 │ record │ …
//! ```
//!
//! One row for many records is what makes one commit for many callers cheap. It has the number of its last record, so
//! that whatever comes after a number is in the rows from there on.

use ::redb::Table;

use super::failure::Step;
use crate::store::{Record, RecordError, StoreError, StoreErrorKind};

/// How long a row grows before the next is begun, in bytes: some of them fit on one page of redb's.
const FULL: usize = 1024;

/// A record behind its length; or what is left of a row that can't be read.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) number: u64,
    /// All of it, the length too.
    pub(super) bytes: &'a [u8],
}

impl Entry<'_> {
    pub(super) fn record(&self) -> Result<Record, RecordError> {
        split(self.bytes).ok_or(RecordError::Malformed).and_then(|(_, record, _)| Record::from_bytes(record))
    }
}

/// The first entry of a row, the record in it, and what follows.
fn split(row: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (length, _) = row.split_first_chunk()?;
    let (entry, rest) = row.split_at_checked(usize::from(u16::from_be_bytes(*length)).saturating_add(2))?;
    Some((entry, entry.get(2..)?, rest))
}

/// What stands in rows that are looked at one after the other.
#[derive(Default)]
pub(super) struct InOrder {
    /// The number of the row before, and so of the last record in it.
    end: u64,
}

impl InOrder {
    /// What stands in the next row, which has this number: at least one entry.
    pub(super) fn entries<'a>(&mut self, number: u64, row: &'a [u8]) -> Result<Vec<Entry<'a>>, StoreError> {
        let mut pieces = Vec::new();
        let mut rest = Some(row);
        while let Some(row) = rest {
            let (piece, more) = split(row).map_or((row, &[][..]), |(entry, _, more)| (entry, more));
            pieces.push(piece);
            rest = Some(more).filter(|more| !more.is_empty());
        }
        let first = number.checked_add(1).and_then(|next| next.checked_sub(pieces.len() as u64));
        // A row that begins before another ends would hide records from a cursor that stands there. And in a file that
        // was altered rows may come in a circle, where who only looks on has not compared checksums.
        let first = first.filter(|first| *first > self.end).ok_or_else(disorder)?;
        self.end = number;
        Ok((first..).zip(pieces).map(|(number, bytes)| Entry { number, bytes }).collect())
    }
}

fn disorder() -> StoreError {
    StoreError::new(StoreErrorKind::Damaged).because("its records are not in order")
}

/// Adds a record to a row.
pub(super) fn put(record: &Record, row: &mut Vec<u8>) {
    let bytes = record.to_bytes();
    // It has 74 bytes at the most.
    row.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    row.extend_from_slice(&bytes);
}

/// New rows, with numbers from the next on.
pub(super) struct Rows {
    next: u64,
    full: Vec<(u64, Vec<u8>)>,
    row: Vec<u8>,
}

impl Rows {
    pub(super) fn begin(next: u64) -> Self {
        Self { next, full: Vec::new(), row: Vec::new() }
    }

    pub(super) fn push(&mut self, record: &Record) {
        put(record, &mut self.row);
        self.next = self.next.saturating_add(1);
        if self.row.len() >= FULL {
            self.close();
        }
    }

    /// A row that nobody can read, as it is.
    pub(super) fn push_unread(&mut self, row: &[u8]) {
        self.close();
        self.full.push((self.next, row.to_vec()));
        self.next = self.next.saturating_add(1);
    }

    fn close(&mut self) {
        if !self.row.is_empty() {
            self.full.push((self.next.saturating_sub(1), std::mem::take(&mut self.row)));
        }
    }

    /// The number after them.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn insert_into(mut self, table: &mut Table<'_, u64, &'static [u8]>) -> Step<()> {
        self.close();
        // No number is left for the next one, which would take the place of the last.
        if self.next == u64::MAX {
            return Err(disorder().into());
        }
        for (number, row) in self.full {
            table.insert(number, &*row)?;
        }
        Ok(())
    }
}
