//! Several lists over one engine: the engine in memory, which fails on demand. `tests/fleet` does the same with real ones.

mod clocks;
mod closing;
mod held;
mod outages;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use hallpass::key::{KeySet, LocalKey, SecretKey};
use hallpass::store::{Header, SharedStore};
use hallpass::testing::{MemoryEngine, MemoryStore};
use hallpass::time::TimeLimits;
use hallpass::{
    Denylist, DenylistBuilder, DenylistError, ForgetError, Issuer, KeyRing, Revocation, SessionId, Verifier,
    VerifyError,
};

use crate::partly_malformed::PartlyMalformed;

const ISSUER: &str = "https://app.example";

/// The servers of one site.
pub(crate) struct Site {
    pub(crate) engine: MemoryEngine,
    keys: KeyRing,
    limits: TimeLimits,
}

/// One of them.
pub(crate) struct Server {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) denylist: Denylist,
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self { engine: MemoryEngine::new(), keys: KeyRing::generate_local().unwrap(), limits: TimeLimits::default() }
    }

    fn server(&self) -> Server {
        self.server_with(|builder| builder.staleness_bound(TimeDelta::seconds(1)))
    }

    pub(crate) fn server_with(&self, set: impl Fn(DenylistBuilder) -> DenylistBuilder) -> Server {
        let store = Arc::new(self.engine.open(Header::new(self.limits, Utc::now()).unwrap()).unwrap());
        let denylist = set(Denylist::builder()).open_shared(Arc::clone(&store)).unwrap();
        let issuer = Issuer::new(&self.keys, ISSUER, &denylist);
        let verifier = Verifier::new(&self.keys, ISSUER, &denylist);
        Server { store, denylist, issuer, verifier }
    }

    /// Makes the engine hang.
    fn hang(&self) -> Hanging<'_> {
        self.engine.hang(true);
        Hanging(&self.engine)
    }
}

/// An engine that hangs until this is dropped, and so until a test fails: lists wait for it when they are given up, and that
/// test would hang as well.
#[must_use]
struct Hanging<'a>(&'a MemoryEngine);

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.hang(false);
    }
}

fn is_revoked(server: &Server, token: &str) -> bool {
    matches!(server.verifier.verify(token), Err(VerifyError::Revoked { .. }))
}

fn is_unknown(server: &Server, token: &str) -> bool {
    matches!(server.verifier.verify(token), Err(VerifyError::StatusUnknown))
}

#[track_caller]
pub(crate) fn soon(what: impl Fn() -> bool) {
    within(Duration::from_secs(10), what);
}

#[track_caller]
fn within(longest: Duration, what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < longest, "not within {longest:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_key_that_could_not_be_forgotten_by_all_is_forgotten_here_and_told_so() {
    let server = Site::new().server();
    let key = SecretKey::generate().unwrap().id();
    server.denylist.revoke(key).wait().unwrap();
    server.store.cut_off(true);
    let error = server.denylist.forget_key(&key).unwrap().wait().unwrap_err();
    assert_eq!(error.to_string(), "forgotten here, not shared yet");
    assert!(matches!(error, ForgetError::NotShared(_)));
    assert_eq!(server.denylist.stats().keys, 0);
}

/// It would never hear the others, and revoked tokens would pass there without a word.
#[test]
fn a_store_that_is_shared_is_not_opened_as_if_nobody_else_used_it() {
    let site = Site::new();
    let store = || site.engine.open(Header::new(site.limits, Utc::now()).unwrap()).unwrap();
    for opened in [
        Denylist::builder().open_store(store()),
        Denylist::builder().open_store(Arc::new(store())),
        Denylist::builder().open_store(Box::new(store())),
    ] {
        assert_eq!(opened.unwrap_err(), DenylistError::Shared);
    }
    assert!(Denylist::builder().open_shared(store()).is_ok());
}

