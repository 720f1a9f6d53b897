//! What the fuzzers run: one function for each target.
//!
//! Each takes any bytes at all, checks properties of the library (not only that it does not panic), and
//! says whether the library accepted what the bytes were made into. The suite in `tests/it/corpus.rs`
//! runs the same functions over the seeds, on stable Rust.

mod accepted;
mod dates;
mod denylist;
#[cfg(all(feature = "postgres", feature = "redis", feature = "testing"))]
mod entries;
#[cfg(feature = "testing")]
pub mod follower;
mod footer;
#[cfg(all(feature = "testing", feature = "tower"))]
mod headers;
mod json;
mod judge;
mod mutate;
mod paserk;
mod payload;
mod record;
#[cfg(all(feature = "postgres", feature = "redis", feature = "testing"))]
mod resp;
mod rfc8259;
pub mod session;
mod signature;
#[cfg(feature = "redb")]
pub mod store;
mod token;
mod world;

pub use dates::dates;
pub use denylist::{Near, Operation, Settings, denylist, operations};
#[cfg(all(feature = "postgres", feature = "redis", feature = "testing"))]
pub use entries::entries;
#[cfg(feature = "testing")]
pub use follower::follower;
pub use footer::footer;
#[cfg(all(feature = "testing", feature = "tower"))]
pub use headers::headers;
pub use json::json;
#[cfg(all(feature = "testing", feature = "tower"))]
pub use mutate::mutate_headers;
pub use mutate::mutate_token;
pub use paserk::paserk;
pub use payload::payload;
pub use record::record;
pub use session::session;
pub use signature::signature;
#[cfg(feature = "redb")]
pub use store::store;
pub use token::token;
pub use world::{keys, open, seal};
