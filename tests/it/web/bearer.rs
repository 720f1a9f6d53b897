//! Programs that keep their token themselves.

use axum::http::header::AUTHORIZATION;
use hallpass::testing::Fixture;
use hallpass::web::Rejection;

use super::{assert_status, body, handled, header, noon, post_bare, post_with, rejection, run, seconds, set_cookies};
use super::{site, with_bearer};

#[test]
fn they_log_in_renew_and_log_out_by_routes_of_their_own() {
    let (fixture, app) = site();
    let response = post_bare(&app, "/bearer/alice");
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(header(&response, "cache-control").unwrap(), "no-store");
    let first = body(response);
    fixture.advance(seconds(400));
    let response = with_bearer(&app, "POST", "/renew", &format!("Bearer {first}"));
    assert_status(&response, 200);
    assert_eq!(header(&response, "cache-control").unwrap(), "no-store");
    let second = body(response);
    assert_eq!(body(with_bearer(&app, "GET", "/me", &format!("Bearer {second}"))), "alice");
    // The first one has the grace, and then it is over: 401, and told apart by the standard's word.
    fixture.advance(seconds(35));
    let response = with_bearer(&app, "POST", "/renew", &format!("Bearer {first}"));
    assert_status(&response, 401);
    assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer error=\"invalid_token\"");
    assert_status(&with_bearer(&app, "POST", "/logout", &format!("Bearer {second}")), 200);
    assert_status(&with_bearer(&app, "GET", "/me", &format!("Bearer {second}")), 401);
}

#[test]
fn a_cookie_is_never_turned_into_a_bearer_token() {
    let (fixture, app) = site();
    type Why = fn(&Rejection) -> bool;
    let cookies: [(String, Why); 2] = [
        (fixture.cookie("alice"), |why| matches!(why, Rejection::NotBearer)),
        ("a=b".to_owned(), |why| matches!(why, Rejection::NotLoggedIn)),
    ];
    for (cookie, is_why) in cookies {
        let response = post_with(&app, "/renew", &cookie);
        assert_status(&response, 401);
        assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer");
        assert!(is_why(rejection(&response)), "{:?}", rejection(&response));
        assert_eq!(body(response), "");
    }
}

#[test]
fn near_the_absolute_timeout_a_renewal_is_a_conflict() {
    let (fixture, app) = site();
    let bearer = fixture.bearer("alice");
    let response = with_bearer(&app, "POST", "/renew", &bearer);
    assert_status(&response, 409);
    assert!(matches!(rejection(&response), Rejection::Renew(_)));
    assert_eq!(body(with_bearer(&app, "GET", "/me", &bearer)), "alice");
}

#[test]
fn a_session_that_ends_while_it_is_handled_is_an_invalid_token() {
    let fixture = Fixture::at(noon());
    let bearer = fixture.bearer("alice");
    let response = handled(&fixture.layer(), &[(AUTHORIZATION, &bearer)], |sessions| {
        let _ = run(sessions.logout()).unwrap();
        sessions.renew_bearer().unwrap_err().response()
    });
    assert_status(&response, 401);
    assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer error=\"invalid_token\"");
    let bearer = fixture.bearer("alice");
    let response = handled(&fixture.layer(), &[(AUTHORIZATION, &bearer)], |sessions| {
        let _ = run(sessions.logout()).unwrap();
        run(sessions.logout_everywhere()).unwrap_err().response()
    });
    assert_status(&response, 401);
    assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer error=\"invalid_token\"");
}