/// Which engine it is may be known only when the program runs.
#[test]
fn a_list_is_opened_over_a_store_of_whatever_type_in_a_box() {
    let engine = MemoryEngine::new();
    let [one, other] = [(); 2].map(|()| {
        let header = Header::new(TimeLimits::default(), Utc::now()).unwrap();
        let store: Box<dyn SharedStore> = Box::new(engine.open(header).unwrap());
        Denylist::builder().open_shared(store).unwrap()
    });
    let key = SecretKey::generate().unwrap().id();
    one.revoke(key).wait().unwrap();
    other.catch_up(Duration::from_secs(5)).wait().unwrap();
    assert!(other.forget_key(&key).unwrap().wait().is_ok());
    // They wait by the engine itself, and do not ask it again and again.
    let before = engine.calls();
    std::thread::sleep(Duration::from_millis(500));
    assert!(engine.calls() - before < 100, "{} calls", engine.calls() - before);
}

#[test]
fn a_logout_on_one_holds_on_the_others() {
    let site = Site::new();
    let [one, two, three] = [(); 3].map(|()| site.server());
    let token = one.issuer.login("alice").unwrap();
    let session = two.verifier.verify(token.as_str()).unwrap();
    assert!(three.verifier.verify(token.as_str()).is_ok());
    let receipt = two.denylist.revoke(&session).wait().unwrap();
    assert!(is_revoked(&two, token.as_str()));
    assert!(receipt.everywhere_by() > Utc::now());
    within(Duration::from_millis(200), || is_revoked(&one, token.as_str()) && is_revoked(&three, token.as_str()));
}

#[test]
fn everything_that_can_be_revoked_is_revoked_everywhere_and_a_login_after_it_works_everywhere() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let subject = || Revocation::Subject { issuer: ISSUER.into(), subject: "alice".into(), except: None };
    for what in [subject(), Revocation::Everyone { except: None }] {
        let token = one.issuer.login("alice").unwrap();
        two.denylist.revoke(what).wait().unwrap();
        soon(|| is_revoked(&one, token.as_str()));
        // Whoever has caught up begins sessions behind the cutoff.
        one.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
        let later = one.issuer.login("alice").unwrap();
        assert!(one.verifier.verify(later.as_str()).is_ok());
        soon(|| two.verifier.verify(later.as_str()).is_ok());
    }
    let token = one.issuer.login("bob").unwrap();
    let key = one.verifier.verify(token.as_str()).unwrap().key_id();
    two.denylist.revoke(Revocation::Key(key)).wait().unwrap();
    soon(|| is_revoked(&one, token.as_str()));
    one.denylist.forget_key(&key).unwrap().wait().unwrap();
    soon(|| two.verifier.verify(token.as_str()).is_ok());
}

#[test]
fn verifying_afresh_asks_the_engine_and_needs_no_bound() {
    let site = Site::new();
    let one = site.server();
    // So seldom that it hears nothing by itself.
    let two = site.server_with(|builder| builder.staleness_bound(TimeDelta::seconds(60)));
    let token = one.issuer.login("alice").unwrap();
    let session = one.verifier.verify(token.as_str()).unwrap();
    let limit = Duration::from_secs(5);
    let fresh = async |server: &Server| server.verifier.verify_fresh(token.as_str(), limit).await.map(drop);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        fresh(&two).await.unwrap();
        one.denylist.revoke(&session).await.unwrap();
        assert!(matches!(fresh(&two).await, Err(VerifyError::Revoked { .. })));
        two.store.cut_off(true);
        let other = one.issuer.login("bob").unwrap();
        let begun = Instant::now();
        let answer = two.verifier.verify_fresh(other.as_str(), Duration::from_millis(300)).await;
        assert!(matches!(answer, Err(VerifyError::StatusUnknown)), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(2));
        let _hanging = site.hang();
        let answer = one.verifier.verify_fresh(other.as_str(), Duration::from_millis(100)).await;
        assert!(matches!(answer, Err(VerifyError::StatusUnknown)), "{answer:?}");
    });
}

