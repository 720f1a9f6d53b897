//! The suite: one binary, a module for each subject.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod architecture;
#[cfg(feature = "cli")]
mod cli;
mod compliance;
mod corpus;
mod denylist;
mod denylist_model;
mod events;
#[cfg(any(feature = "cli", all(feature = "redb", feature = "testing")))]
mod file_rows;
#[cfg(feature = "testing")]
mod fleet;
mod front;
#[cfg(feature = "testing")]
mod hand_on;
mod implements;
mod issuing;
mod keys;
#[cfg(feature = "testing")]
mod kit;
mod linear;
mod links;
#[cfg(feature = "testing")]
mod losing;
#[cfg(feature = "testing")]
mod panics;
#[cfg(feature = "testing")]
mod partly_malformed;
#[cfg(all(feature = "axum", feature = "redb"))]
mod readme;
mod redaction;
mod session_model;
mod sessions;
#[cfg(all(feature = "redb", feature = "testing"))]
mod stores;
mod support;
mod times;
mod tokens;
mod vectors;
mod warm;
#[cfg(all(feature = "axum", feature = "testing"))]
mod web;
