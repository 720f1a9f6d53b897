//! Clocks that step back, or were years ahead.

use chrono::TimeDelta;
use hallpass::status::{EntryKind, Status};
use hallpass::{IssueError, Revocation, TokenId, VerifyError};

use super::{facts, revoke, spread, subject};
use crate::support::{World, noon, seconds};

#[test]
fn a_clock_that_steps_back_behind_a_purge_is_noticed_and_nobody_is_locked_out() {
    let world = World::new();
    let [old, ended] = ["alice", "bob"].map(|name| world.issuer.login_at(name, noon()).unwrap());
    revoke(&world.denylist, ended.registered().session_id(), noon());
    revoke(&world.denylist, subject("carol", None), noon() + TimeDelta::days(365 * 70));
    world.denylist.purge_at(noon() + TimeDelta::days(365 * 70));

    // The entry that forbids bob's token is gone, and the clock is back at noon: nothing is accepted.
    for token in [&old, &ended] {
        assert_eq!(world.verifier.verify_at(token.as_str(), noon()).unwrap_err(), VerifyError::StatusUnknown);
    }
    // The clock was wrong by years: the first login makes the list vouch anew, for everybody who logs in from now on.
    for name in ["alice", "bob", "carol"] {
        let new = world.issuer.login_at(name, noon()).unwrap();
        assert!(world.verifier.verify_at(new.as_str(), noon()).is_ok(), "{name}");
    }
    for token in [&old, &ended] {
        assert!(matches!(
            world.verifier.verify_at(token.as_str(), noon()),
            Err(VerifyError::Revoked { by: EntryKind::Everyone, .. })
        ));
    }
}

/// Cutoffs made at noon, and the clock set back from there: what they ended stays ended at every moment
/// from then on, whoever logs in meanwhile.
#[test]
fn what_was_revoked_stays_revoked_when_the_clock_steps_back() {
    for step in [1, 9, 11, 31, 61, 300, 1200] {
        for everyone in [false, true] {
            let world = World::new();
            let ended = world.issuer.login_at("alice", noon() - seconds(2)).unwrap();
            revoke(&world.denylist, TokenId::from_bytes([1; 16]), noon() - TimeDelta::minutes(30));
            let what = if everyone { Revocation::Everyone { except: None } } else { subject("alice", None) };
            revoke(&world.denylist, what, noon());
            world.denylist.purge_at(noon());

            let back = noon() - seconds(step);
            revoke(&world.denylist, TokenId::from_bytes([2; 16]), back);
            for name in ["alice", "bob"] {
                // In, or to wait for no longer than the clock needs to catch up.
                match world.issuer.login_at(name, back) {
                    Ok(_) => {}
                    Err(IssueError::ClockBehind { until, .. }) => {
                        assert!(until <= noon() && until > back);
                        assert!(world.issuer.login_at(name, until).is_ok());
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            for at in 0..1000 {
                let at = back + seconds(at);
                assert!(world.verifier.verify_at(ended.as_str(), at).is_err(), "{step} s back, at {at}");
            }
        }
    }
}

/// The session's entry is kept for as long as its token could live, though the clock says that it was made
/// before the token was.
#[test]
fn an_entry_never_counts_as_made_before_the_token_that_it_forbids() {
    for back in [seconds(900), seconds(1200), TimeDelta::hours(1)] {
        let world = World::new();
        let token = world.issuer.login_at("alice", noon()).unwrap();
        revoke(&world.denylist, token.registered().session_id(), noon() - back);
        for at in 0..1000 {
            let at = noon() + seconds(at);
            world.denylist.purge_at(at);
            assert!(world.verifier.verify_at(token.as_str(), at).is_err(), "{back} back, at {at}");
        }
    }
}

#[test]
fn logouts_after_a_step_back_leave_the_others_alone() {
    let world = World::new();
    for n in 0..500 {
        revoke(&world.denylist, TokenId::from_bytes(spread(n).to_be_bytes()), noon() - TimeDelta::hours(1));
    }
    let token = world.issuer.login_at("alice", noon() - seconds(610)).unwrap();
    drop(world.issuer.login_at("bob", noon()).unwrap());
    let back = noon() - seconds(600);
    for n in 500..1000 {
        revoke(&world.denylist, TokenId::from_bytes(spread(n).to_be_bytes()), back);
        revoke(&world.denylist, subject(&n.to_string(), None), back);
        assert!(world.verifier.verify_at(token.as_str(), back).is_ok());
    }
}

#[test]
fn what_happens_beside_a_new_start_lasts() {
    let years_ahead = noon() + TimeDelta::days(365 * 70);
    for _ in 0..5 {
        let world = World::new();
        for n in 0..20_000 {
            revoke(&world.denylist, TokenId::from_bytes(spread(n).to_be_bytes()), years_ahead);
        }
        std::thread::scope(|scope| {
            for thread in 1..3 {
                let denylist = &world.denylist;
                scope.spawn(move || {
                    for n in 0..3000 {
                        revoke(denylist, TokenId::from_bytes(spread(thread << 64 | n).to_be_bytes()), noon());
                    }
                });
            }
            drop(world.issuer.login_at("alice", noon()).unwrap());
        });
        let token = world.issuer.login_at("alice", noon()).unwrap();
        assert!(world.verifier.verify_at(token.as_str(), noon()).is_ok());
        world.denylist.purge_at(noon() + TimeDelta::hours(2));
        assert_eq!(world.denylist.stats().ids, 0);
    }
}

#[test]
fn a_moment_that_has_passed_brings_nothing_back() {
    let world = World::new();
    let ended = world.issuer.login_at("alice", noon() - seconds(60)).unwrap();
    revoke(&world.denylist, TokenId::from_bytes([1; 16]), noon() - TimeDelta::minutes(30));
    revoke(&world.denylist, subject("alice", None), noon());
    world.denylist.purge_at(noon());
    // An old event from a log.
    let past = noon() - TimeDelta::hours(1);
    revoke(&world.denylist, TokenId::from_bytes([2; 16]), past);
    revoke(&world.denylist, Revocation::Everyone { except: None }, past);
    world.denylist.purge_at(past);
    assert!(matches!(world.verifier.verify_at(ended.as_str(), noon()), Err(VerifyError::Revoked { .. })));
    // And it is kept as if made now.
    world.denylist.purge_at(noon() + seconds(1200));
    assert_eq!(world.denylist.stats().ids, 1);
}

#[test]
fn a_cutoff_from_a_clock_that_was_years_ahead_locks_nobody_out() {
    let years_ahead = noon() + TimeDelta::days(365 * 70);
    for what in [Revocation::Everyone { except: None }, subject("alice", None)] {
        let world = World::new();
        revoke(&world.denylist, what, years_ahead);
        for _ in 0..2 {
            let token = world.issuer.login_at("alice", noon()).unwrap();
            assert!(world.verifier.verify_at(token.as_str(), noon()).is_ok());
        }
    }
}

#[test]
fn a_small_step_back_costs_nothing() {
    let world = World::new();
    revoke(&world.denylist, TokenId::from_bytes([1; 16]), noon() - TimeDelta::minutes(30));
    let token = world.issuer.login_at("alice", noon()).unwrap();
    world.denylist.purge_at(noon());
    assert_eq!(world.denylist.stats().ids, 0);
    assert!(world.verifier.verify_at(token.as_str(), noon() - seconds(8)).is_ok());
    let status = |back: i64| world.denylist.status_at(&facts(9), noon() - seconds(back));
    assert_eq!((status(60), status(61)), (Status::NotListed, Status::Unknown));
}
