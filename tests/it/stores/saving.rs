//! What is acknowledged, and what is not.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hallpass::key::SecretKey;
use hallpass::status::{Status, TokenFacts};
use hallpass::store::{Purged, Record, Store, StoreError, StoreErrorKind};
use hallpass::testing::{Failing, MemoryEngine, MemoryStore};
use hallpass::{
    Denylist, ForgetError, Issuer, KeyRing, Receipt, Revocation, RevokeError, Revoking, SessionId, Verifier,
};

use super::{header, id, list, until};
use crate::hand_on::hand_on;
use crate::support::{ISSUER, noon, seconds};

fn is_listed(denylist: &Denylist, n: u32) -> bool {
    let token = TokenFacts::new(
        id(n),
        SessionId::from_bytes([255; 16]),
        ISSUER,
        "alice",
        noon() + seconds(60),
        SecretKey::generate().unwrap().id(),
    );
    denylist.status_at(&token, noon() + seconds(60)) != Status::NotListed
}

/// Which is the opposite of a revocation: to say that it is in force would be wrong.
#[test]
fn a_key_that_could_not_be_forgotten_safely_is_forgotten_here_and_told_so() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let key = SecretKey::generate().unwrap().id();
    denylist.revoke_at(key, noon()).wait().unwrap();
    engine.fail(Failing::Before, 0);
    let error = denylist.forget_key_at(&key, noon()).unwrap().wait().unwrap_err();
    assert_eq!(error.to_string(), "forgotten here, and not yet safe");
    assert!(matches!(error, ForgetError::NotSafe(_)));
    assert_eq!(denylist.stats().keys, 0);
}

#[test]
fn a_failure_is_told_it_is_in_force_all_the_same_and_made_good_when_the_store_is_usable_again() {
    for failing in [Failing::Before, Failing::After] {
        let engine = MemoryEngine::new();
        let denylist = list(&engine);
        denylist.revoke_at(id(1), noon()).wait().unwrap();
        engine.fail(failing, 0);
        let error = denylist.revoke_at(id(2), noon()).wait().unwrap_err();
        assert!(matches!(&error, RevokeError::NotSafe(error) if error.kind() == StoreErrorKind::Io), "{error}");
        assert!(is_listed(&denylist, 2), "in force here");
        // Nothing is acknowledged until the store is usable again, and nobody is kept waiting for that.
        for n in 3..50 {
            let error = denylist.revoke_at(id(n), noon()).wait().unwrap_err();
            assert!(matches!(error, RevokeError::NotSafe(_)), "{error}");
        }
        assert!(denylist.store_error().is_some());
        assert_eq!(denylist.stats().unsaved, 48);
        engine.fail(Failing::Never, 0);
        until(|| denylist.store_error().is_none());
        denylist.revoke_at(id(50), noon()).wait().unwrap();
        assert_eq!(denylist.stats().unsaved, 0);
        drop(denylist);
        let denylist = list(&engine);
        assert!((1..=50).all(|n| is_listed(&denylist, n)) && !is_listed(&denylist, 51));
    }
}

/// A store, and what it has acknowledged so far.
#[derive(Debug)]
struct Acknowledges(MemoryStore, Arc<Mutex<BTreeSet<Vec<u8>>>>);

impl Store for Acknowledges {
    hand_on!(0: header read purge vouch_anew reopen);

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.0.append(records)?;
        self.1.lock().unwrap().extend(records.iter().map(Record::to_bytes));
        Ok(())
    }
}

