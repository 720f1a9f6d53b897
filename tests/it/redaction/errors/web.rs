//! Requests that are refused, and cookies that can't be.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderName, Request};
use axum::routing::get;
use hallpass::key::{IssuingKey, KeySet};
use hallpass::store::{StoreError, StoreErrorKind};
use hallpass::testing::{Fixture, bearer_header, cookie_header};
use hallpass::web::{PrivateClaims, RecentLogin, Rejection, SessionCookie, Sessions, SetSession};
use hallpass::{Login, RevokeError, Session};
use serde_json::json;
use tower::ServiceExt as _;

use super::super::shown::Shown;
use super::super::{Canary, answers};
use super::{PRIVATE, SUBJECT, login};
use crate::support::{noon, seconds};

async fn begins(sessions: Sessions) -> Result<SetSession, Rejection> {
    sessions.login(login()).await
}

async fn begins_with_much(sessions: Sessions) -> Result<SetSession, Rejection> {
    sessions.login(Login::new(SUBJECT).claims(&json!({ "note": PRIVATE.repeat(200) }))?).await
}

async fn begins_with_what_is_no_claim(sessions: Sessions) -> Result<SetSession, Rejection> {
    sessions.login(Login::new(SUBJECT).claims(&json!([PRIVATE]))?).await
}

async fn begins_too_late(sessions: Sessions) -> Result<SetSession, Rejection> {
    sessions.login(login().not_before(noon() + seconds(86_400))).await
}

async fn renews(sessions: Sessions) -> Result<String, Rejection> {
    Ok(sessions.renew_bearer()?.into_string())
}

fn app(fixture: &Fixture) -> Router {
    Router::new()
        .route("/", get(async |_: Session| ()))
        .route("/begin", get(begins))
        .route("/recent", get(async |_: RecentLogin<1>| ()))
        .route("/claims", get(async |_: PrivateClaims<BTreeMap<String, u8>>| ()))
        .route("/much", get(begins_with_much))
        .route("/no-claim", get(begins_with_what_is_no_claim))
        .route("/late", get(begins_too_late))
        .route("/renew", get(renews))
        .layer(fixture.layer())
}

fn rejected(app: &Router, path: &str, headers: &[(HeaderName, String)]) -> Rejection {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = answers::wait(app.clone().oneshot(request.body(Body::empty()).unwrap())).unwrap();
    response.extensions().get::<Rejection>().unwrap_or_else(|| panic!("{path}: {}", response.status())).clone()
}

pub(super) fn answer(shown: &mut Shown, key: &IssuingKey) {
    let fixture = Fixture::with_keys(KeySet::issuing(key.clone()).into(), noon());
    let app = app(&fixture);
    let mut token = |login: Login<'_>| {
        let token = fixture.token(login).into_string();
        shown.hide("a token", Canary::of_token(&token));
        token
    };
    let (good, words) = (token(login()), token(Login::new(SUBJECT).claims(&json!({ "note": "a few words" })).unwrap()));
    shown.error(&SessionCookie::new().name(&good).unwrap_err());
    let bearer = |token: &str| (AUTHORIZATION, bearer_header(token));
    let rejected = |path: &str, headers: &[_]| rejected(&app, path, headers);
    let renewed = rejected("/renew", &[bearer(&good)]);
    fixture.advance(seconds(2));
    let session = fixture.verifier.verify_at(&good, fixture.now()).unwrap();
    let others = [
        renewed,
        // Encrypted it is too long, and signed it is readable.
        rejected("/much", &[]),
        rejected("/begin", &[(COOKIE, cookie_header(&good)), bearer(&words)]),
        rejected("/", &[bearer(&format!("{good} {words}"))]),
        rejected("/recent", &[bearer(&good)]),
        // What serde says of claims repeats them: `answers` looks at where that goes.
        rejected("/claims", &[bearer(&words)]),
        rejected("/no-claim", &[]),
        rejected("/late", &[]),
        Rejection::NotCaughtUp(StoreError::new(StoreErrorKind::Io).because("the engine is failing")),
    ];
    fixture.denylist.revoke_at(&session, fixture.now()).wait().unwrap();
    let refused = rejected("/", &[bearer(&good)]);
    let Rejection::Refused { why, .. } = &refused else { panic!("{refused:?}") };
    let revoking = Rejection::from(RevokeError::NotLive(Box::new(why.clone())));
    for rejection in others.iter().chain([&refused, &revoking]) {
        shown.error(rejection);
        match rejection {
            Rejection::Ambiguous(why) => shown.error(why),
            Rejection::Cookie(why) => shown.error(why),
            _ => {}
        }
    }
}
