//! Events: which are written, when, at which level, and with which fields. `docs/EVENTS.md` says the same.

#[cfg(feature = "metrics")]
mod counters;
mod dashboards;
mod documented;
#[cfg(all(feature = "axum", feature = "metrics"))]
mod exporter;
#[cfg(feature = "testing")]
mod fleet;
#[cfg(all(feature = "metrics", feature = "testing"))]
mod gauges;
pub(crate) mod listener;
mod names;
pub(crate) mod scenes;
mod secrets;
#[cfg(feature = "testing")]
mod stores;
#[cfg(all(feature = "tower", feature = "testing"))]
mod web;

use chrono::TimeDelta;
use hallpass::{Issuer, RenewError, Renewal, Revocation, RevokeError, Session, Token, VerifyError};
use tracing::Level;

use self::listener::{Event, heard, written};
use self::scenes::{first, log_in, refusals, replay_with_a_full_list, revocations, world};
use crate::support::{ISSUER, World, chain, noon, seconds};

fn alice() -> String {
    names::user(ISSUER, "alice")
}

fn session_of(session: &Session) -> String {
    names::id(session.session_id().to_bytes())
}

/// What is written when a session of alice begins with this token.
fn begun(token: &Token, occasion: &str) -> [Event; 2] {
    let session = names::id(token.registered().session_id().to_bytes());
    let named = [("user", &*alice()), ("session", &session), ("occasion", occasion)];
    [written(Level::INFO, "session_created", &named), created(token, occasion)]
}

fn created(token: &Token, occasion: &str) -> Event {
    let session = names::id(token.registered().session_id().to_bytes());
    let token = names::id(token.registered().token_id().to_bytes());
    let fields = [("user", &*alice()), ("session", &session), ("token", &token), ("occasion", occasion)];
    written(Level::INFO, "authn_token_created", &fields)
}

/// What is written when a session of alice ends because it asks for it.
fn ended(session: &Session) -> Event {
    let name = session_of(session);
    let fields = [("kind", "session"), ("session", &*name), ("user", &alice())];
    written(Level::INFO, "authn_token_revoked", &fields)
}

/// An authentic token of [`scenes`], and what else is said about it.
fn about_first(level: Level, name: &str, more: &[(&str, &str)]) -> Event {
    let (user, id) = (alice(), names::id(first().to_bytes()));
    let named = [("user", &*user), ("session", &id), ("token", &id)];
    written(level, name, &[&named, more].concat())
}

#[test]
fn a_login_creates_a_session_and_a_token() {
    let world = world();
    let (token, events) = heard(|| world.issuer.login_at("alice", noon()).unwrap());
    assert_eq!(events, begun(&token, "login"));
}

#[test]
fn a_renewal_renews_the_session_and_creates_a_token() {
    let world = world();
    let session = log_in(&world);
    let (token, events) = heard(|| world.issuer.renew_at(&session, noon() + seconds(60)).unwrap());
    let fields = [("user", &*alice()), ("session", &session_of(&session)), ("generation", "1")];
    assert_eq!(events, [written(Level::INFO, "session_renewed", &fields), created(&token, "renewal")]);
    assert_ne!(events[1].fields["token"], events[1].fields["session"]);
}

#[test]
fn a_restart_ends_one_session_and_creates_another() {
    let world = world();
    let session = log_in(&world);
    let (token, events) = heard(|| world.issuer.step_up_at(&session, "alice", noon()).unwrap().wait().unwrap());
    let [created, token_created] = begun(&token, "step_up");
    assert_eq!(events, [ended(&session), created, token_created]);

    let session = log_in(&world);
    let restart = || world.issuer.change_privilege_at(Renewal::of(&session), noon()).unwrap().wait().unwrap();
    let (token, events) = heard(restart);
    let [created, token_created] = begun(&token, "privilege_change");
    assert_eq!(events, [ended(&session), created, token_created]);
}

#[test]
fn what_is_not_issued_is_not_written() {
    let world = world();
    let session = log_in(&world);
    let (_, events) = heard(|| {
        world.issuer.login_at("", noon()).unwrap_err();
        let twelve_hours = TimeDelta::hours(12);
        world.issuer.renew_at(&session, noon() + twelve_hours).unwrap_err();
        let other = Issuer::new(&world.keys, "https://other.example", &world.denylist);
        assert!(matches!(other.renew_at(&session, noon()).unwrap_err(), RenewError::NotLive(_)));
        other.step_up_at(&session, "alice", noon()).unwrap_err();
        other.change_privilege_at(&session, noon()).unwrap_err();
    });
    assert_eq!(events, []);
}

