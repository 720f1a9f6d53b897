//! Which dead cookies are removed, and which are left to whoever knows better.

use axum::http::header::{AUTHORIZATION, COOKIE};
use hallpass::testing::Fixture;
use hallpass::web::SessionLayer;
use hallpass::{Denylist, KeyRing};

use super::{NAME, app, assert_status, body, get_with, is_removed, noon, rejection, request, set_cookies};
use super::{answer, seconds, site};
use crate::events::scenes::refusals;

#[test]
fn what_nobody_will_accept_any_more_is_removed_and_nothing_else() {
    let mut outcomes = std::collections::BTreeMap::new();
    for refusal in refusals() {
        let at = refusal.at;
        let layer = SessionLayer::new(&refusal.world.issuer, &refusal.world.verifier).clock(move || at);
        let response = get_with(&app(layer.clone()), "/me", &format!("{NAME}={}", refusal.token));
        let is_unknown = refusal.outcome == "status_unknown";
        assert_status(&response, if is_unknown { 503 } else { 401 });
        assert_eq!(super::header(&response, "retry-after").is_some(), is_unknown);
        let text = format!("{:?}", rejection(&response));
        let expected = match refusal.outcome {
            "malformed" | "expired" | "revoked" | "replayed" => true,
            "times" => text.contains("ExpiresBeforeIssued"),
            _ => false,
        };
        assert_eq!(is_removed(&response), expected, "{}: {text}", refusal.outcome);
        outcomes.entry(refusal.outcome).or_insert(expected);
        assert_eq!(body(response), "");

        // For whoever asks for no session nothing is refused, and the cookie fares alike.
        let response = get_with(&app(layer.clone()), "/open", &format!("{NAME}={}", refusal.token));
        assert_status(&response, 200);
        // The replay that has ended the session is found to be revoked from then on.
        assert_eq!(is_removed(&response), expected, "{}", refusal.outcome);

        // As a bearer token it has no cookie.
        let bearer = [(AUTHORIZATION, format!("Bearer {}", refusal.token))];
        let response = answer(&app(layer), request("GET", "/me", &bearer));
        assert_eq!(set_cookies(&response), [""; 0]);
    }
    assert_eq!(outcomes.len(), 11, "{outcomes:?}");
}

#[test]
fn once_it_is_removed_it_costs_nothing_more() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    assert!(!is_removed(&get_with(&app, "/open", &cookie)));
    assert!(is_removed(&super::post_with(&app, "/logout", &cookie)));
    // For the grace, a login may have followed. Then a copy that goes on being sent is removed each time.
    assert!(!is_removed(&get_with(&app, "/open", &cookie)));
    fixture.advance(seconds(30));
    for path in ["/open", "/me", "/maybe"] {
        assert!(is_removed(&get_with(&app, path, &cookie)), "{path}");
    }
    // Nothing is said to whoever has none.
    assert!(!is_removed(&answer(&app, request::<&str>("GET", "/open", &[]))));
    assert!(!is_removed(&get_with(&app, "/open", "a=b")));
}

/// A key that is in nobody's ring yet may be another process's newest.
#[test]
fn the_cookie_of_another_process_stays() {
    let (fixture, other) = (Fixture::at(noon()), Fixture::at(noon()));
    let app = app(fixture.layer());
    let response = get_with(&app, "/me", &other.cookie("alice"));
    assert_status(&response, 401);
    assert!(!is_removed(&response));
}

#[test]
fn a_handler_that_sets_or_removes_the_cookie_itself_has_the_last_word() {
    let fixture = Fixture::at(noon());
    for own in ["__Host-session=mine; Secure; Path=/", " __Host-session=mine", "__Host-session="] {
        for cookie in ["__Host-session=dead".to_owned(), fixture.cookie("alice")] {
            fixture.set_now(noon() + seconds(400));
            let response = super::handled(&fixture.layer(), &[(COOKIE, &cookie)], |_| {
                let mut response = super::Response::default();
                response.headers_mut().append("set-cookie", own.parse().unwrap());
                response.headers_mut().append("set-cookie", "__Host-sessions=other".parse().unwrap());
                response
            });
            let set: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
            assert_eq!(set, ["__Host-sessions=other", own]);
            assert_eq!(super::header(&response, "cache-control").unwrap(), "no-store");
        }
    }
}

/// Two of one name would leave it to the browser which of them counts.
#[test]
fn of_several_cookies_of_the_handler_the_last_goes_out() {
    let fixture = Fixture::at(noon());
    let response = super::handled(&fixture.layer(), &[], |_| {
        let mut response = super::Response::default();
        for own in ["__Host-session=one; Path=/", "__Host-session =two; Path=/"] {
            response.headers_mut().append("set-cookie", own.parse().unwrap());
        }
        response
    });
    assert_eq!(set_cookies(&response), ["__Host-session =two; Path=/"]);
}

#[test]
fn a_cookie_of_a_longer_name_is_another_one() {
    let fixture = Fixture::at(noon());
    let response = super::handled(&fixture.layer(), &[(COOKIE, "__Host-session=dead")], |_| {
        let mut response = super::Response::default();
        response.headers_mut().append("set-cookie", "__Host-sessions=other".parse().unwrap());
        response
    });
    let set: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(set, ["__Host-sessions=other", super::REMOVAL]);
}

#[test]
fn a_layer_without_an_issuer_removes_them_too() {
    let (keys, denylist) = (KeyRing::generate_local().unwrap(), Denylist::in_memory().unwrap());
    let verifier = hallpass::Verifier::new(&keys, "https://app.example", &denylist);
    let app = app(SessionLayer::verify_only(&verifier));
    assert!(is_removed(&get_with(&app, "/open", "__Host-session=dead")));
}