#[test]
fn verifying_afresh_asks_the_keys_again_too() {
    let site = Site::new();
    let one = site.server();
    let token = one.issuer.login("alice").unwrap();
    one.verifier.verify(token.as_str()).unwrap();
    let hanging = site.hang();
    let fresh = one.verifier.verify_fresh(token.as_str(), Duration::from_secs(20));
    std::thread::scope(|scope| {
        let fresh = scope.spawn(|| tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(fresh));
        std::thread::sleep(Duration::from_millis(200));
        site.keys.replace(KeySet::issuing(LocalKey::generate().unwrap()));
        drop(hanging);
        assert!(matches!(fresh.join().unwrap(), Err(VerifyError::UnknownKey)));
    });
}

#[test]
fn an_engine_that_has_lost_something_makes_everyone_log_in_again_and_gets_back_what_the_fleet_knows() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let [token, other] = [(); 2].map(|()| one.issuer.login("alice").unwrap());
    let session = one.verifier.verify(token.as_str()).unwrap();
    one.denylist.revoke(&session).wait().unwrap();
    let key = "k4.lid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    one.denylist.revoke(Revocation::Key(key)).wait().unwrap();
    soon(|| two.denylist.stats().keys == 1);
    let kept = site.engine.records();
    site.engine.lose(kept);
    // Neither accepts what began before; both accept what begins now.
    soon(|| is_revoked(&one, other.as_str()) && is_revoked(&two, other.as_str()));
    assert!(is_revoked(&one, token.as_str()) && is_revoked(&two, token.as_str()));
    one.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
    let later = one.issuer.login("alice").unwrap();
    soon(|| two.verifier.verify(later.as_str()).is_ok());
    // And whoever comes now learns from the engine what the others had in memory.
    soon(|| site.engine.records() >= 2);
    let three = site.server();
    soon(|| three.denylist.stats().keys == 1);
    assert!(is_revoked(&three, token.as_str()));
    assert_eq!(three.denylist.stats().ids, 1);
}

#[test]
fn replays_are_found_though_another_process_saw_the_successor() {
    let limits = TimeLimits::new(TimeLimits::default().longest_lifetime(), TimeDelta::zero()).unwrap();
    let site = Site { limits, ..Site::new() };
    let short = |builder: DenylistBuilder| {
        builder.staleness_bound(TimeDelta::seconds(1)).grace(TimeDelta::zero()).leeway(TimeDelta::zero())
    };
    let [one, two] = [(); 2].map(|()| site.server_with(short));
    let token = one.issuer.login("alice").unwrap();
    let session = one.verifier.verify(token.as_str()).unwrap();
    // Two renew at once: equal successors, and friends.
    let successors = [&one, &two].map(|server| server.issuer.renew(&session).unwrap());
    assert!(one.verifier.verify(successors[0].as_str()).is_ok());
    assert!(two.verifier.verify(successors[1].as_str()).is_ok());
    assert!(two.verifier.verify(successors[0].as_str()).is_ok());
    // The note goes behind, within a second or two; then the predecessor is a thief's, wherever it is shown.
    let thief = || two.verifier.verify(token.as_str());
    soon(|| thief().is_err());
    soon(|| is_revoked(&one, successors[0].as_str()));
    assert!(is_revoked(&two, successors[1].as_str()));
}

#[test]
fn what_is_read_twice_and_in_another_order_does_no_harm() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    site.engine.shuffle(true);
    let tokens: Vec<_> = (0..50).map(|n| one.issuer.login(&*format!("user {n}")).unwrap()).collect();
    for token in &tokens {
        let session = one.verifier.verify(token.as_str()).unwrap();
        one.denylist.revoke(&session).wait().unwrap();
    }
    soon(|| tokens.iter().all(|token| is_revoked(&two, token.as_str())));
}

#[test]
fn a_fleet_costs_each_process_a_few_calls_a_second() {
    let site = Site::new();
    let servers: Vec<_> = (0..4).map(|_| site.server_with(|builder| builder)).collect();
    let before = site.engine.calls();
    std::thread::sleep(Duration::from_secs(2));
    let calls = site.engine.calls() - before;
    // One look a second, and nothing else: not one for each of the others.
    assert!((4..=16).contains(&calls), "{calls}");
    drop(servers);
}

