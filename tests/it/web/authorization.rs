//! The `Authorization` header, alone and beside a cookie.

use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use hallpass::web::{Ambiguity, Rejection, Transport};

use super::{answer, assert_status, body, header, rejection, request, set_cookies, site, with_bearer};

#[test]
fn the_scheme_is_bearer_in_any_case() {
    let (fixture, app) = site();
    let token = fixture.token("alice");
    for scheme in ["Bearer", "bearer", "BEARER", "bEARER", "Bearer  ", " Bearer"] {
        let response = with_bearer(&app, "GET", "/me", &format!("{scheme} {}", token.as_str()));
        assert_status(&response, 200);
        assert_eq!(body(response), "alice", "{scheme}");
    }
}

#[test]
fn another_scheme_is_nobody_and_no_second_transport() {
    let (fixture, app) = site();
    let token = fixture.token("alice");
    let token = token.as_str();
    for value in [
        String::new(),
        " ".to_owned(),
        "Basic YWxpY2U6cGFzc3dvcmQ=".to_owned(),
        format!("Basic {token}"),
        format!("Bearers {token}"),
        format!("Bearer={token}"),
        format!("\"Bearer {token}\""),
        format!("Basic x, Bearer {token}"),
        format!("DPoP {token}"),
        token.to_owned(),
    ] {
        assert_eq!(body(with_bearer(&app, "GET", "/maybe", &value)), "nobody", "{value}");
        let response = with_bearer(&app, "GET", "/me", &value);
        assert_status(&response, 401);
        assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer", "nothing was sent to us: {value}");
        let both = [(AUTHORIZATION, value.clone()), (COOKIE, fixture.cookie("bob"))];
        assert_eq!(body(answer(&app, request("GET", "/maybe", &both))), "bob", "{value}");
    }
    let headers = [(AUTHORIZATION, "Basic YTpi".to_owned()), (AUTHORIZATION, format!("Bearer {token}"))];
    assert_eq!(body(answer(&app, request("GET", "/maybe", &headers))), "alice");
}

/// No scheme but letters of ASCII is taken for ours, and no byte brings it down.
#[test]
fn every_byte_is_survived() {
    let (fixture, app) = site();
    let token = fixture.token("alice");
    for byte in 1..=255_u8 {
        for value in [
            [b"Bearer ", &[byte][..], token.as_str().as_bytes()].concat(),
            [b"Bearer", &[byte][..], b" ", token.as_str().as_bytes()].concat(),
            [&[byte][..], b"Bearer ", token.as_str().as_bytes()].concat(),
            vec![byte; 9],
        ] {
            let Ok(value) = HeaderValue::try_from(value) else { continue };
            let response = answer(&app, request("GET", "/me", &[(AUTHORIZATION, value.clone())]));
            let is_blank = value.as_bytes().windows(2).any(|two| two.iter().all(|b| b.is_ascii_whitespace()))
                || value.as_bytes().first().is_some_and(u8::is_ascii_whitespace);
            assert!(matches!(response.status().as_u16(), 400 | 401) || is_blank, "{value:?}: {response:?}");
            assert_eq!(set_cookies(&response), [""; 0]);
        }
    }
}

#[test]
fn a_bearer_header_holds_exactly_one_token() {
    let (fixture, app) = site();
    let token = fixture.token("alice");
    let token = token.as_str();
    for value in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "bearer    ".to_owned(),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}\t{token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token},"),
        format!("Bearer ,{token}"),
        format!("Bearer {token} realm=x"),
    ] {
        let response = with_bearer(&app, "GET", "/me", &value);
        assert_status(&response, 400);
        assert_eq!(header(&response, "www-authenticate").unwrap(), "Bearer error=\"invalid_request\"", "{value}");
        assert!(matches!(rejection(&response), Rejection::Ambiguous(Ambiguity::MalformedBearer)), "{value}");
        assert_status(&with_bearer(&app, "GET", "/maybe", &value), 400);
    }
}

#[test]
fn two_bearers_or_two_transports_are_ambiguous_whatever_they_hold() {
    let (fixture, app) = site();
    let (cookie, bearer) = (fixture.cookie("alice"), fixture.bearer("alice"));
    let cases: [(Vec<(HeaderName, &str)>, Ambiguity); 7] = [
        (vec![(AUTHORIZATION, &bearer), (AUTHORIZATION, &bearer)], Ambiguity::TwoBearers),
        (vec![(AUTHORIZATION, "Bearer"), (AUTHORIZATION, &bearer)], Ambiguity::TwoBearers),
        (vec![(AUTHORIZATION, &bearer), (COOKIE, &cookie)], Ambiguity::TwoTransports),
        (vec![(AUTHORIZATION, "Bearer"), (COOKIE, &cookie)], Ambiguity::TwoTransports),
        (vec![(AUTHORIZATION, "bearer x"), (COOKIE, &cookie)], Ambiguity::TwoTransports),
        (vec![(AUTHORIZATION, &bearer), (COOKIE, "__Host-session=")], Ambiguity::TwoTransports),
        (vec![(AUTHORIZATION, &bearer), (COOKIE, &cookie), (COOKIE, &cookie)], Ambiguity::TwoCookies),
    ];
    for (headers, expected) in cases {
        for path in ["/me", "/maybe"] {
            let response = answer(&app, request("GET", path, &headers));
            assert_status(&response, 400);
            let Rejection::Ambiguous(found) = rejection(&response) else { panic!("{response:?}") };
            assert_eq!(*found, expected);
            assert_eq!(set_cookies(&response), [""; 0]);
        }
    }
}

#[test]
fn the_transport_is_told_whether_the_token_is_good_or_not() {
    let fixture = super::Fixture::at(super::noon());
    let (cookie, bearer) = (fixture.cookie("alice"), fixture.bearer("alice"));
    type Headers<'a> = &'a [(HeaderName, &'a str)];
    let cases: [(Headers<'_>, Option<Transport>); 5] = [
        (&[], None),
        (&[(COOKIE, &cookie)], Some(Transport::Cookie)),
        (&[(COOKIE, "__Host-session=x")], Some(Transport::Cookie)),
        (&[(AUTHORIZATION, &bearer)], Some(Transport::Bearer)),
        (&[(AUTHORIZATION, "Bearer x")], Some(Transport::Bearer)),
    ];
    for (headers, expected) in cases {
        super::during(&fixture.layer(), headers, |sessions| assert_eq!(sessions.transport(), expected));
    }
}
