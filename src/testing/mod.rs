//! For tests (feature `testing`): sessions under a clock of the test's own, tokens that are good and tokens that are
//! broken in each way, the suites that every store and every shared one must pass, and a store that fails or hangs on demand.
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
#[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
#[doc(hidden)]
pub mod internal;
mod shared_conformance;
mod sharing;
mod tokens;

pub use conformance::store_conformance;
pub use engine::{Failing, MemoryEngine, MemoryStore};
#[cfg(feature = "tower")]
pub use fixture::web::{bearer_header, cookie_header};
pub use fixture::{Fixture, session};
pub use shared_conformance::shared_store_conformance;
pub use tokens::{Fault, Sample, SampleError};
