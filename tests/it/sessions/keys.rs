//! Sessions across a rotation of keys: they go on, and what a leaked key made is not washed by renewal.

use hallpass::key::{KeySet, LocalKey, SecretKey};
use hallpass::status::EntryKind;
use hallpass::{KeyRing, RenewError, Session, VerifyError};

use super::{at, login, renew, verify};
use crate::support::{World, noon, payload, seconds};

/// The set with a new current key, while the former one verifies for an hour.
fn rotate(world: &World, after: i64) {
    let next = world.keys.set().with_next(LocalKey::generate().unwrap()).unwrap();
    world.keys.replace(next.rotated(at(after) + seconds(3600)).unwrap());
}

/// A session that was renewed under another key.
fn across_a_rotation(world: &World) -> (Session, Session) {
    let (_, session) = login(world);
    rotate(world, 100);
    let successor = verify(world, &renew(world, &session, 300), 300).unwrap();
    (session, successor)
}

#[test]
fn a_session_goes_on_under_the_next_key_and_remembers_the_former_ones() {
    let world = World::local();
    let (session, second) = across_a_rotation(&world);
    assert_ne!(second.key_id(), session.key_id());
    assert_eq!(second.prior_key_ids(), [session.key_id()]);
    let same_key = verify(&world, &renew(&world, &second, 301), 301).unwrap();
    assert_eq!(same_key.prior_key_ids(), [session.key_id()]);
    rotate(&world, 302);
    let third = verify(&world, &renew(&world, &same_key, 303), 303).unwrap();
    assert_eq!(third.prior_key_ids(), [session.key_id(), second.key_id()]);
    let changed = world.issuer.change_privilege_at(&third, at(304)).unwrap().wait().unwrap();
    assert_eq!(verify(&world, &changed, 304).unwrap().prior_key_ids(), third.prior_key_ids());
    // A fresh login owes nothing to any key.
    assert!(login(&world).1.prior_key_ids().is_empty());
}

#[test]
fn a_revoked_key_takes_with_it_what_was_renewed_from_its_tokens() {
    let world = World::local();
    let (session, second) = across_a_rotation(&world);
    let third = renew(&world, &second, 301);
    let (others, _) = login(&world);
    world.denylist.revoke_at(session.key_id(), at(302)).wait().unwrap();
    let refused = verify(&world, &third, 303).unwrap_err();
    assert!(matches!(refused, VerifyError::Revoked { by: EntryKind::Key, .. }), "{refused}");
    assert!(matches!(world.issuer.renew_at(&second, at(303)), Err(RenewError::NotLive(VerifyError::Revoked { .. }))));
    assert!(verify(&world, &others, 303).is_ok());
}

#[test]
fn a_retired_key_does_too_and_one_that_has_left_the_ring_does_not() {
    let world = World::local();
    let (session, second) = across_a_rotation(&world);
    let third = renew(&world, &second, 301);
    let set = world.keys.set();
    world.keys.replace(set.without(session.key_id()).unwrap());
    assert!(verify(&world, &third, 303).is_ok());
    world.keys.replace(set.with_retired(session.key_id()).unwrap());
    let retired = VerifyError::KeyRetired { key_id: session.key_id() };
    assert_eq!(verify(&world, &third, 303).unwrap_err(), retired);
    assert_eq!(world.issuer.renew_at(&second, at(303)).unwrap_err(), RenewError::NotLive(retired));
}

#[test]
fn a_session_whose_key_no_longer_verifies_is_not_renewed() {
    let world = World::local();
    let (_, session) = login(&world);
    let next = world.keys.set().with_next(LocalKey::generate().unwrap()).unwrap();
    world.keys.replace(next.rotated(at(100)).unwrap());
    assert!(world.issuer.renew_at(&session, at(99)).is_ok());
    let refused = world.issuer.renew_at(&session, at(100)).unwrap_err();
    assert!(matches!(refused, RenewError::NotLive(VerifyError::KeyPast { .. })));
    world.keys.replace(KeySet::issuing(SecretKey::generate().unwrap()));
    assert_eq!(world.issuer.renew_at(&session, at(101)).unwrap_err(), RenewError::NotLive(VerifyError::UnknownKey));
}

#[test]
fn after_16_keys_one_must_log_in_again() {
    let world = World::local();
    let (_, mut session) = login(&world);
    for n in 1..=16 {
        rotate(&world, n);
        session = verify(&world, &renew(&world, &session, n), n).unwrap();
        assert_eq!(session.prior_key_ids().len(), usize::try_from(n).unwrap());
    }
    rotate(&world, 17);
    assert_eq!(world.issuer.renew_at(&session, at(17)).unwrap_err(), RenewError::TooManyKeys);
    assert!(world.issuer.step_up_at(&session, "alice", at(17)).is_ok());
}

#[test]
fn prior_key_ids_have_one_form() {
    let world = World { keys: KeyRing::generate_local().unwrap(), ..World::local() };
    let world = World::with_keys(world.keys);
    let id = |n: char| format!("k4.lid.{}", n.to_string().repeat(44));
    let look = |text: &str| {
        let text = payload(&[("prior_kids", Some(text))]);
        world.verifier.verify_at(&world.sealed(text.as_bytes()), noon()).map(|session| session.prior_key_ids().len())
    };
    let letters: Vec<String> = ('A'..='Q').map(id).collect();
    assert_eq!(look(&format!("\"{}\"", letters[..16].join(" "))), Ok(16));
    for text in [
        format!("\"{}\"", letters.join(" ")),
        format!("\"{} {}\"", letters[0], letters[0]),
        format!("\"{}  {}\"", letters[0], letters[1]),
        format!("\" {}\"", letters[0]),
        format!("\"{} \"", letters[0]),
        format!("[\"{}\"]", letters[0]),
        format!("\"{}\"", letters[0].replace("lid", "sid")),
        "\"\"".to_owned(),
        "null".to_owned(),
        "\"k4.lid.A\"".to_owned(),
    ] {
        assert!(matches!(look(&text), Err(VerifyError::Payload(_))), "{text}");
    }
}

#[test]
fn a_revoked_key_issues_nothing() {
    let world = World::local();
    let (_, session) = login(&world);
    let key_id = session.key_id();
    rotate(&world, 1);
    let current = world.keys.set().current().unwrap().id();
    world.denylist.revoke_at(current, at(1)).wait().unwrap();
    let revoked = hallpass::IssueError::KeyRevoked { key_id: current };
    assert_eq!(world.issuer.login_at("alice", at(2)).unwrap_err(), revoked);
    let revoked = RenewError::Issue(revoked);
    assert_eq!(world.issuer.renew_at(&session, at(2)).unwrap_err(), revoked);
    assert_eq!(world.issuer.step_up_at(&session, "alice", at(2)).unwrap_err(), revoked);
    assert_eq!(world.issuer.change_privilege_at(&session, at(2)).unwrap_err(), revoked);
    // A revoked key that signed the session's tokens is the end of it, whatever the current one.
    world.denylist.revoke_at(key_id, at(1)).wait().unwrap();
    assert!(matches!(world.denylist.revoke_at(&session, at(2)).wait(), Err(hallpass::RevokeError::NotLive(_))));
}
