//! What an issuer writes, what it refuses, and that a verifier reads the same.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::inspect::{JsonError, MAX_TOKEN_LEN};
use hallpass::{
    Denylist, IssueError, Issuer, KeyRing, Login, PrivateClaimsError, Session, Timeouts, TimeoutsError, Verifier,
};
use serde::{Deserialize, Serialize};

use crate::support::{ISSUER, World, noon, seconds};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    roles: Vec<String>,
    quota: u64,
    balance: i64,
    share: f64,
    nested: BTreeMap<String, Option<bool>>,
    kind: Kind,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Person,
    Robot { model: u8 },
}

fn profile() -> Profile {
    Profile {
        roles: vec!["admin".into(), String::new()],
        quota: u64::MAX,
        balance: i64::MIN,
        share: 0.1,
        nested: [("a".into(), Some(true)), ("b\"\\\u{1f600}\n".into(), None)].into(),
        kind: Kind::Robot { model: 7 },
        name: "Zoë \u{0}".into(),
    }
}

fn issued(world: &World, login: Login<'_>) -> Session {
    world.verifier.verify_at(world.issuer.login_at(login, noon()).unwrap().as_str(), noon()).unwrap()
}

#[test]
fn registered_claims_are_written_and_read_back() {
    for world in [World::new(), World::local()] {
        let moment = noon() + TimeDelta::nanoseconds(123_456_789);
        let token = world.issuer.login_at(Login::new("alice").not_before(noon()), moment).unwrap();
        let session = world.verifier.verify_at(token.as_str(), moment).unwrap();
        assert_eq!(session.registered(), token.registered());
        let issued_at = noon() + TimeDelta::microseconds(123_456);
        assert_eq!((session.issued_at(), session.auth_time()), (issued_at, issued_at));
        assert_eq!(session.expires_at(), issued_at + TimeDelta::minutes(15));
        assert_eq!(session.not_before(), Some(noon()));
        assert_eq!((session.issuer(), session.subject(), session.audience()), (ISSUER, "alice", None));
        assert_eq!((session.generation(), session.token_id().to_bytes()), (0, session.session_id().to_bytes()));
        assert_eq!(session.key_id(), world.keys.set().current().unwrap().id());
    }
}

#[test]
fn dates_are_written_with_microseconds_and_z() {
    let session = issued(&World::new(), Login::new("alice"));
    assert!(session.payload().contains("\"exp\":\"2026-11-23T12:15:00.000000Z\""), "{}", session.payload());
}

#[test]
fn private_claims_come_back_as_they_were() {
    for world in [World::new(), World::local()] {
        let session = issued(&world, Login::new("alice").claims(&profile()).unwrap());
        assert_eq!(session.claims::<Profile>().unwrap(), profile());
        let person = Profile { kind: Kind::Person, ..profile() };
        assert_eq!(issued(&world, Login::new("alice").claims(&person).unwrap()).claims::<Profile>().unwrap(), person);
        // An empty object is no claims at all.
        let session = issued(&world, Login::new("alice").claims(&serde_json::json!({})).unwrap());
        assert_eq!(session.claims::<BTreeMap<String, u8>>().unwrap(), BTreeMap::new());
    }
}

#[test]
fn a_private_claim_that_is_missing_or_of_another_type_is_an_error() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Wants<T> {
        quota: T,
    }
    let session = issued(&World::new(), Login::new("alice").claims(&serde_json::json!({"quota": 300})).unwrap());
    assert_eq!(session.claims::<Wants<u16>>().unwrap().quota, 300);
    assert!(session.claims::<Wants<u8>>().is_err());
    assert!(session.claims::<Wants<String>>().is_err());
    assert!(session.claims::<Wants<Option<bool>>>().is_err());
    let nothing = issued(&World::new(), Login::new("alice"));
    assert!(nothing.claims::<Wants<u16>>().is_err());
}

#[test]
fn a_registered_name_among_private_claims_is_an_error() {
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "gen", "auth_time"] {
        let refused = Login::new("alice").claims(&BTreeMap::from([("ok", 1), (name, 1)]));
        assert!(matches!(refused, Err(PrivateClaimsError::Registered { name: clash }) if clash == name));
    }
    assert!(Login::new("alice").claims(&BTreeMap::from([("EXP", 1), ("exp ", 1)])).is_ok());
}

#[test]
fn private_claims_that_are_no_strict_object_are_errors() {
    /// Serializes the same key twice.
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("a", 1), ("a", 2)])
        }
    }
    assert!(matches!(Login::new("a").claims(&Twice), Err(PrivateClaimsError::Json(JsonError::DuplicateKey))));
    assert!(matches!(Login::new("a").claims(&()), Err(PrivateClaimsError::Json(JsonError::NotAnObject))));
    assert!(matches!(Login::new("a").claims(&[1, 2]), Err(PrivateClaimsError::Json(JsonError::NotAnObject))));
    assert!(matches!(Login::new("a").claims("text"), Err(PrivateClaimsError::Json(JsonError::NotAnObject))));
    assert!(matches!(Login::new("a").claims(&BTreeMap::from([((1, 2), 3)])), Err(PrivateClaimsError::Unwritable(_))));
    let deep = (0..40).fold(serde_json::json!(1), |inner, _| serde_json::json!({ "x": inner }));
    assert!(matches!(Login::new("a").claims(&deep), Err(PrivateClaimsError::Json(JsonError::TooDeep { .. }))));
}

