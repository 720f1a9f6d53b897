//! The warm path: what is kept, for whom it counts, and that it changes no answer.

mod model;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{TimeDelta, Utc};
use hallpass::inspect::SpellingError;
use hallpass::key::{KeySet, LocalKey, SecretKey};
use hallpass::status::EntryKind;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Issuer, KeyRing, Login, Revocation, Session, Verifier, VerifyError, WARM_CACHE_BYTES};

use crate::support::{ISSUER, World, noon, payload, seconds};

/// Whether both are one proof: whatever comes from the cache has its payload in the same place as the first time.
/// (As long as the first is held, nothing else can be there.)
fn is_same(one: &Session, other: &Session) -> bool {
    std::ptr::eq(one.payload(), other.payload())
}

fn both() -> [World; 2] {
    [World::new(), World::local()]
}

/// A token that was accepted at noon, and the proof of that.
fn accepted(world: &World) -> (String, Session) {
    let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
    let session = world.verifier.verify_at(&token, noon()).unwrap();
    (token, session)
}

/// Whether this verifier has the token in its cache.
fn is_kept(verifier: &Verifier, token: &str) -> bool {
    let [one, other] = [(); 2].map(|()| verifier.verify_at(token, noon()).unwrap());
    is_same(&one, &other)
}

#[test]
fn a_token_that_was_accepted_is_opened_once() {
    for world in both() {
        let (token, session) = accepted(&world);
        assert!(is_same(&world.verifier.verify_at(&token, noon() + seconds(60)).unwrap(), &session));
        // The text counts, wherever it stands.
        assert!(is_same(&world.verifier.verify_at(&token.clone(), noon()).unwrap(), &session));
    }
}

#[test]
fn clones_share_it_whatever_else_they_ask_for() {
    for world in both() {
        let (token, session) = accepted(&world);
        assert!(is_same(&world.verifier.clone().verify_at(&token, noon()).unwrap(), &session));
        let shorter = world.verifier.clone().max_token_len(token.len());
        assert!(is_same(&shorter.verify_at(&token, noon()).unwrap(), &session));
    }
}

#[test]
fn switched_off_it_opens_each_token_anew() {
    for world in both() {
        let (token, session) = accepted(&world);
        let cold = world.verifier.clone().warm_cache(0);
        let again = cold.verify_at(&token, noon()).unwrap();
        assert!(!is_same(&again, &session) && again.payload() == session.payload());
        assert!(!is_kept(&cold, &token));
        // And one of another size begins anew, and is a cache.
        let small = world.verifier.clone().warm_cache(1 << 20);
        assert!(!is_same(&small.verify_at(&token, noon()).unwrap(), &session));
        assert!(is_kept(&small, &token));
    }
}

#[test]
fn the_size_is_looked_at_first_all_the_same() {
    for world in both() {
        let (token, _) = accepted(&world);
        let max = token.len() - 1;
        let error = world.verifier.clone().max_token_len(max).verify_at(&token, noon()).unwrap_err();
        assert_eq!(error, VerifyError::Malformed(SpellingError::TooLong { len: token.len(), max }));
    }
}

/// One character of each token after the other is changed: the text counts as a whole, and not some of it.
#[test]
fn a_text_that_differs_in_one_character_is_another_token() {
    for world in both() {
        let (token, session) = accepted(&world);
        for (place, character) in token.char_indices() {
            let mut other = token.clone();
            other.replace_range(place..=place, if character == 'A' { "B" } else { "A" });
            assert!(world.verifier.verify_at(&other, noon()).is_err(), "{place}");
        }
        for other in [format!("{token}A"), format!("A{token}"), token[..token.len() - 1].to_owned(), String::new()] {
            assert!(world.verifier.verify_at(&other, noon()).is_err());
        }
        assert!(is_same(&world.verifier.verify_at(&token, noon()).unwrap(), &session));
    }
}

