//! What the denylist promises, rule by rule.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::SecretKey;
use hallpass::{
    Denylist, DenylistError, EntryKind, IssueError, Issuer, KeyRing, Revocation, RevocationRequest, RevokeError,
    SessionId, Status, TokenFacts, TokenId, VerifyError,
};

use crate::support::{ISSUER, World, noon, seconds};

/// Facts of a token that nothing forbids: begun an hour after noon.
fn facts(id: u128) -> TokenFacts<'static> {
    let id = id.to_be_bytes();
    TokenFacts {
        token_id: TokenId::from_bytes(id),
        session_id: SessionId::from_bytes(id),
        issuer: ISSUER,
        subject: "alice",
        auth_time: noon() + TimeDelta::hours(1),
        key_id: "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap(),
        prior_key_ids: &[],
    }
}

fn at_noon() -> Denylist {
    Denylist::builder().in_memory_at(noon()).unwrap()
}

fn spread(n: u128) -> u128 {
    // Odd, so that multiplying is one to one: distinct ids over all shards.
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

fn revoke<'a>(denylist: &Denylist, what: impl Into<RevocationRequest<'a>>, now: DateTime<Utc>) {
    denylist.revoke_at(what, now).wait().unwrap();
}

fn subject(subject: &str, except: Option<SessionId>) -> Revocation {
    Revocation::Subject { issuer: ISSUER.to_owned(), subject: subject.to_owned(), except }
}

#[test]
fn a_logout_ends_the_session_and_no_other() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| world.issuer.login_at(name, noon()).unwrap());
    let session = world.verifier.verify_at(alice.as_str(), noon()).unwrap();
    revoke(&world.denylist, &session, noon());
    let refused = world.verifier.verify_at(alice.as_str(), noon()).unwrap_err();
    assert_eq!(
        refused,
        VerifyError::Revoked { token_id: session.token_id(), session_id: session.session_id(), by: EntryKind::Id }
    );
    assert!(world.verifier.verify_at(bob.as_str(), noon()).is_ok());
}

#[test]
fn a_listed_id_counts_as_a_token_and_as_a_session() {
    let denylist = at_noon();
    let listed = TokenId::from_bytes(spread(1).to_be_bytes());
    revoke(&denylist, listed, noon());
    let other = facts(spread(2));
    assert_eq!(denylist.status(&other, noon()), Status::NotListed);
    assert_eq!(denylist.status(&TokenFacts { token_id: listed, ..other }, noon()), Status::Listed(EntryKind::Id));
    let session_id = SessionId::from_bytes(listed.to_bytes());
    assert_eq!(denylist.status(&TokenFacts { session_id, ..other }, noon()), Status::Listed(EntryKind::Id));
}

#[test]
fn revoking_twice_or_what_is_unknown_succeeds() {
    let denylist = at_noon();
    for _ in 0..3 {
        revoke(&denylist, SessionId::from_bytes([7; 16]), noon());
        revoke(&denylist, subject("nobody", None), noon());
        revoke(&denylist, Revocation::Everyone { except: None }, noon());
    }
    assert_eq!((denylist.stats().ids, denylist.stats().subjects), (1, 1));
}

#[test]
fn a_subjects_sessions_end_but_for_one_and_those_begun_later() {
    let denylist = at_noon();
    let (kept, ended) = (facts(spread(1)), facts(spread(2)));
    let now = kept.auth_time;
    revoke(&denylist, subject("alice", Some(kept.session_id)), now);
    assert_eq!(denylist.status(&kept, now), Status::NotListed);
    assert_eq!(denylist.status(&ended, now), Status::Listed(EntryKind::Subject));
    // Up to the leeway ahead: a session begun on a fast clock does not slip under.
    let fast = TokenFacts { auth_time: now + seconds(10), ..ended };
    let later = TokenFacts { auth_time: now + seconds(10) + TimeDelta::microseconds(1), ..ended };
    assert_eq!(denylist.status(&fast, now), Status::Listed(EntryKind::Subject));
    assert_eq!(denylist.status(&later, now), Status::NotListed);
    // Bytes as given: another spelling is another subject, and so is another issuer's namesake.
    for (issuer, subject) in [
        (ISSUER, "Alice"),
        (ISSUER, "alice "),
        ("https://app.example/", "alice"),
        ("https://app.example".split_at(18).0, "ealice"),
    ] {
        assert_eq!(
            denylist.status(&TokenFacts { issuer, subject, ..ended }, now),
            Status::NotListed,
            "{issuer} {subject}"
        );
    }
    // A later cutoff that exempts nobody ends the one that was kept.
    revoke(&denylist, subject("alice", None), now);
    assert_eq!(denylist.status(&kept, now), Status::Listed(EntryKind::Subject));
}

