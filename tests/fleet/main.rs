//! The stores that many processes share, on real PostgreSQL and Redis servers, with everything that befalls them: `tests/fleet/run`.
//! An ordinary run says that it leaves this out.

#![allow(
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

mod contract;
mod doctor;
mod engines;
mod faults;
mod lists;
mod losses;
mod private;
mod proxy;
mod reading;
mod redis;
mod rounds;
mod server;
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

/// Without it, whoever has no server still runs all other tests.
const WANTED: &str = "HALLPASS_FLEET_TESTS";

type Scenario = (&'static str, fn());

const SCENARIOS: &[&[Scenario]] = &[
    contract::SCENARIOS,
    reading::SCENARIOS,
    engines::SCENARIOS,
    faults::SCENARIOS,
    losses::SCENARIOS,
    private::SCENARIOS,
    lists::SCENARIOS,
    doctor::SCENARIOS,
    redis::contract::SCENARIOS,
    redis::engines::SCENARIOS,
    redis::faults::SCENARIOS,
    redis::losses::SCENARIOS,
    redis::private::SCENARIOS,
    rounds::SCENARIOS,
];

fn main() -> ExitCode {
    if std::env::var(WANTED).as_deref() != Ok("1") {
        println!("fleet: left out, since {WANTED} is not 1; tests/fleet/run runs it");
        return ExitCode::SUCCESS;
    }
    if server::programs().is_none() {
        eprintln!("fleet: there is no PostgreSQL; tests/fleet/run installs it");
        return ExitCode::FAILURE;
    }
    if !redis::server::is_installed() {
        eprintln!("fleet: there is no Redis; tests/fleet/run installs it");
        return ExitCode::FAILURE;
    }
    let filters: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let mut failed = Vec::new();
    let mut passed = 0;
    for (name, scenario) in SCENARIOS.iter().copied().flatten().filter(|(name, _)| wanted(name)) {
        let begin = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(scenario));
        let how = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{how:>6} {:>6.2} s  {name}", begin.elapsed().as_secs_f64());
        match result {
            Ok(()) => passed += 1,
            Err(_) => failed.push(*name),
        }
    }
    println!("fleet: {passed} passed, {} failed {failed:?}", failed.len());
    if failed.is_empty() && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
