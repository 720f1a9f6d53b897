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

#[path = "../killed/arguments.rs"]
mod arguments;
mod chance;
mod cuts;
mod disk;
mod errors;
mod images;
mod journal;
mod kept;
mod lists;
mod look;
mod panics;
mod parallel;
mod plan;
mod run;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use arguments::Arguments;

/// An ordinary run looks at so many images of disks, at least.
const SOME: u64 = 400;
/// Below so many images, only some of the steps and faults are tried.
pub(crate) const FEW: u64 = 3000;

fn main() -> ExitCode {
    let Arguments { numbers: [images, seed], lists_tests } = Arguments::read(["--images", "--seed"]);
    if lists_tests {
        return ExitCode::SUCCESS;
    }
    panics::watch();
    let done = catch_unwind(|| all(images.unwrap_or(SOME), seed.unwrap_or(1)))
        .unwrap_or_else(|_| Err("this test itself has failed".to_owned()));
    let wrong: Vec<_> = [done, panics::none()].into_iter().filter_map(Result::err).collect();
    wrong.iter().for_each(|why| eprintln!("{why}"));
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all(images: u64, seed: u64) -> Result<(), String> {
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    let cuts = cuts::run(images, seed)?;
    println!(
        "power cuts: {} images, {} of them of recoveries, after {} of {} steps of {} traces",
        count(&cuts.images),
        count(&cuts.recoveries),
        cuts.cuts,
        cuts.steps,
        cuts.traces
    );
    let most = if images < FEW { 60 } else { usize::MAX };
    let errors = errors::run(most, seed)?;
    println!(
        "a failing disk: {} of {} faults, {} refusals, {} images",
        errors.faults,
        errors.all,
        count(&errors.refused),
        count(&errors.images)
    );
    let lists = lists::run(most, seed)?;
    println!(
        "a failing disk under a list: {} of {} faults, {} revocations not safe at first, {} images",
        lists.faults,
        lists.all,
        count(&lists.not_safe),
        count(&lists.images)
    );
    if images < FEW {
        println!("left out: the other steps and faults, and all but a few images; for more, see the top of this test");
    }
    Ok(())
}