#[test]
fn everyone_is_everyone_but_one() {
    let denylist = at_noon();
    let (kept, ended) = (facts(spread(1)), facts(spread(2)));
    let now = kept.auth_time;
    revoke(&denylist, Revocation::Everyone { except: Some(kept.session_id) }, now);
    assert_eq!(denylist.status(&kept, now), Status::NotListed);
    assert_eq!(denylist.status(&ended, now), Status::Listed(EntryKind::Everyone));
}

#[test]
fn a_key_stays_listed_until_it_is_forgotten_by_name() {
    let denylist = at_noon();
    let token = facts(spread(1));
    revoke(&denylist, token.key_id, noon());
    let much_later = noon() + TimeDelta::days(4000);
    denylist.purge_at(much_later);
    assert_eq!(denylist.status(&token, much_later), Status::Listed(EntryKind::Key));
    let another = SecretKey::generate().unwrap().id();
    assert_eq!(denylist.status(&TokenFacts { key_id: another, ..token }, much_later), Status::NotListed);
    assert!(denylist.forget_key(&token.key_id).is_some() && denylist.forget_key(&token.key_id).is_none());
    assert_eq!(denylist.status(&token, much_later), Status::NotListed);
}

#[test]
fn a_new_list_vouches_for_no_session_begun_before_it() {
    let before = World::new();
    let token = before.issuer.login_at("alice", noon()).unwrap();
    for (age, vouched) in [(0, false), (-10, false), (-11, true)] {
        // The same keys, and a list that was lost and made anew.
        let denylist = Denylist::builder().in_memory_at(noon() + seconds(age)).unwrap();
        let verifier = hallpass::Verifier::new(&before.keys, ISSUER, &denylist);
        let verified = verifier.verify_at(token.as_str(), noon() + seconds(1));
        assert_eq!(verified.is_ok(), vouched, "{age} {verified:?}");
    }
}

#[test]
fn a_login_right_after_the_list_is_made_or_everyone_is_logged_out_works_at_once() {
    let keys = KeyRing::generate().unwrap();
    let denylist = at_noon();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = hallpass::Verifier::new(&keys, ISSUER, &denylist);
    let first = issuer.login_at("alice", noon()).unwrap();
    let session = verifier.verify_at(first.as_str(), noon()).unwrap();
    assert_eq!((session.issued_at(), session.auth_time()), (noon(), noon() + seconds(10) + TimeDelta::microseconds(1)));

    for what in [Revocation::Everyone { except: None }, subject("alice", None)] {
        let old = issuer.login_at("alice", noon()).unwrap();
        revoke(&denylist, what, noon());
        let new = issuer.login_at("alice", noon()).unwrap();
        assert!(matches!(verifier.verify_at(old.as_str(), noon()), Err(VerifyError::Revoked { .. })));
        assert!(verifier.verify_at(new.as_str(), noon()).is_ok());
        // Once more, from a clock that is slow by the leeway.
        let slow = issuer.login_at("alice", noon() - seconds(9)).unwrap();
        assert!(verifier.verify_at(slow.as_str(), noon()).is_ok());
    }
}

