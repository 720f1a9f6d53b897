//! Everything that threads do to one denylist, at once: they log in, verify, renew, log out, log others out, purge, rotate
//! and retire keys, and drop handles. What was revoked is refused from then on; what nobody has asked to revoke is accepted.
//!
//! An ordinary run does it for a second. `tests/stress/run` does it for twenty under ThreadSanitizer, which finds two
//! accesses that nothing orders, whether or not they did harm.
//!
//! ```text
//! cargo test --release --features testing --test stress -- --seconds 60
//! ```
//!
//! Observers must not order what they observe, or there is no race left to be found: threads share atomics that
//! are relaxed, but where one learns by them what another has done (a revocation that was acknowledged, as by a response).

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::print_stdout
)]

#[path = "../killed/arguments.rs"]
mod arguments;
mod bearer;
#[allow(dead_code)]
#[path = "../killed/chance.rs"]
mod chance;
mod clock;
mod figures;
mod handles;
mod life;
mod operator;
mod world;

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arguments::Arguments;
use bearer::Bearer;
use chance::Chance;
use clock::Stop;
use handles::Handles;
use operator::Operator;
use world::World;

/// Those who hold sessions, and those who only look at others'.
const BEARERS: usize = 3;
const LOOKERS: usize = 2;
/// An operator besides.
const THREADS: usize = BEARERS + LOOKERS + 1;
/// By so much more than was asked for.
const LONGER: Duration = Duration::from_secs(120);

fn main() {
    let Arguments { numbers: [seconds, seed], lists_tests } = Arguments::read(["--seconds", "--seed"]);
    if lists_tests {
        return;
    }
    let seconds = seconds.unwrap_or(1);
    // Who comes first is up to the machine: the seed brings back what was tried, not the order.
    let by_the_clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
    let seed = seed.unwrap_or_else(by_the_clock);
    println!("stress: {THREADS} threads on one denylist for {seconds} s, seed {seed}");
    let world = World::new();
    run(&world, Duration::from_secs(seconds), seed);
    world.reopen_and_look();
    println!("stress: {}", world.figures);
    assert!(world.figures.are_of_everything(), "something was never tried");
}

/// All threads begin with handles of their own, and end by dropping them; whoever is the last closes the store. On a slow
/// machine it takes longer, until everything was tried.
fn run(world: &World, duration: Duration, seed: u64) {
    let (until, latest) = (Instant::now() + duration, Instant::now() + duration + LONGER);
    let goes_on = || {
        let now = Instant::now();
        world.clock.goes() && (now < until || now < latest && !world.figures.are_of_everything())
    };
    let handles = Handles::open(world);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let mut handles = handles.clone();
            let goes_on = &goes_on;
            scope.spawn(move || {
                let _stop = Stop(&world.clock);
                let mut chance = Chance::new(seed.wrapping_add(number as u64));
                let mut bearer = Bearer::new(number);
                let mut operator = Operator::new(world);
                while goes_on() {
                    let now = world.clock.step(number);
                    match number {
                        ..BEARERS => bearer.step(world, &handles, &mut chance, now),
                        BEARERS => operator.step(world, &handles, &mut chance, now),
                        _ => handles.look_at_any(world, &mut chance, now),
                    }
                    if chance.once_in(8) {
                        handles = handles.clone();
                    }
                }
            });
        }
        drop(handles);
    });
    // A panic has stopped the others, and is passed on by the scope.
}
