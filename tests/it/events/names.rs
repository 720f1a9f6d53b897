//! Names: who is the same, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hallpass::{Denylist, Issuer, KeyRing, Revocation, SessionId};
use orion::hazardous::mac::blake2b::{Blake2b, SecretKey};

use super::listener::{Event, heard};
use super::scenes::{event_key, first, log_in, world, world_with};
use crate::support::{ISSUER, noon, payload, seconds};

/// What the names of a user and of an id are under [`event_key`].
pub(super) fn user(issuer: &str, subject: &str) -> String {
    name(event_key(), [issuer.as_bytes(), subject.as_bytes()])
}

pub(super) fn id(id: [u8; 16]) -> String {
    name(event_key(), [&id, b""])
}

fn name(key: [u8; 32], parts: [&[u8]; 2]) -> String {
    let mut hash = Blake2b::new(&SecretKey::try_from(key.as_slice()).unwrap(), 16).unwrap();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes()).unwrap();
        hash.update(part).unwrap();
    }
    URL_SAFE_NO_PAD.encode(hash.finalize().unwrap().unprotected_as_ref())
}

/// The events of a login, under an event key.
fn login(key: [u8; 32], issuer: &str, subject: &str) -> Vec<Event> {
    let world = world_with(Denylist::builder().event_key(key));
    let issuer = Issuer::new(&world.keys, issuer, &world.denylist);
    heard(|| issuer.login_at(subject, noon()).unwrap()).1
}

fn user_of(events: &[Event]) -> &str {
    &events[0].fields["user"]
}

/// Python's `hashlib.blake2b(key=bytes(range(32)), digest_size=16)` over the length (8 bytes, the least
/// significant first) of each part and the part, in base64url, says this.
#[test]
fn names_are_what_another_blake2b_says() {
    assert_eq!(user_of(&login(event_key(), ISSUER, "alice")), "VCCcpf8fmlISS9kwWGi_sg");
    assert_eq!(user_of(&login(event_key(), ISSUER, "Zoë")), "4yX5hwKgS_SwEPoVwNTodg");
    assert_eq!(user_of(&login([255; 32], ISSUER, "alice")), "KHjrK080LrR7wXDu1rssLA");
    assert_eq!(user_of(&login(event_key(), "ab", "c")), "wAZXK_Kg92_pF1XJEbYH0g");
    assert_eq!(user_of(&login(event_key(), "a", "bc")), "X9mZn2tM8GcS6NAqiiksuw");
    let (_, events) = heard(|| world().denylist.revoke_at(first(), noon()).wait().unwrap());
    assert_eq!(events[0].fields["token"], "OVOiyjB-fIXGyKCKPga1kA");

    // What the other tests expect is the same.
    assert_eq!(user(ISSUER, "alice"), "VCCcpf8fmlISS9kwWGi_sg");
    assert_eq!(id(first().to_bytes()), "OVOiyjB-fIXGyKCKPga1kA");
}

#[test]
fn a_user_has_one_name_and_no_two_users_the_same() {
    let users = [(ISSUER, "alice"), (ISSUER, "bob"), ("https://other.example", "alice"), ("ab", "c"), ("a", "bc")];
    for (issuer, subject) in users {
        for (other_issuer, other_subject) in users {
            let (one, other) = (login(event_key(), issuer, subject), login(event_key(), other_issuer, other_subject));
            let same = (issuer, subject) == (other_issuer, other_subject);
            assert_eq!(user_of(&one) == user_of(&other), same, "{issuer} {subject}, {other_issuer} {other_subject}");
            // Sessions are never the same.
            assert_ne!(one[0].fields["session"], other[0].fields["session"]);
        }
    }
}

#[test]
fn a_session_keeps_its_name_and_its_tokens_have_each_their_own() {
    let world = world();
    let (session, events) = heard(|| {
        let session = log_in(&world);
        let renewed = world.issuer.renew_at(&session, noon() + seconds(1)).unwrap();
        world.verifier.verify_at(renewed.as_str(), noon()).unwrap()
    });
    let (_, ended) = heard(|| world.denylist.revoke_at(&session, noon()).wait().unwrap());
    let of = |field: &str| -> Vec<&str> {
        events.iter().chain(&ended).filter_map(|event| event.fields.get(field)).map(String::as_str).collect()
    };
    let (sessions, tokens) = (of("session"), of("token"));
    assert_eq!(sessions.len(), 5);
    assert!(sessions.iter().all(|name| *name == sessions[0]), "{sessions:?}");
    // The first token's id is the session's, and so is its name.
    assert_eq!(tokens[0], sessions[0]);
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn lists_with_one_event_key_agree_and_those_without_differ() {
    let name = |list: fn() -> Denylist| {
        let (_, events) = heard(|| list().revoke_at(SessionId::from_bytes([1; 16]), noon()).wait().unwrap());
        events[0].fields["session"].clone()
    };
    let keyed = || Denylist::builder().event_key(event_key()).in_memory_at(noon()).unwrap();
    let otherwise_keyed = || Denylist::builder().event_key([1; 32]).in_memory_at(noon()).unwrap();
    let unkeyed = || Denylist::builder().in_memory_at(noon()).unwrap();
    assert_eq!(name(keyed), name(keyed));
    assert_ne!(name(keyed), name(otherwise_keyed));
    assert_ne!(name(keyed), name(unkeyed));
    assert_ne!(name(unkeyed), name(unkeyed));
    // Clones are one list.
    let list = unkeyed();
    let of = |list: Denylist| {
        let subject = Revocation::Subject { issuer: ISSUER.to_owned(), subject: "alice".to_owned(), except: None };
        heard(|| list.revoke_at(subject, noon()).wait().unwrap()).1
    };
    assert_eq!(of(list.clone()), of(list));
}

#[test]
fn without_a_denylist_events_name_nobody() {
    let (keys, limits) = (KeyRing::generate().unwrap(), Denylist::in_memory().unwrap().limits());
    let issuer = Issuer::dangerously_without_denylist(&keys, ISSUER, limits);
    let verifier = hallpass::Verifier::dangerously_without_denylist(&keys, ISSUER, limits);
    let (_, events) = heard(|| {
        let token = issuer.login_at("alice", noon()).unwrap();
        verifier.verify_at(token.as_str(), noon() + TimeDelta::hours(1)).unwrap_err()
    });
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["session_created", "authn_token_created", "session_expired"]);
    for event in events {
        assert!(["user", "session", "token"].iter().all(|field| !event.fields.contains_key(*field)), "{event:?}");
    }
}

/// The names of what is refused are those of what was issued.
#[test]
fn whoever_is_refused_is_named_as_when_they_logged_in() {
    let world = world();
    let (token, issued) = heard(|| world.issuer.login_at("alice", noon()).unwrap());
    let (_, refused) = heard(|| world.verifier.verify_at(token.as_str(), noon() + TimeDelta::hours(1)).unwrap_err());
    for field in ["user", "session", "token"] {
        assert_eq!(refused[0].fields[field], issued[1].fields[field]);
    }
    let sealed = world.sealed(payload(&[]).as_bytes());
    let (_, refused) = heard(|| world.verifier.verify_at(&sealed, noon() + TimeDelta::hours(1)).unwrap_err());
    assert_eq!(refused[0].fields["user"], issued[0].fields["user"]);
}
