//! Rings in use: which key opens which token at which moment, and replacing the set meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use chrono::TimeDelta;
use hallpass::inspect::FooterError;
use hallpass::key::{Key, KeyId, KeySet, LocalKey, Purpose, SecretKey};
use hallpass::{IssueError, KeyRing, VerifyError};

use crate::support::{World, encrypting, noon, payload, seal, seconds, signing};

fn secret() -> SecretKey {
    SecretKey::generate().unwrap()
}

fn local() -> LocalKey {
    LocalKey::generate().unwrap()
}

impl World {
    fn login(&self) -> String {
        self.issuer.login_at("alice", noon()).unwrap().into_string()
    }

    /// The key that signed a token which verifies, or why it does not, a second after noon.
    fn opened_by(&self, token: &str) -> Result<KeyId, VerifyError> {
        self.verifier.verify_at(token, noon() + seconds(1)).map(|session| session.key_id())
    }

    fn current(&self) -> KeyId {
        self.keys.set().current().unwrap().id()
    }

    /// Publishes a key as the next one and rotates to it.
    fn rotate_to(&self, key: impl Into<Key>) {
        self.keys.replace(self.keys.set().with_next(key).unwrap());
        self.keys.replace(self.keys.set().rotated(noon() + TimeDelta::hours(1)).unwrap());
    }
}

fn footer(kid: KeyId) -> String {
    format!("{{\"kid\":\"{kid}\"}}")
}

/// A token that is good in everything, sealed with one key, that names another.
fn naming(kid: KeyId, sealed_with: impl Into<Key>) -> String {
    seal(&sealed_with.into(), payload(&[]).as_bytes(), footer(kid).as_bytes())
}

#[test]
fn a_token_opens_with_the_key_that_it_names() {
    let (signed, encrypted) = (signing(), encrypting());
    let (public, private) = (World::with_keys(signed.0), World::with_keys(encrypted.0));
    assert_eq!(public.opened_by(&naming(signed.1.id(), signed.1.clone())), Ok(signed.1.id()));
    assert_eq!(private.opened_by(&naming(encrypted.1.id(), encrypted.1.clone())), Ok(encrypted.1.id()));
}

#[test]
fn no_other_key_is_tried() {
    let (one, other) = (secret(), secret());
    let world = World::with_keys(KeySet::issuing(one.clone()).with_next(other.clone()).unwrap().into());
    let refused = Err(VerifyError::Inauthentic { key_id: other.id() });
    assert_eq!(world.opened_by(&naming(other.id(), one.clone())), refused);
    assert_eq!(world.opened_by(&naming(other.id(), other.clone())), Ok(other.id()));

    let (one, other) = (local(), local());
    let world = World::with_keys(KeySet::issuing(one.clone()).with_next(other.clone()).unwrap().into());
    assert_eq!(world.opened_by(&naming(other.id(), one)), Err(VerifyError::Inauthentic { key_id: other.id() }));
    assert_eq!(world.opened_by(&naming(other.id(), other.clone())), Ok(other.id()));
}

#[test]
fn the_headers_purpose_never_chooses_how_a_key_is_used() {
    let (public, private) = (secret(), local());
    let set = KeySet::issuing(public.clone()).with_next(private.clone()).unwrap();
    for keys in [set.clone(), KeySet::verifying(public.public_key().clone())] {
        let refused = VerifyError::Purpose { key_id: public.id(), expected: Purpose::Public, found: Purpose::Local };
        let world = World::with_keys(keys.into());
        assert_eq!(world.opened_by(&naming(public.id(), private.clone())), Err(refused));
    }
    let refused = VerifyError::Purpose { key_id: private.id(), expected: Purpose::Local, found: Purpose::Public };
    for keys in [set, KeySet::issuing(private.clone())] {
        let world = World::with_keys(keys.into());
        assert_eq!(world.opened_by(&naming(private.id(), public.clone())), Err(refused.clone()));
    }
}

