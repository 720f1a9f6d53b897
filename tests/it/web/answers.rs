//! Which answer: statuses and headers, `require`, the extractors, and layers in the wrong place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use axum::routing::get;
use axum::{Extension, Router};
use hallpass::testing::Fixture;
use hallpass::web::{Rejection, SessionFuture, SessionLayer, SessionService, Sessions, Transport};
use hallpass::{IssueError, Login, RenewError, Revocation, Session};
use serde_json::json;
use tower::{Layer as _, Service};

use super::{Body, Request, seconds, set_cookies, site, who, with_bearer};
use super::{NAME, answer, app, assert_status, body, forget, get_with, header, is_removed, noon, rejection, request};

type Sent = (Option<Transport>, Vec<(HeaderName, String)>);

/// What comes, by which transport, that is not let in.
fn dead(fixture: &Fixture) -> Vec<Sent> {
    let old = fixture.token("alice");
    fixture.denylist.revoke_at(old.registered().session_id(), fixture.now()).wait().unwrap();
    let foreign = Fixture::at(noon()).token("alice");
    let mut all: Vec<_> = ["dead", old.as_str(), foreign.as_str()]
        .iter()
        .flat_map(|token| {
            [
                (Some(Transport::Cookie), vec![(COOKIE, format!("{NAME}={token}"))]),
                (Some(Transport::Bearer), vec![(AUTHORIZATION, format!("Bearer {token}"))]),
            ]
        })
        .collect();
    all.push((None, vec![]));
    all.push((None, vec![(COOKIE, "a=b".to_owned()), (AUTHORIZATION, "Basic YTpi".to_owned())]));
    all
}

#[test]
fn there_is_one_401_for_every_reason() {
    let (fixture, app) = site();
    for path in ["/me", "/claims", "/recent"] {
        for (by, headers) in dead(&fixture) {
            let response = answer(&app, request("GET", path, &headers));
            assert_status(&response, 401);
            // RFC 6750, 3.1: no error code for whoever sent no bearer token.
            let expected = match by {
                Some(Transport::Bearer) => "Bearer error=\"invalid_token\"",
                _ => "Bearer",
            };
            assert_eq!(header(&response, "www-authenticate").unwrap(), expected);
            match (by, rejection(&response)) {
                (None, Rejection::NotLoggedIn) => {}
                (Some(by), Rejection::Refused { by: found, .. }) => assert_eq!(by, *found),
                (by, other) => panic!("{by:?}: {other:?}"),
            }
            assert_eq!(body(response), "");
        }
    }
}

#[test]
fn unknown_status_is_503_keeps_the_cookie_and_leaves_those_without_one_alone() {
    let (fixture, app) = site();
    let (cookie, bearer) = (fixture.cookie("alice"), fixture.bearer("alice"));
    fixture.advance(seconds(400));
    forget(&fixture);
    for path in ["/me", "/maybe", "/claims", "/recent"] {
        for response in [get_with(&app, path, &cookie), with_bearer(&app, "GET", path, &bearer)] {
            assert_status(&response, 503);
            assert_eq!(header(&response, "retry-after").unwrap(), "5");
            assert_eq!(header(&response, "www-authenticate"), None);
            assert!(matches!(rejection(&response), Rejection::StatusUnknown));
            assert_eq!(set_cookies(&response), [""; 0]);
        }
    }
    for path in ["/login/alice", "/everywhere", "/elsewhere"] {
        let response = super::post_with(&app, path, &cookie);
        assert_status(&response, 503);
        assert_eq!(set_cookies(&response), [""; 0]);
    }
    let required = super::app(fixture.layer().require());
    let response = get_with(&required, "/open", &cookie);
    assert_status(&response, 503);
    assert_eq!(set_cookies(&response), [""; 0]);
    // Nobody else notices, and neither does who is not asked.
    assert_eq!(who(&app, "a=b"), "nobody");
    assert_status(&get_with(&app, "/open", &cookie), 200);
    assert!(is_removed(&get_with(&app, "/open", "__Host-session=dead")));
}