#[test]
fn no_entry_leaves_early_and_none_stays_for_long() {
    for longest in [1, 900, 86_400, 30 * 86_400] {
        let denylist = Denylist::builder().longest_lifetime(seconds(longest)).in_memory_at(noon()).unwrap();
        let retention = denylist.limits().retention();
        assert_eq!(retention, seconds(longest + 300));
        for n in 0..100 {
            revoke(&denylist, TokenId::from_bytes(spread(n).to_be_bytes()), noon());
        }
        revoke(&denylist, subject("bob", None), noon());
        let listed = |at: DateTime<Utc>| {
            (0..100).filter(|&n| denylist.status(&facts(spread(n)), at) != Status::NotListed).count()
        };
        for early in [TimeDelta::zero(), retention / 2, retention - TimeDelta::microseconds(1), retention] {
            denylist.purge_at(noon() + early);
            assert_eq!((listed(noon() + early), denylist.stats().subjects), (100, 1), "{longest} {early}");
        }
        // Two ticks more, a tick being a 64th of the retention; and the leeway for the cutoff.
        let late = retention + retention / 32 + seconds(11);
        denylist.purge_at(noon() + late);
        assert_eq!(listed(noon() + late), 0);
        assert_eq!((denylist.stats().ids, denylist.stats().subjects), (0, 0));
    }
}

#[test]
fn revoking_again_later_keeps_the_entry_longer() {
    let denylist = at_noon();
    let (token, retention) = (facts(spread(1)), denylist.limits().retention());
    revoke(&denylist, token.token_id, noon());
    revoke(&denylist, token.token_id, noon() + seconds(600));
    for at in [retention + seconds(300), retention + seconds(600)] {
        denylist.purge_at(noon() + at);
        assert_eq!(denylist.status(&token, noon() + at), Status::Listed(EntryKind::Id));
    }
    assert_eq!(denylist.stats().ids, 1);
    denylist.purge_at(noon() + retention * 2);
    assert_eq!(denylist.stats().ids, 0);
}

#[test]
fn revoking_drops_what_has_expired_without_being_told() {
    let denylist = at_noon();
    for n in 0..20_000 {
        revoke(&denylist, TokenId::from_bytes(spread(n).to_be_bytes()), noon());
    }
    let later = noon() + denylist.limits().retention() * 2;
    for n in 20_000..20_100 {
        revoke(&denylist, TokenId::from_bytes(spread(n).to_be_bytes()), later);
    }
    assert_eq!(denylist.stats().ids, 100);
}

#[test]
fn at_capacity_it_refuses_to_forget_and_keeps_room_for_cutoffs() {
    let denylist = Denylist::builder().capacity(1000).in_memory_at(noon()).unwrap();
    for n in 0..1000 {
        revoke(&denylist, TokenId::from_bytes(spread(n).to_be_bytes()), noon());
    }
    let full = denylist.revoke_at(TokenId::from_bytes(spread(1000).to_be_bytes()), noon() + seconds(1)).wait();
    assert_eq!(full, Err(RevokeError::Full { capacity: 1000 }));
    assert_eq!(denylist.status(&facts(spread(1000)), noon()), Status::NotListed);
    for n in 0..1000 {
        assert_eq!(denylist.status(&facts(spread(n)), noon()), Status::Listed(EntryKind::Id));
    }
    // What is listed may be revoked again, cutoffs and keys have room of their own, and time makes room.
    revoke(&denylist, TokenId::from_bytes(spread(5).to_be_bytes()), noon() + seconds(60));
    revoke(&denylist, subject("alice", None), noon());
    revoke(&denylist, Revocation::Everyone { except: None }, noon());
    revoke(&denylist, SecretKey::generate().unwrap().id(), noon());
    let later = noon() + denylist.limits().retention() * 2;
    revoke(&denylist, TokenId::from_bytes(spread(1000).to_be_bytes()), later);
    assert_eq!(denylist.stats().ids, 1);
}