/// The classic of algorithm confusion: a symmetric key whose bytes are the public ones of a pair.
#[test]
fn a_public_key_used_as_a_symmetric_one_opens_nothing() {
    let public = secret();
    let world = World::with_keys(KeySet::issuing(public.clone()).into());
    let bytes = public.public_key().to_paserk();
    let forged = LocalKey::from_paserk(&bytes.replace("k4.public.", "k4.local.")).unwrap();
    let refused = VerifyError::Purpose { key_id: public.id(), expected: Purpose::Public, found: Purpose::Local };
    assert_eq!(world.opened_by(&naming(public.id(), forged.clone())), Err(refused));
    assert_eq!(world.opened_by(&naming(forged.id(), forged)), Err(VerifyError::UnknownKey));
}

#[test]
fn a_key_that_is_not_in_the_ring_is_refused_and_not_echoed() {
    let world = World::new();
    for stranger in [Key::from(secret()), Key::from(local())] {
        let kid = stranger.id();
        let error = world.opened_by(&naming(kid, stranger)).unwrap_err();
        assert_eq!(error, VerifyError::UnknownKey);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&kid.to_string()[7..]), "{shown}");
    }
}

#[test]
fn a_key_verifies_until_its_deadline_exclusively() {
    for (old, new) in [(Key::from(secret()), Key::from(local())), (Key::from(local()), Key::from(secret()))] {
        let key_id = old.id();
        let until = noon() + seconds(60);
        let token = naming(key_id, old.clone());
        let set = KeySet::verifying(old).with_next(new).unwrap().rotated(until).unwrap();
        let world = World::with_keys(set.into());
        let at = |moment| world.verifier.verify_at(&token, moment).map(|session| session.key_id());

        assert_eq!(at(noon()), Ok(key_id));
        assert_eq!(at(until - TimeDelta::nanoseconds(1)), Ok(key_id));
        // No leeway: the deadline is not a claim of somebody else's clock.
        for now in [until, until + TimeDelta::nanoseconds(1), until + seconds(1)] {
            assert_eq!(at(now), Err(VerifyError::KeyPast { key_id, until, now }));
        }
    }
}

#[test]
fn a_next_key_verifies_already() {
    let next = secret();
    let world = World::with_keys(KeySet::issuing(secret()).with_next(next.clone()).unwrap().into());
    assert_eq!(world.opened_by(&naming(next.id(), next.clone())), Ok(next.id()));
    assert_ne!(world.opened_by(&world.login()), Ok(next.id()));
}

#[test]
fn a_retired_key_is_refused_in_the_middle_of_its_tokens_life() {
    for world in [World::new(), World::local()] {
        let (token, key_id) = (world.login(), world.current());
        assert_eq!(world.opened_by(&token), Ok(key_id));
        world.keys.replace(world.keys.set().with_next(secret()).unwrap());
        world.keys.replace(world.keys.set().with_retired(key_id).unwrap());
        assert_eq!(world.opened_by(&token), Err(VerifyError::KeyRetired { key_id }));

        // Nothing is issued with it either, nor with the next key, before that is current.
        assert_eq!(world.issuer.login_at("alice", noon()).unwrap_err(), IssueError::NoIssuingKey);
        world.keys.replace(world.keys.set().rotated(noon()).unwrap());
        assert_eq!(world.opened_by(&world.login()), Ok(world.current()));
        assert_eq!(world.opened_by(&token), Err(VerifyError::KeyRetired { key_id }));
    }
}

#[test]
fn rotation_between_signed_and_encrypted_tokens_loses_none() {
    let world = World::new();
    let keys: [Key; 4] = [local().into(), secret().into(), local().into(), secret().into()];
    let mut tokens = vec![(world.current(), world.login())];
    for key in keys {
        world.rotate_to(key);
        tokens.push((world.current(), world.login()));
    }
    let purposes: Vec<&str> = tokens.iter().map(|(_, token)| &token[..9]).collect();
    assert_eq!(purposes, ["v4.public", "v4.local.", "v4.public", "v4.local.", "v4.public"]);
    for (key, token) in tokens {
        assert_eq!(world.opened_by(&token), Ok(key));
    }
}

