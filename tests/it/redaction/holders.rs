//! What holds a key or a token, or leads to one, shows neither, nor what the application says about anybody.

use std::time::Duration;

#[cfg(feature = "testing")]
use hallpass::Revocation;
use hallpass::inspect::Unverified;
use hallpass::key::{IssuingKey, Key, KeySet};
#[cfg(any(feature = "redb", feature = "testing"))]
use hallpass::store::{Cursor, Header, Store as _};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Issuer, KeyRing, Login, Renewal, RevocationRequest, Verifier};
use serde_json::json;

use super::shown::Shown;
use super::{Canary, local, secret};
#[cfg(feature = "testing")]
use crate::events::listener::heard;
use crate::support::{ISSUER, World, noon};

const PRIVATE: &str = "privatecanaryprivatecanary";
const ASSERTION: &str = "assertioncanaryassertion";
const EVENT_KEY: [u8; 32] = *b"an event key that is a canary...";

fn login() -> Login<'static> {
    Login::new("alice").claims(&json!({ "note": PRIVATE })).unwrap()
}

/// Everything that there is in a world of this key.
pub(super) fn everything(key: &IssuingKey) -> Shown {
    let mut shown = Shown::beside(key);
    shown.hide("an event key", Canary::of_bytes(&EVENT_KEY));
    shown.hide("what is private", Canary::of_texts([PRIVATE, ASSERTION].map(str::to_owned)));
    keys(&mut shown, key);
    sessions(&mut shown, key);
    #[cfg(feature = "testing")]
    for_tests(&mut shown, key);
    #[cfg(all(feature = "axum", feature = "testing"))]
    on_the_web(&mut shown, key);
    #[cfg(feature = "redb")]
    stores(&mut shown);
    shown
}

fn keys(shown: &mut Shown, key: &IssuingKey) {
    let other: IssuingKey = match key {
        IssuingKey::Secret(key) => {
            shown.show("SecretKey", key);
            shown.show("PublicKey", key.public_key());
            shown.show("KeyId", &key.secret_id());
            local().into()
        }
        IssuingKey::Local(key) => {
            shown.show("LocalKey", key);
            secret().into()
        }
    };
    let set = KeySet::issuing(key.clone()).with_next(other.clone()).unwrap();
    let past = KeySet::issuing(other).with_verify_only(key.clone(), noon()).unwrap();
    let id = Key::from(key.clone()).id();
    shown.show("KeyId", &id);
    shown.show("Key", &Key::from(key.clone()));
    shown.show("IssuingKey", key);
    for set in [&set, &past, &set.rotated(noon()).unwrap(), &set.with_retired(id).unwrap(), &set.public_view()] {
        shown.show("KeySet", set);
        shown.show("Key", &set.current());
        shown.show("KeyState", &set.states().collect::<Vec<_>>());
        shown.show("KeyRing", &KeyRing::new(set.clone()));
    }
    shown.all.push(("KeySet".to_owned(), vec![set.public_view().to_text().to_string()]));
}

