//! Ending sessions: this one, another, all, all others, everyone's, a key's; and what the dead may not do.

use hallpass::status::EntryKind;
use hallpass::{Revocation, RevokeError, Token, VerifyError};

use super::{at, login, micros, renew, verify};
use crate::support::{World, noon, seconds};

fn ends(world: &World, token: &Token, after: i64) -> Option<EntryKind> {
    match verify(world, token, after) {
        Ok(_) => None,
        Err(VerifyError::Revoked { by, .. }) => Some(by),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn each_way_to_end_ends_what_it_says() {
    let (this, other, elsewhere, everywhere) = (0, 1, 2, 3);
    for (kind, ended) in [
        (this, [true, false, false, false]),
        (other, [false, true, false, false]),
        (elsewhere, [false, true, true, false]),
        (everywhere, [true, true, true, false]),
    ] {
        let world = World::local();
        let tokens: Vec<Token> =
            ["alice", "alice", "alice", "bob"].map(|subject| world.issuer.login_at(subject, noon()).unwrap()).into();
        let session = verify(&world, &tokens[0], 0).unwrap();
        let other_id = tokens[1].registered().session_id();
        let request = match kind {
            0 => (&session).into(),
            1 => session.other(other_id),
            2 => session.elsewhere(),
            _ => session.everywhere(),
        };
        world.denylist.revoke_at(request, at(1)).wait().unwrap();
        let found: Vec<bool> = tokens.iter().map(|token| ends(&world, token, 1).is_some()).collect();
        assert_eq!(found, ended, "{kind}");
        // A login right after it works at once, even within the same microsecond.
        assert_eq!(ends(&world, &world.issuer.login_at("alice", at(1)).unwrap(), 1), None);
    }
}

/// A renewal that is under way while the session ends: verified before, issued before, after and at that
/// very moment.
#[test]
fn each_holds_against_a_renewal_at_the_same_moment() {
    for kind in 0..5 {
        let world = World::local();
        let (_, first) = login(&world);
        // Not the first token's, whose id is the session's too.
        let session = verify(&world, &renew(&world, &first, 1), 1).unwrap();
        let before = renew(&world, &session, 2);
        let request = match kind {
            0 => (&session).into(),
            1 => session.everywhere(),
            2 => Revocation::Everyone { except: None }.into(),
            3 => session.key_id().into(),
            _ => session.session_id().into(),
        };
        world.denylist.revoke_at(request, at(2)).wait().unwrap();
        assert!(world.issuer.renew_at(&session, at(2)).is_err(), "{kind}");
        assert!(ends(&world, &before, 2).is_some(), "{kind}");
        assert!(ends(&world, &before, 900).is_some(), "{kind}");
    }
}

#[test]
fn each_holds_against_sessions_begun_on_a_clock_that_is_fast_by_the_leeway() {
    for everyone in [false, true] {
        let world = World::local();
        // As a process would with a clock 10 s ahead that has not seen the cutoff: on a list of its own.
        let elsewhere = World::with_keys(world.keys.clone());
        let fast = elsewhere.issuer.login_at("alice", at(10)).unwrap();
        let session = verify(&world, &fast, 1).unwrap();
        let request = if everyone { Revocation::Everyone { except: None }.into() } else { session.everywhere() };
        world.denylist.revoke_at(request, noon()).wait().unwrap();
        assert!(ends(&world, &fast, 1).is_some());
        assert_eq!(ends(&world, &world.issuer.login_at("alice", noon()).unwrap(), 0), None);
    }
}

#[test]
fn a_renewed_session_stays_when_the_others_end() {
    let world = World::local();
    let (_, session) = login(&world);
    let (other, _) = login(&world);
    let renewed = verify(&world, &renew(&world, &session, 300), 300).unwrap();
    world.denylist.revoke_at(renewed.elsewhere(), at(301)).wait().unwrap();
    assert!(ends(&world, &other, 301).is_some());
    let next = renew(&world, &renewed, 700);
    assert_eq!(ends(&world, &next, 700), None);
}

#[test]
fn revoking_again_succeeds_whoever_asks() {
    let world = World::local();
    let (_, session) = login(&world);
    for after in [1, 1, 2, 500] {
        world.denylist.revoke_at(&session, at(after)).wait().unwrap();
        world.denylist.revoke_at(session.session_id(), at(after)).wait().unwrap();
    }
    assert_eq!(world.denylist.stats().ids, 1);
    // By id, what is unknown or expired too.
    world.denylist.revoke_at(hallpass::TokenId::from_bytes([9; 16]), at(1)).wait().unwrap();
    world.denylist.revoke_at(session.session_id(), at(5000)).wait().unwrap();
}

#[test]
fn the_dead_revoke_nothing() {
    let world = World::local();
    let others = world.issuer.login_at("alice", noon()).unwrap();
    let (_, expired) = login(&world);
    let (_, revoked) = login(&world);
    world.denylist.revoke_at(&revoked, at(1)).wait().unwrap();
    let (_, superseded) = login(&world);
    let successor = renew(&world, &superseded, 1);
    verify(&world, &successor, 1).unwrap();
    let before = world.denylist.stats();
    for (dead, after) in [(&expired, 910), (&revoked, 2), (&superseded, 32), (&expired, -11)] {
        for request in [dead.everywhere(), dead.elsewhere(), dead.other(others.registered().session_id())] {
            let refused = world.denylist.revoke_at(request, at(after)).wait().unwrap_err();
            assert!(matches!(refused, RevokeError::NotLive(_)), "{refused}");
        }
    }
    assert_eq!(world.denylist.stats(), before);
    assert_eq!((ends(&world, &others, 2), ends(&world, &successor, 2)), (None, None));
    // What a dead token can't, the application can.
    world.denylist.revoke_at(others.registered().session_id(), at(910)).wait().unwrap();
}

/// By a handler that took its time, or a connection that stays open: the session goes on by a successor.
#[test]
fn a_logout_by_a_token_that_was_renewed_meanwhile_ends_the_session_however_late() {
    // In the grace, superseded, as late as a replay, expired; and before a clock that is behind has come to it.
    for after in [31, 32, 42, 899, 910, -11] {
        let world = World::local();
        let (_, held) = login(&world);
        let successor = renew(&world, &held, 1);
        verify(&world, &successor, 1).unwrap();
        world.denylist.revoke_at(&held, at(after)).wait().unwrap();
        assert_eq!(ends(&world, &successor, 2), Some(EntryKind::Id), "{after}");
        // Nor is it an error to ask again.
        world.denylist.revoke_at(&held, at(after)).wait().unwrap();
    }
}

#[test]
fn a_token_that_was_revoked_alone_does_not_end_its_session_and_says_so() {
    let world = World::local();
    let (_, session) = login(&world);
    let second = verify(&world, &renew(&world, &session, 1), 1).unwrap();
    let third = renew(&world, &second, 2);
    world.denylist.revoke_at(second.token_id(), at(2)).wait().unwrap();
    // Success would say that the session is over, and the dead revoke nothing.
    let refused = world.denylist.revoke_at(&second, at(2)).wait().unwrap_err();
    assert!(matches!(refused, RevokeError::NotLive(_)), "{refused}");
    assert_eq!(ends(&world, &third, 3), None);
}

#[test]
fn logout_of_a_session_that_was_ended_with_others_succeeds() {
    for kind in 0..3 {
        let world = World::local();
        let (_, session) = login(&world);
        let request = match kind {
            0 => session.everywhere(),
            1 => Revocation::Everyone { except: None }.into(),
            _ => session.session_id().into(),
        };
        world.denylist.revoke_at(request, at(1)).wait().unwrap();
        world.denylist.revoke_at(&session, at(1)).wait().unwrap();
    }
}

#[test]
fn a_token_that_is_not_valid_yet_is_revoked_for_later() {
    let world = World::local();
    let login = hallpass::Login::new("alice").not_before(at(600));
    let token = world.issuer.login_at(login, noon()).unwrap();
    assert!(matches!(verify(&world, &token, 1), Err(VerifyError::NotYetValid { .. })));
    world.denylist.revoke_at(token.registered().session_id(), at(1)).wait().unwrap();
    assert_eq!(ends(&world, &token, 1), Some(EntryKind::Id), "that it was taken back is told at once");
    world.denylist.purge_at(at(900));
    assert_eq!(ends(&world, &token, 600), Some(EntryKind::Id));
    assert_eq!(ends(&world, &token, 909), Some(EntryKind::Id));
}

#[test]
fn the_age_of_a_login_is_counted_to_the_microsecond_and_not_from_renewals() {
    let world = World::local();
    let (_, session) = login(&world);
    let renewed = verify(&world, &renew(&world, &session, 300), 300).unwrap();
    for session in [&session, &renewed] {
        assert!(session.require_login_within_at(seconds(600), at(600)).is_ok());
        let refused = session.require_login_within_at(seconds(600), at(600) + micros(1)).unwrap_err();
        assert_eq!((refused.auth_time, refused.max_age), (noon(), seconds(600)));
    }
    // A clock that is behind.
    assert!(session.require_login_within_at(seconds(0), at(-5)).is_ok());
}
