//! What the layer costs a server: CPU time for each request of the example's `/me`, beside the same route without the
//! layer, interleaved in one run: `cargo bench --bench web --features axum`.
//!
//! The server is a process of its own, so that only its own time counts. Only differences and ratios are worth
//! reading. Linux alone tells the time of a process this finely.

#![allow(
    clippy::cast_precision_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code
)]

// The example itself.
#[path = "../../examples/login_server/answer.rs"]
mod answer;
#[path = "../../examples/login_server/app.rs"]
mod app;
#[path = "../../examples/login_server/events.rs"]
mod events;
#[path = "../../examples/login_server/form.rs"]
mod form;
mod load;
#[path = "../../examples/login_server/page.rs"]
mod page;
#[path = "../../examples/login_server/replay.rs"]
mod replay;
mod server;
#[path = "../../examples/login_server/users.rs"]
mod users;

use std::time::Instant;

use load::Load;
use server::{Server, Tokens};

const ROUNDS: usize = 9;
const REQUESTS: usize = 20_000;
const CONNECTIONS: usize = 64;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--serve") {
        return server::serve(&arguments[at + 1]);
    }
    // `cargo test --benches` calls this too, and wants no measurement.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    println!("{CONNECTIONS} keep-alive connections, {ROUNDS} rounds of {REQUESTS} requests each, interleaved; medians");
    let bare = Server::start("bare");
    for (kind, name) in [("local", "v4.local"), ("public", "v4.public")] {
        let layered = Server::start(kind);
        let (mut without, mut with, mut verifying) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            without.push(Load::of(&bare).run());
            with.push(Load::of(&layered).run());
            verifying.push(verification(kind));
        }
        let (without, with, verifying) = (median(&mut without), median(&mut with), median(&mut verifying));
        println!(
            "{name}: {with:.2} µs of CPU for each request, {without:.2} without the layer: {:.2} more",
            with - without
        );
        println!(
            "{name}: a verification alone: {verifying:.2} µs, so the layer beside it: {:.2} µs (to reach: 1)",
            with - without - verifying
        );
    }
}

/// Microseconds for one verification of such a token, beside the rest of the run.
fn verification(kind: &str) -> f64 {
    let Tokens { app, token } = Tokens::new(kind);
    let calls = 5_000;
    let begin = Instant::now();
    for _ in 0..calls {
        assert!(app.verifier.verify(&token).is_ok());
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
