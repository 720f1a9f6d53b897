//! Gauges: what a list tells of itself, when it is asked to.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::Duration;

use chrono::TimeDelta;
use hallpass::{Denylist, Issuer, KeyRing, Revocation, TokenId, Verifier};

use super::counters::set;
use super::documented::gauges;
use super::scenes::first;
use crate::fleet::{Server, Site, soon};
use crate::support::ISSUER;

/// What a list tells, counters among it.
fn told(denylist: &Denylist) -> BTreeMap<String, f64> {
    let (gauges, counters) = set(|| denylist.set_gauges());
    gauges.into_iter().chain(counters.into_iter().map(|(name, count)| (name, count as f64))).collect()
}

fn fleet_of_one() -> (Site, Server) {
    let site = Site::new();
    let server = site.server_with(|builder| builder.staleness_bound(TimeDelta::seconds(1)));
    (site, server)
}

#[test]
fn what_is_told_is_what_the_document_says() {
    let names = |denylist: &Denylist| told(denylist).into_keys().collect::<BTreeSet<_>>();
    let (_site, server) = fleet_of_one();
    assert_eq!(names(&server.denylist), gauges());
    let mut of_its_own = gauges();
    assert!(of_its_own.remove("hallpass_denylist_staleness_seconds"));
    assert_eq!(names(&Denylist::in_memory().unwrap()), of_its_own);
}

#[test]
fn the_gauges_of_entries_are_what_is_listed() {
    let denylist = Denylist::builder().capacity(1_000).in_memory().unwrap();
    let kind = |told: &BTreeMap<String, f64>, kind: &str| told[&format!("hallpass_denylist_entries{{kind={kind}}}")];
    let before = told(&denylist);
    assert_eq!(["id", "subject", "key"].map(|of| kind(&before, of)), [0.0; 3]);
    assert_eq!(before["hallpass_denylist_filter_fill_ratio"], 0.0);
    assert_eq!(before["hallpass_denylist_false_positive_ratio"], 0.0);
    for n in 0..500_u128 {
        denylist.revoke(TokenId::from_bytes((n << 64 | n).to_ne_bytes())).wait().unwrap();
    }
    let keys = KeyRing::generate_local().unwrap();
    let token = Issuer::new(&keys, ISSUER, &denylist).login("alice").unwrap();
    let key = Verifier::new(&keys, ISSUER, &denylist).verify(token.as_str()).unwrap().key_id();
    for subject in ["alice", "bob"] {
        denylist.revoke(Revocation::subject(ISSUER, subject)).wait().unwrap();
    }
    denylist.revoke(key).wait().unwrap();
    let after = told(&denylist);
    assert_eq!(["id", "subject", "key"].map(|of| kind(&after, of)), [500.0, 2.0, 1.0]);
    assert_eq!(after["hallpass_denylist_capacity"], 1_000.0);
    let (fill, false_positives) =
        (after["hallpass_denylist_filter_fill_ratio"], after["hallpass_denylist_false_positive_ratio"]);
    assert!(fill > 0.0 && fill < 0.5, "{fill}");
    assert!(false_positives > 0.0 && false_positives < 0.015, "{false_positives}");
    assert_eq!(after["hallpass_denylist_fresh"], 1.0);
    assert_eq!(after["hallpass_denylist_store_failing"], 0.0);
}

#[test]
fn the_gauges_of_a_store_that_fails_say_so_until_it_is_back() {
    let (_site, server) = fleet_of_one();
    let failing =
        |told: &BTreeMap<String, f64>| (told["hallpass_denylist_store_failing"], told["hallpass_denylist_unsaved"]);
    assert_eq!(failing(&told(&server.denylist)), (0.0, 0.0));
    server.store.cut_off(true);
    assert!(server.denylist.revoke(first()).wait().is_err());
    assert_eq!(failing(&told(&server.denylist)), (1.0, 1.0));
    server.store.cut_off(false);
    soon(|| failing(&told(&server.denylist)) == (0.0, 0.0));
}

#[test]
fn the_gauges_of_what_is_stale_say_so_and_how_old_it_is() {
    let (site, server) = fleet_of_one();
    let age = |told: &BTreeMap<String, f64>| told["hallpass_denylist_staleness_seconds"];
    let now = told(&server.denylist);
    assert_eq!(now["hallpass_denylist_fresh"], 1.0);
    assert!(age(&now) < 1.0, "{}", age(&now));
    site.engine.hang(true);
    sleep(Duration::from_millis(1_200));
    let later = told(&server.denylist);
    site.engine.hang(false);
    assert_eq!(later["hallpass_denylist_fresh"], 0.0);
    assert!(age(&later) > 1.0 && age(&later) < 60.0, "{}", age(&later));
}