#[test]
fn a_clock_that_steps_back_behind_a_purge_is_noticed_and_nobody_is_locked_out() {
    let world = World::new();
    let [old, ended] = ["alice", "bob"].map(|name| world.issuer.login_at(name, noon()).unwrap());
    revoke(&world.denylist, ended.claims().session_id(), noon());
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
                    Err(IssueError::ClockBehind { until }) => {
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
        revoke(&world.denylist, token.claims().session_id(), noon() - back);
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
fn the_id_of_a_secret_half_revokes_nothing_and_says_so() {
    let denylist = at_noon();
    let id = SecretKey::generate().unwrap().secret_id().unwrap();
    assert_eq!(denylist.revoke_at(id, noon()).wait(), Err(RevokeError::NotForTokens { id }));
    assert_eq!(denylist.stats().keys, 0);
}

#[test]
fn a_subject_that_is_purged_meanwhile_is_never_taken_for_one_that_was_not_listed() {
    let later = noon() + TimeDelta::hours(2);
    for _ in 0..20 {
        let denylist = at_noon();
        let names: Vec<String> = (0..2000).map(|n| format!("user-{n}")).collect();
        for name in &names {
            revoke(&denylist, subject(name, None), noon() + seconds(1));
        }
        std::thread::scope(|scope| {
            scope.spawn(|| denylist.purge_at(later));
            for name in &names {
                let facts = TokenFacts { subject: name, auth_time: noon() + seconds(11), ..facts(1) };
                assert_ne!(denylist.status(&facts, noon()), Status::NotListed, "{name}");
            }
        });
    }
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
    let status = |back: i64| world.denylist.status(&facts(9), noon() - seconds(back));
    assert_eq!((status(60), status(61)), (Status::NotListed, Status::Unknown));
}

#[test]
fn verifying_changes_nothing_whatever_the_moment() {
    let world = World::new();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    revoke(&world.denylist, TokenId::from_bytes([1; 16]), noon());
    for at in
        [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, noon() + TimeDelta::days(100_000), DateTime::<Utc>::MAX_UTC]
    {
        let _ = world.verifier.verify_at(token.as_str(), at);
    }
    assert_eq!(world.denylist.stats().ids, 1);
    assert!(world.verifier.verify_at(token.as_str(), noon()).is_ok());
}

#[test]
fn limits_out_of_range_are_refused() {
    let build = |longest: TimeDelta, leeway: TimeDelta| {
        Denylist::builder().longest_lifetime(longest).leeway(leeway).in_memory()
    };
    for (longest, leeway) in
        [(0, 10), (-1, 10), (30 * 86_400 + 1, 10), (900, -1), (900, 61), (i64::MAX / 1000, 10), (900, i64::MAX / 1000)]
    {
        assert!(
            matches!(build(seconds(longest), seconds(leeway)), Err(DenylistError::Limits(_))),
            "{longest} {leeway}"
        );
    }
    for (longest, leeway) in [(1, 0), (30 * 86_400, 60)] {
        assert!(build(seconds(longest), seconds(leeway)).is_ok());
    }
}

#[test]
fn the_result_of_revoking_can_be_awaited() {
    let denylist = at_noon();
    let mut revoking = std::pin::pin!(denylist.revoke_at(TokenId::from_bytes([1; 16]), noon()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(receipt)) = revoking.as_mut().poll(&mut context) else {
        panic!("a list in memory is ready at once")
    };
    assert_eq!(receipt.everywhere_by(), noon());
}

#[test]
fn what_was_acknowledged_is_never_missed_while_shards_are_rebuilt() {
    const WRITERS: u128 = 3;
    const EACH: u128 = 30_000;
    let denylist = at_noon();
    let acknowledged: Vec<AtomicUsize> = (0..WRITERS).map(|_| AtomicUsize::new(0)).collect();
    let writing = AtomicUsize::new(WRITERS as usize);
    let id = |writer: u128, n: u128| spread(writer << 64 | n);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (denylist, acknowledged, writing) = (&denylist, &acknowledged, &writing);
            scope.spawn(move || {
                for n in 0..EACH {
                    revoke(denylist, TokenId::from_bytes(id(writer, n).to_be_bytes()), noon());
                    acknowledged[writer as usize].store(n as usize + 1, Ordering::Release);
                }
                writing.fetch_sub(1, Ordering::Release);
            });
        }
        // Growth rebuilds shards all the time; this rebuilds all of them as well.
        scope.spawn(|| {
            while writing.load(Ordering::Acquire) > 0 {
                denylist.purge_at(noon() + seconds(1));
            }
        });
        scope.spawn(|| {
            let mut turn = 0_u128;
            while writing.load(Ordering::Acquire) > 0 {
                turn += 1;
                for writer in 0..WRITERS {
                    let known = acknowledged[writer as usize].load(Ordering::Acquire) as u128;
                    // The newest, and one of the others.
                    for n in [known.wrapping_sub(1), spread(turn) % known.max(1)] {
                        if n < known {
                            assert_eq!(
                                denylist.status(&facts(id(writer, n)), noon()),
                                Status::Listed(EntryKind::Id),
                                "{writer} {n}"
                            );
                        }
                    }
                    assert_eq!(denylist.status(&facts(id(WRITERS, turn)), noon()), Status::NotListed);
                }
            }
        });
    });
    assert_eq!(denylist.stats().ids, (WRITERS * EACH) as usize);
    for writer in 0..WRITERS {
        assert!((0..EACH).all(|n| denylist.status(&facts(id(writer, n)), noon()) == Status::Listed(EntryKind::Id)));
    }
}