fn sessions(shown: &mut Shown, key: &IssuingKey) {
    let ring = KeyRing::new(KeySet::issuing(key.clone()));
    let builder = Denylist::builder().event_key(EVENT_KEY);
    shown.show("DenylistBuilder", &builder);
    let denylist = builder.in_memory_at(noon() - chrono::TimeDelta::hours(1)).unwrap();
    let issuer = Issuer::new(&ring, ISSUER, &denylist).implicit_assertion(ASSERTION);
    let verifier = Verifier::new(&ring, ISSUER, &denylist).implicit_assertion(ASSERTION);
    let token = issuer.login_at(login(), noon()).unwrap();
    shown.hide("a token", Canary::of_token(token.as_str()));
    let session = verifier.verify_at(token.as_str(), noon()).unwrap();
    assert!(session.payload().contains(PRIVATE));
    shown.show("Login", &login());
    shown.show("Token", &token);
    shown.show("Claims", token.registered());
    shown.show("Unverified", &Unverified::parse(token.as_str()).unwrap());
    shown.show("Session", &session);
    shown.show("Claims", session.registered());
    shown.show("TokenFacts", &session.facts());
    shown.show("Renewal", &Renewal::of(&session).claims(&json!({ "note": PRIVATE })).unwrap());
    shown.show("RevocationRequest", &RevocationRequest::from(&session));
    shown.show("RevocationRequest", &session.elsewhere());
    shown.show("Ended", &denylist.ended(&session));
    shown.show("CatchingUp", &denylist.catch_up(Duration::from_secs(1)));
    let restarting = issuer.step_up_at(&session, login(), noon()).unwrap();
    shown.show("Restarting", &restarting);
    let token = restarting.wait().unwrap();
    shown.hide("a new token", Canary::of_token(token.as_str()));
    shown.show("Token", &token);
    let revoking = denylist.revoke_at(token.registered().session_id(), noon());
    shown.show("Revoking", &revoking);
    shown.show("Receipt", &revoking.wait().unwrap());
    let id = session.key_id();
    denylist.revoke_at(id, noon()).wait().unwrap();
    shown.show("Forgetting", &denylist.forget_key_at(&id, noon()).unwrap());
    shown.show("Denylist", &denylist);
    shown.show("DenylistStats", &denylist.stats());
    shown.show("Verifier", &verifier);
    shown.show("Issuer", &issuer);
    let limits = TimeLimits::default();
    shown.show("Issuer", &Issuer::dangerously_without_denylist(&ring, ISSUER, limits));
    shown.show("Verifier", &Verifier::dangerously_without_denylist(&ring, ISSUER, limits));
}

#[cfg(feature = "testing")]
fn for_tests(shown: &mut Shown, key: &IssuingKey) {
    use hallpass::testing::{Fixture, MemoryEngine};

    let fixture = Fixture::with_keys(KeySet::issuing(key.clone()).into(), noon());
    shown.show("Fixture", &fixture);
    let engine = MemoryEngine::default();
    shown.show("MemoryEngine", &engine);
    let header = Header::new(TimeLimits::default(), noon() - chrono::TimeDelta::hours(1)).unwrap();
    shown.hide("a list's secret", subjects_secret(&header));
    shown.show("MemoryStore", &engine.open(header).unwrap());
    let (denylist, events) = heard(|| {
        let denylist = Denylist::builder().open_store_at(engine.open(header).unwrap(), noon()).unwrap();
        let revoking = denylist.revoke_at(Revocation::subject(ISSUER, "alice"), noon());
        shown.show("Revoking", &revoking);
        shown.show("Receipt", &revoking.wait().unwrap());
        denylist
    });
    shown.all.push(("a list's events".to_owned(), vec![format!("{events:?}")]));
    shown.show("Page", &engine.open(header).unwrap().read(&Cursor::start(), 10).unwrap());
    shown.show("Denylist", &denylist);
    let ring = KeyRing::new(KeySet::issuing(key.clone()));
    shown.show("Issuer", &Issuer::new(&ring, ISSUER, &denylist));
    shown.show("Verifier", &Verifier::new(&ring, ISSUER, &denylist));
}

/// Under which the list of this header hashes subjects: 16 bytes, behind its format and three numbers.
#[cfg(any(feature = "redb", feature = "testing"))]
pub(super) fn subjects_secret(header: &Header) -> Canary {
    Canary::of_bytes(&header.to_bytes()[26..42])
}

