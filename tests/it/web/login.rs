//! Logging in: the cookie's session begins, and the one before ends.

use axum::http::header::{AUTHORIZATION, COOKIE};
use hallpass::KeyRing;
use hallpass::testing::Fixture;
use hallpass::web::{Rejection, SessionLayer};

use super::{NAME, app, assert_status, body, get_with, handled, into, new_cookie, noon, post_bare, post_with};
use super::{answer, rejection, request, run, seconds, set_cookies, site, told, who};

#[test]
fn a_login_begins_a_session_in_one_cookie() {
    let (fixture, app) = site();
    let response = post_bare(&app, "/login/alice");
    let cookie = new_cookie(&response).unwrap();
    assert_eq!(body(response), "welcome");
    assert_eq!(who(&app, &cookie), "alice");
    let other = new_cookie(&post_bare(&app, "/login/alice")).unwrap();
    assert_ne!(super::opened_id(&fixture, &cookie), super::opened_id(&fixture, &other));
    assert_eq!(who(&app, &cookie), "alice", "another browser's session is its own");
}

/// Nobody goes on with an old session's id (OWASP ASVS 5.0, V7.2.4), whoever had it.
#[test]
fn a_login_ends_the_session_that_came_with_it() {
    for path in ["/login/alice", "/login/bob", "/alone/alice", "/alone/bob"] {
        let (fixture, app) = site();
        let (old, beside) = (fixture.cookie("alice"), fixture.cookie("carol"));
        let new = new_cookie(&post_with(&app, path, &old)).unwrap();
        assert_eq!(who(&app, &old), "nobody", "{path}");
        assert_eq!(who(&app, &new), path.rsplit('/').next().unwrap());
        assert_eq!(who(&app, &beside), "carol");

        // By bearer token too.
        let bearer = fixture.bearer("alice");
        assert!(new_cookie(&answer(&app, request("POST", path, &[(AUTHORIZATION, bearer.as_str())]))).is_some());
        assert_status(&super::with_bearer(&app, "GET", "/me", &bearer), 401);
    }
}

#[test]
fn a_dead_cookie_is_no_obstacle() {
    let (fixture, app) = site();
    let revoked = fixture.cookie("alice");
    post_with(&app, "/logout", &revoked);
    let expired = fixture.cookie("alice");
    fixture.advance(seconds(3600));
    let foreign = Fixture::at(noon()).cookie("alice");
    for cookie in [&revoked, &expired, &foreign, &format!("{NAME}=dead"), &format!("{NAME}=")] {
        for path in ["/login/alice", "/alone/alice"] {
            let new = new_cookie(&post_with(&app, path, cookie)).unwrap();
            assert_eq!(who(&app, &new), "alice", "{cookie}");
        }
    }
}

#[test]
fn whoever_is_ambiguous_is_not_logged_in() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    for path in ["/login/alice", "/alone/alice", "/logout", "/everywhere", "/elsewhere", "/renew"] {
        let response = post_with(&app, path, &format!("{cookie}; {cookie}"));
        assert_status(&response, 400);
        assert_eq!(set_cookies(&response), [""; 0]);
    }
    assert_eq!(who(&app, &cookie), "alice");
}

#[test]
fn a_login_alone_leaves_no_other_session_of_the_subject() {
    for with_session in [true, false] {
        let (fixture, app) = site();
        let (mine, phone, bob) = (fixture.cookie("alice"), fixture.bearer("alice"), fixture.cookie("bob"));
        let came_with = if with_session { mine.as_str() } else { "a=b" };
        let new = new_cookie(&post_with(&app, "/alone/alice", came_with)).unwrap();
        assert_eq!(who(&app, &new), "alice", "at once, though the cutoff reaches ahead");
        assert_eq!(who(&app, &mine), "nobody");
        assert_status(&super::with_bearer(&app, "GET", "/me", &phone), 401);
        assert_eq!(who(&app, &bob), "bob");
    }
}