/// Another implicit assertion makes another key of a token, in effect: what is authentic under one is not under
/// the other, in either order.
#[test]
fn what_is_authentic_under_one_assertion_is_not_so_under_another() {
    for world in both() {
        let verifier = |assertion: &str| world.verifier.clone().implicit_assertion(assertion);
        let issuer = world.issuer.clone().implicit_assertion("tenant 1");
        let token = issuer.login_at("alice", noon()).unwrap().into_string();
        let session = verifier("tenant 1").verify_at(&token, noon()).unwrap();
        for other in ["", "tenant", "tenant 2", "tenant 11"] {
            let error = verifier(other).verify_at(&token, noon()).unwrap_err();
            assert_eq!(error, VerifyError::Inauthentic { key_id: session.key_id() }, "{other}");
        }
        assert!(world.verifier.verify_at(&token, noon()).is_err());
        // The same one is the same, though it was given anew.
        assert!(is_same(&verifier("tenant 1").verify_at(&token, noon()).unwrap(), &session));
        // And one that was bound to nothing is not bound to a tenant.
        let (token, _) = accepted(&world);
        assert!(matches!(verifier("tenant 1").verify_at(&token, noon()), Err(VerifyError::Inauthentic { .. })));
    }
}

#[test]
fn another_audience_is_asked_about_each_time() {
    for world in both() {
        let issuer = Issuer::new(&world.keys, ISSUER, &world.denylist).audience("one");
        let token = issuer.login_at("alice", noon()).unwrap().into_string();
        let one = world.verifier.clone().audience("one");
        let session = one.verify_at(&token, noon()).unwrap();
        let refused = |verifier: Verifier, expected: Option<&str>| {
            let (expected, found) = (expected.map(str::to_owned), Some("one".to_owned()));
            assert_eq!(verifier.verify_at(&token, noon()).unwrap_err(), VerifyError::Audience { expected, found });
        };
        refused(world.verifier.clone(), None);
        refused(one.clone().audience("two"), Some("two"));
        assert!(is_same(&one.verify_at(&token, noon()).unwrap(), &session));
    }
}

#[test]
fn the_keys_deadline_counts_for_each_hit() {
    for world in both() {
        let (token, session) = accepted(&world);
        let (key_id, until) = (session.key_id(), noon() + seconds(60));
        let set = world.keys.set().with_next(SecretKey::generate().unwrap()).unwrap();
        world.keys.replace(set.rotated(until).unwrap());
        let at = |now| world.verifier.verify_at(&token, now);
        assert!(is_same(&at(until - TimeDelta::microseconds(1)).unwrap(), &session));
        assert_eq!(at(until).unwrap_err(), VerifyError::KeyPast { key_id, until, now: until });
        // A clock that steps back finds it good again, as without the cache.
        assert!(is_same(&at(noon()).unwrap(), &session));
    }
}

/// And nothing is replaced after that.
#[test]
fn a_deadline_that_was_set_before_the_token_was_first_shown_counts_too() {
    for world in both() {
        let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
        let (key_id, until) = (world.keys.set().current().unwrap().id(), noon() + seconds(60));
        let set = world.keys.set().with_next(SecretKey::generate().unwrap()).unwrap();
        world.keys.replace(set.rotated(until).unwrap());
        let at = |now| world.verifier.verify_at(&token, now);
        let session = at(noon()).unwrap();
        assert!(is_same(&at(until - TimeDelta::microseconds(1)).unwrap(), &session));
        assert_eq!(at(until).unwrap_err(), VerifyError::KeyPast { key_id, until, now: until });
    }
}

