//! Panics of tests and applications that unwrap what they should not show neither keys nor tokens.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hallpass::key::{IssuingKey, KeySet, LocalKey, SecretKey};
use hallpass::testing::{Fault, Fixture, Sample};
use serde_json::json;

use super::{Canary, local, secret};
use crate::panics;
use crate::support::noon;

/// All that somebody learns of a panic: what it carries, and what the hook is told.
fn message<T>(act: impl FnOnce() -> T) -> [String; 2] {
    let (caught, told) = panics::heard(|| catch_unwind(AssertUnwindSafe(act)));
    let panic = caught.err().expect("it panics");
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).expect("it says why");
    let [told] = <[String; 1]>::try_from(told).expect("it was told");
    assert!(told.contains(&text), "{told}");
    [text, told]
}

#[test]
fn what_is_unwrapped_and_should_not_be_shows_no_token() {
    for keys in [KeySet::issuing(secret()), KeySet::issuing(local())] {
        let fixture = Fixture::with_keys(keys.into(), noon());
        let sample = Sample { subject: "alice".to_owned(), claims: json!({ "note": "canarycanarycanary" }), choice: 0 };
        let verify = |token: &str| fixture.verifier.verify_at(token, fixture.now());
        for &fault in Fault::ALL {
            let token = sample.broken(&fixture, fault).unwrap();
            Canary::of_token(&token).assert_unseen("a panic", &message(|| verify(&token).unwrap()));
        }
        let token = sample.valid(&fixture).unwrap();
        let canary = Canary::of_token(&token);
        canary.assert_unseen("a panic", &message(|| verify(&token).unwrap_err()));
        let session = verify(&token).unwrap();
        canary.assert_unseen("a panic", &message(|| fixture.denylist.revoke_at(&session, noon()).wait().unwrap_err()));
        // Of the token that it had made nobody knows the text; it begins with its header.
        let panic = message(|| fixture.issuer.login_at("alice", noon()).unwrap_err());
        assert!(!panic[0].contains("v4."), "{panic:?}");
    }
}

#[test]
fn what_is_unwrapped_and_should_not_be_shows_no_key() {
    let text = secret().to_paserk();
    let panics = [
        message(|| SecretKey::from_paserk(&text[1..]).unwrap()),
        message(|| SecretKey::from_paserk(&text).unwrap_err()),
    ];
    shows_no_key(&Canary::of_secret(&secret()), &panics, &text, secret().into());
    let text = local().to_paserk();
    let panics =
        [message(|| LocalKey::from_paserk(&text[1..]).unwrap()), message(|| LocalKey::from_paserk(&text).unwrap_err())];
    shows_no_key(&Canary::of_local(&local()), &panics, &text, local().into());
}

fn shows_no_key(canary: &Canary, imports: &[[String; 2]], text: &str, key: IssuingKey) {
    let good = KeySet::issuing(key.clone());
    let sets = [
        message(|| KeySet::from_text(&format!("hallpass-keys 1\ncurrent {}\n", &text[1..])).unwrap()),
        message(|| KeySet::from_text(&good.to_text()).unwrap_err()),
        message(|| good.with_next(key.clone()).unwrap()),
        message(|| panic!("{good:?}, {key:?}")),
    ];
    for panic in imports.iter().chain(&sets) {
        canary.assert_unseen("a panic", panic);
    }
}

#[cfg(feature = "axum")]
#[test]
fn a_handler_that_panics_shows_neither_its_key_nor_a_token() {
    use axum::body::Body;
    use axum::extract::State;
    use axum::http::Request;
    use axum::{Router, routing::get};
    use hallpass::Session;
    use hallpass::testing::cookie_header;
    use hallpass::web::{Rejection, SessionCookie, SessionLayer, Sessions, SetSession};
    use tower::ServiceExt as _;

    type Held = (IssuingKey, Fixture, SessionLayer);

    async fn handler(State(held): State<Held>, session: Session, sessions: Sessions) -> Result<SetSession, Rejection> {
        let begun = sessions.login("bob").await?;
        let ending = held.1.denylist.revoke_at(&session, held.1.now());
        panic!("{held:?}, {session:?}, {sessions:?}, {begun:?}, {ending:?}")
    }

    let keys: [(IssuingKey, Canary); 2] =
        [(secret().into(), Canary::of_secret(&secret())), (local().into(), Canary::of_local(&local()))];
    for (key, canary) in keys {
        let fixture = Fixture::with_keys(KeySet::issuing(key.clone()).into(), noon());
        let layer = fixture.layer().cookie(SessionCookie::new().readable());
        let held: Held = (key, fixture.clone(), layer.clone());
        let app: Router = Router::new().route("/", get(handler)).layer(layer).with_state(held);
        let token = fixture.token("alice");
        let request = Request::get("/").header("cookie", cookie_header(token.as_str())).body(Body::empty()).unwrap();
        let panic = message(|| super::answers::wait(app.oneshot(request)));
        assert!(panic[0].contains("SessionLayer") && panic[0].contains("SetSession"), "{panic:?}");
        canary.assert_unseen("a panic", &panic);
        Canary::of_token(token.as_str()).assert_unseen("a panic", &panic);
        // Of the token that it had begun nobody knows the text; it begins with its header.
        assert!(!panic[0].contains("v4."), "{panic:?}");
    }
}