#[test]
fn cutoffs_are_never_missed_while_their_filter_is_made_anew() {
    let denylist = at_noon();
    let done = AtomicBool::new(false);
    let known = AtomicUsize::new(0);
    let names: Vec<String> = (0..20_000).map(|n| format!("user-{n}")).collect();
    let of = |name: &'static str| TokenFacts { subject: name, auth_time: noon() + seconds(10), ..facts(1) };
    let names: &'static [String] = names.leak();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (n, name) in names.iter().enumerate() {
                // The list was made at noon; these are cutoffs of their own, a second later.
                revoke(&denylist, subject(name, None), noon() + seconds(1));
                known.store(n + 1, Ordering::Release);
            }
            done.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(Ordering::Acquire) {
                let known = known.load(Ordering::Acquire);
                turn += 7919;
                for n in [known.saturating_sub(1), turn % known.max(1)] {
                    if n < known {
                        let later = TokenFacts { auth_time: noon() + seconds(11), ..of(&names[n]) };
                        assert_eq!(denylist.status(&later, noon()), Status::Listed(EntryKind::Subject), "{n}");
                    }
                }
            }
        });
    });
    for name in names {
        let listed = TokenFacts { auth_time: noon() + seconds(11), ..of(name) };
        assert_eq!(denylist.status(&listed, noon()), Status::Listed(EntryKind::Subject), "{name}");
    }
    let unlisted = TokenFacts { auth_time: noon() + seconds(11), ..of("somebody else") };
    assert_eq!(denylist.status(&unlisted, noon()), Status::NotListed);
}

#[test]
fn threads_fill_a_list_to_its_capacity_and_not_beyond() {
    let denylist = Denylist::builder().capacity(5000).in_memory_at(noon()).unwrap();
    let accepted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u128)
            .map(|thread| {
                let denylist = &denylist;
                scope.spawn(move || {
                    (0..2000)
                        .filter(|n| {
                            denylist
                                .revoke_at(TokenId::from_bytes(spread(thread << 64 | n).to_be_bytes()), noon())
                                .wait()
                                .is_ok()
                        })
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((accepted, denylist.stats().ids), (5000, 5000));
}

#[test]
fn ids_are_random_and_distinct() {
    let world = World::new();
    let ids: HashSet<TokenId> =
        (0..1000).map(|_| world.issuer.login_at("alice", noon()).unwrap().claims().token_id()).collect();
    assert_eq!(ids.len(), 1000);
}
