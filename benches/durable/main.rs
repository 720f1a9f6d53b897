//! What durability costs: revocations that are on the disk when they are acknowledged, beside the raw primitives
//! in the same run, interleaved: `cargo bench --bench durable`.
//!
//! Only ratios are worth reading: disks differ even more than machines do. The files are made in the folder for
//! temporary files (`TMPDIR`), which should be on a disk and not in memory.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod callers;
mod opening;
mod raw;

use callers::{ours, with_callers};
use raw::{BareRedb, RawFile};

/// Entries that are there already.
pub(crate) const PRESENT: usize = 1_000_000;
const ROUNDS: usize = 20;
/// So many callers at once.
const MANY: usize = 64;

/// Calls in how many seconds, and how long each took, in microseconds.
#[derive(Default)]
pub(crate) struct Figures {
    calls: usize,
    seconds: f64,
    times: Vec<f64>,
}

impl Figures {
    pub(crate) fn add(&mut self, calls: usize, seconds: f64, times: impl IntoIterator<Item = f64>) {
        self.calls += calls;
        self.seconds += seconds;
        self.times.extend(times);
    }

    fn show(&mut self, what: &str) {
        let (p50, p99) = (percentile(&mut self.times, 0.5), percentile(&mut self.times, 0.99));
        println!("{what:<58} {:>9.0} per second, p50 {p50:>6.0} µs, p99 {p99:>6.0} µs", self.rate());
    }

    /// Of all rounds together: what is done now and then counts too, like the rebuilding of the set in memory.
    fn rate(&self) -> f64 {
        self.calls as f64 / self.seconds
    }
}

fn percentile(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[((samples.len() - 1) as f64 * part) as usize]
}

fn ratio(one: &Figures, other: &Figures) -> f64 {
    one.rate() / other.rate()
}

fn main() {
    // `cargo test --benches` calls this too, and wants no measurement.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut raw = RawFile::new(folder.path());
    let mut bare = BareRedb::new(folder.path());
    let denylist = ours(folder.path());
    let mut figures: [Figures; 8] = Default::default();
    for _ in 0..ROUNDS {
        raw.append(1, 1000, &mut figures[0]);
        bare.append(1, 1000, &mut figures[1]);
        with_callers(&denylist, 1, 1000, &mut figures[2]);
        raw.append(MANY, 300, &mut figures[3]);
        bare.append(MANY, 300, &mut figures[4]);
        with_callers(&denylist, MANY, 300, &mut figures[5]);
        callers::with_tasks(&denylist, MANY, 300, &mut figures[6]);
        callers::without_waiting(&denylist, MANY * 300, &mut figures[7]);
    }
    println!("{PRESENT} entries present; {ROUNDS} rounds, interleaved");
    let names = [
        "1 caller: append and fdatasync",
        "1 caller: bare redb, two-phase commit",
        "1 caller: durable revocation",
        "64 at once: append and fdatasync",
        "64 at once: bare redb, two-phase commit",
        "64 callers, a thread each: durable revocations",
        "64 callers, tasks of one thread: durable revocations",
        "one caller who waits for all at the end: durable revocations",
    ];
    for (figures, name) in figures.iter_mut().zip(names) {
        figures.show(name);
    }
    println!("durable beside bare redb, 1 caller: {:.2} (to reach: 0.8)", ratio(&figures[2], &figures[1]));
    println!("durable beside bare redb, 64 threads: {:.2} (to reach: 0.8)", ratio(&figures[5], &figures[4]));
    println!("durable beside bare redb, 64 tasks: {:.2} (to reach: 0.8)", ratio(&figures[6], &figures[4]));
    println!("64 threads beside 1 caller: {:.1} (to reach: 15)", ratio(&figures[5], &figures[2]));
    println!("64 tasks beside 1 caller: {:.1} (to reach: 15)", ratio(&figures[6], &figures[2]));
    println!("durable beside append and fdatasync, 1 caller: {:.2}", ratio(&figures[2], &figures[0]));
    drop(denylist);
    opening::run(folder.path());
}