#[test]
fn a_key_that_is_retired_or_gone_takes_its_tokens_with_it_and_brings_them_back() {
    for world in both() {
        let (token, session) = accepted(&world);
        let (key_id, set) = (session.key_id(), world.keys.set());
        let refused = || world.verifier.verify_at(&token, noon()).unwrap_err();
        world.keys.replace(set.with_retired(key_id).unwrap());
        assert_eq!(refused(), VerifyError::KeyRetired { key_id });
        world.keys.replace(set.without(key_id).unwrap());
        assert_eq!(refused(), VerifyError::UnknownKey);
        world.keys.replace(KeySet::issuing(LocalKey::generate().unwrap()));
        assert_eq!(refused(), VerifyError::UnknownKey);
        world.keys.replace((*set).clone());
        assert!(is_same(&world.verifier.verify_at(&token, noon()).unwrap(), &session));
    }
}

/// A key's id is a hash of the key, computed where it is made or read. So what a ring holds under an id is that
/// key and no other, whatever stands beside it, and the public half is the same key to a token.
#[test]
fn a_keys_id_is_the_keys_own() {
    let keys: Vec<SecretKey> = (0..8).map(|_| SecretKey::generate().unwrap()).collect();
    for key in &keys {
        let read = SecretKey::from_paserk(&key.to_paserk()).unwrap();
        assert_eq!((read.id(), read.public_key().id()), (key.id(), key.public_key().id()));
        assert_eq!(
            KeySet::from_text(&KeySet::issuing(key.clone()).to_text()).unwrap().current().unwrap().id(),
            key.id()
        );
        assert_eq!(keys.iter().filter(|other| other.id() == key.id()).count(), 1);
    }
    let world = World::with_keys(KeyRing::new(KeySet::issuing(keys[0].clone())));
    let (token, session) = accepted(&world);
    world.keys.replace(world.keys.set().public_view());
    assert!(is_same(&world.verifier.verify_at(&token, noon()).unwrap(), &session));
}

#[test]
fn times_are_asked_about_each_time_on_a_clock_that_goes_both_ways() {
    for world in both() {
        let (token, session) = accepted(&world);
        let at = |after| world.verifier.verify_at(&token, noon() + seconds(after));
        for _ in 0..2 {
            assert!(is_same(&at(15 * 60).unwrap(), &session));
            assert!(matches!(at(15 * 60 + 10), Err(VerifyError::Expired { .. })));
            assert!(matches!(at(-11), Err(VerifyError::IssuedAhead { .. })));
        }
    }
}

#[test]
fn a_session_that_is_revoked_is_refused_from_the_next_request_on() {
    let everyone = Revocation::Everyone { except: None };
    let subject = Revocation::Subject { issuer: ISSUER.to_owned(), subject: "alice".to_owned(), except: None };
    type What = fn(&Session) -> Revocation;
    let id: [What; 3] = [
        |session| Revocation::Session(session.session_id()),
        |session| Revocation::Token(session.token_id()),
        |session| Revocation::Key(session.key_id()),
    ];
    for world in both() {
        for (number, what) in id.iter().enumerate() {
            let world = World::with_keys(world.keys.clone());
            let (token, session) = accepted(&world);
            world.denylist.revoke_at(what(&session), noon()).wait().unwrap();
            let by = if number == 2 { EntryKind::Key } else { EntryKind::Id };
            let (token_id, session_id) = (session.token_id(), session.session_id());
            let refused = Err(VerifyError::Revoked { token_id, session_id, by });
            assert_eq!(world.verifier.verify_at(&token, noon()).map(drop), refused);
        }
        for (what, by) in [(&everyone, EntryKind::Everyone), (&subject, EntryKind::Subject)] {
            let world = World::with_keys(world.keys.clone());
            let (token, _) = accepted(&world);
            world.denylist.revoke_at(what.clone(), noon()).wait().unwrap();
            let error = world.verifier.verify_at(&token, noon()).unwrap_err();
            assert!(matches!(error, VerifyError::Revoked { by: found, .. } if found == by), "{error:?}");
        }
    }
}

