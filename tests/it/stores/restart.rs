//! A restart costs nobody anything, and nothing that was taken back comes back.

use chrono::TimeDelta;
use hallpass::store::RedbStore;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, DenylistBuilder, Issuer, KeyRing, RevokeError, Session, Token, Verifier, VerifyError};

use super::Place;
use crate::support::{ISSUER, noon, seconds};

/// A server that restarts, with the keys that it keeps elsewhere.
pub(super) struct Server {
    pub(super) place: Place,
    pub(super) keys: KeyRing,
}

pub(super) struct Running {
    pub(super) denylist: Denylist,
    pub(super) issuer: Issuer,
    verifier: Verifier,
}

impl Server {
    pub(super) fn new() -> Self {
        Self { place: Place::new(), keys: KeyRing::generate().unwrap() }
    }

    pub(super) fn start(&self, after: i64) -> Running {
        self.start_with(Denylist::builder(), after)
    }

    pub(super) fn start_with(&self, builder: DenylistBuilder, after: i64) -> Running {
        let denylist = builder.open_at(self.place.path(), noon() + seconds(after)).unwrap();
        let issuer = Issuer::new(&self.keys, ISSUER, &denylist);
        let verifier = Verifier::new(&self.keys, ISSUER, &denylist);
        Running { denylist, issuer, verifier }
    }
}

impl Running {
    pub(super) fn log_in(&self, subject: &str, after: i64) -> Token {
        self.issuer.login_at(subject, noon() + seconds(after)).unwrap()
    }

    pub(super) fn verify(&self, token: &Token, after: i64) -> Result<Session, VerifyError> {
        self.verifier.verify_at(token.as_str(), noon() + seconds(after))
    }

    pub(super) fn renew(&self, token: &Token, after: i64) -> Token {
        let session = self.verify(token, after).unwrap();
        self.issuer.renew_at(&session, noon() + seconds(after)).unwrap()
    }
}

#[test]
fn who_was_logged_in_still_is_and_who_was_logged_out_still_is_not() {
    let server = Server::new();
    let running = server.start(0);
    let (stays, goes) = (running.log_in("alice", 60), running.log_in("alice", 60));
    let session = running.verify(&goes, 61).unwrap();
    let other = running.log_in("bob", 61);
    running.denylist.revoke_at(&session, noon() + seconds(61)).wait().unwrap();
    let all_of_bob = running.verify(&other, 61).unwrap();
    running.denylist.revoke_at(all_of_bob.everywhere(), noon() + seconds(62)).wait().unwrap();
    drop(running);
    for restart in 1..4 {
        let running = server.start(70 * restart);
        assert!(running.verify(&stays, 70 * restart).is_ok());
        for token in [&goes, &other] {
            assert!(matches!(running.verify(token, 70 * restart), Err(VerifyError::Revoked { .. })));
        }
        let back = running.log_in("bob", 70 * restart);
        assert!(running.verify(&back, 70 * restart).is_ok());
    }
}

/// A token, and its successor, which was used a second after it was made.
fn superseded(server: &Server) -> (Token, Token) {
    let running = server.start(0);
    let stolen = running.log_in("alice", 60);
    let successor = running.renew(&stolen, 400);
    running.verify(&successor, 401).unwrap();
    (stolen, successor)
}

#[test]
fn a_replay_is_found_though_the_successor_was_used_before_the_restart() {
    let server = Server::new();
    let (stolen, successor) = superseded(&server);
    let running = server.start(410);
    assert!(running.verify(&stolen, 420).is_ok(), "within the grace");
    drop(running);
    let running = server.start(430);
    let replayed = running.verify(&stolen, 401 + 41).unwrap_err();
    assert!(matches!(replayed, VerifyError::Replayed { ended: true, .. }), "{replayed}");
    drop(running);
    let running = server.start(450);
    assert!(matches!(running.verify(&successor, 450), Err(VerifyError::Revoked { .. })), "and so the session is over");
}

#[test]
fn a_copy_finds_a_replay_and_says_that_it_has_ended_nothing() {
    let server = Server::new();
    let (stolen, successor) = superseded(&server);
    let store = RedbStore::open_read_only(server.place.path()).unwrap();
    let copy = Denylist::builder().copy_of_at(&store, noon() + seconds(450)).unwrap();
    let verifier = Verifier::new(&server.keys, ISSUER, &copy);
    let replayed = verifier.verify_at(stolen.as_str(), noon() + seconds(450)).unwrap_err();
    assert!(matches!(replayed, VerifyError::Replayed { ended: false, .. }), "{replayed}");
    drop(store);
    assert!(server.start(450).verify(&successor, 450).is_ok(), "it goes on");
}