/// The handler took so long that the session has gone on by a successor: that one ends.
#[test]
fn a_login_ends_the_session_though_the_request_has_an_older_token_of_it() {
    for (path, who_comes) in [("/login/alice", "alice"), ("/login/bob", "bob"), ("/alone/bob", "bob")] {
        // Superseded when the request comes, or while it is handled.
        for late in [true, false] {
            let fixture = Fixture::at(noon());
            let app = app(fixture.layer());
            let old = fixture.cookie("alice");
            fixture.advance(seconds(400));
            let newer = new_cookie(&get_with(&app, "/open", &old)).unwrap();
            let go_on = || {
                assert_eq!(who(&app, &newer), "alice");
                fixture.advance(seconds(35));
            };
            let response = if late {
                handled(&fixture.layer(), &[(COOKIE, &old)], |sessions| {
                    go_on();
                    let alone = path.starts_with("/alone");
                    into(
                        if alone { run(sessions.login_alone(who_comes)) } else { run(sessions.login(who_comes)) }
                            .unwrap(),
                    )
                })
            } else {
                go_on();
                post_with(&app, path, &old)
            };
            let new = new_cookie(&response).unwrap();
            assert_eq!(who(&app, &new), who_comes);
            assert_eq!(who(&app, &newer), "nobody", "{path}, {late}");
        }
    }
}

#[test]
fn a_layer_that_only_verifies_logs_nobody_in() {
    let fixture = Fixture::at(noon());
    let app = app(SessionLayer::verify_only(&fixture.verifier).clock(noon));
    for path in ["/login/alice", "/alone/alice", "/bearer/alice"] {
        let response = post_bare(&app, path);
        assert_status(&response, 500);
        assert!(matches!(rejection(&response), Rejection::VerifyOnly));
    }
    // It has the list, by which sessions end.
    let cookie = fixture.cookie("alice");
    assert_status(&post_with(&app, "/logout", &cookie), 200);
    assert_eq!(who(&app, &cookie), "nobody");
}

#[test]
fn a_login_that_can_not_be_issued_is_an_error() {
    let (fixture, _) = site();
    let response = handled(&fixture.layer(), &[], |sessions| run(sessions.login("")).unwrap_err().response());
    assert_status(&response, 500);
    assert_eq!(set_cookies(&response), [""; 0]);
}

#[test]
fn a_login_is_told_once_the_old_session_has_ended() {
    let (fixture, app) = site();
    let old = fixture.cookie("alice");
    for (path, came_with) in [("/login/alice", old.as_str()), ("/alone/bob", "a=b")] {
        let ended_and_begun = ["authn_token_revoked", "session_created", "authn_token_created"];
        assert_eq!(told(|| post_with(&app, path, came_with)).1, ended_and_begun, "{path}");
    }
    assert_eq!(told(|| post_bare(&app, "/bearer/alice")).1, ["session_created", "authn_token_created"]);
}

/// A signed token, where none was to be readable in a cookie.
#[test]
fn a_login_whose_cookie_can_not_be_made_is_not_told_as_one() {
    let fixture = Fixture::with_keys(KeyRing::generate().unwrap(), noon());
    let app = app(fixture.layer());
    for path in ["/login/alice", "/alone/alice"] {
        let (response, events) = told(|| post_bare(&app, path));
        assert_status(&response, 500);
        assert!(matches!(rejection(&response), Rejection::Cookie(_)));
        let begun = events.iter().any(|name| ["session_created", "authn_token_created"].contains(&name.as_str()));
        assert!(!begun, "{path}: {events:?}");
        assert_eq!(events.last().unwrap(), "session_request_failed");
    }
}

/// What is revoked is unknown until the list vouches anew, which it does at a login.
#[test]
fn whoever_was_given_a_cookie_by_a_clock_far_ahead_logs_in_anew_once_it_is_put_right() {
    let (fixture, app) = site();
    let day = seconds(86_400);
    fixture.advance(day);
    let early = fixture.cookie("alice");
    super::forget(&fixture);
    fixture.advance(-day);
    assert_eq!(who(&app, &early), "nobody");
    let new = new_cookie(&post_with(&app, "/login/alice", &early)).unwrap();
    assert_eq!(who(&app, &new), "alice");
}
