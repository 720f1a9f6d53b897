//! Reading a store, page by page.

use super::{Record, Store, StoreError};
#[cfg(any(feature = "postgres", feature = "redis"))]
use super::{RecordError, StoreErrorKind};

/// So many records are read at once.
pub(crate) const PAGE: usize = 10_000;

/// A place in the order in which records were appended: whatever was appended after it was given comes after
/// it. What its bytes mean is the store's affair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor(Box<[u8]>);

impl Cursor {
    /// Before the first record.
    #[must_use]
    pub fn start() -> Self {
        Self(Box::default())
    }

    /// The cursor with these bytes, for a store.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The cursor's bytes; none for the start.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Some records, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records, in the order in which they were appended or nearly so.
    pub records: Vec<Record>,
    /// How many more there are that can't be read.
    pub malformed: u64,
    /// Where to go on.
    pub cursor: Cursor,
    /// Whether nothing comes after it yet.
    pub is_last: bool,
}

/// The records that rows of an engine hold, and how many can't be read or hold none. A newer version's are an error.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(super) fn records<'a>(rows: impl Iterator<Item = Option<&'a [u8]>>) -> Result<(Vec<Record>, u64), StoreError> {
    let (mut records, mut malformed) = (Vec::with_capacity(rows.size_hint().0), 0_u64);
    for row in rows {
        match row.map(Record::from_bytes) {
            Some(Ok(record)) => records.push(record),
            Some(Err(RecordError::Newer { version })) => {
                return Err(StoreErrorKind::Newer { version: version.into() }.into());
            }
            Some(Err(_)) | None => malformed = malformed.saturating_add(1),
        }
    }
    Ok((records, malformed))
}

/// What a purge has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// How many records were dropped.
    pub dropped: u64,
    /// Whether there may be more to drop.
    pub more: bool,
}

/// All that a store keeps after the cursor, up to `most` records at a time; ends after the last page, or an error.
pub fn pages<S: Store + ?Sized>(store: &S, since: Cursor, most: usize) -> Pages<'_, S> {
    Pages { store, since: Some(since), most }
}

/// The pages of a store. From [`pages`].
#[derive(Debug)]
pub struct Pages<'a, S: ?Sized> {
    store: &'a S,
    since: Option<Cursor>,
    most: usize,
}

impl<S: Store + ?Sized> Iterator for Pages<'_, S> {
    type Item = Result<Page, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.store.read(&self.since.take()?, self.most);
        self.since = page.as_ref().ok().filter(|page| !page.is_last).map(|page| page.cursor.clone());
        Some(page)
    }
}
