//! A predecessor that is shown after its grace ends the session, whoever came first.

use hallpass::status::EntryKind;
use hallpass::{Denylist, Issuer, KeyRing, SessionId, Token, Verifier, VerifyError};

use super::{at, login, micros, renew, verify};
use crate::support::{ISSUER, World, noon, seconds};

/// A session that was renewed after 300 seconds, and its successor first used after 310.
fn renewed(world: &World) -> (Token, Token) {
    let (first, session) = login(world);
    let second = renew(world, &session, 300);
    verify(world, &second, 310).unwrap();
    (first, second)
}

#[test]
fn the_grace_the_leeway_and_the_replay_to_the_microsecond() {
    let world = World::local();
    let look =
        |first: &Token, after: i64, late: i64| world.verifier.verify_at(first.as_str(), at(after) + micros(late));
    let (first, second) = renewed(&world);
    let (token_id, session_id) = (first.registered().token_id(), first.registered().session_id());
    assert!(look(&first, 310, 0).is_ok());
    assert!(look(&first, 340, 0).is_ok());
    for (after, late) in [(340, 1), (350, 0)] {
        let now = at(after) + micros(late);
        let refused = VerifyError::Superseded { token_id, session_id, retired_at: at(310), now };
        assert_eq!(look(&first, after, late).unwrap_err(), refused);
    }
    // Refusing ends nothing.
    assert!(verify(&world, &second, 350).is_ok());
    let now = at(350) + micros(1);
    let replayed = VerifyError::Replayed { token_id, session_id, retired_at: at(310), now, ended: true };
    assert_eq!(look(&first, 350, 1).unwrap_err(), replayed);
    let listed = verify(&world, &second, 350).unwrap_err();
    assert!(matches!(listed, VerifyError::Revoked { by: EntryKind::Id, .. }), "{listed}");
    assert!(matches!(look(&first, 350, 1), Err(VerifyError::Revoked { .. })));
}

#[test]
fn a_thief_who_renews_first_is_found_when_the_victim_comes() {
    let world = World::local();
    let (stolen, session) = login(&world);
    let thiefs = renew(&world, &session, 300);
    verify(&world, &thiefs, 300).unwrap();
    let thiefs = renew(&world, &verify(&world, &thiefs, 700).unwrap(), 700);
    verify(&world, &thiefs, 700).unwrap();
    // The victim comes back within the life of the token, and long after the grace.
    assert!(matches!(verify(&world, &stolen, 800), Err(VerifyError::Replayed { .. })));
    assert!(matches!(verify(&world, &thiefs, 800), Err(VerifyError::Revoked { .. })));
}

#[test]
fn a_thief_who_comes_second_ends_the_session_too() {
    let world = World::local();
    let (stolen, victims) = renewed(&world);
    assert!(matches!(verify(&world, &stolen, 800), Err(VerifyError::Replayed { .. })));
    assert!(matches!(verify(&world, &victims, 800), Err(VerifyError::Revoked { .. })));
    assert!(world.issuer.login_at("alice", at(801)).is_ok_and(|token| verify(&world, &token, 801).is_ok()));
}

#[test]
fn the_grace_does_not_slide() {
    let world = World::local();
    let (first, session) = login(&world);
    // The session is renewed again and again, each time within the grace of the last.
    let mut newest = session;
    for step in 1..=10 {
        let token = renew(&world, &newest, 20 * step);
        newest = verify(&world, &token, 20 * step).unwrap();
        // The first token was retired by the first successor, used after 20 s.
        let looked = verify(&world, &first, 20 * step);
        match step {
            ..=2 => assert!(looked.is_ok(), "{step}"),
            3 => assert!(matches!(looked, Err(VerifyError::Superseded { retired_at, .. }) if retired_at == at(20))),
            _ => {
                assert!(matches!(looked, Err(VerifyError::Replayed { .. })), "{step}");
                return;
            }
        }
    }
}

