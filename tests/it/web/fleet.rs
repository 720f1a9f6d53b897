//! Two sites over one engine.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::{TimeDelta, Utc};
use hallpass::store::Header;
use hallpass::testing::{MemoryEngine, MemoryStore};
use hallpass::time::TimeLimits;
use hallpass::web::SessionLayer;
use hallpass::{Denylist, Issuer, KeyRing, Verifier};

use super::{Hanging, app, get_with, header, new_cookie, post_bare, post_with};
use crate::events::listener::heard;

/// So seldom does a site hear of the others by itself that these tests are over before.
fn site(engine: &MemoryEngine, keys: &KeyRing) -> (Arc<MemoryStore>, Router) {
    let store = Arc::new(engine.open(Header::new(TimeLimits::default(), Utc::now()).unwrap()).unwrap());
    let builder = Denylist::builder().staleness_bound(TimeDelta::seconds(60));
    let denylist = builder.open_shared(Arc::clone(&store)).unwrap();
    let issuer = Issuer::new(keys, "https://app.example", &denylist);
    let verifier = Verifier::new(keys, "https://app.example", &denylist);
    (store, app(SessionLayer::new(&issuer, &verifier)))
}

fn cookie_of(login: &Response<Body>) -> String {
    new_cookie(login).unwrap()
}

#[test]
fn a_login_catches_up_first_and_so_does_whoever_asks_for_a_fresh_session() {
    let (engine, keys) = (MemoryEngine::new(), KeyRing::generate_local().unwrap());
    let [(_, one), (_, two)] = [(); 2].map(|()| site(&engine, &keys));
    let cookie = cookie_of(&post_bare(&one, "/login/alice"));
    assert_eq!(get_with(&two, "/fresh", &cookie).status(), StatusCode::OK);
    assert_eq!(post_with(&one, "/everywhere", &cookie).status(), StatusCode::OK);
    assert_eq!(get_with(&two, "/fresh", &cookie).status(), StatusCode::UNAUTHORIZED);
    // At once, on the other one: good on both.
    let cookie = cookie_of(&post_bare(&two, "/login/alice"));
    for site in [&one, &two] {
        assert_eq!(get_with(site, "/fresh", &cookie).status(), StatusCode::OK);
    }
}

#[test]
fn while_the_engine_is_away_nobody_logs_in_and_nothing_is_fresh_and_cookies_stay() {
    let (engine, keys) = (MemoryEngine::new(), KeyRing::generate_local().unwrap());
    let (store, one) = site(&engine, &keys);
    let cookie = cookie_of(&post_bare(&one, "/login/alice"));
    store.cut_off(true);
    let paths = ["/login/alice", "/alone/alice", "/bearer/alice", "/fresh", "/logout"];
    let answers = paths.map(|path| match path {
        "/fresh" => get_with(&one, path, &cookie),
        "/logout" => post_with(&one, path, &cookie),
        _ => post_bare(&one, path),
    });
    for answer in &answers {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(header(answer, "retry-after").is_some() && header(answer, "set-cookie").is_none());
    }
    // The logout is in force here all the same, and anonymous requests don't care.
    assert_eq!(get_with(&one, "/me", &cookie).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(get_with(&one, "/open", "a=b").status(), StatusCode::OK);
}

/// So slow that it is not away: what is known stays fresh, and no request can be sure.
#[test]
fn an_engine_that_does_not_answer_in_time_is_told_by_everything_that_waits_for_it() {
    let (engine, keys) = (MemoryEngine::new(), KeyRing::generate_local().unwrap());
    let (_, one) = site(&engine, &keys);
    let cookie = cookie_of(&post_bare(&one, "/login/alice"));
    let hanging = Hanging::of(&engine);
    for (path, event) in [("/login/alice", "session_request_failed"), ("/fresh", "session_status_unknown")] {
        let ask = || if path == "/fresh" { get_with(&one, path, &cookie) } else { post_bare(&one, path) };
        let (answer, events) = heard(ask);
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let [told] = &events[..] else { panic!("{path}: {events:?}") };
        assert_eq!(told.name, event);
        assert!(told.fields["reason"].ends_with("no answer in time"), "{told:?}");
    }
    assert_eq!(get_with(&one, "/me", &cookie).status(), StatusCode::OK);
    drop(hanging);
}
