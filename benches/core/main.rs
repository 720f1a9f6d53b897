//! What verification and the denylist cost, each beside the raw primitive in the same run:
//! `cargo bench --bench core`.
//!
//! Only ratios are worth reading: machines differ, and so do their bad days.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod check;
mod life;
mod support;
mod tail;
mod verify;
mod warm;

fn main() {
    // `cargo test --benches` calls this too, and wants no measurement.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    verify::run();
    warm::run();
    life::run();
    check::run();
    tail::run();
}
