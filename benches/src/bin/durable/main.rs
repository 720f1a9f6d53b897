//! What durability costs: revocations that are on the disk when they are acknowledged, beside the raw primitives
//! in the same run, interleaved.
//!
//! Only ratios are worth reading: disks differ even more than machines do. The files are made in the folder for
//! temporary files (`TMPDIR`), which should be on a disk and not in memory.

mod callers;
mod opening;
mod raw;

use callers::{ours, with_callers};
use hallpass_benches::figures::{Bound, Figures, Row, grouped};
use hallpass_benches::measure::{percentile, sized};
use raw::{BareRedb, RawFile};

/// Entries that are there already.
pub(crate) fn present() -> usize {
    sized(1_000_000, 1_000)
}

const ROUNDS: usize = 20;
/// So many callers at once.
const MANY: usize = 64;

/// Calls in how many seconds, and how long each took, in nanoseconds.
#[derive(Default)]
pub(crate) struct Calls {
    calls: usize,
    seconds: f64,
    times: Vec<f64>,
}

impl Calls {
    pub(crate) fn add(&mut self, calls: usize, seconds: f64, times: impl IntoIterator<Item = f64>) {
        self.calls += calls;
        self.seconds += seconds;
        self.times.extend(times);
    }

    /// Of all rounds together: what is done now and then counts too, like the rebuilding of the set in memory.
    fn rate(&self) -> f64 {
        self.calls as f64 / self.seconds
    }

    fn show(&mut self, figures: &mut Figures, what: &str) {
        figures.add(Row::per_second(what, self.rate()));
        for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
            figures.add(Row::time(format!("{what}, {name}"), percentile(&mut self.times, part)));
        }
    }

    fn beside(&self, what: &str, name: &str, other: &Self) -> Row {
        Row::per_second(what, self.rate()).beside(name, other.rate())
    }
}

fn main() {
    let mut figures = Figures::of("durable");
    let folder = tempfile::tempdir().unwrap();
    figures.progress(format!("{} entries are written first", grouped(present() as f64)));
    let mut raw = RawFile::new(folder.path());
    let mut bare = BareRedb::new(folder.path());
    let denylist = ours(folder.path());
    let mut all: [Calls; 8] = Default::default();
    let (one, many) = (sized(1000, 10), sized(300, 3));
    figures.progress("rounds of each in turn");
    for _ in 0..sized(ROUNDS, 2) {
        raw.append(1, one, &mut all[0]);
        bare.append(1, one, &mut all[1]);
        with_callers(&denylist, 1, one, &mut all[2]);
        raw.append(MANY, many, &mut all[3]);
        bare.append(MANY, many, &mut all[4]);
        with_callers(&denylist, MANY, many, &mut all[5]);
        callers::with_tasks(&denylist, MANY, many, &mut all[6]);
        callers::without_waiting(&denylist, MANY * many, &mut all[7]);
    }
    let names = [
        "append and fdatasync, one at a time",
        "bare redb in two-phase commits, one at a time",
        "durable revocations, one caller",
        "append and fdatasync, 64 at once",
        "bare redb in two-phase commits, 64 at once",
        "durable revocations, 64 threads",
        "durable revocations, 64 tasks of one thread",
        "durable revocations, one caller who waits for all at the end",
    ];
    for (calls, name) in all.iter_mut().zip(names) {
        calls.show(&mut figures, name);
    }
    let [file, redb_one, one, _, redb_many, threads, tasks, _] = &all;
    for (ours, what, theirs, name, bound) in [
        (one, names[2], redb_one, names[1], Some(0.8)),
        (threads, names[5], redb_many, names[4], Some(0.8)),
        (tasks, names[6], redb_many, names[4], Some(0.8)),
        (threads, names[5], one, names[2], Some(15.0)),
        (tasks, names[6], one, names[2], Some(15.0)),
        (one, names[2], file, names[0], None),
    ] {
        let row = ours.beside(what, name, theirs);
        figures.add(match bound {
            Some(bound) => row.sought(Bound::RatioAtLeast(bound)),
            None => row,
        });
    }
    drop(denylist);
    opening::run(&mut figures, folder.path());
    figures.save();
}
