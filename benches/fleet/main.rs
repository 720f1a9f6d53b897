//! A fleet on PostgreSQL and on Redis: how long a revocation takes to every other process, how long a process takes to
//! catch up, and how soon all have after the engine was restarted: `cargo bench --bench fleet --features postgres,redis`.
//!
//! It starts servers of its own, over loopback, one after the other. The other processes are processes. Times are of one machine's
//! clock, and of one run.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub
)]

mod engine;
mod follower;
#[path = "../../tests/fleet/redis/server.rs"]
mod redis_server;
mod revoker;
#[path = "../../tests/fleet/server.rs"]
mod server;
#[path = "../../tests/fleet/support.rs"]
mod support;

use std::time::{Duration, Instant};

use chrono::Utc;
use hallpass::{Denylist, SessionId};

use engine::Engine;
use follower::Follower;

const PROCESSES: usize = 3;
const PER_SECOND: usize = 1_000;
const SECONDS: usize = 10;
const ENTRIES: u64 = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--follow") {
        return follower::follow(&std::env::var("HALLPASS_ENGINE").unwrap(), PER_SECOND * SECONDS);
    }
    // `cargo test --benches` calls this too, and wants no measurement.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    for mut engine in engine::all() {
        println!("{}, over loopback", engine.name());
        propagation(&*engine);
        let (url, denylist) = catching_up(&*engine);
        restart(&mut *engine, &url, &denylist);
    }
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

fn propagation(engine: &dyn Engine) {
    let url = engine.new_list();
    let denylist = Denylist::connect(&url).unwrap();
    let followers: Vec<Follower> = (0..PROCESSES).map(|_| Follower::start(&url)).collect();
    let told = revoker::revoke(&denylist, PER_SECOND, SECONDS);
    let heard: Vec<Vec<i64>> = followers.into_iter().map(Follower::heard).collect();
    let mut acknowledging: Vec<i64> = told.iter().map(|(called, acknowledged)| acknowledged - called).collect();
    println!("{PER_SECOND} revocations a second for {SECONDS} s, {PROCESSES} other processes");
    print("acknowledged, after the call", &mut acknowledging);
    for (what, from) in
        [("in force elsewhere, after the call", 0), ("in force elsewhere, after it was acknowledged", 1)]
    {
        let since = |n: usize| if from == 0 { told[n].0 } else { told[n].1 };
        let mut times: Vec<i64> =
            heard.iter().flat_map(|heard| heard.iter().enumerate().map(|(n, at)| at - since(n))).collect();
        print(what, &mut times);
    }
}

fn print(what: &str, micros: &mut [i64]) {
    micros.sort_unstable();
    let at = |part: f64| micros[((micros.len() - 1) as f64 * part) as usize] as f64 / 1e3;
    println!("  {what}: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms", at(0.5), at(0.99), at(1.0));
}

fn catching_up(engine: &dyn Engine) -> (String, Denylist) {
    let url = engine.new_list();
    let denylist = Denylist::connect(&url).unwrap();
    let begun = Instant::now();
    let all: Vec<_> = (0..ENTRIES).map(|n| denylist.revoke(session(n as usize))).collect();
    for revoking in all {
        revoking.wait().unwrap();
    }
    println!("{ENTRIES} revoked by one process, and shared: {:.1} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let other = Denylist::connect(&url).unwrap();
    println!("a process that starts with them is ready after {:.2} s", begun.elapsed().as_secs_f64());
    assert_eq!(other.stats().ids as u64, ENTRIES);
    (url, denylist)
}

/// With the entries of before.
fn restart(engine: &mut dyn Engine, url: &str, denylist: &Denylist) {
    let others: Vec<Denylist> = (0..2).map(|_| Denylist::connect(url).unwrap()).collect();
    for politely in [true, false].repeat(5) {
        engine.stop(politely);
        std::thread::sleep(Duration::from_secs(2));
        let begun = Instant::now();
        engine.run();
        let answers = begun.elapsed();
        for denylist in others.iter().chain([denylist]) {
            while denylist.catch_up(Duration::from_secs(30)).wait().is_err() {}
        }
        let all = begun.elapsed();
        println!(
            "restarted after {}: it answers after {:.2} s, all processes have caught up {:.2} s after that",
            if politely { "a stop" } else { "a crash" },
            answers.as_secs_f64(),
            (all.saturating_sub(answers)).as_secs_f64()
        );
    }
}
