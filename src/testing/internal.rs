//! Doors for the fuzzers and the tests of this repository: what engines answer, without an engine, and disks that fail. **No
//! version promises anything about these**; nothing else of the public API is without its promise.

use crate::store::StoreError;
#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::store::{self, Cursor, Page};
#[cfg(feature = "redb")]
use crate::store::{Header, RedbStore};

/// The page that a Redis server's answer to `XRANGE` is, after a cursor and for up to `most` entries: the bytes as they
/// come over the wire.
///
/// # Errors
/// [`StoreError`] as [`Store::read`](crate::store::Store::read) of a `RedisStore`.
#[cfg(feature = "redis")]
pub fn redis_page(answer: &[u8], since: &Cursor, most: usize) -> Result<Page, StoreError> {
    store::redis_page(answer, since, most)
}

/// The page that rows of a PostgreSQL server are, after a cursor and for up to `most` of them. Of each row the number
/// of its transaction, its own number and the record's bytes; and what `pg_current_snapshot()` has said before them.
///
/// # Errors
/// [`StoreError`] as [`SharedStore::look`](crate::store::SharedStore::look) of a `PostgresStore`.
#[cfg(feature = "postgres")]
pub fn postgres_page(
    rows: &[(u64, i64, &[u8])],
    snapshot: &str,
    since: &Cursor,
    most: usize,
) -> Result<Page, StoreError> {
    store::postgres_page(rows, snapshot, since, most)
}

/// The embedded store over whatever redb (version 4) opens here, such as a backend that loses what was not synced. An empty
/// one becomes a denylist with this header. It is opened again, by the same function, each time the store is
/// reopened.
///
/// # Errors
/// As [`RedbStore::open_existing`].
#[cfg(feature = "redb")]
pub fn redb_store_on(
    open: impl Fn(&redb::Builder) -> Result<redb::Database, redb::DatabaseError> + Send + Sync + 'static,
    new: Header,
) -> Result<RedbStore, StoreError> {
    RedbStore::on_backend(open, new)
}
