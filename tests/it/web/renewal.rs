//! Sliding renewal by the layer: when, in what, and when not.

use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderName, Response};
use hallpass::testing::{Fixture, MemoryEngine};
use hallpass::web::SessionLayer;
use hallpass::{Denylist, Issuer, Session, SessionId, Verifier};

use super::{app, assert_status, during, forget, get_with, handled, into, is_removed, new_cookie, noon, run};
use super::{seconds, set_cookies, site, who, with_bearer};
use crate::support::ISSUER;

/// What a `Cookie` header holds.
fn opened(fixture: &Fixture, cookie: &str) -> Session {
    let (_, token) = cookie.split_once('=').unwrap();
    fixture.verifier.verify_at(token, fixture.now()).unwrap()
}

#[test]
fn it_comes_when_a_third_of_the_idle_timeout_is_over_and_no_sooner() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    for (path, micros_before) in [("/open", 1), ("/me", 1), ("/maybe", 1)] {
        fixture.set_now(noon() + seconds(300) - chrono::TimeDelta::microseconds(micros_before));
        assert_eq!(set_cookies(&get_with(&app, path, &cookie)), [""; 0]);
        fixture.set_now(noon() + seconds(300));
        let response = get_with(&app, path, &cookie);
        assert_status(&response, 200);
        let successor = opened(&fixture, &new_cookie(&response).unwrap());
        let old = opened(&fixture, &cookie);
        assert_eq!((successor.session_id(), successor.auth_time()), (old.session_id(), noon()));
        assert_eq!(successor.expires_at(), noon() + seconds(300 + 900));
    }
}

/// Also on the answer of a handler that fails: nothing depends on what it says.
#[test]
fn it_comes_with_any_answer() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(301));
    for (path, status) in [("/claims", 401), ("/recent", 401), ("/nowhere", 404)] {
        let response = get_with(&app, path, &cookie);
        assert_status(&response, status);
        assert!(new_cookie(&response).is_some(), "{path}");
    }
}

#[test]
fn a_browser_that_comes_back_in_time_stays_until_the_absolute_timeout() {
    let (fixture, app) = site();
    let (mut cookie, end) = (fixture.cookie("alice"), noon() + seconds(12 * 3600));
    let mut renewals = 0;
    while fixture.now() < end {
        assert_eq!(who(&app, &cookie), "alice", "{}", fixture.now());
        if let Some(newer) = new_cookie(&get_with(&app, "/open", &cookie)) {
            assert!(opened(&fixture, &newer).expires_at() <= end);
            (cookie, renewals) = (newer, renewals + 1);
        }
        fixture.advance(seconds(250));
    }
    assert!(renewals > 80, "{renewals}");
    fixture.set_now(end + seconds(9));
    assert_eq!(set_cookies(&get_with(&app, "/me", &cookie)), [""; 0], "nothing would be gained");
    fixture.set_now(end + seconds(10 + 60));
    assert!(is_removed(&get_with(&app, "/me", &cookie)));
}

#[test]
fn requests_at_the_same_time_get_equal_successors_and_any_of_them_goes_on() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let successors: Vec<String> = (0..8).map(|_| new_cookie(&get_with(&app, "/open", &cookie)).unwrap()).collect();
    for successor in &successors {
        assert_eq!(opened(&fixture, successor).generation(), 1);
        assert_eq!(who(&app, successor), "alice");
    }
    // The old one has the grace, in which it still gets an equal successor.
    fixture.advance(seconds(29));
    assert_eq!(opened(&fixture, &new_cookie(&get_with(&app, "/open", &cookie)).unwrap()).generation(), 1);
    // Then it is superseded: refused, and left alone, since the browser has a newer one.
    fixture.advance(seconds(6));
    let response = get_with(&app, "/me", &cookie);
    assert_status(&response, 401);
    assert!(!is_removed(&response));
    assert_eq!(who(&app, &successors[0]), "alice");
}

#[test]
fn a_bearer_token_is_never_renewed_by_the_layer() {
    let (fixture, app) = site();
    let bearer = fixture.bearer("alice");
    fixture.advance(seconds(600));
    let response = with_bearer(&app, "GET", "/me", &bearer);
    assert_status(&response, 200);
    assert_eq!(response.headers().get("set-cookie"), None);
}

#[test]
fn a_layer_without_an_issuer_never_renews() {
    let fixture = Fixture::at(noon());
    let cookie = fixture.cookie("alice");
    let later = noon() + seconds(600);
    let app = app(SessionLayer::verify_only(&fixture.verifier).clock(move || later));
    let response = get_with(&app, "/me", &cookie);
    assert_status(&response, 200);
    assert_eq!(set_cookies(&response), [""; 0]);
}