#[test]
fn logging_out_again_is_safe_again_when_the_store_had_failed() {
    use hallpass::testing::{Failing, MemoryEngine};

    let engine = MemoryEngine::new();
    let keys = KeyRing::generate().unwrap();
    let open = || Denylist::builder().open_store_at(engine.open(super::header()).unwrap(), noon()).unwrap();
    let denylist = open();
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    let token = Issuer::new(&keys, ISSUER, &denylist).login_at("alice", noon() + seconds(60)).unwrap();
    let session = verifier.verify_at(token.as_str(), noon() + seconds(60)).unwrap();
    engine.fail(Failing::Before, 0);
    let logout = || denylist.revoke_at(&session, noon() + seconds(60)).wait();
    assert!(matches!(logout(), Err(RevokeError::NotSafe(_))));
    // Over it is, and yet nobody is told that it is safe.
    assert!(matches!(logout(), Err(RevokeError::NotSafe(_))));
    engine.fail(Failing::Never, 0);
    super::until(|| logout().is_ok());
    // A crash: nothing more reaches the store.
    engine.fail(Failing::Before, 0);
    drop((denylist, verifier));
    engine.fail(Failing::Never, 0);
    let verifier = Verifier::new(&keys, ISSUER, &open());
    assert!(matches!(verifier.verify_at(token.as_str(), noon() + seconds(60)), Err(VerifyError::Revoked { .. })));
}

#[test]
fn what_was_laid_down_when_the_list_was_made_counts_for_every_process() {
    let server = Server::new();
    let hour = |hours| Denylist::builder().longest_lifetime(TimeDelta::hours(hours));
    drop(server.start_with(hour(2), 0));
    for other in [1, 5] {
        let running = server.start_with(hour(other), 10);
        let expected = TimeLimits::new(TimeDelta::hours(2), TimeLimits::default().leeway()).unwrap();
        assert_eq!(running.denylist.limits(), expected);
        let token = running.log_in("alice", 60);
        assert_eq!(token.registered().expires_at(), noon() + seconds(60) + TimeDelta::hours(2));
    }
}

#[test]
fn a_new_list_in_place_of_one_that_was_lost_lets_nobody_in() {
    let server = Server::new();
    let running = server.start(0);
    let token = running.log_in("alice", 60);
    drop(running);
    std::fs::remove_file(server.place.path()).unwrap();
    let running = server.start(61);
    assert!(matches!(running.verify(&token, 62), Err(VerifyError::Revoked { .. })));
    assert!(running.verify(&running.log_in("alice", 62), 62).is_ok());
}

/// Wherever the process is killed: the clock that comes after is the one that counts.
#[test]
fn a_clock_that_was_years_ahead_locks_nobody_out_after_a_restart() {
    let server = Server::new();
    let year = 365 * 86_400;
    let running = server.start(0);
    let token = running.log_in("alice", year);
    let session = running.verify(&token, year).unwrap();
    running.denylist.revoke_at(session.everywhere(), noon() + seconds(year)).wait().unwrap();
    drop(running);
    for restart in [60, 120] {
        let running = server.start(restart);
        let token = running.log_in("alice", restart);
        assert!(running.verify(&token, restart).is_ok());
    }
    // And not at each restart anew.
    let running = server.start(180);
    let token = running.log_in("alice", 181);
    drop(running);
    assert!(server.start(182).verify(&token, 183).is_ok());
}

#[test]
fn nor_does_a_file_that_was_made_by_such_a_clock() {
    let server = Server::new();
    drop(server.start(365 * 86_400));
    let running = server.start(60);
    let token = running.log_in("alice", 60);
    assert!(running.verify(&token, 60).is_ok());
    drop(running);
    assert!(server.start(61).verify(&token, 61).is_ok(), "once, and not at each restart");
}

#[test]
fn a_clock_that_steps_back_while_running_logs_everyone_out_once_and_not_again_at_the_restart() {
    let server = Server::new();
    let running = server.start(0);
    let before = running.verify(&running.log_in("bob", 7200), 7200).unwrap();
    running.denylist.revoke_at(before.everywhere(), noon() + seconds(7200)).wait().unwrap();
    // An hour and a half back: the list vouches anew, and forgets what was made by that clock.
    let token = running.log_in("alice", 1800);
    drop(running);
    for restart in [1900, 2000] {
        let running = server.start(restart);
        assert!(running.verify(&token, restart).is_ok());
        assert!(running.verify(&running.log_in("bob", restart), restart).is_ok());
    }
}

#[test]
fn more_entries_than_the_capacity_are_loaded_and_none_is_added() {
    let server = Server::new();
    let running = server.start(0);
    let ids: Vec<_> = (0..1000).map(super::id).collect();
    let revoking: Vec<_> = ids.iter().map(|id| running.denylist.revoke_at(*id, noon())).collect();
    revoking.into_iter().for_each(|revoking| assert!(revoking.wait().is_ok()));
    drop(running);
    let running = server.start_with(Denylist::builder().capacity(10), 1);
    assert_eq!((running.denylist.stats().ids, running.denylist.stats().capacity), (1000, 10));
    let one_more = hallpass::TokenId::from_bytes([77; 16]);
    assert!(matches!(running.denylist.revoke_at(one_more, noon()).wait(), Err(RevokeError::Full { .. })));
    assert!(running.denylist.revoke_at(ids[5], noon()).wait().is_ok(), "what is listed already");
}
