//! What a check waits for when others write: revocations beside it, and a flood that expires.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use hallpass::status::Status;
use hallpass::{Denylist, TokenId};
use hallpass_benches::figures::{Bound, Figures, Row, grouped};
use hallpass_benches::measure::{Random, Unlisted, denylist, median, percentile, ratio, sized};

const IDS: usize = 1_000_000;
const CHECKS: usize = 400_000;
const ROUNDS: usize = 7;

pub(crate) fn run(figures: &mut Figures) {
    for (per_second, bound) in [(100_000, 1.5), (500_000, 3.0)] {
        beside_revocations(figures, per_second, bound);
    }
    beside_expiry(figures);
}

fn beside_revocations(figures: &mut Figures, per_second: u64, bound: f64) {
    let ids = sized(IDS, 1_000);
    let mut random = Random(7);
    let list = denylist(ids, &mut random);
    let revoked = AtomicU64::new(0);
    let revoke = |stop: &AtomicBool| {
        let mut random = Random(revoked.load(Ordering::Relaxed) + 99);
        let begin = Instant::now();
        let mut done = 0;
        while !stop.load(Ordering::Relaxed) {
            let due = begin.elapsed().as_micros() as u64 * per_second / 1_000_000;
            let now = Utc::now();
            while done < due && !stop.load(Ordering::Relaxed) {
                list.revoke_at(TokenId::from_bytes(random.id()), now).wait().unwrap();
                done += 1;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        revoked.fetch_add(done, Ordering::Relaxed);
    };
    let (mut quiet, mut busy, mut seconds) = (vec![], vec![], 0.0);
    for _ in 0..sized(ROUNDS, 2) {
        quiet.push(percentile(&mut beside(spin, || checks(&list, &mut random)), 0.999));
        let begin = Instant::now();
        busy.push(percentile(&mut beside(revoke, || checks(&list, &mut random)), 0.999));
        seconds += begin.elapsed().as_secs_f64();
    }
    let what = format!(
        "p99.9 of a check beside {} revocations a second ({} were made), {} ids",
        grouped(per_second as f64),
        grouped(revoked.load(Ordering::Relaxed) as f64 / seconds),
        grouped(ids as f64)
    );
    let row = Row::time(what, median(&busy)).beside_by("beside none", median(&quiet), ratio(&busy, &quiet));
    // What was asked for and could not be made shows nothing.
    let is_made = revoked.load(Ordering::Relaxed) as f64 / seconds > 0.9 * per_second as f64;
    figures.add(if is_made { row.sought(Bound::RatioAtMost(bound)) } else { row });
}

/// A flood that expires all at once, dropped while checks go on; and the same with nothing to drop.
fn beside_expiry(figures: &mut Figures) {
    let ids = sized(IDS, 1_000);
    let mut random = Random(7);
    let (mut calm, mut dropping) = (vec![], vec![]);
    for _ in 0..sized(ROUNDS, 2) {
        let list = denylist(ids, &mut random);
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
                    assert_eq!(list.status_at(&token, later), Status::NotListed);
                    worst = worst.max(begin.elapsed().as_nanos() as f64);
                }
                worst
            })
        };
        calm.push(worst(false));
        dropping.push(worst(true));
        assert_eq!(list.stats().ids, 0);
    }
    let what = format!("longest check while {} ids expire and are dropped", grouped(ids as f64));
    let row = Row::time(what, median(&dropping)).beside("while none do", median(&calm));
    figures.add(row.sought(Bound::AbovePeerAtMost(1e6)));
}

/// Nanoseconds of each of many checks.
fn checks(denylist: &Denylist, random: &mut Random) -> Vec<f64> {
    let unlisted = Unlisted::default();
    let now = Utc::now();
    (0..sized(CHECKS, 1_000))
        .map(|_| {
            let token = unlisted.token(random);
            let begin = Instant::now();
            let status = denylist.status_at(&token, now);
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
