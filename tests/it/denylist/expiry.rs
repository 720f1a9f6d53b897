//! How long an entry stays, and what happens when there is no room.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::SecretKey;
use hallpass::status::{EntryKind, Status};
use hallpass::{Denylist, Revocation, RevokeError, TokenId};

use super::{at_noon, but, facts, revoke, spread, subject};
use crate::support::{World, noon, seconds};

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
            (0..100).filter(|&n| denylist.status_at(&facts(spread(n)), at) != Status::NotListed).count()
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
        assert_eq!(denylist.status_at(&token, noon() + at), Status::Listed(EntryKind::Id));
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
    assert_eq!(denylist.status_at(&facts(spread(1000)), noon()), Status::NotListed);
    for n in 0..1000 {
        assert_eq!(denylist.status_at(&facts(spread(n)), noon()), Status::Listed(EntryKind::Id));
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
                let facts = but(facts(1), |it| (it.subject, it.auth_time) = (name, noon() + seconds(11)));
                assert_ne!(denylist.status_at(&facts, noon()), Status::NotListed, "{name}");
            }
        });
    }
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
fn a_purge_is_as_of_now_unless_a_moment_is_named() {
    let long_ago = Utc::now() - TimeDelta::days(400);
    let denylist = Denylist::builder().in_memory_at(long_ago).unwrap();
    revoke(&denylist, facts(spread(1)).token_id, long_ago);
    denylist.purge_at(long_ago);
    assert_eq!(denylist.stats().ids, 1);
    denylist.purge();
    assert_eq!(denylist.stats().ids, 0);
}