#[test]
fn clones_of_a_ring_share_its_set() {
    let world = World::new();
    let ring = world.keys.clone();
    world.rotate_to(secret());
    assert_eq!(ring.set().current().unwrap().id(), world.current());
}

#[test]
fn a_service_with_public_keys_alone_verifies_and_issues_nothing() {
    let issuing = World::new();
    let before = issuing.login();
    issuing.rotate_to(secret());
    let after = issuing.login();

    // What is published is text.
    let published = issuing.keys.set().public_view().to_text();
    assert!(!published.contains("k4.secret."));
    let verifying = World::with_keys(KeySet::from_text(&published).unwrap().into());
    for token in [before, after] {
        assert_eq!(verifying.opened_by(&token), issuing.opened_by(&token));
        assert!(verifying.opened_by(&token).is_ok());
    }
    assert_eq!(verifying.issuer.login_at("alice", noon()).unwrap_err(), IssueError::NoIssuingKey);
}

/// Not even its clock counts: it would be a year later for everyone.
#[test]
fn a_login_that_no_key_can_issue_leaves_no_trace() {
    let world = World::new();
    let (before, set) = (world.login(), world.keys.set());
    world.keys.replace(set.public_view());
    let in_a_year = noon() + TimeDelta::days(365);
    assert_eq!(world.issuer.login_at("alice", in_a_year).unwrap_err(), IssueError::NoIssuingKey);
    world.keys.replace((*set).clone());
    let after = world.login();
    for token in [before, after] {
        assert!(world.opened_by(&token).is_ok());
    }
}

#[test]
fn a_ring_without_keys_verifies_and_issues_nothing() {
    let world = World::with_keys(KeyRing::new(KeySet::default()));
    assert_eq!(world.opened_by(&World::new().login()), Err(VerifyError::UnknownKey));
    assert_eq!(world.issuer.login_at("alice", noon()).unwrap_err(), IssueError::NoIssuingKey);
}

#[test]
fn a_ring_replaced_while_threads_issue_and_verify_refuses_none_of_its_tokens() {
    const ROTATIONS: usize = 60;
    let world = World::new();
    let old = world.login();
    let done = AtomicBool::new(false);
    let verified: Vec<u64> = thread::scope(|scope| {
        let verifiers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut verified = 0;
                    while !done.load(Ordering::Relaxed) {
                        assert!(world.opened_by(&old).is_ok());
                        // Issued with whatever key was current, verified perhaps two rotations later.
                        assert!(world.opened_by(&world.login()).is_ok());
                        verified += 2;
                    }
                    verified
                })
            })
            .collect();
        for round in 0..ROTATIONS {
            world.rotate_to(if round % 2 == 0 { Key::from(local()) } else { Key::from(secret()) });
            thread::sleep(std::time::Duration::from_millis(2));
        }
        done.store(true, Ordering::Relaxed);
        verifiers.into_iter().map(|verifier| verifier.join().unwrap()).collect()
    });
    assert!(verified.iter().all(|count| *count > 0), "{verified:?}");
    assert_eq!(world.keys.set().states().count(), ROTATIONS + 1);

    // Until the deadline, which counts for every thread.
    let deadline = noon() + TimeDelta::hours(1);
    assert!(matches!(world.verifier.verify_at(&old, deadline), Err(VerifyError::KeyPast { .. })));
}

/// Not even where one is in the set: the id of a secret half is for inventories.
#[test]
fn a_token_that_names_a_secret_half_is_malformed() {
    let (keys, key) = signing();
    let world = World::with_keys(keys);
    let refused = world.opened_by(&naming(key.secret_id(), key));
    assert_eq!(refused, Err(VerifyError::Footer(FooterError::Kid)));
}
