//! Bytes of memory for each live id, filter included, beside a `HashSet`:
//! `cargo bench --bench memory`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

use std::collections::HashMap;

use hallpass::{Denylist, TokenId};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn id(n: u128) -> [u8; 16] {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()
}

/// Fills something with ids, and says how many bytes each takes when it is full, and took at the worst
/// moment of its last doubling: of the ids that were there at that moment.
fn measure(ids: u128, mut insert: impl FnMut(u128)) -> (f64, f64) {
    let before = MEMORY.current_usage();
    let mut worst = 0.0_f64;
    for n in 1..=ids {
        MEMORY.reset_peak_usage();
        insert(n);
        // Over the last doubling: a small set is all fixed parts.
        if n > ids / 2 {
            worst = worst.max((MEMORY.peak_usage() - before) as f64 / n as f64);
        }
    }
    ((MEMORY.current_usage() - before) as f64 / ids as f64, worst)
}

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let now = chrono::Utc::now();
    for ids in [1_000_000, 10_000_000] {
        let denylist = Denylist::builder().capacity(20_000_000).in_memory().unwrap();
        let (held, worst) = measure(ids, |n| {
            denylist.revoke_at(TokenId::from_bytes(id(n)), now).wait().unwrap();
        });
        drop(denylist);
        println!(
            "memory, {ids} ids: {held:.2} bytes each (to reach: 20), {worst:.2} at the worst moment while growing (to reach: 22)"
        );

        let mut map: HashMap<[u8; 16], u8> = HashMap::new();
        let (held, worst) = measure(ids, |n| {
            map.insert(id(n), 0);
        });
        println!(
            "memory, {ids} ids in a HashMap with one byte of time: {held:.2} bytes each, {worst:.2} at the worst moment"
        );
    }
}