#[test]
fn a_list_that_is_given_up_leaves_nothing_behind() {
    let site = Site::new();
    let server = site.server();
    drop((server.denylist, server.issuer, server.verifier));
    soon(|| {
        let before = site.engine.calls();
        std::thread::sleep(Duration::from_millis(500));
        site.engine.calls() == before
    });
    assert_eq!(Arc::strong_count(&server.store), 1);
}

/// More than are read at once; the last ones too.
#[test]
fn whoever_has_opened_a_list_knows_all_that_the_engine_holds() {
    let site = Site::new();
    let one = site.server();
    let [token, other] = [(); 2].map(|()| one.issuer.login("alice").unwrap());
    let session = one.verifier.verify(token.as_str()).unwrap();
    let ids = (0..25_000_u128).map(|n| SessionId::from_bytes(n.to_be_bytes()));
    let revoking: Vec<_> = ids.map(|id| one.denylist.revoke(id)).collect();
    assert!(revoking.into_iter().all(|revoking| revoking.wait().is_ok()));
    one.denylist.revoke(&session).wait().unwrap();
    site.engine.slow_down(Duration::from_millis(20));
    let two = site.server();
    assert!(is_revoked(&two, token.as_str()) && two.verifier.verify(other.as_str()).is_ok());
    assert_eq!(two.denylist.stats().ids, 25_001);
    // Nobody has a list of which nothing is known.
    site.engine.slow_down(Duration::ZERO);
    let store = site.engine.open(Header::new(site.limits, Utc::now()).unwrap()).unwrap();
    store.cut_off(true);
    assert!(Denylist::builder().open_shared(store).is_err());
}

#[test]
fn how_old_what_is_known_is_can_be_asked() {
    let site = Site::new();
    let server = site.server();
    let age = || server.denylist.stats().staleness.unwrap();
    soon(|| age() < TimeDelta::seconds(1));
    server.store.cut_off(true);
    let begun = Instant::now();
    within(Duration::from_secs(4), || age() > TimeDelta::milliseconds(1_500));
    assert!(begun.elapsed() > Duration::from_millis(500));
    server.store.cut_off(false);
    soon(|| age() < TimeDelta::seconds(1));
}

/// However often all is read again.
#[test]
fn a_record_that_can_not_be_read_is_counted_once() {
    let site = Site::new();
    let store = site.engine.open(Header::new(site.limits, Utc::now()).unwrap()).unwrap();
    let denylist =
        Denylist::builder().staleness_bound(TimeDelta::seconds(1)).open_shared(PartlyMalformed(store)).unwrap();
    denylist.revoke(SessionId::from_bytes([1; 16])).wait().unwrap();
    soon(|| denylist.stats().malformed == 1);
    for _ in 0..3 {
        site.engine.lose(0);
        soon(|| site.engine.records() > 0 && denylist.store_error().is_none());
        for _ in 0..2 {
            denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
            assert_eq!(denylist.stats().malformed, 1);
        }
    }
}

#[test]
fn whether_a_process_is_ready_is_one_question() {
    let site = Site::new();
    let server = site.server();
    let accepting = site.server_with(|builder| {
        builder.staleness_bound(TimeDelta::seconds(1)).dangerously_accept_stale(TimeDelta::seconds(50))
    });
    assert!(server.denylist.is_fresh() && accepting.denylist.is_fresh());
    assert_eq!(server.denylist.stats().malformed, 0);
    let token = server.issuer.login("alice").unwrap();
    let cut_off = |is_off| [&server, &accepting].into_iter().for_each(|server| server.store.cut_off(is_off));
    cut_off(true);
    soon(|| !server.denylist.is_fresh() && !accepting.denylist.is_fresh());
    assert!(is_unknown(&server, token.as_str()));
    assert!(accepting.verifier.verify(token.as_str()).is_ok(), "what is accepted is not fresh for that");
    cut_off(false);
    soon(|| server.denylist.is_fresh() && accepting.denylist.is_fresh());
    // Nobody else writes to a list of this process's own.
    assert!(Denylist::in_memory().unwrap().is_fresh());
}