#[test]
fn a_flood_of_renewals_hides_no_replay() {
    let world = World::local();
    let (stolen, session) = login(&world);
    let mut newest = session;
    // Every second for two minutes, so that every token is in the grace of the next.
    for step in 1..=120 {
        let token = renew(&world, &newest, step);
        newest = verify(&world, &token, step).unwrap();
        if step == 42 {
            assert!(matches!(verify(&world, &stolen, 42), Err(VerifyError::Replayed { .. })));
            return;
        }
    }
}

#[test]
fn a_generation_may_be_skipped() {
    let world = World::local();
    let (first, session) = login(&world);
    let second = renew(&world, &session, 300);
    // Another process saw the second; this one sees the third at once.
    let elsewhere = Verifier::dangerously_without_denylist(&world.keys, ISSUER, world.denylist.limits());
    let session = elsewhere.verify_at(second.as_str(), at(300)).unwrap();
    let without = Issuer::dangerously_without_denylist(&world.keys, ISSUER, world.denylist.limits());
    let third = without.renew_at(&session, at(301)).unwrap();
    verify(&world, &third, 310).unwrap();
    assert!(verify(&world, &first, 340).is_ok() && verify(&world, &second, 340).is_ok());
    assert!(matches!(verify(&world, &second, 351), Err(VerifyError::Replayed { .. })));
    assert!(matches!(verify(&world, &first, 351), Err(VerifyError::Revoked { .. })));
}

#[test]
fn clocks_that_differ_by_the_leeway_never_look_like_a_replay() {
    // How far each clock stands from the true time; between any two lies at most the leeway, 10 s.
    for (issuers, first_uses, looks) in
        (-10..=0).flat_map(|a| (-10..=0).flat_map(move |b| (-10..=0).map(move |c| (a, b, c))))
    {
        let world = World::local();
        let token = world.issuer.login_at("alice", at(issuers)).unwrap();
        let session = verify(&world, &token, issuers).unwrap();
        let successor = renew(&world, &session, 300 + issuers);
        verify(&world, &successor, 300 + first_uses).unwrap();
        // Half a minute later, in truth: the last moment at which a request may still be on its way.
        let looked = verify(&world, &token, 300 + 30 + looks);
        assert!(
            matches!(looked, Ok(_) | Err(VerifyError::Superseded { .. })),
            "{issuers} {first_uses} {looks}: {looked:?}"
        );
        assert!(verify(&world, &successor, 330 + looks).is_ok());
    }
}

#[test]
fn a_token_can_not_have_been_used_before_it_was_issued() {
    let world = World::local();
    let (first, session) = login(&world);
    let second = renew(&world, &session, 300);
    // A verifier whose clock is 10 s behind the issuer's.
    verify(&world, &second, 290).unwrap();
    assert!(
        matches!(verify(&world, &first, 335), Err(VerifyError::Superseded { retired_at, .. }) if retired_at == at(300))
    );
}

#[test]
fn the_grace_can_be_set_from_0_to_60_seconds() {
    let with = |grace| Denylist::builder().grace(seconds(grace)).in_memory_at(noon() - seconds(60));
    assert!(with(-1).is_err() && with(61).is_err());
    for grace in [0, 1, 60] {
        let denylist = with(grace).unwrap();
        assert_eq!(denylist.grace(), seconds(grace));
        let keys = KeyRing::generate_local().unwrap();
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        let verifier = Verifier::new(&keys, ISSUER, &denylist);
        let token = issuer.login_at("alice", noon()).unwrap();
        let session = verifier.verify_at(token.as_str(), noon()).unwrap();
        let successor = issuer.renew_at(&session, at(300)).unwrap();
        verifier.verify_at(successor.as_str(), at(300)).unwrap();
        let look = |after| verifier.verify_at(token.as_str(), at(300 + after));
        assert!(look(grace).is_ok());
        assert!(matches!(look(grace + 1), Err(VerifyError::Superseded { .. })));
        assert!(matches!(look(grace + 10), Err(VerifyError::Superseded { .. })));
        assert!(matches!(look(grace + 11), Err(VerifyError::Replayed { .. })));
    }
}

