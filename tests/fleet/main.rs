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
#[path = "../it/events/listener.rs"]
mod listener;
mod lists;
mod losses;
mod private;
mod proxy;
mod reading;
mod redis;
mod rounds;
mod server;
mod support;

use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

/// Without it, whoever has no server still runs all other tests.
const WANTED: &str = "HALLPASS_FLEET_TESTS";

/// Scenarios that run at the same time: each waits for its servers more than it computes.
const AT_ONCE: usize = 2;

type Scenario = (&'static str, fn());

/// They measure what this process computes, or allow for little beside a bound.
const ALONE: &[&[Scenario]] =
    &[contract::ALONE, faults::ALONE, lists::ALONE, redis::contract::ALONE, redis::faults::ALONE];

/// Those that take longest first, so that others run beside them.
const SCENARIOS: &[&[Scenario]] = &[
    rounds::SCENARIOS,
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
    let is_exact = std::env::args().any(|argument| argument == "--exact");
    let is_named = |name: &str, filter: &str| if is_exact { name == filter } else { name.contains(filter) };
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| is_named(name, filter));
    let mut ended = run(ALONE, 1, wanted);
    ended.extend(run(SCENARIOS, AT_ONCE, wanted));
    let (passed, failed): (Vec<_>, Vec<_>) = ended.into_iter().partition(|(_, is_ok)| *is_ok);
    let failed: Vec<_> = failed.into_iter().map(|(name, _)| name).collect();
    println!("fleet: {} passed, {} failed {failed:?}", passed.len(), failed.len());
    if failed.is_empty() && !passed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Which of those that are wanted passed.
fn run(all: &[&[Scenario]], at_once: usize, wanted: impl Fn(&str) -> bool + Sync) -> Vec<(&'static str, bool)> {
    let waiting = Mutex::new(all.iter().copied().flatten().filter(|(name, _)| wanted(name)));
    let ended = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    // In statements of their own, which hold no lock while a scenario runs.
                    let next = waiting.lock().unwrap().next();
                    let Some(&(name, scenario)) = next else { break };
                    let is_ok = passes(name, scenario);
                    ended.lock().unwrap().push((name, is_ok));
                }
            });
        }
    });
    ended.into_inner().unwrap()
}

/// In a thread of its name.
fn passes(name: &str, scenario: fn()) -> bool {
    let begin = Instant::now();
    let is_ok = thread::Builder::new().name(name.to_owned()).spawn(scenario).expect("a thread").join().is_ok();
    println!("{:>6} {:>6.2} s  {name}", if is_ok { "ok" } else { "FAILED" }, begin.elapsed().as_secs_f64());
    is_ok
}
