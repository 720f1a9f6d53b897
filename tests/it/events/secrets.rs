//! What no event shows: tokens, keys, private claims, ids and subjects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::key::{Key, KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Login, Renewal, Revocation, Verifier};

use super::listener::{Event, heard};
use super::scenes::event_key;
use crate::redaction::Canary;
use crate::support::{ISSUER, World, noon, payload, seal, seconds};

const SUBJECT: &str = "alice-canary@mail.example";
const PRIVATE: &str = "privatecanaryprivatecanary";

fn worlds() -> [World; 2] {
    let (secret, local) = (SecretKey::generate().unwrap(), LocalKey::generate().unwrap());
    [KeySet::issuing(secret), KeySet::issuing(local)].map(|keys| {
        let keys = KeyRing::new(keys);
        let denylist = Denylist::builder().event_key(event_key()).in_memory_at(noon() - seconds(60)).unwrap();
        let issuer = Issuer::new(&keys, ISSUER, &denylist);
        let verifier = Verifier::new(&keys, ISSUER, &denylist);
        World { keys, denylist, issuer, verifier }
    })
}

/// Everything that an event holds: a secret in any field is seen.
fn assert_unseen(canary: &Canary, what: &str, events: &[Event]) {
    for event in events {
        let shown = format!("{event:?}");
        assert!(!canary.is_seen_in(&shown), "{what} stands in {shown}");
    }
}

