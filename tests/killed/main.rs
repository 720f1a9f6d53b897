//! A process that revokes is killed at random moments, again and again, and whatever it had acknowledged is
//! still revoked.
//!
//! ```text
//! parent ── runs ──► child: opens the list, revokes as fast as it can, purges meanwhile
//!   │                  │
//!   │ ◄── one line ────┘ for each revocation, once it was acknowledged
//!   └── SIGKILL, opens the list, looks for everything that was acknowledged and can't have expired
//! ```
//!
//! Both are this program. An ordinary run kills a few times and says so; `.ci/run` kills some hundred times, and
//! the long run is
//!
//! ```text
//! cargo test --release --test killed -- --kills 10000 --revocations 1000000
//! ```
//!
//! The clock is made up and runs so fast that entries expire and leave the file while the child is killed. What
//! this can't show is a power cut: what the child wrote is in the operating system's hands when it dies.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod acknowledged;
mod arguments;
mod chance;
mod child;
mod clock;
mod figures;
mod list;
mod options;

use std::process::ExitCode;

use chance::Chance;
use figures::Figures;
use list::List;
use options::Options;

/// Every so many kills, a list of its own is begun and its child killed while it is being made.
const BEGINNING_EVERY: u64 = 10;
/// So often is the child of such a list killed.
const KILLS_OF_A_BEGINNING: u64 = 3;

/// The progress of a long run is told every so many kills.
const TOLD_EVERY: u64 = 1000;

fn main() -> ExitCode {
    if let Some(orders) = child::Orders::from_environment() {
        child::run(&orders);
    }
    let options = Options::from_arguments();
    if options.lists_tests {
        return ExitCode::SUCCESS;
    }
    println!("killing a process that revokes, seed {}", options.seed);
    let (mut chance, mut figures) = (Chance::new(options.seed), Figures::default());
    let mut list = List::new();
    while figures.kills < options.kills || figures.acknowledged < options.revocations {
        let kills = figures.kills;
        list.kill_once(false, &mut chance, &mut figures);
        if kills % BEGINNING_EVERY == 0 {
            let mut beginning = List::new();
            for _ in 0..KILLS_OF_A_BEGINNING {
                beginning.kill_once(true, &mut chance, &mut figures);
            }
            beginning.end(&mut figures);
        }
        if kills / TOLD_EVERY < figures.kills / TOLD_EVERY {
            println!("{figures}");
        }
    }
    list.end(&mut figures);
    println!("{figures}");
    if options.is_short {
        println!("killed only a few times: see tests/killed/main.rs for more");
    }
    if figures.is_as_it_must_be() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
