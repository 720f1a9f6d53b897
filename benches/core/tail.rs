//! What a check waits for when others write: revocations beside it, and a flood that expires.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use hallpass::{Denylist, Status, TokenId};

use crate::support::{Random, Unlisted, denylist, median, percentile};

const IDS: usize = 1_000_000;
const CHECKS: usize = 400_000;
const ROUNDS: usize = 7;
const REVOCATIONS_PER_SECOND: u64 = 100_000;

/// Nanoseconds of each of many checks.
fn checks(denylist: &Denylist, random: &mut Random) -> Vec<f64> {
    let unlisted = Unlisted::new();
    let now = Utc::now();
    (0..CHECKS)
        .map(|_| {
            let token = unlisted.token(random);
            let begin = Instant::now();
            let status = denylist.status(&token, now);
            let took = begin.elapsed().as_nanos() as f64;
            assert_eq!(status, Status::NotListed);
            took
        })
        .collect()
}

/// Runs something in another thread for as long as `work` takes.
fn beside<T>(other: impl Fn(&AtomicBool) + Sync, work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| other(&stop));
        let result = work();
        stop.store(true, Ordering::Relaxed);
        result
    })
}

/// Keeps the other processor as busy as a writer would, and touches nothing.
fn spin(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        std::hint::spin_loop();
    }
}

pub(crate) fn run() {
    let mut random = Random(7);
    let list = denylist(IDS, &mut random);
    let revoked = AtomicU64::new(0);
    let revoke = |stop: &AtomicBool| {
        let mut random = Random(revoked.load(Ordering::Relaxed) + 99);
        let begin = Instant::now();
        let mut done = 0;
        while !stop.load(Ordering::Relaxed) {
            let due = begin.elapsed().as_micros() as u64 * REVOCATIONS_PER_SECOND / 1_000_000;
            while done < due {
                list.revoke(TokenId::from_bytes(random.id())).wait().unwrap();
                done += 1;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        revoked.fetch_add(done, Ordering::Relaxed);
    };
    let (mut quiet, mut busy, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let without = percentile(&mut beside(spin, || checks(&list, &mut random)), 0.999);
        let with = percentile(&mut beside(revoke, || checks(&list, &mut random)), 0.999);
        quiet.push(without);
        busy.push(with);
        ratios.push(with / without);
    }
    println!(
        "p99.9 of a check beside {REVOCATIONS_PER_SECOND} revocations per second ({} done): {:.0} ns; beside none: {:.0} ns; ratio {:.2} (to reach: 1.5)",
        revoked.load(Ordering::Relaxed),
        median(&mut busy),
        median(&mut quiet),
        median(&mut ratios)
    );

    // A flood that expires all at once, dropped while checks go on; and the same with nothing to drop.
    let (mut calm, mut dropping) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let list = denylist(IDS, &mut random);
        let later = Utc::now() + list.limits().retention() * 2;
        let worst = |expire: bool| {
            let purge = |_: &AtomicBool| {
                std::thread::sleep(Duration::from_millis(20));
                if expire {
                    list.purge_at(later);
                }
            };
            // The moment of the checks is the purge's, so that the list can vouch for it.
            let unlisted = Unlisted::later(TimeDelta::days(1));
            let mut random = Random(5);
            beside(purge, || {
                let begin = Instant::now();
                let mut worst = 0.0_f64;
                while begin.elapsed() < Duration::from_millis(200) {
                    let token = unlisted.token(&mut random);
                    let begin = Instant::now();
                    assert_eq!(list.status(&token, later), Status::NotListed);
                    worst = worst.max(begin.elapsed().as_nanos() as f64);
                }
                worst / 1_000_000.0
            })
        };
        calm.push(worst(false));
        dropping.push(worst(true));
        assert_eq!(list.stats().ids, 0);
    }
    println!(
        "longest check while {IDS} ids expire: {:.3} ms; while none do: {:.3} ms; difference of the medians {:.3} ms (to reach: 1)",
        median(&mut dropping),
        median(&mut calm),
        median(&mut dropping) - median(&mut calm)
    );
}