/// A life with everything in it, and what was secret about it.
fn live(world: &World) -> (Vec<(&'static str, Canary)>, Vec<Event>) {
    let mut secrets = vec![
        ("the subject", Canary::of_texts([SUBJECT.to_owned()])),
        ("a private claim", Canary::of_texts([PRIVATE.to_owned()])),
        ("the event key", Canary::of_bytes(&event_key())),
    ];
    let key = world.keys.set();
    let key = match key.current().unwrap() {
        Key::Secret(key) => Canary::of_secret(key),
        Key::Local(key) => Canary::of_local(key),
        _ => panic!("it issues"),
    };
    secrets.push(("the key", key));
    let (tokens, events) = heard(|| {
        let login = || Login::new(SUBJECT).claims(&serde_json::json!({ PRIVATE: PRIVATE })).unwrap();
        let first = world.issuer.login_at(login(), noon()).unwrap();
        let session = world.verifier.verify_at(first.as_str(), noon()).unwrap();
        let renewed = world.issuer.renew_at(&session, noon() + seconds(1)).unwrap();
        world.verifier.verify_at(renewed.as_str(), noon() + seconds(1)).unwrap();
        // Superseded, and replayed.
        world.verifier.verify_at(first.as_str(), noon() + seconds(32)).unwrap_err();
        world.verifier.verify_at(first.as_str(), noon() + seconds(42)).unwrap_err();
        world.verifier.verify_at(renewed.as_str(), noon() + seconds(42)).unwrap_err();
        let mut tokens = vec![first, renewed];
        let other = world.issuer.login_at(login(), noon()).unwrap();
        let session = world.verifier.verify_at(other.as_str(), noon()).unwrap();
        let stepped = world.issuer.step_up_at(&session, login(), noon()).unwrap().wait().unwrap();
        let session = world.verifier.verify_at(stepped.as_str(), noon()).unwrap();
        let changed = world.issuer.change_privilege_at(Renewal::of(&session), noon()).unwrap().wait().unwrap();
        let session = world.verifier.verify_at(changed.as_str(), noon()).unwrap();
        let (elsewhere, id, token, key) =
            (session.elsewhere(), session.session_id(), session.token_id(), session.key_id());
        world.denylist.revoke_at(elsewhere, noon()).wait().unwrap();
        world.denylist.revoke_at(id, noon()).wait().unwrap();
        world.denylist.revoke_at(token, noon()).wait().unwrap();
        world.denylist.revoke_at(Revocation::Everyone { except: Some(id) }, noon()).wait().unwrap();
        world.denylist.revoke_at(key, noon()).wait().unwrap();
        // Revoked, expired, not valid yet, another issuer's, broken.
        world.verifier.verify_at(changed.as_str(), noon()).unwrap_err();
        world.verifier.verify_at(changed.as_str(), noon() + seconds(10_000)).unwrap_err();
        world.verifier.verify_at(changed.as_str(), noon() - seconds(11)).unwrap_err();
        let stranger = Verifier::new(&world.keys, "https://other.example", &world.denylist);
        stranger.verify_at(changed.as_str(), noon()).unwrap_err();
        world.verifier.verify_at(&changed.as_str()[..100], noon()).unwrap_err();
        tokens.extend([other, stepped, changed]);
        tokens
    });
    for token in tokens {
        secrets.push(("a token", Canary::of_token(token.as_str())));
        for id in [token.registered().token_id().to_bytes(), token.registered().session_id().to_bytes()] {
            secrets.push(("an id", Canary::of_bytes(&id)));
        }
    }
    (secrets, events)
}

#[test]
fn no_event_shows_who_or_which() {
    for world in worlds() {
        let (secrets, events) = live(&world);
        assert_eq!(events.len(), 24, "{events:#?}");
        for (what, canary) in &secrets {
            assert_unseen(canary, what, &events);
        }
    }
}

/// Anyone can write a token that is refused, and what they wrote stays out of the log.
#[test]
fn no_event_repeats_what_is_not_authentic() {
    let [world, _] = worlds();
    let current = world.keys.set().current().unwrap().id();
    let forger = SecretKey::generate().unwrap();
    let id = forger.id().to_string();
    let canary = Canary::of_texts([PRIVATE.to_owned(), id["k4.pid.".len()..].to_owned()]);
    let text = format!("\"{PRIVATE}\"");
    let forger = Key::from(forger);
    let said = payload(&[("sub", Some(&text)), ("iss", Some(&text)), ("exp", Some(&text)), (PRIVATE, Some(&text))]);
    let mut texts: Vec<String> = [
        format!("{{\"kid\":\"{current}\"}}"),
        format!("{{\"kid\":\"{id}\"}}"),
        format!("{{\"kid\":\"{PRIVATE}\"}}"),
        format!("{{\"{PRIVATE}\":1,\"{PRIVATE}\":2}}"),
        PRIVATE.to_owned(),
    ]
    .iter()
    .map(|footer| seal(&forger, said.as_bytes(), footer.as_bytes()))
    .collect();
    texts.extend([
        PRIVATE.to_owned(),
        format!("{PRIVATE}.public.AAAA.AAAA"),
        format!("v4.{PRIVATE}.AAAA.AAAA"),
        format!("v4.public.{PRIVATE}!.AAAA"),
        // Line feeds would forge lines of a log.
        format!("v4.public.\n{PRIVATE}\n.AAAA"),
        URL_SAFE_NO_PAD.encode(PRIVATE).repeat(400),
    ]);
    for text in texts {
        let (_, events) = heard(|| world.verifier.verify_at(&text, noon()).unwrap_err());
        assert_eq!(events.len(), 1, "{events:?}");
        assert_unseen(&canary, "a forger's text", &events);
        assert!(events[0].fields.values().all(|value| !value.contains('\n')), "{events:?}");
    }
    // Authentic, and its claims are none: neither are they repeated.
    let sealed = world.sealed(said.as_bytes());
    let (_, events) = heard(|| world.verifier.verify_at(&sealed, noon()).unwrap_err());
    assert_unseen(&canary, "a claim", &events);
}

#[test]
fn a_secret_in_any_field_would_be_seen() {
    let events = [super::listener::written(tracing::Level::INFO, "session_created", &[("user", SUBJECT)])];
    assert!(Canary::of_texts([SUBJECT.to_owned()]).is_seen_in(&format!("{:?}", events[0])));
}
