//! Renewal is pure: successors are equal, nothing is written, and what is over stays over.

use hallpass::status::EntryKind;
use hallpass::{Denylist, IssueError, Issuer, KeyRing, RenewError, Renewal, Timeouts, Verifier, VerifyError};
use serde_json::json;

use super::{at, login, renew, verify};
use crate::support::{ISSUER, World, chain, noon, payload, seconds};

#[test]
fn a_successor_keeps_session_login_and_claims_and_has_its_own_id_and_times() {
    for world in [World::new(), World::local()] {
        let claims = json!({"roles": ["a"], "big": 123456789012345678901234567890_f64, "e\"": "\u{1}é"});
        let login = hallpass::Login::new("alice").claims(&claims).unwrap().not_before(noon());
        let token = world.issuer.login_at(login, noon()).unwrap();
        let session = verify(&world, &token, 0).unwrap();
        let successor = verify(&world, &renew(&world, &session, 300), 300).unwrap();
        assert_eq!(successor.session_id(), session.session_id());
        assert_eq!(successor.auth_time(), session.auth_time());
        assert_eq!((successor.issuer(), successor.subject()), (session.issuer(), session.subject()));
        assert_eq!(successor.claims::<serde_json::Value>().unwrap(), claims);
        assert_eq!(successor.generation(), 1);
        assert_ne!(successor.token_id(), session.token_id());
        assert_eq!(successor.issued_at(), at(300));
        assert_eq!(successor.expires_at(), at(300 + 900));
        // It was valid, or there would be no session: nothing is left to wait for.
        assert_eq!(successor.not_before(), None);
        assert!(successor.prior_key_ids().is_empty());
    }
}

