//! The embedded store on a disk whose power is cut, and on one that fails.
//!
//! An ordinary run looks at a few hundred images of the disk. For more, here a hundred thousand:
//!
//! ```text
//! cargo test --release --all-features --test power -- --images 100000
//! ```
//!
//! What a disk may hold after a power cut stands in `images.rs`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod arguments;
mod chance;
mod cuts;
mod disk;
mod errors;
mod images;
mod journal;
mod kept;
mod look;
mod panics;
mod parallel;
mod plan;
mod run;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use arguments::Arguments;

fn main() -> ExitCode {
    panics::watch();
    let done = Arguments::read().and_then(|arguments| {
        catch_unwind(|| all(arguments)).unwrap_or_else(|_| Err("this test itself has failed".to_owned()))
    });
    let wrong: Vec<_> = [done, panics::none()].into_iter().filter_map(Result::err).collect();
    wrong.iter().for_each(|why| eprintln!("{why}"));
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all(Arguments { images, seed }: Arguments) -> Result<(), String> {
    let cuts = cuts::run(images, seed)?;
    println!(
        "power cuts: {} images, {} of them of recoveries, from cuts after {} of {} steps of {} traces",
        cuts.images.load(Ordering::Relaxed),
        cuts.recoveries.load(Ordering::Relaxed),
        cuts.cuts,
        cuts.steps,
        cuts.traces
    );
    let errors = errors::run(if images < 1000 { 60 } else { usize::MAX }, seed)?;
    println!(
        "failing disks: {} of {} faults, {} refusals, {} images",
        errors.faults,
        errors.all,
        errors.refused.load(Ordering::Relaxed),
        errors.images.load(Ordering::Relaxed)
    );
    Ok(())
}