#[test]
fn a_predecessor_in_the_cache_is_retired_and_its_replay_ends_the_session() {
    for world in both() {
        let (token, session) = accepted(&world);
        let successor = world.issuer.renew_at(&session, noon() + seconds(300)).unwrap();
        let at = |token: &str, after| world.verifier.verify_at(token, noon() + seconds(after));
        assert!(is_same(&at(&token, 300).unwrap(), &session));
        let renewed = at(successor.as_str(), 301).unwrap();
        assert!(is_same(&at(&token, 330).unwrap(), &session), "within its grace");
        assert!(matches!(at(&token, 332), Err(VerifyError::Superseded { .. })));
        assert!(is_same(&at(successor.as_str(), 332).unwrap(), &renewed));
        assert!(matches!(at(&token, 342), Err(VerifyError::Replayed { ended: true, .. })));
        assert!(matches!(at(successor.as_str(), 342), Err(VerifyError::Revoked { .. })));
    }
}

#[test]
fn a_key_that_was_retired_takes_with_it_what_was_renewed_from_its_tokens() {
    let world = World::new();
    let (_, session) = accepted(&world);
    let first = session.key_id();
    let next = world.keys.set().with_next(SecretKey::generate().unwrap()).unwrap();
    world.keys.replace(next.rotated(noon() + seconds(3600)).unwrap());
    let successor = world.issuer.renew_at(&session, noon() + seconds(300)).unwrap().into_string();
    let at = noon() + seconds(301);
    let renewed = world.verifier.verify_at(&successor, at).unwrap();
    assert!(is_same(&world.verifier.verify_at(&successor, at).unwrap(), &renewed));
    world.keys.replace(world.keys.set().with_retired(first).unwrap());
    assert_eq!(world.verifier.verify_at(&successor, at).unwrap_err(), VerifyError::KeyRetired { key_id: first });
}

#[test]
fn what_is_refused_is_not_kept() {
    for world in both() {
        // Not yet, and then.
        let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
        assert!(world.verifier.verify_at(&token, noon() - seconds(60)).is_err());
        let first = world.verifier.verify_at(&token, noon()).unwrap();
        assert!(is_same(&world.verifier.verify_at(&token, noon()).unwrap(), &first));
        // An authentic payload that says nothing, a signature of another key, and no token at all.
        let stranger = World::new().sealed(payload(&[]).as_bytes());
        let nothing = world.sealed(payload(&[("sub", None)]).as_bytes());
        for token in [nothing.as_str(), &stranger, "v4.public.AAAA.AAAA", ""] {
            let [one, other] = [(); 2].map(|()| world.verifier.verify_at(token, noon()).unwrap_err());
            assert_eq!(one, other);
        }
    }
}

/// Whoever has no key puts nothing there, so pushes nothing out: not even of a cache with room for a few.
#[test]
fn a_flood_of_tokens_that_are_refused_pushes_nothing_out() {
    let world = World::local();
    let small = world.verifier.clone().warm_cache(16 << 10);
    let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
    let session = small.verify_at(&token, noon()).unwrap();
    let stranger = World::local();
    // What is authentic, and refused, is not kept either.
    let elsewhere = world.issuer.clone().audience("elsewhere");
    for n in 0..1000 {
        let expired = world.issuer.login_at("alice", noon() - TimeDelta::minutes(30)).unwrap().into_string();
        let others = elsewhere.login_at("alice", noon()).unwrap().into_string();
        let foreign = stranger.issuer.login_at("mallory", noon()).unwrap().into_string();
        let forged = format!("{}{n:04}{}", &token[..40], &token[44..]);
        for token in [foreign.as_str(), &forged, &expired, &others] {
            assert!(small.verify_at(token, noon()).is_err());
        }
    }
    assert!(is_same(&small.verify_at(&token, noon()).unwrap(), &session));
}