#[test]
fn private_claims_are_copied_as_they_are_written() {
    let world = World::new();
    let number = "123456789012345678901234567890.000000000000000000001e-3";
    let text = payload(&[("n", Some(number)), ("deep", Some(r#"{"a":[null,{"b":1e400}]}"#))]);
    // 1e400 is no number to most readers, so that only the texts can be compared.
    assert!(world.verifier.verify_at(&world.sealed(text.as_bytes()), noon()).is_err());
    let text = payload(&[("n", Some(number)), ("\\u006d", Some("[0.10]")), ("z", Some("{}"))]);
    let session = world.verifier.verify_at(&world.sealed(text.as_bytes()), noon()).unwrap();
    let successor = verify(&world, &renew(&world, &session, 1), 1).unwrap();
    assert!(successor.payload().contains(&format!("\"n\":{number}")), "{}", successor.payload());
    assert!(successor.payload().contains("\"m\":[0.10]") && successor.payload().contains("\"z\":{}"));
}

/// A token's other issuer wrote fewer registered claims, and so had room for more of the application's.
#[test]
fn more_private_claims_than_a_successor_has_room_for_are_the_reason_why_there_is_none() {
    let world = World::new();
    let names: Vec<String> = (0..504).map(|n| format!("{n:x}")).collect();
    let claims: Vec<(&str, Option<&str>)> = names.iter().map(|name| (name.as_str(), Some("0"))).collect();
    let session = world.verifier.verify_at(&world.sealed(payload(&claims).as_bytes()), noon()).unwrap();
    let refused = world.issuer.renew_at(&session, at(1)).unwrap_err();
    assert!(matches!(refused, RenewError::Issue(IssueError::Json(_))));
    let said = "the claims can't be written as JSON: private claims: not a strict JSON object: more than 501 keys";
    assert_eq!(chain(&refused), said);
}

#[test]
fn private_claims_can_be_replaced() {
    let world = World::new();
    let (_, session) = login(&world);
    let renewal = Renewal::of(&session).claims(&json!({"roles": ["editor"]})).unwrap();
    let successor = verify(&world, &world.issuer.renew_at(renewal, at(1)).unwrap(), 1).unwrap();
    assert_eq!(successor.claims::<serde_json::Value>().unwrap(), json!({"roles": ["editor"]}));
    assert!(Renewal::of(&session).claims(&json!({"gen": 0})).is_err());
    assert!(Renewal::of(&session).claims(&json!({"prior_kids": ""})).is_err());
    let none = world.issuer.renew_at(Renewal::of(&session).claims(&json!({})).unwrap(), at(2)).unwrap();
    assert_eq!(verify(&world, &none, 2).unwrap().claims::<serde_json::Value>().unwrap(), json!({}));
}

#[test]
fn parallel_renewals_make_equal_successors_and_any_of_them_goes_on() {
    let world = World::local();
    let (token, session) = login(&world);
    let successors: Vec<_> = (0..8).map(|n| renew(&world, &session, 300 + n)).collect();
    for successor in &successors {
        assert_eq!(successor.registered().generation(), 1);
        assert!(verify(&world, successor, 310).is_ok());
    }
    // One is renewed and its successor used; the others are predecessors then, with a grace.
    let next = renew(&world, &verify(&world, &successors[3], 620).unwrap(), 620);
    assert!(verify(&world, &next, 621).is_ok());
    assert!(successors.iter().all(|successor| verify(&world, successor, 621 + 30).is_ok()));
    assert!(matches!(verify(&world, &token, 651), Err(VerifyError::Replayed { .. })));
}

#[test]
fn a_lost_response_costs_nothing() {
    let world = World::local();
    let (token, session) = login(&world);
    (0..100).for_each(|lost| drop(renew(&world, &session, 300 + lost)));
    // However long ago: nobody has used any of them.
    let session = verify(&world, &token, 899).unwrap();
    let successor = renew(&world, &session, 899);
    assert!(verify(&world, &successor, 900).is_ok());
}

#[test]
fn renewing_writes_nothing() {
    let world = World::local();
    let (_, session) = login(&world);
    let before = world.denylist.stats();
    (0..100).for_each(|n| drop(renew(&world, &session, 300 + n)));
    assert_eq!(world.denylist.stats(), before);
}

#[test]
fn what_is_over_is_not_renewed() {
    let world = World::local();
    let (_, session) = login(&world);
    let refused = |after| world.issuer.renew_at(&session, at(after)).unwrap_err();
    assert!(matches!(refused(910), RenewError::NotLive(VerifyError::Expired { .. })));
    assert!(matches!(refused(-11), RenewError::NotLive(VerifyError::IssuedAhead { .. })));
    world.denylist.revoke_at(&session, at(10)).wait().unwrap();
    let listed = refused(10);
    assert!(matches!(listed, RenewError::NotLive(VerifyError::Revoked { by: EntryKind::Id, .. })), "{listed}");
}

#[test]
fn a_predecessor_is_renewed_within_its_grace_and_not_after() {
    let world = World::local();
    let (_, session) = login(&world);
    let successor = renew(&world, &session, 300);
    verify(&world, &successor, 300).unwrap();
    assert_eq!(renew(&world, &session, 330).registered().generation(), 1);
    let refused = |after| world.issuer.renew_at(&session, at(after)).unwrap_err();
    assert!(matches!(refused(331), RenewError::NotLive(VerifyError::Superseded { .. })));
    // However late: nobody has shown the token, so nobody is a thief.
    assert!(matches!(refused(800), RenewError::NotLive(VerifyError::Superseded { .. })));
    assert!(verify(&world, &successor, 800).is_ok());
}

#[test]
fn whoever_holds_a_session_for_long_is_no_thief() {
    for act in 0..4 {
        let world = World::local();
        let (_, held) = login(&world);
        let other = login(&world).1;
        let successor = renew(&world, &held, 300);
        verify(&world, &successor, 301).unwrap();
        // A slow handler, or a connection that stays open.
        let refused = match act {
            0 => world.issuer.renew_at(&held, at(400)).is_err(),
            1 => world.issuer.step_up_at(&held, "alice", at(400)).is_err(),
            2 => world.issuer.change_privilege_at(&held, at(400)).is_err(),
            _ => world.denylist.revoke_at(held.other(other.session_id()), at(400)).wait().is_err(),
        };
        assert!(refused, "{act}");
        assert!(verify(&world, &successor, 400).is_ok(), "{act}");
    }
}

#[test]
fn a_slow_renewal_is_the_equal_of_what_is_in_use() {
    let world = World::local();
    let (_, slow) = login(&world);
    let first = verify(&world, &renew(&world, &slow, 1), 1).unwrap();
    let second = renew(&world, &first, 2);
    verify(&world, &second, 2).unwrap();
    // The slow request ends last, and its cookie overwrites the others'.
    let late = renew(&world, &slow, 20);
    assert_eq!(late.registered().generation(), 2);
    assert!(verify(&world, &late, 45).is_ok() && verify(&world, &second, 45).is_ok());
}

#[test]
fn renewal_is_not_due_where_a_successor_would_not_live_longer() {
    let world = World::local();
    let (_, mut session) = login(&world);
    for after in (0..12 * 3600).step_by(10) {
        if world.issuer.renewal_is_due_at(&session, at(after)) {
            session = verify(&world, &renew(&world, &session, after), after).unwrap();
        }
    }
    assert_eq!(session.expires_at(), at(12 * 3600));
}

#[test]
fn nothing_is_renewed_while_the_status_is_unknown() {
    let world = World::local();
    let (_, session) = login(&world);
    let listed = hallpass::SessionId::from_bytes([7; 16]);
    world.denylist.revoke_at(listed, noon()).wait().unwrap();
    world.denylist.purge_at(noon() + seconds(3600));
    assert_eq!(world.issuer.renew_at(&session, at(1)).unwrap_err(), RenewError::NotLive(VerifyError::StatusUnknown));
    // Who wants to leave may.
    world.denylist.revoke_at(&session, at(1)).wait().unwrap();
    assert_eq!(world.denylist.stats().ids, 1);
    // But may not make others leave.
    assert!(world.denylist.revoke_at(session.everywhere(), at(1)).wait().is_err());
}

#[test]
fn another_issuers_session_is_not_renewed() {
    let world = World::local();
    let (_, session) = login(&world);
    let other = Issuer::new(&world.keys, "https://other.example", &world.denylist);
    assert!(matches!(other.renew_at(&session, at(1)), Err(RenewError::NotLive(VerifyError::Issuer { .. }))));
    let other = world.issuer.clone().audience("https://api.example");
    assert!(matches!(other.renew_at(&session, at(1)), Err(RenewError::NotLive(VerifyError::Audience { .. }))));
}

#[test]
fn nothing_is_issued_before_its_predecessor_on_a_slower_clock() {
    let world = World::local();
    // "Everyone", so that the next login's auth_time stands as far ahead as it may.
    world.denylist.revoke_at(hallpass::Revocation::Everyone { except: None }, at(10)).wait().unwrap();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let session = verify(&world, &token, 0).unwrap();
    assert!(session.auth_time() > at(19));
    // Ten seconds back a successor would not outlive the token, so there is none; a new session begins no
    // earlier than the token, so that `auth_time` does not stand too far ahead of it.
    assert!(matches!(world.issuer.renew_at(&session, at(-10)), Err(RenewError::NoMoreTime { .. })));
    let changed = world.issuer.change_privilege_at(&session, at(-10)).unwrap().wait().unwrap();
    assert_eq!(changed.registered().issued_at(), noon());
    assert!(verify(&world, &changed, -10).is_ok());
}

#[test]
fn renewal_is_due_after_a_third_unless_set_otherwise() {
    let world = World::local();
    let (_, session) = login(&world);
    let due = |issuer: &Issuer, after| issuer.renewal_is_due_at(&session, at(after));
    assert!(!due(&world.issuer, 299) && due(&world.issuer, 300));
    let issuer = world.issuer.clone().timeouts(Timeouts::default().renew_after(seconds(60))).unwrap();
    assert!(!due(&issuer, 59) && due(&issuer, 60));
}

#[test]
fn without_a_denylist_sessions_are_renewed_too() {
    let keys = KeyRing::generate_local().unwrap();
    let limits = hallpass::time::TimeLimits::default();
    let issuer = Issuer::dangerously_without_denylist(&keys, ISSUER, limits);
    let verifier = Verifier::dangerously_without_denylist(&keys, ISSUER, limits);
    let session = verifier.verify_at(issuer.login_at("alice", noon()).unwrap().as_str(), noon()).unwrap();
    let successor = issuer.renew_at(&session, at(1)).unwrap();
    assert_eq!(verifier.verify_at(successor.as_str(), at(1)).unwrap().generation(), 1);
    assert_eq!(issuer.step_up_at(&session, "alice", at(1)).unwrap_err(), RenewError::NoDenylist);
    assert_eq!(issuer.change_privilege_at(&session, at(1)).unwrap_err(), RenewError::NoDenylist);
}

#[test]
fn the_last_generation_is_not_renewed() {
    let world = World::local();
    let text = payload(&[("gen", Some("4294967295"))]);
    let session = world.verifier.verify_at(&world.sealed(text.as_bytes()), noon()).unwrap();
    assert_eq!(world.issuer.renew_at(&session, at(1)).unwrap_err(), RenewError::TooOften);
    let world = World::local();
    let text = payload(&[("gen", Some("4294967294"))]);
    let session = world.verifier.verify_at(&world.sealed(text.as_bytes()), noon()).unwrap();
    assert_eq!(renew(&world, &session, 1).registered().generation(), u32::MAX);
}

#[test]
fn a_full_list_of_notes_only_delays_what_is_noticed() {
    let denylist = Denylist::builder().capacity(1).in_memory_at(noon() - seconds(3600)).unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    for _ in 0..300 {
        let token = issuer.login_at("alice", noon()).unwrap();
        let session = verifier.verify_at(token.as_str(), noon()).unwrap();
        let successor = issuer.renew_at(&session, at(300)).unwrap();
        assert!(verifier.verify_at(successor.as_str(), at(300)).is_ok());
        assert!(verifier.verify_at(successor.as_str(), at(301)).is_ok());
    }
    let stats = denylist.stats();
    // One for each of 64 parts.
    assert!(stats.sessions <= 64 && stats.unnoted >= 236, "{stats:?}");
    // What has expired makes room.
    denylist.purge_at(at(300 + 1200));
    assert_eq!(denylist.stats().sessions, stats.sessions);
    denylist.purge_at(at(300 + 1201));
    assert_eq!(denylist.stats().sessions, 0);
}

#[test]
fn how_old_a_login_or_a_token_is_goes_by_the_clock_unless_a_moment_is_named() {
    let now = chrono::Utc::now();
    let denylist = Denylist::builder().in_memory_at(now - seconds(3600)).unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    let [old, new] = [400, 200].map(|ago| {
        let token = issuer.login_at("alice", now - seconds(ago)).unwrap();
        verifier.verify(token.as_str()).unwrap()
    });
    assert!(issuer.renewal_is_due(&old) && !issuer.renewal_is_due(&new));
    assert!(old.require_login_within(seconds(300)).is_err() && new.require_login_within(seconds(300)).is_ok());
}
