//! How the cookie is written: names, attributes, length, and what may be chosen.

use axum::http::header::COOKIE;
use hallpass::testing::Fixture;
use hallpass::web::{CookieError, MAX_COOKIE_LEN, Rejection, SameSite, SessionCookie, SessionLayer};
use hallpass::{Issuer, KeyRing, Login, Verifier};

use super::{Body, Response, handled, seconds, set_cookies};
use super::{REMOVAL, app, assert_status, cookie_header, during, get_with, noon, post_bare, post_with, rejection, run};
use crate::support::ISSUER;

fn of(cookie: SessionCookie) -> (Fixture, axum::Router) {
    let fixture = Fixture::at(noon());
    let app = app(fixture.layer().cookie(cookie));
    (fixture, app)
}

/// Every `Set-Cookie` of a response, whatever its name.
fn all(response: &Response<Body>) -> Vec<String> {
    response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// A cookie's attributes, without name and value.
fn attributes(cookie: &str) -> Vec<&str> {
    let mut attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    attributes.sort_unstable();
    attributes
}

#[test]
fn it_is_set_and_removed_with_the_same_attributes() {
    let plain = || SessionCookie::new().dangerously_over_plain_http();
    let strict = || SessionCookie::new().same_site(SameSite::Strict);
    let cases: [(SessionCookie, &str, &[&str]); 6] = [
        (SessionCookie::new(), "__Host-session", &["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]),
        (strict(), "__Host-session", &["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]),
        (SessionCookie::new().name("a").unwrap(), "__Host-a", &["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]),
        (plain(), "session", &["HttpOnly", "Path=/", "SameSite=Lax"]),
        (plain().name("a").unwrap(), "a", &["HttpOnly", "Path=/", "SameSite=Lax"]),
        (
            SessionCookie::new().name("a").unwrap().dangerously_over_plain_http(),
            "a",
            &["HttpOnly", "Path=/", "SameSite=Lax"],
        ),
    ];
    for (cookie, name, expected) in cases {
        assert_eq!(cookie.full_name(), name);
        let (_, app) = of(cookie);
        let [set] = &all(&post_bare(&app, "/login/alice"))[..] else { panic!("one cookie") };
        assert!(set.starts_with(&format!("{name}=v4.local.")), "{set}");
        assert_eq!(attributes(set), expected);
        let mut expected = expected.to_vec();
        expected.insert(1, "Max-Age=0");
        let ours = set.split(';').next().unwrap();
        assert_status(&get_with(&app, "/me", ours), 200);
        let by_logout = all(&post_with(&app, "/logout", ours));
        let by_layer = all(&get_with(&app, "/open", &format!("{name}=dead")));
        assert_eq!(by_logout, by_layer);
        assert!(by_logout[0].starts_with(&format!("{name}=; ")));
        assert_eq!(attributes(&by_logout[0]), expected);
    }
}

#[test]
fn the_removal_is_what_the_other_tests_look_for() {
    let (_, app) = of(SessionCookie::new());
    assert_eq!(all(&post_bare(&app, "/logout")), [REMOVAL]);
}

#[test]
fn over_plain_http_the_name_has_no_prefix_and_the_other_one_is_not_read() {
    let (fixture, app) = of(SessionCookie::new().dangerously_over_plain_http());
    assert_status(&get_with(&app, "/me", &fixture.cookie("alice")), 401);
}

#[test]
fn a_name_is_a_token_of_http_without_a_prefix_of_its_own() {
    for name in
        ["", "a b", "a;b", "a=b", "a,b", "ä", "a\r\nb", "\"a\"", "__Host-a", "__host-a", "__Secure-a", &"a".repeat(65)]
    {
        assert!(SessionCookie::new().name(name).is_err(), "{name}");
        assert!(SessionCookie::new().dangerously_over_plain_http().name(name).is_err(), "{name}");
    }
    for name in ["a", "A.b-c_d", "!#$%&'*+-.^_`|~", &"a".repeat(64)] {
        assert_eq!(SessionCookie::new().name(name).unwrap().full_name(), format!("__Host-{name}"));
    }
}

#[test]
fn unless_it_is_persistent_it_has_no_age_and_then_that_of_its_token() {
    let (fixture, app) = of(SessionCookie::new().persistent());
    let age = |response: &Response<Body>| -> i64 {
        let set = set_cookies(response);
        set[0].split("; ").find_map(|attribute| attribute.strip_prefix("Max-Age=")).unwrap().parse().unwrap()
    };
    // 15 minutes, 10 seconds of leeway, and the second that has begun.
    let response = post_bare(&app, "/login/alice");
    assert_eq!(age(&response), 15 * 60 + 10 + 1);
    let cookie = fixture.cookie("alice");
    fixture.advance(seconds(400));
    assert_eq!(age(&get_with(&app, "/open", &cookie)), 15 * 60 + 10 + 1);
    // It enforces nothing: a cookie that a browser keeps for longer is refused all the same.
    fixture.advance(seconds(3600));
    assert_status(&get_with(&app, "/me", &cookie), 401);

    // Near the end of the session there is less left.
    let (fixture, app) = of(SessionCookie::new().persistent());
    let (mut cookie, end) = (fixture.cookie("alice"), noon() + seconds(12 * 3600));
    let mut last = 0;
    while fixture.now() + seconds(360) < end {
        fixture.advance(seconds(360));
        let response = get_with(&app, "/open", &cookie);
        if !set_cookies(&response).is_empty() {
            (cookie, last) = (set_cookies(&response)[0].split(';').next().unwrap().to_owned(), age(&response));
        }
    }
    assert!(last < 15 * 60, "{last}");
}

#[test]
fn a_cookie_that_browsers_would_drop_is_an_error_and_nobody_is_logged_in() {
    let fixture = Fixture::at(noon());
    let login = |len: usize| Login::new("alice").claims(&serde_json::json!({ "a": "x".repeat(len) })).unwrap();
    let len = |len: usize| fixture.token(login(len)).as_str().len() + "__Host-session".len();
    let fits = (1..4000).rev().find(|n| len(*n) <= MAX_COOKIE_LEN).unwrap();
    assert!(len(fits) > MAX_COOKIE_LEN - 2, "{}", len(fits));
    let log_in = |claims: usize, cookie: &str| {
        handled(&fixture.layer(), &cookie_header(cookie), |sessions| match run(sessions.login(login(claims))) {
            Ok(set) => super::into(set),
            Err(rejection) => rejection.response(),
        })
    };
    let response = log_in(fits, "a=b");
    assert_eq!(set_cookies(&response)[0].find(';').unwrap(), len(fits) + 1);

    for cookie in ["a=b".to_owned(), fixture.cookie("alice")] {
        let response = log_in(fits + 1, &cookie);
        assert_status(&response, 500);
        let Rejection::Cookie(CookieError::TooLong { len: found }) = rejection(&response) else { panic!() };
        assert_eq!(*found, len(fits + 1));
        assert_eq!(set_cookies(&response), [""; 0]);
    }
}

#[test]
fn a_signed_token_is_no_cookie_unless_that_is_chosen() {
    let keys = KeyRing::generate().unwrap();
    let fixture = Fixture::at(noon());
    let issuer = Issuer::new(&keys, ISSUER, &fixture.denylist);
    let verifier = Verifier::new(&keys, ISSUER, &fixture.denylist);
    let later = noon() + seconds(400);
    let layer = |now| SessionLayer::new(&issuer, &verifier).clock(move || now);
    let response = post_bare(&app(layer(noon())), "/login/alice");
    assert_status(&response, 500);
    assert!(matches!(rejection(&response), Rejection::Cookie(CookieError::Readable)));
    assert_eq!(set_cookies(&response), [""; 0]);

    let readable = SessionCookie::new().readable();
    let response = post_bare(&app(layer(noon()).cookie(readable.clone())), "/login/alice");
    let cookie = set_cookies(&response)[0].split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-session=v4.public."));
    // Read it is in either case; a successor is set only where it was chosen.
    for (layer, successors) in [(layer(later), 0), (layer(later).cookie(readable), 1)] {
        let response = during(&layer, &[(COOKIE, &cookie)], |sessions| assert!(sessions.session().is_ok()));
        assert_eq!(set_cookies(&response).len(), successors);
    }
}

#[test]
fn no_debug_output_shows_a_cookie() {
    let fixture = Fixture::at(noon());
    during(&fixture.layer(), &[], |sessions| {
        let set = run(sessions.login("alice")).unwrap();
        let shown = format!("{set:?} {:?} {:?} {:?}", fixture.layer(), SessionCookie::new(), sessions);
        assert!(!shown.contains("v4."), "{shown}");
    });
}