/// Those that are used stay, as far as there is room, and whoever has many tokens pushes out their own.
#[test]
fn what_is_used_stays_while_others_come_and_go() {
    let world = World::local();
    let small = world.verifier.clone().warm_cache(64 << 10);
    let login = || world.issuer.login_at("alice", noon()).unwrap().into_string();
    let used: Vec<(String, Session)> = (0..8)
        .map(|_| {
            let token = login();
            let session = small.verify_at(&token, noon()).unwrap();
            (token, session)
        })
        .collect();
    let mut opened_anew = 0;
    for _ in 0..1000 {
        small.verify_at(&login(), noon()).unwrap();
        for (token, session) in &used {
            opened_anew += usize::from(!is_same(&small.verify_at(token, noon()).unwrap(), session));
        }
    }
    // One that was pushed out before it was used again has another proof since.
    assert!(opened_anew <= 2 * 1000, "{opened_anew} of 8000");
}

/// A part of it is full when the others are about as full.
#[test]
fn as_many_tokens_stay_as_there_is_room_for_whichever_they_are() {
    let world = World::local();
    let verifier = world.verifier.clone().warm_cache(8 << 20);
    let tokens: Vec<_> = (0..2_000).map(|_| world.issuer.login_at("alice", noon()).unwrap().into_string()).collect();
    let first: Vec<_> = tokens.iter().map(|token| verifier.verify_at(token, noon()).unwrap()).collect();
    for (token, session) in tokens.iter().zip(&first) {
        assert!(is_same(&verifier.verify_at(token, noon()).unwrap(), session));
    }
}

#[test]
fn a_verifier_without_a_denylist_is_warm_too() {
    let world = World::new();
    let reader = Verifier::dangerously_without_denylist(&world.keys, ISSUER, TimeLimits::default());
    let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
    assert!(is_kept(&reader, &token));
    assert!(matches!(reader.verify_at(&token, noon() + TimeDelta::hours(1)), Err(VerifyError::Expired { .. })));
}

#[test]
fn any_size_at_all_does_no_harm() {
    let world = World::local();
    for (bytes, kept) in [(1, 0), (2, 0), (1000, 0), (300 << 10, 20), (WARM_CACHE_BYTES, 20), (usize::MAX, 20)] {
        let verifier = world.verifier.clone().warm_cache(bytes);
        let login = || world.issuer.login_at("alice", noon()).unwrap().into_string();
        assert_eq!((0..20).filter(|_| is_kept(&verifier, &login())).count(), kept, "{bytes}");
    }
}

#[test]
fn threads_that_bring_the_same_tokens_get_the_same_answers() {
    let world = World::local();
    let small = world.verifier.clone().warm_cache(32 << 10);
    let tokens: Vec<String> = (0..64).map(|_| world.issuer.login_at("alice", noon()).unwrap().into_string()).collect();
    let payloads: Vec<String> =
        tokens.iter().map(|token| world.verifier.verify_at(token, noon()).unwrap().payload().to_owned()).collect();
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let (small, tokens, payloads) = (&small, &tokens, &payloads);
            scope.spawn(move || {
                for n in 0..4000_usize {
                    let mut hasher = DefaultHasher::new();
                    (thread, n).hash(&mut hasher);
                    let number = hasher.finish() as usize % tokens.len();
                    assert_eq!(small.verify_at(&tokens[number], noon()).unwrap().payload(), payloads[number]);
                }
            });
        }
    });
}

/// As a program calls it: on the clock.
#[test]
fn the_clock_is_the_wall_clocks_unless_a_moment_is_named() {
    let denylist = Denylist::in_memory().unwrap();
    let keys = KeyRing::generate().unwrap();
    let (issuer, verifier) = (Issuer::new(&keys, ISSUER, &denylist), Verifier::new(&keys, ISSUER, &denylist));
    let token = issuer.login(Login::new("alice")).unwrap().into_string();
    let session = verifier.verify(&token).unwrap();
    assert!(is_same(&verifier.verify(&token).unwrap(), &session));
    assert!(verifier.verify_at(&token, Utc::now() + TimeDelta::hours(1)).is_err());
}