#[test]
fn an_empty_subject_is_refused_and_any_other_is_kept_byte_for_byte() {
    let world = World::new();
    assert_eq!(world.issuer.login_at("", noon()).unwrap_err(), IssueError::EmptySubject);
    for subject in [" ", "\"}", "\u{0}", "Zoë", "\u{202e}", "a\nb"] {
        assert_eq!(issued(&world, Login::new(subject)).subject(), subject);
    }
}

#[test]
fn a_lifetime_is_from_a_second_to_the_longest() {
    let world = World::new();
    for (given, fits) in [(0, false), (-1, false), (1, true), (900, true), (901, false), (i64::MAX / 1000, false)] {
        let issuer = world.issuer.clone().timeouts(Timeouts::default().idle(seconds(given)));
        let refused = issuer.as_ref().err();
        let expected = TimeoutsError::Idle { given: seconds(given), longest: seconds(900) };
        assert_eq!(refused, (!fits).then_some(&expected));
        if let Ok(issuer) = issuer {
            let token = issuer.login_at("alice", noon()).unwrap();
            assert_eq!(token.registered().expires_at() - token.registered().issued_at(), seconds(given));
        }
    }
}

#[test]
fn a_token_that_no_verifier_would_look_at_is_not_issued() {
    let world = World::new();
    let login = |length: usize| world.issuer.login_at("x".repeat(length), noon());
    assert!(matches!(login(10_000), Err(IssueError::TooLong { len, max: MAX_TOKEN_LEN }) if len > MAX_TOKEN_LEN));
    // The longest that is issued is accepted.
    let longest = (5000..6200).rev().find_map(|length| login(length).ok()).unwrap();
    assert_eq!(longest.as_str().len(), MAX_TOKEN_LEN);
    assert!(world.verifier.verify_at(longest.as_str(), noon()).is_ok());
}

#[test]
fn dates_at_the_edges_are_errors_and_never_panics() {
    let keys = KeyRing::generate().unwrap();
    for now in [
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
        "9999-12-31T23:59:59Z".parse().unwrap(),
        "-0001-12-31T23:59:59Z".parse().unwrap(),
    ] {
        let denylist = Denylist::builder().in_memory_at(now).unwrap();
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        assert_eq!(issuer.login_at("alice", now).unwrap_err(), IssueError::Date, "{now}");
        denylist.revoke_at(hallpass::TokenId::from_bytes([1; 16]), now).wait().unwrap();
        denylist.purge_at(now);
    }
    let world = World::new();
    let far = Login::new("alice").not_before(DateTime::<Utc>::MAX_UTC);
    assert_eq!(world.issuer.login_at(far, noon()).unwrap_err(), IssueError::Date);
    assert_eq!(world.issuer.login_at("alice", DateTime::<Utc>::MAX_UTC).unwrap_err(), IssueError::Date);
}

#[test]
fn without_a_denylist_only_by_name_and_then_revocation_is_not_seen() {
    let world = World::new();
    let limits = world.denylist.limits();
    let token = Issuer::dangerously_without_denylist(&world.keys, ISSUER, limits).login_at("alice", noon()).unwrap();
    world.denylist.revoke_at(token.registered().session_id(), noon()).wait().unwrap();
    assert!(world.verifier.verify_at(token.as_str(), noon()).is_err());
    let blind = Verifier::dangerously_without_denylist(&world.keys, ISSUER, limits);
    assert!(blind.verify_at(token.as_str(), noon()).is_ok());
    assert!(blind.verify_at(token.as_str(), noon() + TimeDelta::hours(1)).is_err());
}

#[test]
fn handles_are_cheap_to_share_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Issuer>();
    shared::<Verifier>();
    shared::<Denylist>();
    shared::<KeyRing>();
    shared::<Session>();
}

#[test]
fn as_many_private_claims_as_are_taken_verify() {
    let world = World::new();
    let issuer = world.issuer.clone().audience("api");
    let verifier = world.verifier.clone().audience("api");
    let claims = |keys: usize| (0..keys).map(|n| (n.to_string(), 0)).collect::<BTreeMap<_, _>>();
    let login = Login::new("alice").claims(&claims(501)).unwrap().not_before(noon());
    assert!(verifier.verify_at(issuer.login_at(login, noon()).unwrap().as_str(), noon()).is_ok());
    assert!(Login::new("alice").claims(&claims(502)).is_err());
}

#[test]
fn a_leap_second_is_no_date_of_a_token_or_a_deadline() {
    let leap: DateTime<Utc> = "2016-12-31T23:59:60Z".parse().unwrap();
    let world = World::new();
    assert_eq!(world.issuer.login_at(Login::new("alice").not_before(leap), noon()).unwrap_err(), IssueError::Date);
    assert!(world.keys.set().with_verify_only(hallpass::key::SecretKey::generate().unwrap(), leap).is_err());
}

#[test]
fn what_the_issuer_says_of_a_token_is_what_it_wrote() {
    let world = World::new();
    let login = Login::new("alice").not_before(noon() - TimeDelta::nanoseconds(1));
    let token = world.issuer.login_at(login, noon() + TimeDelta::nanoseconds(1)).unwrap();
    assert_eq!(world.verifier.verify_at(token.as_str(), noon()).unwrap().registered(), token.registered());
}
