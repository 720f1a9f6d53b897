//! Where a denylist keeps what it must not lose.
//!
//! ```text
//!           ┌─ append ──► durable when it returns
//! Denylist ─┤             header: format, vouches from, longest lifetime, epoch
//!           └─ read ◄──── records since a cursor, in the order in which they were appended
//! ```
//!
//! A store keeps [`Record`]s and says nothing about tokens: what a list knows is the join of all records, made
//! in memory. So a store may keep a record twice, and give it twice and in another order. What it acknowledged
//! it may not lose, and what has expired it drops when it is told to.
//!
//! `RedbStore` (feature `redb`) is the embedded store, one file; `PostgresStore` (feature `postgres`) and `RedisStore`
//! (feature `redis`) are those that many processes share, each a [`SharedStore`]. Whoever writes another one runs
//! `testing::store_conformance` (feature `testing`) over it, and `testing::shared_store_conformance` if it is to be shared.

#[cfg(any(feature = "postgres", feature = "redis"))]
mod address;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod blocking;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod engine;
mod error;
mod header;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod limits;
mod page;
mod pointers;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod proof;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "redis")]
mod redis;
mod shared;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod superseded;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod tls;

use std::fmt;

use chrono::{DateTime, Utc};

pub use crate::record::{Begun, Contents, RECORD_FORMAT, Record, RecordError};
#[cfg(any(feature = "postgres", feature = "redis"))]
pub use engine::EngineInfo;
pub use error::{StoreError, StoreErrorKind};
pub use header::{HEADER_FORMAT, Header, HeaderError};
pub(crate) use page::PAGE;
pub use page::{Cursor, Page, Pages, Purged, pages};
#[cfg(feature = "postgres")]
pub use postgres::{POSTGRES_SCHEMA, PostgresBuilder, PostgresDanger, PostgresStore};
#[cfg(all(feature = "postgres", feature = "testing"))]
pub(crate) use postgres::{asked_after as postgres_asked, page_of as postgres_page};
#[cfg(feature = "redb")]
pub use redb::RedbStore;
#[cfg(all(feature = "redis", feature = "testing"))]
pub(crate) use redis::{PulseTold as RedisPulse, page_of as redis_page, pulse_of as redis_pulse};
#[cfg(feature = "redis")]
pub use redis::{RedisBuilder, RedisDanger, RedisStore};
pub use shared::{Look, SharedStore};

/// What keeps the records of one denylist.
///
/// Every method may block: a denylist calls them from a thread of its own, one at a time, and never on a
/// request. Opening is each store's own affair. When any method has failed, the list calls
/// [`reopen`](Self::reopen), again and again until that succeeds, and then appends anew whatever was not
/// acknowledged.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// What was laid down when the store was made. It never changes, but for [`vouch_anew`](Self::vouch_anew)
    /// and [`purge`](Self::purge).
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    fn header(&self) -> Result<Header, StoreError>;

    /// Keeps these records: all of them survive a crash and a power cut once this has returned `Ok`. After an error
    /// nobody knows which do.
    ///
    /// # Errors
    /// [`StoreError`] when they are not known to be durable.
    fn append(&self, records: &[Record]) -> Result<(), StoreError>;

    /// Up to `most` records (at least 1) that were appended after the cursor was given, and perhaps some from
    /// before; [`Cursor::start`] is before all. What has been purged is left out, and the cursor goes on.
    ///
    /// A record that can't be read is counted in [`Page::malformed`] and left out.
    ///
    /// # Errors
    /// [`StoreError`] when they can't be read; [`StoreErrorKind::Newer`] when one was written by a newer
    /// version, since nobody may go on without it; [`StoreErrorKind::Foreign`] when the cursor is of another store, which
    /// does this one no harm.
    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError>;

    /// Drops up to `most` records (at least 1) that were kept for as long as they [must be](Record::kept_until), as of
    /// `now`, and nothing else. If anything is dropped that [forbids](Record::forbids), the header says so
    /// from then on ([`Header::purged`]), in one step with it.
    ///
    /// A key that is revoked again and again has a record for each time. Of these a store may drop, and should, whichever
    /// says nothing that another one which it keeps does not say; the header says nothing about that.
    ///
    /// # Errors
    /// [`StoreError`] when it failed; what was dropped by then had expired.
    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError>;

    /// Vouches anew since `now`: no session begun up to `from` passes any more. The clock was wrong before:
    /// records that claim a later moment count as made now, cutoffs beyond `from`, first uses and what can't be
    /// read are dropped ([`Record::anew`] says what becomes of each), and nothing counts as purged later than now
    /// ([`Header::anew`]). All in one step.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be durable.
    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError>;

    /// Makes the store usable again after an error, and finds out whether it still is what it was.
    ///
    /// # Errors
    /// [`StoreError`] when it is not usable yet, or has lost something that was acknowledged.
    fn reopen(&self) -> Result<(), StoreError>;

    /// Whether other processes may write to it too: true of every [`SharedStore`]. Then
    /// [`open_shared`](crate::DenylistBuilder::open_shared) alone opens a list over it.
    fn is_shared(&self) -> bool {
        false
    }
}
