//! For tests (feature `testing`): sessions under a clock of the test's own, tokens that are good and tokens that are
//! broken in each way, the suite that every store must pass, a store that fails or hangs on demand, and how the rows of an
//! engine are read.
//!
//! ```
//! use hallpass::store::RedbStore;
//!
//! hallpass::testing::store_conformance(|| {
//!     let folder = tempfile::tempdir().unwrap();
//!     move |new| RedbStore::open(folder.path().join("denylist.redb"), new)
//! });
//! ```
#![cfg_attr(all(feature = "arbitrary", feature = "axum", feature = "proptest"), doc = include_str!("../../docs/TESTING.md"))]

mod conformance;
mod engine;
mod fixture;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod rows;
mod sharing;
mod tokens;

pub use conformance::store_conformance;
pub use engine::{Failing, MemoryEngine, MemoryStore};
#[cfg(feature = "tower")]
pub use fixture::web::{bearer_header, cookie_header};
pub use fixture::{Fixture, session};
#[cfg(feature = "postgres")]
pub use rows::postgres_page;
#[cfg(feature = "redis")]
pub use rows::redis_page;
pub use tokens::{Fault, Sample, SampleError};

#[cfg(feature = "redb")]
pub use on_backend::redb_store_on;

#[cfg(feature = "redb")]
mod on_backend {
    use crate::store::{Header, RedbStore, StoreError};

    /// The embedded store over whatever redb (version 4) opens here, such as a backend that loses what was not synced. An empty
    /// one becomes a denylist with this header. It is opened again, by the same function, each time the store is
    /// reopened.
    ///
    /// # Errors
    /// As [`RedbStore::open_existing`].
    pub fn redb_store_on(
        open: impl Fn(&redb::Builder) -> Result<redb::Database, redb::DatabaseError> + Send + Sync + 'static,
        new: Header,
    ) -> Result<RedbStore, StoreError> {
        RedbStore::on_backend(open, new)
    }
}
