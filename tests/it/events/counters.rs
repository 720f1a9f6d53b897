//! Counters: what is counted, under which label, and that it is counted once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hallpass::Renewal;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::scenes::{log_in, refusals, replay_with_a_full_list, revocations, world};
use crate::support::{noon, seconds};

type Values = Mutex<BTreeMap<String, Arc<AtomicU64>>>;

/// Counts, and the bits of gauges, by name and label: `name{label=value}`.
#[derive(Default)]
struct Tally {
    counters: Values,
    gauges: Values,
}

fn value(values: &Values, key: &Key) -> Arc<AtomicU64> {
    let labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
    let name =
        if labels.is_empty() { key.name().to_owned() } else { format!("{}{{{}}}", key.name(), labels.join(",")) };
    Arc::clone(values.lock().unwrap().entry(name).or_default())
}

fn read<T>(values: &Values, of: impl Fn(u64) -> T) -> BTreeMap<String, T> {
    let values = values.lock().unwrap();
    values.iter().map(|(name, value)| (name.clone(), of(value.load(Ordering::Relaxed)))).collect()
}

impl Recorder for Tally {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(value(&self.counters, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(value(&self.gauges, key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("there are no histograms")
    }
}

/// What is counted while something is done.
pub(super) fn counted(act: impl FnOnce()) -> BTreeMap<String, u64> {
    let tally = Tally::default();
    metrics::with_local_recorder(&tally, act);
    assert!(tally.gauges.lock().unwrap().is_empty());
    read(&tally.counters, |count| count)
}

/// What gauges are set to, and counters, while something is done.
#[cfg(feature = "testing")]
pub(super) fn set(act: impl FnOnce()) -> (BTreeMap<String, f64>, BTreeMap<String, u64>) {
    let tally = Tally::default();
    metrics::with_local_recorder(&tally, act);
    (read(&tally.gauges, f64::from_bits), read(&tally.counters, |count| count))
}

pub(super) fn once<const N: usize>(names: [&str; N]) -> BTreeMap<String, u64> {
    names.map(|name| (name.to_owned(), 1)).into()
}

#[test]
fn every_verification_is_counted_once_by_its_outcome() {
    let world = world();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let counts = counted(|| drop(world.verifier.verify_at(token.as_str(), noon()).unwrap()));
    assert_eq!(counts, once(["hallpass_verifications_total{outcome=accepted}"]));
    // Nor does it matter that it was verified before.
    let counts = counted(|| drop(world.verifier.verify_at(token.as_str(), noon()).unwrap()));
    assert_eq!(counts, once(["hallpass_verifications_total{outcome=accepted}"]));

    let mut outcomes = BTreeSet::new();
    for refusal in refusals() {
        let outcome = format!("hallpass_verifications_total{{outcome={}}}", refusal.outcome);
        let mut expected = once([&outcome]);
        if refusal.outcome == "replayed" {
            expected.extend(once(["hallpass_replays_total{ended=true}"]));
        }
        assert_eq!(counted(|| drop(refusal.refuse())), expected);
        outcomes.insert(refusal.outcome);
    }
    let every = [
        "expired",
        "inauthentic",
        "key",
        "malformed",
        "not_for_us",
        "not_yet_valid",
        "replayed",
        "revoked",
        "status_unknown",
        "superseded",
        "times",
    ];
    assert!(outcomes.iter().eq(every.iter()), "{outcomes:?}");
}

#[test]
fn every_token_is_counted_by_its_occasion() {
    let world = world();
    let session = log_in(&world);
    let issued = |occasion: &str| format!("hallpass_tokens_issued_total{{occasion={occasion}}}");
    let ended = "hallpass_revocations_total{kind=session}";
    let counts = counted(|| drop(world.issuer.login_at("alice", noon()).unwrap()));
    assert_eq!(counts, once([&issued("login")]));
    let counts = counted(|| drop(world.issuer.renew_at(&session, noon() + seconds(1)).unwrap()));
    assert_eq!(counts, once([&issued("renewal")]));
    let counts = counted(|| drop(world.issuer.step_up_at(&session, "alice", noon()).unwrap().wait().unwrap()));
    assert_eq!(counts, once([&issued("step_up"), ended]));
    let session = log_in(&world);
    let change = || world.issuer.change_privilege_at(Renewal::of(&session), noon()).unwrap().wait().unwrap();
    assert_eq!(counted(|| drop(change())), once([&issued("privilege_change"), ended]));
    // What is refused is no token.
    let refused = || drop(world.issuer.renew_at(&session, noon()).unwrap_err());
    assert_eq!(counted(refused), BTreeMap::new());
}

#[test]
fn every_revocation_is_counted_by_its_kind() {
    let world = world();
    for (what, kind) in revocations(&world).into_iter().zip(["token", "session", "subject", "everyone", "key"]) {
        let counts = counted(|| assert!(world.denylist.revoke_at(what, noon()).wait().is_ok()));
        assert_eq!(counts, once([&format!("hallpass_revocations_total{{kind={kind}}}")]));
    }
}

#[test]
fn every_replay_is_counted_by_whether_the_session_could_be_ended() {
    let replay = replay_with_a_full_list();
    let names = ["hallpass_replays_total{ended=false}", "hallpass_verifications_total{outcome=replayed}"];
    assert_eq!(counted(|| drop(replay.refuse())), once(names));
}
