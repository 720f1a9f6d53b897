//! Who may keep an answer.

use axum::http::Response;
use axum::http::header::COOKIE;
use hallpass::testing::Fixture;

use super::{Body, Sessions, get_with, handled, header, noon, post_with, run, seconds, site};

/// What the layer makes of an answer whose handler said this.
fn cached(
    fixture: &Fixture,
    cookie: &str,
    said: Option<&str>,
    act: impl Fn(&Sessions, &mut Response<Body>) + Clone,
) -> Option<String> {
    let response = handled(&fixture.layer(), &[(COOKIE, cookie)], |sessions| {
        let mut response = Response::default();
        if let Some(said) = said {
            response.headers_mut().insert("cache-control", said.parse().unwrap());
            response.headers_mut().append("cache-control", "max-age=60".parse().unwrap());
            response.headers_mut().insert("cdn-cache-control", "max-age=60".parse().unwrap());
        }
        act(sessions, &mut response);
        response
    });
    let is_stored = header(&response, "cdn-cache-control").is_some();
    let values: Vec<_> = response.headers().get_all("cache-control").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(said.is_none() || is_stored != (values == ["no-store"]), "{values:?}");
    (!values.is_empty()).then(|| values.join(", "))
}

#[test]
fn what_was_made_of_a_session_is_private_unless_the_handler_says_otherwise() {
    let fixture = Fixture::at(noon());
    let cookie = fixture.cookie("alice");
    let uses = |sessions: &Sessions, _: &mut Response<Body>| drop(sessions.session());
    let asks = |sessions: &Sessions, _: &mut Response<Body>| {
        assert!(sessions.transport().is_some());
    };
    assert_eq!(cached(&fixture, &cookie, None, uses).unwrap(), "private");
    assert_eq!(cached(&fixture, &cookie, None, asks), None);
    assert_eq!(cached(&fixture, "a=b", None, uses), None);
    assert_eq!(cached(&fixture, &cookie, Some("public"), uses).unwrap(), "public, max-age=60");
    assert_eq!(cached(&fixture, &cookie, Some("no-store"), asks).unwrap(), "no-store, max-age=60");
    // How long is not who.
    assert_eq!(cached(&fixture, &cookie, Some("no-cache"), uses).unwrap(), "no-cache, max-age=60, private");
}

#[test]
fn every_extractor_that_gives_a_session_uses_it() {
    let (fixture, app) = site();
    let cookie = fixture.cookie(hallpass::Login::new("alice").claims(&serde_json::json!({ "role": "a" })).unwrap());
    for (path, expected) in [
        ("/open", None),
        ("/me", Some("private")),
        ("/maybe", Some("private")),
        ("/claims", Some("private")),
        ("/recent", Some("private")),
    ] {
        assert_eq!(header(&get_with(&app, path, &cookie), "cache-control").as_deref(), expected, "{path}");
    }
    assert_eq!(header(&get_with(&app, "/maybe", "a=b"), "cache-control"), None);
}

#[test]
fn whatever_sets_or_removes_the_cookie_is_stored_nowhere_whatever_the_handler_says() {
    let fixture = Fixture::at(noon());
    let quiet = |_: &Sessions, _: &mut Response<Body>| {};
    for said in [None, Some("public"), Some("max-age=600, immutable")] {
        fixture.set_now(noon());
        let cookie = fixture.cookie("alice");
        let no_store = |cookie: &str, act: &dyn Fn(&Sessions, &mut Response<Body>)| {
            assert_eq!(cached(&fixture, cookie, said, act).unwrap(), "no-store");
        };
        no_store(&cookie, &|sessions, response| run(sessions.login("alice")).unwrap().add_to(response));
        no_store("a=b", &|sessions, response| run(sessions.login_alone("bob")).unwrap().add_to(response));
        no_store("a=b", &|sessions, response| run(sessions.logout()).unwrap().add_to(response));
        no_store("__Host-session=dead", &quiet);
        no_store("a=b", &|_, response| {
            response.headers_mut().insert("set-cookie", "__Host-session=mine".parse().unwrap());
        });
        // Tokens that the handler passes on itself (RFC 6749, 5.1).
        no_store("a=b", &|sessions, _| drop(run(sessions.login_bearer("alice")).unwrap()));
        let cookie = fixture.cookie("alice");
        fixture.advance(seconds(400));
        no_store(&cookie, &quiet);
    }
}

/// Not `"cookies"`, which would reach every host of the domain.
#[test]
fn the_browser_clears_what_it_kept_when_a_session_ends_and_only_then() {
    let (fixture, app) = site();
    for path in ["/logout", "/everywhere"] {
        let response = post_with(&app, path, &fixture.cookie("alice"));
        assert_eq!(header(&response, "clear-site-data").unwrap(), "\"cache\", \"storage\"");
        // Seconds later, because "everywhere" reaches as far as clocks may differ.
        fixture.advance(seconds(20));
    }
    let cookie = fixture.cookie("alice");
    for response in [
        post_with(&app, "/elsewhere", &cookie),
        post_with(&app, "/login/alice", &cookie),
        get_with(&app, "/open", "__Host-session=dead"),
        get_with(&app, "/me", &cookie),
    ] {
        assert_eq!(header(&response, "clear-site-data"), None);
    }
}