#[test]
fn an_accepted_token_writes_nothing() {
    let world = world();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let session = world.verifier.verify_at(token.as_str(), noon()).unwrap();
    let successor = world.issuer.renew_at(&session, noon() + seconds(1)).unwrap();
    let (_, events) = heard(|| {
        world.verifier.verify_at(token.as_str(), noon()).unwrap();
        // The first use of a successor, another, and its predecessor in its grace.
        world.verifier.verify_at(successor.as_str(), noon() + seconds(1)).unwrap();
        world.verifier.verify_at(successor.as_str(), noon() + seconds(1)).unwrap();
        world.verifier.verify_at(token.as_str(), noon() + seconds(31)).unwrap();
    });
    assert_eq!(events, []);
}

#[test]
fn every_kind_of_revocation_is_written_once() {
    let world = world();
    let session = log_in(&world);
    let everyone = |world: &World| revocations(world).map(|what| heard(|| revoke(world, what)).1);
    let [token, of_session, subject, everyone, key] = everyone(&world);
    let name = |events: &[Event], field: &str| events[0].fields[field].clone();
    let kind = |level, kind: &str, field: &str, value: &str| {
        [written(level, "authn_token_revoked", &[("kind", kind), (field, value)])]
    };
    assert_eq!(token, kind(Level::INFO, "token", "token", &name(&token, "token")));
    assert_eq!(of_session, kind(Level::INFO, "session", "session", &name(&of_session, "session")));
    assert_eq!(subject, kind(Level::INFO, "subject", "user", &alice()));
    assert_eq!(everyone, [written(Level::WARN, "authn_token_revoked", &[("kind", "everyone")])]);
    // The ids of keys are public: they stand in the tokens' footers.
    assert_eq!(key, kind(Level::WARN, "key", "key", &session.key_id().to_string()));
}

fn revoke(world: &World, what: Revocation) {
    world.denylist.revoke_at(what, noon()).wait().unwrap();
}

#[test]
fn logout_is_written_once_however_often_it_is_asked_for() {
    let world = world();
    let session = log_in(&world);
    let (_, events) = heard(|| {
        world.denylist.revoke_at(&session, noon()).wait().unwrap();
        world.denylist.revoke_at(&session, noon()).wait().unwrap();
        // A session that is over revokes nothing.
        let refused = world.denylist.revoke_at(session.everywhere(), noon()).wait().unwrap_err();
        assert!(matches!(refused, RevokeError::NotLive(_)));
    });
    assert_eq!(events, [ended(&session)]);

    let session = log_in(&world);
    let (_, events) = heard(|| {
        world.denylist.revoke_at(session.elsewhere(), noon()).wait().unwrap();
        world.denylist.revoke_at(session.everywhere(), noon()).wait().unwrap();
    });
    let (user, spared) = (alice(), session_of(&session));
    let fields = [("kind", "subject"), ("user", &*user), ("except", &spared)];
    let elsewhere = written(Level::INFO, "authn_token_revoked", &fields);
    assert_eq!(events, [elsewhere, written(Level::INFO, "authn_token_revoked", &fields[..2])]);
}

#[test]
fn what_is_revoked_already_is_not_written_again() {
    let world = world();
    let session = log_in(&world);
    let key = session.key_id();
    let (_, events) = heard(|| {
        for _ in 0..2 {
            world.denylist.revoke_at(session.session_id(), noon()).wait().unwrap();
            world.denylist.revoke_at(key, noon()).wait().unwrap();
        }
        assert!(world.denylist.forget_key(&key).is_some() && world.denylist.forget_key(&key).is_none());
    });
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["authn_token_revoked", "authn_token_revoked", "authn_key_forgotten"]);
    assert_eq!(events[2], written(Level::WARN, "authn_key_forgotten", &[("key", &key.to_string())]));
}

#[test]
fn a_list_that_starts_anew_says_so() {
    let world = world();
    log_in(&world);
    let (_, events) = heard(|| world.issuer.login_at("alice", noon() - TimeDelta::minutes(21)).unwrap());
    assert_eq!(events[0], written(Level::WARN, "denylist_started_anew", &[]));
    assert_eq!(events.len(), 3);
}

