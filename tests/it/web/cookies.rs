//! Which bytes of `Cookie` headers are a session, and that all others are nobody's business.

use axum::http::HeaderValue;
use axum::http::header::COOKIE;
use hallpass::web::{Ambiguity, Rejection};

use super::{NAME, answer, assert_status, body, get_with, is_removed, rejection, request, site};

#[test]
fn our_cookie_is_found_among_any_others() {
    let (fixture, app) = site();
    let ours = fixture.cookie("alice");
    for headers in [
        vec![ours.clone()],
        vec![format!("{ours};")],
        vec![format!(" {ours} ")],
        vec![format!("\t{ours}\t;;; ;")],
        vec![format!("a=1; {ours}; b=2")],
        vec![format!("a=1;{ours};b=2")],
        vec![format!("a; =; ==; \"; {ours}")],
        vec![format!("a=\"x; {ours}")],
        // HTTP/2 splits the header (RFC 9113, 8.2.3).
        vec!["a=1".to_owned(), ours.clone(), "b=2".to_owned()],
        vec![String::new(), ours.clone()],
        // Other names are other cookies.
        vec![format!("__host-session=x; __HOST-SESSION=y; {ours}")],
        vec![format!("session=x; {NAME}s=y; x{NAME}=z; {ours}")],
        vec![format!("{NAME}; {NAME} =x; ={NAME}=x; a={NAME}=x; {ours}")],
        vec![format!("b={}; {ours}", "x".repeat(9 << 10))],
    ] {
        let headers: Vec<_> = headers.iter().map(|value| (COOKIE, value.as_str())).collect();
        let response = answer(&app, request("GET", "/me", &headers));
        assert_status(&response, 200);
        assert_eq!(body(response), "alice", "{headers:?}");
    }
}

#[test]
fn no_byte_of_another_cookie_does_harm() {
    let (fixture, app) = site();
    let ours = fixture.cookie("alice");
    let mut taken = 0;
    for byte in 1..=255_u8 {
        for foreign in [[b"a=", &[byte][..]].concat(), [b"a", &[byte][..], b"b=c"].concat(), vec![byte; 3]] {
            for value in [[&foreign, b"; ".as_slice(), ours.as_bytes()], [ours.as_bytes(), b"; ", &foreign]] {
                let Ok(value) = HeaderValue::try_from(value.concat()) else { continue };
                taken += 1;
                let response = answer(&app, request("GET", "/me", &[(COOKIE, value.clone())]));
                assert_status(&response, 200);
            }
        }
    }
    assert!(taken > 1000, "{taken}");
}

#[test]
fn every_byte_in_our_cookie_that_does_not_belong_there_is_a_dead_token() {
    let (fixture, app) = site();
    let (ours, mut refused) = (fixture.cookie("alice"), 0);
    for byte in 1..=255_u8 {
        for place in ["__Host-session=".len(), ours.len() - 5] {
            let (before, after) = ours.as_bytes().split_at(place);
            let value = [before, &[byte], after].concat();
            let Ok(value) = HeaderValue::try_from(value) else { continue };
            let response = answer(&app, request("GET", "/me", &[(COOKIE, value.clone())]));
            assert_status(&response, 401);
            refused += 1;
            // Whoever made it up may see that it is gone; what might be authentic elsewhere stays.
            let Rejection::Refused { why, .. } = rejection(&response) else { panic!("{response:?}") };
            assert_eq!(is_removed(&response), why.is_final(), "{value:?}");
        }
    }
    assert!(refused > 440, "{refused}");
}

#[test]
fn what_is_no_token_is_dead() {
    let (fixture, app) = site();
    let token = fixture.token("alice");
    let token = token.as_str();
    for value in [
        String::new(),
        "\"\"".to_owned(),
        format!("\"{token}\""),
        format!(" {token}"),
        format!("{token}="),
        format!("={token}"),
        format!("{token},"),
        format!("{token}, {NAME}={token}"),
        format!("%22{token}"),
        format!("Bearer {token}"),
        "x".repeat(9 << 10),
        format!("{token}{}", "A".repeat(9 << 10)),
    ] {
        let response = get_with(&app, "/me", &format!("{NAME}={value}"));
        assert_status(&response, 401);
        assert!(is_removed(&response), "{value}");
        assert_eq!(body(get_with(&app, "/maybe", &format!("{NAME}={value}"))), "nobody");
    }
}

#[test]
fn our_cookie_twice_is_ambiguous_though_it_be_the_same() {
    let (fixture, app) = site();
    let (one, other) = (fixture.cookie("alice"), fixture.cookie("bob"));
    let empty = format!("{NAME}=");
    for (first, second) in [(&one, &one), (&one, &other), (&one, &empty), (&empty, &one), (&empty, &empty)] {
        for headers in [
            vec![(COOKIE, format!("{first}; {second}"))],
            vec![(COOKIE, format!("{first};a=b;\t{second}"))],
            vec![(COOKIE, first.clone()), (COOKIE, second.clone())],
            vec![(COOKIE, first.clone()), (COOKIE, "a=b".to_owned()), (COOKIE, format!("a; {second}"))],
        ] {
            for path in ["/me", "/maybe"] {
                let response = answer(&app, request("GET", path, &headers));
                assert_status(&response, 400);
                assert!(matches!(rejection(&response), Rejection::Ambiguous(Ambiguity::TwoCookies)));
                assert!(!is_removed(&response), "{headers:?}");
            }
            assert_status(&answer(&app, request("GET", "/open", &headers)), 200);
        }
    }
}

#[test]
fn nothing_is_read_from_the_query_string() {
    let (fixture, app) = site();
    let token = fixture.token("alice");
    for name in [NAME, "access_token", "token", "session", "bearer_token"] {
        for path in ["/me", "/maybe"] {
            let path = format!("{path}?{name}={}", token.as_str());
            let response = answer(&app, request::<&str>("GET", &path, &[]));
            assert_eq!(response.status() == 200, path.starts_with("/maybe"));
            assert_ne!(body(response), "alice");
        }
        // And it is no second transport either.
        let path = format!("/me?{name}={}", token.as_str());
        assert_status(&get_with(&app, &path, &fixture.cookie("alice")), 200);
    }
}

#[test]
fn cookies_take_time_by_their_length() {
    let (fixture, app) = site();
    let ours = fixture.cookie("alice");
    for (what, part) in [("pairs", "a=b; "), ("semicolons", ";"), ("names like ours", "__Host-session ; ")] {
        crate::linear::takes_linear_time(what, 4 << 10, |bytes| {
            let (app, cookies) = (app.clone(), format!("{}{ours}", part.repeat(bytes / part.len())));
            Box::new(move || assert_status(&get_with(&app, "/me", &cookies), 200))
        });
    }
}