/// What the layer makes, and what a handler gets.
#[cfg(all(feature = "axum", feature = "testing"))]
fn on_the_web(shown: &mut Shown, key: &IssuingKey) {
    use std::convert::Infallible;

    use axum::body::Body;
    use axum::http::{Request, Response};
    use hallpass::testing::Fixture;
    use hallpass::web::{EndSession, FreshSession, RecentLogin, Sessions, SetSession};
    use tower::{Layer as _, Service as _};

    let fixture = Fixture::with_keys(KeySet::issuing(key.clone()).into(), noon());
    let layer = fixture.layer().cookie(hallpass::web::SessionCookie::new().readable());
    shown.show("SessionLayer", &layer);
    shown.show("SessionCookie", &hallpass::web::SessionCookie::new());
    let token = fixture.token(login());
    shown.hide("a cookie", Canary::of_token(token.as_str()));
    let session = fixture.verifier.verify_at(token.as_str(), noon()).unwrap();
    shown.show("RecentLogin", &RecentLogin::<60>(session.clone()));
    shown.show("FreshSession", &FreshSession(session));

    let made = std::sync::Mutex::new(None);
    let handler = tower::service_fn(async |request: Request<Body>| {
        let sessions = Sessions::of(request.extensions()).unwrap().clone();
        let begun: SetSession = sessions.login(login()).await.unwrap();
        let mut response = Response::new(Body::empty());
        begun.clone().add_to(&mut response);
        let ended: EndSession = sessions.logout().await.unwrap();
        *made.lock().unwrap() = Some((sessions, begun, ended));
        Ok::<_, Infallible>(response)
    });
    let mut service = layer.layer(handler);
    let cookie = hallpass::testing::cookie_header(token.as_str());
    let answering = service.call(Request::get("/").header("cookie", cookie).body(Body::empty()).unwrap());
    shown.show("SessionFuture", &answering);
    let response = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answering).unwrap();
    let set = response.headers()["set-cookie"].to_str().unwrap();
    shown.hide("a new cookie", Canary::of_token(set.split(';').next().unwrap()));
    shown.all.push(("a response's extensions".to_owned(), vec![format!("{:?}", response.extensions())]));
    let (sessions, begun, ended) = made.into_inner().unwrap().unwrap();
    shown.show("Sessions", &sessions);
    shown.show("SetSession", &begun);
    shown.show("EndSession", &ended);
    shown.show("SessionService", &layer.layer("a service"));
}

#[cfg(feature = "redb")]
fn stores(shown: &mut Shown) {
    use hallpass::store::RedbStore;

    let folder = tempfile::tempdir().unwrap();
    let header = Header::new(TimeLimits::default(), noon()).unwrap();
    shown.hide("a file's secret", subjects_secret(&header));
    for header in [header, header.anew(noon(), noon()), header.new_epoch(noon(), noon()).unwrap()] {
        shown.show("Header", &header);
    }
    let store = RedbStore::open(folder.path().join("list"), header).unwrap();
    assert_eq!(store.header().unwrap(), header);
    let denylist = Denylist::builder().event_key(EVENT_KEY).copy_of_at(&store, noon()).unwrap();
    shown.show("RedbStore", &store);
    shown.show("Page", &store.read(&Cursor::start(), 10).unwrap());
    shown.show("Denylist", &denylist);
}

#[test]
fn nothing_that_holds_a_secret_key_shows_it() {
    everything(&secret().into()).assert_unseen();
}

#[test]
fn nothing_that_holds_a_local_key_shows_it() {
    everything(&local().into()).assert_unseen();
}

#[test]
fn nothing_that_holds_a_token_shows_it() {
    for keys in [KeySet::issuing(secret()), KeySet::issuing(local())] {
        let world = World::with_keys(keys.into());
        let token = world.issuer.login_at("alice", noon()).unwrap();
        let canary = Canary::of_token(token.as_str());
        let session = world.verifier.verify_at(token.as_str(), noon()).unwrap();
        world.denylist.revoke_at(&session, noon()).wait().unwrap();
        canary.unseen_by_error(&world.verifier.verify_at(token.as_str(), noon()).unwrap_err());
        // The cache of the verifier holds the text.
        canary.unseen_by_debug("Verifier", &world.verifier);
        canary.unseen_by_debug("Session", &session);
    }
}
