//! What may happen at the same moment, in one order after the other: a scheduler decides before every step
//! of a lock, an atomic or a swapped pointer which thread goes on, and many orders are tried at random.
//!
//! An ordinary run says that it leaves this out. Runs only where `src/sync.rs` takes the stand-ins:
//!
//! ```text
//! RUSTFLAGS='--cfg shuttle --cfg hallpass_apart' cargo test --release --features testing --test shuttle
//! RUSTFLAGS='--cfg shuttle --cfg hallpass_apart' cargo test --release --features testing --lib interleavings
//! ```
//!
//! The rules are those of a list that does one thing after the other: what has begun after a revocation
//! returned sees it, and so forth. Moments are constants, since order is what is tried here and not the
//! clock. What a processor may reorder beyond that is not tried: every atomic counts as `SeqCst` here.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod clock;
mod ended;
mod explore;
mod generations;
mod ids;
mod keys;
mod logout;
mod restarts;
#[cfg(feature = "testing")]
mod saving;
mod subjects;
mod world;
