//! What the layer answers and writes to the log shows no token, whatever is wrong with it, and no private claim.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderName, Request, Response};
use axum::routing::get;
use hallpass::Session;
use hallpass::key::KeySet;
use hallpass::testing::{Fault, Fixture, Sample, bearer_header, cookie_header};
use hallpass::web::{PrivateClaims, Rejection};
use serde_json::json;
use tower::ServiceExt as _;

use super::{Canary, local, messages, secret};
use crate::events::listener::heard;
use crate::support::noon;

const PRIVATE: &str = "privatecanaryprivatecanary";

#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "it is read, and nothing is done with it")]
struct Other {
    note: u8,
}

fn answer(app: &Router, name: HeaderName, value: &str) -> Response<Body> {
    let request = Request::get("/").header(name, value).body(Body::empty()).unwrap();
    wait(app.clone().oneshot(request)).unwrap()
}

pub(super) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// All that a client, or what stands around the layer, gets to see.
fn shown(response: Response<Body>) -> Vec<String> {
    let mut shown = vec![format!("{:?}", response.headers()), format!("{:?}", response.extensions())];
    shown.extend(response.extensions().get::<Rejection>().iter().flat_map(|rejection| messages(rejection)));
    let body = wait(to_bytes(response.into_body(), 10_000)).unwrap();
    shown.push(String::from_utf8(body.to_vec()).unwrap());
    shown
}

fn is_refused_and_unseen(app: &Router, token: &str) {
    let canaries = [Canary::of_token(token), Canary::of_texts([PRIVATE.to_owned()])];
    for (name, value) in [(COOKIE, cookie_header(token)), (AUTHORIZATION, bearer_header(token))] {
        let (response, events) = heard(|| answer(app, name, &value));
        assert_eq!(response.status(), 401, "{:?}", response.extensions().get::<Rejection>());
        assert!(!events.is_empty());
        let (events, shown) = ([format!("{events:?}")], shown(response));
        for canary in &canaries {
            canary.assert_unseen("an event", &events);
            canary.assert_unseen("an answer", &shown);
        }
    }
}

#[test]
fn neither_answers_nor_events_show_the_token_that_is_refused() {
    for keys in [KeySet::issuing(secret()), KeySet::issuing(local())] {
        let fixture = Fixture::with_keys(keys.into(), noon());
        let app = Router::new().route("/", get(async |_: Session| "welcome")).layer(fixture.layer());
        for choice in (0..4).map(|choice: u64| choice.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            let sample = Sample { subject: "alice".to_owned(), claims: json!({ "note": PRIVATE }), choice };
            for &fault in Fault::ALL {
                let token = sample.broken(&fixture, fault).unwrap();
                is_refused_and_unseen(&app, &token);
            }
        }
    }
}

/// What serde says of claims that don't fit repeats them: that is the handler's to see, and stays out of the log.
#[test]
fn no_event_shows_the_claims_that_the_handler_does_not_expect() {
    let fixture = Fixture::at(noon());
    let app = Router::new().route("/", get(async |_: PrivateClaims<Other>| "welcome")).layer(fixture.layer());
    let token = Sample { subject: "alice".to_owned(), claims: json!({ "note": PRIVATE }), choice: 0 };
    let token = token.valid(&fixture).unwrap();
    let (response, events) = heard(|| answer(&app, COOKIE, &cookie_header(&token)));
    assert_eq!(response.status(), 401);
    assert_eq!(events.len(), 1, "{events:?}");
    let canary = Canary::of_texts([PRIVATE.to_owned()]);
    canary.assert_unseen("an event", &[format!("{events:?}")]);
    let rejection = response.extensions().get::<Rejection>().unwrap();
    canary.assert_unseen("a rejection's own words", &[rejection.to_string()]);
    Canary::of_token(&token).assert_unseen("an answer", &shown(response));
}
