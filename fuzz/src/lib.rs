//! What the fuzzers run: one function for each target.
//!
//! Each takes any bytes at all, checks properties of the library (not only that it does not panic), and
//! says whether the library accepted what the bytes were made into. The suite in `tests/it/corpus.rs`
//! runs the same functions over the seeds, on stable Rust.

mod denylist;
mod footer;
mod json;
mod judge;
mod paserk;
mod payload;
mod record;
pub mod session;
mod signature;
#[cfg(feature = "redb")]
pub mod store;
mod token;
mod world;

pub use denylist::{Near, Operation, Settings, denylist, operations};
pub use footer::footer;
pub use paserk::paserk;
pub use payload::payload;
pub use record::record;
pub use session::session;
pub use signature::signature;
#[cfg(feature = "redb")]
pub use store::store;
pub use token::token;
pub use world::{keys, open, seal};
