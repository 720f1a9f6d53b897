//! Late answers: what a browser was given meanwhile stays.

use axum::http::header::COOKIE;
use hallpass::SessionId;
use hallpass::testing::Fixture;
use hallpass::web::Rejection;

use super::{NAME, app, assert_status, during, get_with, is_removed, new_cookie, noon, post_bare, post_with, run};
use super::{request, seconds, set_cookies, site, who};

#[test]
fn a_slow_answer_to_a_dead_cookie_removes_nothing_after_a_login_in_the_meantime() {
    let fixture = Fixture::at(noon());
    let app = app(fixture.layer());
    let live = fixture.cookie("alice");
    let dead = [format!("{NAME}=dead"), fixture.cookie("alice")];
    fixture.denylist.revoke_at(super::opened_id(&fixture, &dead[1]), noon()).wait().unwrap();
    for cookie in dead {
        // Layers of one origin count together.
        let layer = fixture.layer();
        let (one, other) = (layer.clone(), super::app(layer.clone()));
        let response = during(&one, &[(COOKIE, &cookie)], |_| drop(post_bare(&other, "/login/bob")));
        assert_eq!(set_cookies(&response), [""; 0]);
        // Anything but a login in a cookie changes nothing about it.
        let response = during(&one, &[(COOKIE, &cookie)], |_| {
            get_with(&other, "/me", &live);
            post_bare(&other, "/bearer/bob");
            post_bare(&other, "/logout");
        });
        assert!(is_removed(&response));
    }
    assert_eq!(who(&app, &live), "alice");
}

/// Sent before the answer of the login was there, and answered after it.
#[test]
fn a_request_that_was_on_its_way_while_its_session_was_replaced_does_not_remove_the_new_cookie() {
    for path in ["/login/alice", "/login/bob", "/alone/alice", "/alone/bob"] {
        let (fixture, app) = site();
        let old = fixture.cookie("alice");
        let new = new_cookie(&post_with(&app, path, &old)).unwrap();
        for late in ["/open", "/me", "/maybe"] {
            let response = get_with(&app, late, &old);
            assert_status(&response, if late == "/me" { 401 } else { 200 });
            assert!(!is_removed(&response), "{path}, {late}");
        }
        // Other dead cookies are removed as ever.
        assert!(is_removed(&get_with(&app, "/open", &format!("{NAME}=dead"))));
        assert_eq!(who(&app, &new), path.rsplit('/').next().unwrap());
        // And so is this one, once nothing can be on its way any more.
        fixture.advance(seconds(30));
        assert!(is_removed(&get_with(&app, "/open", &old)), "{path}");
    }
}

/// A later login with a cookie that another one has replaced already.
#[test]
fn nor_does_one_whose_session_was_replaced_twice() {
    let (fixture, app) = site();
    let old = fixture.cookie("alice");
    post_with(&app, "/login/alice", &old);
    fixture.advance(seconds(25));
    let new = new_cookie(&post_with(&app, "/login/alice", &old)).unwrap();
    fixture.advance(seconds(25));
    assert!(!is_removed(&get_with(&app, "/open", &old)));
    assert_eq!(who(&app, &new), "alice");
}

/// A request beside it may have renewed the session in the last moment.
#[test]
fn a_cookie_that_has_just_expired_is_not_removed() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    let end = noon() + seconds(900 + 10);
    fixture.set_now(end - seconds(1));
    let new = new_cookie(&get_with(&app, "/open", &cookie)).unwrap();
    for (at, removed) in [(0, false), (29, false), (30, true)] {
        fixture.set_now(end + seconds(at));
        let response = get_with(&app, "/me", &cookie);
        assert_status(&response, 401);
        assert_eq!(is_removed(&response), removed, "{at}");
    }
    assert_eq!(who(&app, &new), "alice");
}

#[test]
fn so_many_replaced_sessions_are_remembered_and_no_more() {
    let (fixture, app) = site();
    let old: Vec<String> = (0..1025).map(|_| fixture.cookie("alice")).collect();
    for old in &old {
        run(tower::ServiceExt::oneshot(app.clone(), request("POST", "/login/alice", &[(COOKIE, old.as_str())])))
            .unwrap();
    }
    assert!(is_removed(&get_with(&app, "/open", &old[0])));
    assert!(!is_removed(&get_with(&app, "/open", &old[1])));
    assert!(!is_removed(&get_with(&app, "/open", &old[1024])));
}

/// A session that was let in may have ended, or its key been retired, while the handler did something else.
#[test]
fn a_handler_that_asks_for_a_fresh_session_learns_what_has_happened_since_the_request_was_let_in() {
    type Change = fn(&Fixture, SessionId);
    let ended: Change = |fixture, id| fixture.denylist.revoke_at(id, noon()).wait().map(drop).unwrap();
    let retired: Change = |fixture, _| {
        let set = fixture.keys.set();
        fixture.keys.replace(set.with_retired(set.current().unwrap().id()).unwrap());
    };
    for change in [ended, retired] {
        let fixture = Fixture::at(noon());
        let cookie = fixture.cookie("alice");
        let id = super::opened_id(&fixture, &cookie);
        let response = during(&fixture.layer(), &[(COOKIE, &cookie)], |sessions| {
            assert_eq!(run(sessions.fresh()).unwrap().session_id(), id);
            change(&fixture, id);
            assert!(matches!(run(sessions.fresh()), Err(Rejection::Refused { .. })));
        });
        assert_status(&response, 200);
    }
}