#[test]
fn everyone_is_told_the_truth_about_their_own_batch() {
    // Every fourth call fails, with and without an effect. Whoever is told Ok was acknowledged by then, and is there after a
    // restart.
    for failing in [Failing::Before, Failing::After] {
        let engine = MemoryEngine::new();
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let store = Acknowledges(engine.open(header()).unwrap(), Arc::clone(&acknowledged));
        let denylist = Denylist::builder().open_store_at(store, noon()).unwrap();
        let is_acknowledged = |id: [u8; 16]| {
            acknowledged.lock().unwrap().iter().any(|record| record.windows(16).any(|bytes| bytes == id))
        };
        let told: Vec<(u32, bool)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let (denylist, engine, is_acknowledged) = (&denylist, &engine, &is_acknowledged);
                    scope.spawn(move || {
                        (0..50)
                            .map(|n| {
                                let n = thread * 1000 + n;
                                if n % 20 == 7 {
                                    engine.fail(failing, 3);
                                }
                                if n % 20 == 15 {
                                    engine.fail(Failing::Never, 0);
                                    until(|| denylist.store_error().is_none());
                                }
                                let ok = denylist.revoke_at(id(n), noon()).wait().is_ok();
                                assert!(!ok || is_acknowledged(id(n).to_bytes()), "{n} was told of another batch");
                                (n, ok)
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert!(told.iter().any(|(_, ok)| *ok) && told.iter().any(|(_, ok)| !*ok));
        // As if killed: what waits for the store is lost with the process, and the engine goes on as it is.
        engine.fail(Failing::Before, 0);
        drop(denylist);
        engine.fail(Failing::Never, 0);
        let denylist = list(&engine);
        for (n, ok) in told {
            assert!(!ok || is_listed(&denylist, n), "{n} was acknowledged");
        }
    }
}

struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_handle_is_ready_when_the_store_says_so_and_wakes_the_task_that_asked_last() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    engine.hang(true);
    let mut revoking = denylist.revoke_at(id(1), noon());
    let [first, last] = [(); 2].map(|()| Arc::new(Counter(0.into())));
    for counter in [&first, &first, &last] {
        let waker = Waker::from(Arc::clone(counter));
        assert!(Pin::new(&mut revoking).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(is_listed(&denylist, 1), "in force before it is safe");
    engine.hang(false);
    let woken = |counter: &Counter| counter.0.load(SeqCst);
    until(|| woken(&last) == 1);
    assert_eq!(woken(&first), 0);
    let Poll::Ready(Ok(_)) = Pin::new(&mut revoking).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("not ready");
    };
}

#[test]
fn a_purge_that_a_wrong_clock_asked_for_drops_nothing_once_the_clock_is_right() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let (keys, hour) = (KeyRing::generate().unwrap(), seconds(3600));
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    // The clock is an hour ahead, and a purge waits for the store. Then it is set right.
    let _ = issuer.login_at("alice", noon() + hour).unwrap();
    engine.hang(true);
    denylist.purge_at(noon() + hour);
    let token = issuer.login_at("bob", noon()).unwrap();
    let revoking = denylist.revoke_at(id(1), noon());
    engine.hang(false);
    revoking.wait().unwrap();
    drop((denylist, issuer));
    let denylist = list(&engine);
    assert!(is_listed(&denylist, 1));
    assert!(Verifier::new(&keys, ISSUER, &denylist).verify_at(token.as_str(), noon()).is_ok());
}

/// A task that owns the list, as one of a runtime that is gone: whoever wakes it drops it.
struct Owner(Mutex<Option<Denylist>>);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn a_list_may_be_given_up_by_whom_the_store_wakes() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    denylist.revoke_at(id(0), noon()).wait().unwrap();
    engine.hang(true);
    let mut first = denylist.revoke_at(id(1), noon());
    // Until it is in hand, so that the next one comes after it.
    std::thread::sleep(Duration::from_millis(50));
    let owner = Arc::new(Owner(Mutex::new(None)));
    assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&Waker::from(Arc::clone(&owner)))).is_pending());
    let second = denylist.revoke_at(id(2), noon());
    *owner.0.lock().unwrap() = Some(denylist);
    engine.hang(false);
    second.wait().unwrap();
    assert_eq!(engine.records(), 3);
}

#[test]
fn a_dropped_handle_leaves_nothing_half_done() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    engine.hang(true);
    for n in 0..100 {
        drop(denylist.revoke_at(id(n), noon()));
    }
    engine.hang(false);
    drop(denylist);
    let denylist = list(&engine);
    assert!((0..100).all(|n| is_listed(&denylist, n)));
}

#[test]
fn those_who_revoke_at_once_share_commits() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    denylist.revoke_at(id(0), noon()).wait().unwrap();
    let before = engine.calls();
    // While one is written, all others gather.
    engine.hang(true);
    let revoking: Vec<_> = (1..1000).map(|n| denylist.revoke_at(id(n), noon())).collect();
    engine.hang(false);
    revoking.into_iter().for_each(|revoking| assert!(revoking.wait().is_ok()));
    let calls = engine.calls() - before;
    assert!(calls <= 3, "{calls} calls for 999 revocations");
}

#[test]
fn it_needs_no_particular_runtime() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let all: Vec<_> = (0..100).map(|n| tokio::spawn(denylist.revoke_at(id(n), noon()))).collect();
        for revoking in all {
            revoking.await.unwrap().unwrap();
        }
    });
    denylist.revoke_at(id(100), noon()).wait().unwrap();
    assert_eq!(engine.records(), 101);
}

/// What is told within a while.
fn told(revoking: Revoking) -> Result<Receipt, RevokeError> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(revoking.wait()));
    told.recv_timeout(Duration::from_secs(10)).expect("somebody waits in vain")
}