/// What the handler does comes first, however it does it.
#[test]
fn there_is_one_cookie_when_handler_and_layer_both_want_one() {
    let fixture = Fixture::at(noon());
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let with = |handle: &dyn Fn(&super::Sessions) -> Response<super::Body>| {
        handled(&fixture.layer(), &[(COOKIE, &cookie)], handle)
    };
    assert!(new_cookie(&with(&|_| Response::default())).is_some());
    // A login: the new session, not a successor of the old one.
    let response = with(&|sessions| into(run(sessions.login("alice")).unwrap()));
    assert_eq!(opened(&fixture, &new_cookie(&response).unwrap()).generation(), 0);
    // A logout, whatever else the handler sets by its own means, in whatever order.
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let response = handled(&fixture.layer(), &[(COOKIE, &cookie)], |sessions| {
        let mut response = Response::default();
        for own in ["__Host-session=mine", "a=b", "__Host-session=mine too", "c=d"] {
            response.headers_mut().append("set-cookie", own.parse().unwrap());
        }
        run(sessions.logout()).unwrap().add_to(&mut response);
        response
    });
    let set: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(set, ["a=b", "c=d", super::REMOVAL]);
    // Of two parts of one response the last.
    let response = handled(&fixture.layer(), &[], |sessions| {
        let (end, set) = (run(sessions.logout()).unwrap(), run(sessions.login("alice")).unwrap());
        into((end, set, ()))
    });
    assert!(new_cookie(&response).is_some() && super::header(&response, "clear-site-data").is_none());
}

#[test]
fn what_the_handler_ends_by_the_list_itself_is_not_renewed() {
    let now = noon() + seconds(400);
    type End = fn(&Denylist, &Session, chrono::DateTime<chrono::Utc>) -> hallpass::Revoking;
    let ways: [End; 3] = [
        |denylist, session, now| denylist.revoke_at(session, now),
        |denylist, session, now| denylist.revoke_at(session.everywhere(), now),
        |denylist, session, now| denylist.revoke_at(session.key_id(), now),
    ];
    for end in ways {
        let fixture = Fixture::at(noon());
        let cookie = fixture.cookie("alice");
        fixture.set_now(now);
        let response = during(&fixture.layer(), &[(COOKIE, &cookie)], |sessions| {
            end(&fixture.denylist, sessions.session().unwrap(), now).wait().unwrap();
        });
        assert_eq!(set_cookies(&response), [""; 0]);
    }
}

#[test]
fn nothing_is_renewed_while_it_is_unknown_what_is_revoked() {
    let fixture = Fixture::at(noon());
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let response = during(&fixture.layer(), &[(COOKIE, &cookie)], |_| forget(&fixture));
    assert_eq!(set_cookies(&response), [""; 0]);
}

/// A handler that takes its time, while the session goes on.
#[test]
fn a_late_answer_renews_nothing_that_has_gone_on_without_it() {
    let fixture = Fixture::at(noon());
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let response = during(&fixture.layer(), &[(COOKIE, &cookie)], |_| {
        let app = app(fixture.layer());
        let newer = new_cookie(&get_with(&app, "/open", &cookie)).unwrap();
        assert_eq!(who(&app, &newer), "alice");
        fixture.advance(seconds(31));
    });
    assert_eq!(set_cookies(&response), [""; 0]);
}

/// Neither a request nor a renewal asks the store for anything, nor does a dead cookie.
#[test]
fn no_request_touches_the_store() {
    let engine = MemoryEngine::new();
    let fixture = Fixture::at(noon());
    let new = hallpass::store::Header::new(hallpass::time::TimeLimits::default(), noon()).unwrap();
    let denylist = Denylist::builder().open_store_at(engine.open(new).unwrap(), noon()).unwrap();
    let issuer = Issuer::new(&fixture.keys, ISSUER, &denylist);
    let verifier = Verifier::new(&fixture.keys, ISSUER, &denylist);
    let (dead, live) = (issuer.login_at("alice", noon()).unwrap(), issuer.login_at("alice", noon()).unwrap());
    let session = verifier.verify_at(dead.as_str(), noon()).unwrap();
    denylist.revoke_at(&session, noon()).wait().unwrap();
    // The first purge comes behind the first record, and before the second.
    denylist.revoke_at(SessionId::from_bytes([9; 16]), noon()).wait().unwrap();
    let calls = engine.calls();
    let layer = SessionLayer::new(&issuer, &verifier);
    // Less than the ten seconds after which an issued token's moment is kept, which nobody waits for.
    let clock = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let app = app(layer.clock(move || noon() + seconds(clock.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 9)));
    for token in [live.as_str(), dead.as_str(), "dead"] {
        for headers in [(COOKIE, format!("__Host-session={token}")), (AUTHORIZATION, format!("Bearer {token}"))] {
            let headers: [(HeaderName, String); 1] = [headers];
            for path in ["/open", "/me", "/maybe"].repeat(20) {
                super::answer(&app, super::request("GET", path, &headers));
            }
        }
    }
    assert_eq!(engine.calls(), calls);
    // Nor while it hangs: a renewal is made all the same.
    let _hanging = super::Hanging::of(&engine);
    let later = noon() + seconds(400);
    let app = super::app(SessionLayer::new(&issuer, &verifier).clock(move || later));
    let response = get_with(&app, "/me", &format!("__Host-session={}", live.as_str()));
    assert_status(&response, 200);
    assert!(new_cookie(&response).is_some());
}
