//! What the layer costs a server: CPU time for each request of the example's `/me`, beside the same route without the
//! layer, and without the layer but with a handler that verifies the token itself; interleaved in one run:
//! `cargo bench --bench web --features axum`.
//!
//! The layer is measured twice: cold, with its verifier's cache of verified tokens switched off, as in the handler, and
//! warm, as it is unless set.
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

use load::Load;
use server::Server;

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
    let (bare, idle) = (Server::start("bare"), Server::start("idle"));
    for (kind, name) in [("local", "v4.local"), ("public", "v4.public")] {
        let cold = Server::start(kind);
        let warm = Server::start(&format!("warm {kind}"));
        let verifying = Server::start(&format!("verifying {kind}"));
        let servers = [&bare, &cold, &warm, &verifying, &idle];
        let mut samples = [(); 5].map(|()| Vec::new());
        for _ in 0..ROUNDS {
            for (server, samples) in servers.iter().zip(&mut samples) {
                samples.push(Load::of(server).run());
            }
        }
        let [without, cold, warm, by_hand, idle] = samples.each_mut().map(|samples| median(samples));
        println!("{name}: {without:.2} µs of CPU for each request without the layer");
        println!("{name}: {by_hand:.2} with a cold verification by hand, {:.2} more", by_hand - without);
        println!(
            "{name}: {cold:.2} with the layer, cold: {:.2} more, so the layer besides: {:.2} µs (to reach: 1)",
            cold - without,
            cold - by_hand
        );
        println!("{name}: {warm:.2} with the layer, warm: {:.2} more", warm - without);
        println!("{name}: a layer that does nothing: {:.2} more", idle - without);
    }
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
