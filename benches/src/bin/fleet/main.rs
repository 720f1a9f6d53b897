//! A fleet on PostgreSQL and on Redis: how long a revocation takes to every other process, how long a process takes to
//! catch up, and how soon all have after the engine was restarted.
//!
//! It starts servers of its own, over loopback, one after the other. The other processes are processes. Times are of one machine's
//! clock, and of one run.

mod engine;
mod follower;
// The servers of the tests, of which the benchmark has no use for everything.
#[allow(dead_code)]
#[path = "../../../../tests/fleet/redis/server.rs"]
mod redis_server;
mod revoker;
#[allow(dead_code)]
#[path = "../../../../tests/fleet/server.rs"]
mod server;
#[allow(dead_code)]
#[path = "../../../../tests/fleet/support.rs"]
mod support;

use std::time::{Duration, Instant};

use chrono::Utc;
use hallpass::{Denylist, SessionId};

use engine::Engine;
use follower::Follower;
use hallpass_benches::figures::{Bound, Figures, Row, grouped};
use hallpass_benches::measure::{median, percentile, sized};

const PROCESSES: usize = 3;
const PER_SECOND: usize = 1_000;
const ENTRIES: u64 = 1_000_000;

fn main() {
    let seconds = sized(10, 1);
    if std::env::args().any(|argument| argument == "--follow") {
        return follower::follow(&std::env::var("HALLPASS_DENYLIST").unwrap(), PER_SECOND * seconds);
    }
    let mut figures = Figures::of("fleet");
    for mut engine in engine::all(&mut figures) {
        let name = engine.name();
        // Without who has packed it.
        let name = name.split(" (").next().unwrap_or_default().to_owned();
        propagation(&mut figures, &name, &*engine, seconds);
        let (url, denylist) = catching_up(&mut figures, &name, &*engine);
        restart(&mut figures, &name, &mut *engine, &url, &denylist);
    }
    figures.save();
}

/// The id of the nth session.
fn session(n: usize) -> SessionId {
    let mut bytes = [0; 16];
    // Spread as random ones are.
    bytes[..8].copy_from_slice(&(n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[8..].copy_from_slice(&(n as u64).to_be_bytes());
    SessionId::from_bytes(bytes)
}

fn micros() -> i64 {
    Utc::now().timestamp_micros()
}

fn propagation(figures: &mut Figures, name: &str, engine: &dyn Engine, seconds: usize) {
    figures.progress(format!("{name}: {PER_SECOND} revocations a second for {seconds} s, {PROCESSES} other processes"));
    let url = engine.new_list();
    let denylist = Denylist::connect(&url).unwrap();
    let followers: Vec<Follower> = (0..PROCESSES).map(|_| Follower::start(&url)).collect();
    let told = revoker::revoke(&denylist, PER_SECOND, seconds);
    let heard: Vec<Vec<i64>> = followers.into_iter().map(Follower::heard).collect();
    let acknowledging = told.iter().map(|(called, acknowledged)| acknowledged - called);
    show(figures, &format!("{name}: acknowledged after the call"), acknowledging, None);
    let since = |moment: fn(&(i64, i64)) -> i64| {
        heard.iter().flat_map(|heard| heard.iter().zip(&told)).map(move |(at, told)| at - moment(told))
    };
    show(figures, &format!("{name}: in force elsewhere after the call"), since(|told| told.0), None);
    let what = format!("{name}: in force elsewhere after it was acknowledged");
    show(figures, &what, since(|told| told.1), Some(Bound::AtMost(5e6)));
}

/// The median and the 99th percentile of times in microseconds, and what is sought of the latter.
fn show(figures: &mut Figures, what: &str, micros: impl Iterator<Item = i64>, sought: Option<Bound>) {
    let mut times: Vec<f64> = micros.map(|micros| micros as f64 * 1e3).collect();
    figures.add(Row::time(format!("{what}, p50"), percentile(&mut times, 0.5)));
    let row = Row::time(format!("{what}, p99"), percentile(&mut times, 0.99));
    figures.add(match sought {
        Some(bound) => row.sought(bound),
        None => row,
    });
}

fn catching_up(figures: &mut Figures, name: &str, engine: &dyn Engine) -> (String, Denylist) {
    let entries = sized(ENTRIES, 1_000);
    let many = grouped(entries as f64);
    let url = engine.new_list();
    let denylist = Denylist::connect(&url).unwrap();
    let begun = Instant::now();
    let all: Vec<_> = (0..entries).map(|n| denylist.revoke(session(n as usize))).collect();
    for revoking in all {
        revoking.wait().unwrap();
    }
    figures.add(Row::time(format!("{name}: {many} revoked by one process, and shared"), nanoseconds(begun.elapsed())));
    let begun = Instant::now();
    let other = Denylist::connect(&url).unwrap();
    figures.add(Row::time(format!("{name}: a process that starts with {many} is ready"), nanoseconds(begun.elapsed())));
    assert_eq!(other.stats().ids as u64, entries);
    (url, denylist)
}

/// With the entries of before.
fn restart(figures: &mut Figures, name: &str, engine: &mut dyn Engine, url: &str, denylist: &Denylist) {
    let others: Vec<Denylist> = (0..2).map(|_| Denylist::connect(url).unwrap()).collect();
    for politely in [true, false] {
        let what = if politely { "a stop" } else { "a crash" };
        figures.progress(format!("{name}: restarted after {what}"));
        let times: Vec<f64> = (0..sized(5, 1))
            .map(|_| {
                engine.stop(politely);
                std::thread::sleep(Duration::from_secs(2));
                engine.run();
                let begun = Instant::now();
                for denylist in others.iter().chain([denylist]) {
                    while denylist.catch_up(Duration::from_secs(30)).wait().is_err() {}
                }
                nanoseconds(begun.elapsed())
            })
            .collect();
        let longest = times.iter().copied().fold(0.0, f64::max);
        figures
            .add(Row::time(format!("{name}: all have caught up after it answers again, after {what}"), median(&times)));
        let row = Row::time(format!("{name}: the same, the longest of {}", times.len()), longest);
        figures.add(row.sought(Bound::AtMost(2e9)));
    }
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}