/// The session was good when the request came.
#[test]
fn a_status_that_becomes_unknown_while_a_handler_acts_is_503_and_told() {
    type Act = fn(&Sessions) -> Result<(), Rejection>;
    let acts: [(Transport, Act); 3] = [
        (Transport::Cookie, |sessions| super::run(sessions.logout_everywhere()).map(drop)),
        (Transport::Cookie, |sessions| super::run(sessions.logout_elsewhere())),
        (Transport::Bearer, |sessions| sessions.renew_bearer().map(drop)),
    ];
    for (by, act) in acts {
        let fixture = Fixture::at(noon());
        let (cookie, bearer) = (fixture.cookie("alice"), fixture.bearer("alice"));
        let sent = if by == Transport::Bearer { (AUTHORIZATION, &*bearer) } else { (COOKIE, &*cookie) };
        let (response, events) = super::told(|| {
            super::handled(&fixture.layer(), &[sent], |sessions| {
                forget(&fixture);
                act(sessions).unwrap_err().response()
            })
        });
        assert_status(&response, 503);
        assert_eq!(header(&response, "retry-after").unwrap(), "5");
        assert_eq!(events, ["authn_token_revoked", "session_request_failed"]);
    }
}

#[test]
fn where_the_clock_stands_before_a_cutoff_a_login_is_503_and_says_when_it_will_do() {
    let (fixture, app) = site();
    fixture.denylist.revoke_at(Revocation::everyone(), fixture.now()).wait().unwrap();
    // A cutoff stands a leeway ahead, and a session may begin two leeways ahead.
    let until = noon() - seconds(10);
    for (back, after) in [(600, "590"), (60, "50"), (11, "5")] {
        fixture.set_now(noon() - seconds(back));
        for path in ["/login/alice", "/bearer/alice"] {
            let response = super::post_bare(&app, path);
            assert_status(&response, 503);
            assert_eq!(header(&response, "retry-after").unwrap(), after);
            assert_eq!(set_cookies(&response), [""; 0]);
            let expected = IssueError::ClockBehind { until, now: fixture.now() };
            assert!(matches!(rejection(&response), Rejection::Issue(found) if *found == expected));
        }
    }
    fixture.set_now(until);
    assert_status(&super::post_bare(&app, "/login/alice"), 200);
}

#[test]
fn nobody_is_asked_to_come_back_too_early_nor_told_a_moment_that_nobody_knows() {
    let now = noon();
    let behind = IssueError::ClockBehind { until: now + seconds(1200) + chrono::TimeDelta::microseconds(1), now };
    for (why, after) in [(behind, "1201"), (IssueError::ClockWrong, "5")] {
        for rejection in [Rejection::Issue(why.clone()), RenewError::from(why).into()] {
            let response: super::Response<()> = rejection.response();
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], after);
        }
    }
}

#[test]
fn a_required_layer_lets_nobody_in_and_nothing_of_the_handler_runs() {
    let fixture = Fixture::at(noon());
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let service = fixture.layer().require().layer(tower::service_fn(move |_: Request<Body>| {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok::<_, std::convert::Infallible>(super::Response::<Body>::default()))
    }));
    let send = |headers: &[(HeaderName, String)]| {
        super::run(tower::ServiceExt::oneshot(service.clone(), request("GET", "/", headers))).unwrap()
    };
    for (_, headers) in dead(&fixture) {
        let response = send(&headers);
        assert_status(&response, 401);
        assert!(matches!(rejection(&response), Rejection::NotLoggedIn | Rejection::Refused { .. }));
    }
    let cookie = fixture.cookie("alice");
    assert_status(&send(&[(COOKIE, cookie.clone()), (COOKIE, cookie.clone())]), 400);
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    // A dead cookie is removed by it as well.
    assert!(is_removed(&send(&[(COOKIE, format!("{NAME}=dead"))])));
    let response = send(&[(COOKIE, cookie.clone())]);
    assert_status(&response, 200);
    assert_eq!(header(&response, "cache-control").unwrap(), "private");
    fixture.advance(seconds(300));
    assert!(super::new_cookie(&send(&[(COOKIE, cookie)])).is_some());
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[test]
fn clones_of_one_layer_serve_public_and_private_routes_side_by_side() {
    let fixture = Fixture::at(noon());
    let layer = fixture.layer();
    let open = Router::new().route("/open", get(async || "open")).layer(layer.clone());
    let closed = Router::new().route("/closed", get(async || "closed")).layer(layer.require());
    let app = open.merge(closed);
    assert_status(&get_with(&app, "/open", "a=b"), 200);
    assert_status(&get_with(&app, "/closed", "a=b"), 401);
    assert_status(&get_with(&app, "/closed", &fixture.cookie("alice")), 200);
}

#[test]
fn private_claims_are_the_applications_type_or_nothing() {
    let (fixture, app) = site();
    let cookie = |claims| fixture.cookie(Login::new("alice").claims(&claims).unwrap());
    assert_eq!(body(get_with(&app, "/claims", &cookie(json!({ "role": "admin", "more": [1] })))), "admin");
    for claims in
        [json!({}), json!({ "role": 1 }), json!({ "role": null }), json!({ "role": ["admin"] }), json!({ "Role": "a" })]
    {
        let response = get_with(&app, "/claims", &cookie(claims));
        assert_status(&response, 401);
        assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer");
        assert!(matches!(rejection(&response), Rejection::Claims(_)));
        assert_eq!(set_cookies(&response), [""; 0], "the session is as good as before");
    }
    // Claims that can't be written are the program's mistake, not the client's.
    let error = Login::new("alice").claims(&json!({ "sub": "bob" })).unwrap_err();
    assert_eq!(Rejection::from(error).status(), 500);
}

