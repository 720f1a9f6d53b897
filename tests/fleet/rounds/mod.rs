//! Rounds of faults over a real engine: a fleet revokes and verifies all the while, something goes wrong, and what was
//! seen is held against what must never be seen.
//!
//! ```text
//! round ──► fleet: three lists, each by a proxy of its own ──► engine (its trait is what another kind of engine fills)
//!   │         ▲ work: some log in and revoke, others verify
//!   ├─────► fault: to the engine, or to the proxies
//!   └─────► history: what was asked and answered, and what is wrong with it ──► report
//! ```
//!
//! One round of each kind of fault is part of the suite. `HALLPASS_ROUNDS=100` runs so many, from `HALLPASS_SEED` on, which
//! decides what happens in a round: the seed of a round that has failed runs that one again. What threads and engines make
//! of it differs from time to time. `HALLPASS_FAULT=Killed` runs rounds of that fault alone.

mod engine;
mod faults;
mod fleet;
mod history;
mod postgres;
#[path = "../../../src/follower/simulation/random.rs"]
#[allow(dead_code, clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
mod random;
mod redis;
mod report;
mod round;
mod work;

use std::time::Instant;

use self::engine::Engine;
use self::faults::Fault;
use self::report::Report;
use super::Scenario;

/// Of each round's violations so many are shown.
const SHOWN: usize = 5;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("whatever happens to PostgreSQL, no revocation is lost", whatever_happens_to_postgres),
    ("Redis: whatever happens to it, no revocation is lost", whatever_happens_to_redis),
];

fn whatever_happens_to_postgres() {
    rounds(&mut postgres::Postgres::start());
}

fn whatever_happens_to_redis() {
    rounds(&mut redis::Redis::start());
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

fn rounds(engine: &mut dyn Engine) {
    let wanted = std::env::var("HALLPASS_FAULT").ok();
    let is_wanted = |fault: &Fault| wanted.as_ref().is_none_or(|wanted| format!("{fault:?}") == *wanted);
    let faults: Vec<Fault> = engine.faults().iter().copied().filter(is_wanted).collect();
    let kinds = u64::try_from(faults.len()).unwrap();
    let (first, count) = (number("HALLPASS_SEED").unwrap_or(0), number("HALLPASS_ROUNDS").unwrap_or(kinds));
    let mut report = Report::default();
    for seed in first..first + count {
        let fault = faults[usize::try_from(seed % kinds).unwrap()];
        let begun = Instant::now();
        let outcome = round::round(engine, fault, seed);
        let (seconds, wrong) = (begun.elapsed().as_secs_f64(), &outcome.wrong.found);
        println!("       {seconds:>6.2} s  {}, seed {seed}: {fault:?}, {} violations", engine.name(), wrong.len());
        wrong.iter().take(SHOWN).for_each(|wrong| println!("       {wrong}"));
        report.add(fault, seed, outcome);
    }
    report.print();
    assert!(report.wrong_rounds.is_empty(), "what must not be was seen: {:?}", report.wrong_rounds);
}