#[test]
fn an_expired_predecessor_is_refused_and_ends_nothing() {
    let world = World::local();
    let (first, second) = renewed(&world);
    assert!(matches!(verify(&world, &first, 910), Err(VerifyError::Expired { .. })));
    assert!(verify(&world, &second, 910).is_ok());
}

#[test]
fn a_token_that_is_not_authentic_or_not_for_us_ends_nothing() {
    let world = World::local();
    let (first, second) = renewed(&world);
    let mut forged = first.as_str().to_owned();
    let at_byte = forged.len() / 3;
    let other = if forged.as_bytes()[at_byte] == b'A' { "B" } else { "A" };
    forged.replace_range(at_byte..=at_byte, other);
    assert!(world.verifier.verify_at(&forged, at(800)).is_err());
    let others = world.verifier.clone().audience("https://api.example");
    assert!(matches!(others.verify_at(first.as_str(), at(800)), Err(VerifyError::Audience { .. })));
    assert!(verify(&world, &second, 800).is_ok());
}

#[test]
fn a_replay_is_noticed_in_a_full_list_though_the_session_can_not_be_ended() {
    let denylist = Denylist::builder().capacity(64).in_memory_at(noon() - seconds(60)).unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    let token = issuer.login_at("alice", noon()).unwrap();
    let session = verifier.verify_at(token.as_str(), noon()).unwrap();
    let successor = issuer.renew_at(&session, at(300)).unwrap();
    verifier.verify_at(successor.as_str(), at(300)).unwrap();
    for n in 1..=64 {
        denylist.revoke_at(SessionId::from_bytes([n; 16]), at(300)).wait().unwrap();
    }
    for _ in 0..3 {
        let refused = verifier.verify_at(token.as_str(), at(400)).unwrap_err();
        assert!(matches!(refused, VerifyError::Replayed { ended: false, .. }), "{refused}");
        assert!(refused.to_string().ends_with("could not be ended"));
    }
    assert!(verifier.verify_at(successor.as_str(), at(400)).is_ok());
}

#[test]
fn a_clock_that_steps_back_behind_what_was_dropped_of_the_notes_is_noticed() {
    let world = World::local();
    let (first, _) = renewed(&world);
    // 1500 s is when the note may leave: 310 s and the retention.
    world.denylist.purge_at(at(1511));
    assert_eq!(world.denylist.stats().sessions, 0);
    assert_eq!(verify(&world, &first, 400).unwrap_err(), VerifyError::StatusUnknown);
}

#[test]
fn notes_that_expire_on_the_way_are_noticed_too() {
    let world = World::local();
    let (first, _) = renewed(&world);
    // Other sessions are renewed on a clock that is ahead, until the part of this one is purged.
    for n in 0..600 {
        let token = world.issuer.login_at("bob", at(1600)).unwrap();
        let session = verify(&world, &token, 1600).unwrap();
        verify(&world, &renew(&world, &session, 1601), 1601).unwrap();
        if n % 50 == 0 && matches!(verify(&world, &first, 400), Err(VerifyError::StatusUnknown)) {
            return;
        }
    }
    panic!("nothing was dropped");
}

#[test]
fn a_revocation_outlives_tokens_that_were_renewed_on_a_clock_that_was_ahead() {
    let world = World::local();
    let (_, mut session) = login(&world);
    for after in (300..=900).step_by(300) {
        session = verify(&world, &renew(&world, &session, after), after).unwrap();
    }
    let token = renew(&world, &session, 1200);
    // The clock is right again.
    world.denylist.revoke_at(session.session_id(), at(5)).wait().unwrap();
    for after in [1200, 1211, 1500, 2100, 2109] {
        world.denylist.purge_at(at(after));
        assert!(verify(&world, &token, after).is_err(), "{after}");
    }
}

#[test]
fn a_list_that_starts_anew_keeps_no_notes_by_the_clock_that_was_wrong() {
    let world = World::local();
    drop(renewed(&world));
    assert_eq!(world.denylist.stats().sessions, 1);
    let token = world.issuer.login_at("alice", at(300 - 1201 - 310)).unwrap();
    assert_eq!(world.denylist.stats().sessions, 0);
    assert!(verify(&world, &token, -1210).is_ok());
}
