//! Bearer tokens, for programs.

use crate::http::{Cookie, FORM, NAME, get, post, post_password};
use crate::server::Server;

const NOBODY: &str = "Bearer";
const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\"";
const INVALID_REQUEST: &str = "Bearer error=\"invalid_request\"";

#[test]
fn the_scheme_is_read_in_any_case_and_other_schemes_are_none_of_ours() {
    let server = Server::start(&[]);
    let (token, cookie) = (server.login_bearer("alice"), server.login("bob"));
    for header in ["Bearer {}", "bearer {}", "BEARER {}", "bEARER {}", "Bearer  {}", " Bearer {} "] {
        let response = server.ask(&get("/me").header("authorization", header.replace("{}", &token)));
        assert_eq!((response.status, response.cookie()), (200, Cookie::Kept), "{header}");
        assert_eq!(response.json()["sub"], "alice");
    }
    for header in ["", "Basic YTpi", "Basic", "Digest x=y", "Bearerish x", "BearerX", &token] {
        let alone = server.ask(&get("/me").header("authorization", header));
        assert_eq!((alone.status, alone.header("www-authenticate")), (401, Some(NOBODY)), "{header}");
        let beside = server.ask(&get("/me").header("authorization", header).cookie(&cookie));
        assert_eq!(beside.json()["sub"], "bob", "{header}");
        let both = server.ask(&get("/me").header("authorization", header).bearer(&token));
        assert_eq!(both.json()["sub"], "alice", "{header}");
    }
}

#[test]
fn a_refused_bearer_is_told_so_and_whoever_sends_nothing_is_told_less() {
    let server = Server::start(&[]);
    let (dead, cookie) = (server.login_bearer("alice"), server.login("alice"));
    assert_eq!(server.ask(&post("/logout").bearer(&dead)).status, 204);
    for token in [&*dead, "junk", "v4.local.AAAA", "\u{e4}", "=", "null"] {
        let response = server.ask(&get("/me").bearer(token));
        assert_eq!((response.status, response.cookie(), &*response.body), (401, Cookie::Kept, ""), "{token}");
        assert_eq!(response.header("www-authenticate"), Some(INVALID_TOKEN), "{token}");
    }
    let nothing = server.ask(&get("/me"));
    assert_eq!(
        (nothing.status, nothing.cookie(), nothing.header("www-authenticate")),
        (401, Cookie::Kept, Some(NOBODY))
    );
    assert!(server.lives(&cookie));
}

#[test]
fn more_than_one_token_or_less_is_a_bad_request() {
    let server = Server::start(&[]);
    let (token, cookie) = (server.login_bearer("alice"), server.login("alice"));
    let me = get("/me");
    let cases = [
        me.clone().bearer(&token).cookie(&cookie),
        me.clone().bearer(&token).cookie(&token),
        me.clone().bearer("junk").cookie(&cookie),
        me.clone().bearer(&token).cookie(""),
        me.clone().bearer("").cookie(&cookie),
        me.clone().bearer(&token).bearer(&token),
        me.clone().bearer(&token).bearer("junk"),
        me.clone().bearer(&token).header("authorization", "bearer"),
        me.clone().bearer(""),
        me.clone().header("authorization", "Bearer"),
        me.clone().bearer(&format!("{token} {token}")),
        me.clone().bearer(&format!("{token},{token}")),
        me.clone().bearer(&format!("{token}, Basic YTpi")),
        me.bearer(&format!("\t{token}\tx")),
    ];
    for request in cases {
        let response = server.ask(&request);
        let what = request.headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)));
        let what = what.collect::<Vec<_>>();
        assert_eq!((response.status, response.cookie()), (400, Cookie::Kept), "{what:?}");
        assert_eq!(response.header("www-authenticate"), Some(INVALID_REQUEST), "{what:?}");
    }
    assert!(server.lives(&cookie));
    assert_eq!(server.ask(&get("/me").bearer(&token)).status, 200);
}

#[test]
fn a_token_in_the_query_or_the_body_is_not_seen() {
    let server = Server::start(&[]);
    let token = server.login_bearer("alice");
    let cookie = server.login("bob");
    let requests = [
        get(&format!("/me?access_token={token}")),
        get(&format!("/me?{NAME}={token}")),
        post("/renew").content(FORM, format!("access_token={token}")),
        get("/me").header("x-access-token", &token),
    ];
    for request in requests {
        let response = server.ask(&request);
        assert_eq!((response.status, response.header("www-authenticate")), (401, Some(NOBODY)), "{}", request.path);
        if request.method == "GET" {
            assert_eq!(server.ask(&request.cookie(&cookie)).json()["sub"], "bob");
        }
    }
}

#[test]
fn a_bearer_token_is_renewed_when_its_holder_asks_and_a_cookie_is_not() {
    let server = Server::start(&[]);
    let (token, cookie) = (server.login_bearer("alice"), server.login("alice"));
    let response = server.ask(&post("/renew").bearer(&token));
    assert_eq!((response.status, response.cookie()), (200, Cookie::Kept));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let answer = response.json();
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&"Bearer".into(), &900.into()));
    let successor = answer["access_token"].as_str().unwrap();
    let [old, new] = [&*token, successor].map(|token| server.ask(&get("/me").bearer(token)).json());
    assert_eq!((&old["gen"], &new["gen"]), (&0.into(), &1.into()));
    for claim in ["sub", "sid", "auth_time"] {
        assert_eq!(old[claim], new[claim]);
    }
    assert_ne!(old["jti"], new["jti"]);

    let by_cookie = server.ask(&post("/renew").cookie(&cookie));
    assert_eq!((by_cookie.status, by_cookie.cookie(), &*by_cookie.body), (401, Cookie::Kept, ""));
    assert_eq!(server.ask(&post("/renew")).status, 401);
}

#[test]
fn programs_get_tokens_and_pages_get_none() {
    let server = Server::start(&[]);
    let cookie = server.login("alice");
    let session = server.claims(&cookie);
    let ask = || post_password("/token", "alice");

    let response = server.ask(&ask().cookie(&cookie));
    assert_eq!((response.status, response.cookie()), (200, Cookie::Kept));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let token = response.json()["access_token"].as_str().unwrap().to_owned();
    assert_ne!(server.ask(&get("/me").bearer(&token)).json()["sid"], session["sid"], "another session");
    assert_eq!(server.claims(&cookie)["jti"], session["jti"], "the page's goes on");

    for mode in ["cors", "navigate", "no-cors", "same-origin", ""] {
        let response = server.ask(&ask().header("sec-fetch-mode", mode).header("sec-fetch-site", "same-origin"));
        assert_eq!((response.status, response.cookie()), (403, Cookie::Kept), "{mode}");
        assert!(!response.body.contains("v4."), "{mode}");
    }
    let wrong = server.ask(&post("/token").content(FORM, "user=alice&password=builder"));
    assert_eq!((wrong.status, wrong.cookie()), (401, Cookie::Kept));
    assert!(!wrong.body.contains("v4."));
}