#[cfg(feature = "redb")]
#[test]
fn a_file_that_was_not_there_is_told_of_and_one_that_was_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("denylist.redb");
    let open = || hallpass::Denylist::builder().open_at(&place, noon()).map(drop).unwrap();
    let of_making =
        |events: Vec<Event>| events.into_iter().filter(|event| event.name == "denylist_created").collect::<Vec<_>>();
    let created = written(Level::WARN, "denylist_created", &[("place", &place.display().to_string())]);
    assert_eq!(of_making(heard(open).1), [created]);
    assert_eq!(of_making(heard(open).1), []);
}

#[test]
fn a_revocation_that_failed_says_so_and_a_restart_that_failed_creates_nothing() {
    let world = scenes::world_with(hallpass::Denylist::builder().event_key(scenes::event_key()).capacity(0));
    let session = log_in(&world);
    let (_, events) = heard(|| {
        assert!(matches!(world.denylist.revoke_at(&session, noon()).wait().unwrap_err(), RevokeError::Full { .. }));
        assert!(matches!(world.issuer.step_up_at(&session, "alice", noon()).unwrap_err(), RenewError::Revoke(_)));
    });
    let fields = [("kind", "session"), ("session", &*session_of(&session)), ("user", &alice())];
    let failed = written(Level::ERROR, "authn_token_revoke_failed", &fields);
    assert_eq!(events, [failed.clone(), failed]);
}

/// One event for each refusal, whichever.
#[test]
fn a_refusal_is_written_once_and_says_whose_token_it_was_if_that_is_known() {
    for refusal in refusals() {
        let (error, events) = heard(|| refusal.refuse());
        let outcome = refusal.outcome;
        let expected = match outcome {
            _ if !refusal.is_authentic => {
                let fields = [("outcome", outcome), ("reason", &chain(&error))];
                written(Level::WARN, "input_validation_fail", &fields)
            }
            "expired" => about_first(Level::INFO, "session_expired", &[("reason", "timeout")]),
            "revoked" => about_first(Level::WARN, "session_use_after_expire", &[("reason", "revoked")]),
            "status_unknown" => about_first(Level::WARN, "session_status_unknown", &[]),
            "replayed" => reuse("true"),
            _ => about_first(Level::WARN, "input_validation_fail", &[("outcome", outcome)]),
        };
        // Another issuer's alice is somebody else.
        let expected = match error {
            VerifyError::Issuer { found, .. } => {
                let mut fields = expected.fields;
                fields.insert("user".to_owned(), names::user(&found, "alice"));
                Event { fields, ..expected }
            }
            _ => expected,
        };
        assert_eq!(events, [expected]);
    }
}

fn reuse(ended: &str) -> Event {
    let fields = [("severity", "critical"), ("generation", "0"), ("ended", ended)];
    about_first(Level::ERROR, "authn_token_reuse", &fields)
}

#[test]
fn a_replay_is_critical_and_then_the_session_is_over() {
    let replay = refusals().into_iter().find(|refusal| refusal.outcome == "replayed").unwrap();
    let (_, events) = heard(|| replay.refuse());
    assert_eq!(events, [reuse("true")]);
    let (error, events) = heard(|| replay.world.verifier.verify_at(&replay.token, replay.at).unwrap_err());
    assert_eq!(error.outcome(), "revoked");
    assert_eq!(events, [about_first(Level::WARN, "session_use_after_expire", &[("reason", "revoked")])]);
}

/// Where there is no room to end it, each use says so.
#[test]
fn a_replay_says_whether_the_session_could_be_ended() {
    let replay = replay_with_a_full_list();
    for _ in 0..2 {
        let (_, events) = heard(|| replay.refuse());
        assert_eq!(events, [reuse("false")]);
    }
}

/// Whoever renews or revokes by a session looks again whether it lives; nobody has shown a token then.
#[test]
fn what_is_found_over_when_somebody_acts_is_no_replay() {
    let world = world();
    let old = log_in(&world);
    let successor = world.issuer.renew_at(&old, noon() + seconds(1)).unwrap();
    world.verifier.verify_at(successor.as_str(), noon() + seconds(1)).unwrap();
    let late = noon() + seconds(42);
    let (_, events) = heard(|| {
        world.issuer.renew_at(&old, late).unwrap_err();
        world.issuer.step_up_at(&old, "alice", late).unwrap_err();
        world.denylist.revoke_at(old.everywhere(), late).wait().unwrap_err();
    });
    assert_eq!(events, []);
}
