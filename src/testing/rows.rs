//! How the rows of an engine are read, without an engine: for fuzzing, and for tests of damage.

use crate::store::{self, Cursor, Page, StoreError};

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
