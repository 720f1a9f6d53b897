//! What has expired leaves the store by itself.

use std::time::Duration;

use hallpass::Denylist;
use hallpass::testing::{Failing, MemoryEngine};

use super::{id, list, until};
use crate::support::{noon, seconds};

fn revoke(denylist: &Denylist, from: u32, to: u32, after: i64) {
    let revoking: Vec<_> = (from..to).map(|n| denylist.revoke_at(id(n), noon() + seconds(after))).collect();
    revoking.into_iter().for_each(|revoking| drop(revoking.wait()));
}

#[test]
fn purging_is_automatic_and_never_early() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    revoke(&denylist, 0, 5000, 0);
    revoke(&denylist, 5000, 5001, 20 * 60);
    until(|| denylist.stats().purged == Some(noon() + seconds(20 * 60)));
    assert_eq!(engine.records(), 5001, "exactly then all of it counts");
    revoke(&denylist, 5001, 5002, 21 * 60);
    until(|| denylist.stats().purged == Some(noon() + seconds(21 * 60)));
    assert_eq!(engine.records(), 2);
}

#[test]
fn a_purge_that_fails_is_made_good_later_and_the_last_success_is_told() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    until(|| denylist.stats().purged == Some(noon()));
    revoke(&denylist, 0, 100, 0);
    // The append succeeds, the purge after it does not.
    engine.fail(Failing::Before, 1);
    revoke(&denylist, 100, 101, 3600);
    until(|| denylist.store_error().is_some());
    assert_eq!(denylist.stats().purged, Some(noon()), "the last success");
    assert_eq!(engine.records(), 101);
    engine.fail(Failing::Never, 0);
    until(|| denylist.store_error().is_none());
    revoke(&denylist, 101, 102, 3600 + 60);
    until(|| denylist.stats().purged == Some(noon() + seconds(3660)));
    assert_eq!(engine.records(), 2);
}

#[test]
fn revocations_do_not_wait_for_a_long_purge() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    revoke(&denylist, 0, 20_000, 0);
    until(|| denylist.stats().purged == Some(noon()));
    // Ten steps of a purge, of 50 ms each: a revocation waits for one of them and its own.
    engine.slow_down(Duration::from_millis(50));
    denylist.purge_at(noon() + seconds(3600));
    until(|| engine.records() < 20_000);
    revoke(&denylist, 30_000, 30_001, 3600);
    assert!(engine.records() > 2_000, "the purge was over before the revocation: {} are left", engine.records());
    assert_eq!(denylist.stats().purged, Some(noon()), "it is told when it is over");
    engine.slow_down(Duration::ZERO);
    until(|| engine.records() == 1);
}
