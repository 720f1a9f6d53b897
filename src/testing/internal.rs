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

/// What a Redis server's answer to the script of a look tells, the bytes as they come over the wire: whether all is there that
/// should be, the header, the ids of the list and of its place, how many entries there ever were, the id of the last, and the
/// clock.
///
/// # Errors
/// [`StoreError`] as [`SharedStore::look`](crate::store::SharedStore::look) of a `RedisStore`.
#[cfg(feature = "redis")]
pub fn redis_pulse(answer: &[u8]) -> Result<RedisPulse, StoreError> {
    store::redis_pulse(answer)
}

/// What [`redis_pulse`] gives.
#[cfg(feature = "redis")]
pub type RedisPulse = store::RedisPulse;

/// The page that rows of a PostgreSQL server are, after a cursor and for up to `most` of them. Of each row the number
/// of its transaction as text, its own number and the record's bytes; and what `pg_current_snapshot()` has said before them,
/// if a look has asked. `None` if a read calls for a look.
///
/// # Errors
/// [`StoreError`] as [`SharedStore::look`](crate::store::SharedStore::look) of a `PostgresStore`.
#[cfg(feature = "postgres")]
pub fn postgres_page(
    rows: &[(&str, i64, &[u8])],
    snapshot: Option<&str>,
    since: &Cursor,
    most: usize,
) -> Result<Option<Page>, StoreError> {
    store::postgres_page(rows, snapshot, since, most)
}

/// Which rows a PostgreSQL server is asked for after a cursor, where `pg_current_snapshot()` has said this: after the row with
/// the first two numbers (of its transaction, and its own), of transactions from the third number on, and of those at last.
/// For all if the server has yet to come to the cursor: it was restored.
///
/// # Errors
/// [`StoreError`] as [`SharedStore::look`](crate::store::SharedStore::look) of a `PostgresStore`.
#[cfg(feature = "postgres")]
pub fn postgres_asked(since: &Cursor, snapshot: &str) -> Result<(u64, i64, u64, Vec<String>), StoreError> {
    store::postgres_asked(since, snapshot)
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