/// A store of somebody else's that panics.
#[derive(Debug)]
struct Panics(MemoryStore, AtomicBool);

impl Store for Panics {
    hand_on!(0: header read vouch_anew reopen);

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        assert!(!self.1.load(SeqCst), "a bug of the store's");
        self.0.append(records)
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        self.1.store(true, SeqCst);
        self.0.purge(now, most)
    }
}

#[test]
fn nobody_waits_for_a_store_that_has_panicked() {
    let engine = MemoryEngine::new();
    let store = Panics(engine.open(header()).unwrap(), AtomicBool::new(false));
    let denylist = Denylist::builder().open_store_at(store, noon()).unwrap();
    until(|| denylist.stats().purged.is_some());
    for n in 0..100 {
        let error = told(denylist.revoke_at(id(n), noon())).unwrap_err();
        assert!(matches!(&error, RevokeError::NotSafe(_)), "{error}");
        assert!(is_listed(&denylist, n), "in force all the same");
    }
    until(|| denylist.store_error().is_some());
    let unsaved = denylist.stats().unsaved;
    assert!(denylist.revoke_at(id(100), noon()).wait().is_err());
    assert_eq!(denylist.stats().unsaved, unsaved, "what is never written takes no room");
}

/// A task that panics when it is woken.
struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        panic!("a bug of the task's");
    }
}

#[test]
fn a_task_that_panics_when_it_is_woken_is_nothing_to_the_others() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    engine.hang(true);
    let before = denylist.revoke_at(id(0), noon());
    // Until it is in hand, so that the next two are told at once.
    std::thread::sleep(Duration::from_millis(50));
    let [mut first, mut second] = [1, 2].map(|n| denylist.revoke_at(id(n), noon()));
    let waits = Arc::new(Counter(0.into()));
    let wakers = [Waker::from(Arc::new(PanicsWhenWoken)), Waker::from(Arc::clone(&waits))];
    for (revoking, waker) in [&mut first, &mut second].into_iter().zip(&wakers) {
        assert!(Pin::new(revoking).poll(&mut Context::from_waker(waker)).is_pending());
    }
    engine.hang(false);
    until(|| waits.0.load(SeqCst) == 1);
    let after = denylist.revoke_at(id(3), noon());
    assert!([before, first, second, after].into_iter().all(|revoking| told(revoking).is_ok()));
}

#[test]
fn what_was_made_good_is_no_part_of_the_next_failure() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    for outage in 0..3 {
        engine.fail(Failing::Before, 0);
        for n in 0..10 {
            denylist.revoke_at(id(10 * outage + n), noon()).wait().unwrap_err();
        }
        assert_eq!(denylist.stats().unsaved, 10);
        engine.fail(Failing::Never, 0);
        until(|| denylist.store_error().is_none());
    }
    assert_eq!(engine.records(), 30);
}

/// The clock is set right before the store is usable again.
#[test]
fn what_a_wrong_clock_has_revoked_while_the_store_failed_logs_nobody_out_after_a_restart() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let keys = KeyRing::generate_local().unwrap();
    engine.fail(Failing::Before, 0);
    denylist.revoke_at(Revocation::subject(ISSUER, "alice"), noon() + seconds(7_200)).wait().unwrap_err();
    let token = Issuer::new(&keys, ISSUER, &denylist).login_at("alice", noon()).unwrap();
    engine.fail(Failing::Never, 0);
    until(|| denylist.store_error().is_none());
    drop(denylist);
    let later = noon() + seconds(60);
    let denylist = Denylist::builder().open_store_at(engine.open(header()).unwrap(), later).unwrap();
    let verified = Verifier::new(&keys, ISSUER, &denylist).verify_at(token.as_str(), later);
    assert!(verified.is_ok(), "{verified:?}");
}

/// The thread that writes sleeps for a minute when there is nothing to do.
#[test]
fn what_is_only_noted_is_written_within_seconds_though_nothing_else_happens() {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let keys = KeyRing::generate_local().unwrap();
    let (issuer, verifier) = (Issuer::new(&keys, ISSUER, &denylist), Verifier::new(&keys, ISSUER, &denylist));
    let token = issuer.login_at("alice", noon()).unwrap();
    let session = verifier.verify_at(token.as_str(), noon()).unwrap();
    let successor = issuer.renew_at(&session, noon() + seconds(1)).unwrap();
    until(|| denylist.stats().unsaved == 0);
    let before = engine.records();
    verifier.verify_at(successor.as_str(), noon() + seconds(1)).unwrap();
    until(|| engine.records() == before + 1);
}
