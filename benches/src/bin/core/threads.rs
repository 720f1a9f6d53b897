//! The denylist check on two threads beside one: whether they get into each other's way.

use std::hint::black_box;

use chrono::Utc;
use hallpass::Denylist;
use hallpass::status::Status;
use hallpass_benches::figures::{Bound, Figures, Row, grouped};
use hallpass_benches::measure::{Random, Unlisted, cutoffs, denylist, median, on_two_threads, per_call, ratio, sized};

use crate::check::CUTOFFS;

const IDS: usize = 1_000_000;
const CHECKS: usize = 100_000;
const ROUNDS: usize = 51;

pub(crate) fn run(figures: &mut Figures) {
    let ids = sized(IDS, 1_000);
    let list = denylist(ids, &mut Random(3));
    cutoffs(&list, sized(CUTOFFS, 10));
    let (mut alone, mut together) = (vec![], vec![]);
    for _ in 0..sized(ROUNDS, 3) {
        alone.push(checks(&list, 1));
        together.push(on_two_threads(|which| checks(&list, 2 + which)));
    }
    let row = Row::time(format!("a check, each of two threads, {} ids", grouped(ids as f64)), median(&together));
    let row = row.beside_by("one thread", median(&alone), ratio(&together, &alone));
    figures.add(row.sought(Bound::RatioAtMost(1.15)));
}

/// Nanoseconds for each.
fn checks(list: &Denylist, seed: u64) -> f64 {
    let (unlisted, now, mut random) = (Unlisted::default(), Utc::now(), Random(seed));
    let calls = sized(CHECKS, 100);
    per_call(calls, || {
        for _ in 0..calls {
            assert_eq!(list.status_at(black_box(&unlisted.token(&mut random)), now), Status::NotListed);
        }
    })
}