#[test]
fn a_recent_login_is_one_of_at_most_so_many_seconds_ago_whatever_was_renewed() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    fixture.set_now(noon() + seconds(300));
    let response = get_with(&app, "/recent", &cookie);
    assert_status(&response, 200);
    let renewed = super::new_cookie(&response).unwrap();
    fixture.set_now(noon() + seconds(300) + chrono::TimeDelta::microseconds(1));
    for cookie in [&cookie, &renewed] {
        let response = get_with(&app, "/recent", cookie);
        assert_status(&response, 401);
        // RFC 9470, 3.
        let expected = "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
        assert_eq!(header(&response, "www-authenticate").unwrap(), expected);
        assert!(matches!(rejection(&response), Rejection::LoginTooOld(_)));
        assert!(!is_removed(&response));
    }
    // A login in place of the session makes it recent.
    let new = super::new_cookie(&super::post_with(&app, "/login/alice", &renewed)).unwrap();
    assert_status(&get_with(&app, "/recent", &new), 200);
}

#[test]
fn a_missing_layer_is_a_500_for_each_extractor() {
    let fixture = Fixture::at(noon());
    // The same routes, behind a layer that takes away what the session layer has put there.
    let app = app(fixture.layer()).layer(Extension(()));
    assert_status(&get_with(&app, "/me", &fixture.cookie("alice")), 200);
    let bare = Router::new()
        .route("/me", get(async |session: Session| session.subject().to_owned()))
        .route("/maybe", get(async |session: Option<Session>| format!("{session:?}")))
        .route("/sessions", get(async |_: Sessions| ""))
        .route("/claims", get(async |_: hallpass::web::PrivateClaims<super::Roles>| ""))
        .route("/recent", get(async |_: hallpass::web::RecentLogin<1>| ""));
    for path in ["/me", "/maybe", "/sessions", "/claims", "/recent"] {
        let response = get_with(&bare, path, &fixture.cookie("alice"));
        assert_status(&response, 500);
        assert!(matches!(rejection(&response), Rejection::NoLayer), "{path}");
    }
}

#[test]
fn a_layer_around_another_one_is_a_500_whoever_asks() {
    let (fixture, other) = (Fixture::at(noon()), Fixture::at(noon()));
    for outer in
        [fixture.layer(), fixture.layer().require(), other.layer(), SessionLayer::verify_only(&fixture.verifier)]
    {
        let app = app(fixture.layer()).layer(outer);
        let response = get_with(&app, "/open", &fixture.cookie("alice"));
        if response.status() != 401 {
            assert_status(&response, 500);
            assert!(matches!(rejection(&response), Rejection::NestedLayers));
        }
    }
    let app = app(fixture.layer()).layer(fixture.layer());
    assert_status(&answer(&app, request::<&str>("GET", "/open", &[])), 500);
}

/// The future is of a type that can be named, and holds the handler's own and little else.
#[test]
fn no_future_is_boxed() {
    type Handler = std::future::Ready<Result<super::Response<Body>, std::convert::Infallible>>;
    fn future_of<S: Service<Request<Body>>>(_: &S) -> usize {
        size_of::<S::Future>()
    }
    let handler = |_: Request<Body>| -> Handler { std::future::ready(Ok(super::Response::default())) };
    let service: SessionService<_> = Fixture::new().layer().layer(tower::service_fn(handler));
    let mut kept = service.clone();
    let future: SessionFuture<Handler, Body> = kept.call(request::<&str>("GET", "/", &[]));
    assert_eq!(future_of(&service), size_of_val(&future));
    assert!(size_of_val(&future) >= size_of::<super::Response<Body>>(), "the handler's is in it");
    assert_status(&super::run(future).unwrap(), 200);
}

#[test]
fn a_session_for_a_handler_is_one_line() {
    async fn handler(session: Session) -> String {
        session.subject().to_owned()
    }
    assert_eq!(super::run(handler(hallpass::testing::session("alice"))), "alice");
    let admin = hallpass::testing::session(Login::new("alice").claims(&json!({ "role": "admin" })).unwrap());
    assert_eq!(admin.claims::<super::Roles>().unwrap().role, "admin");
}
