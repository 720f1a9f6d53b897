//! What other sites can make a browser send.

use crate::POSTS;
use crate::http::{Cookie, Request, get, post, post_password};
use crate::server::Server;

/// As a page would do it.
fn asked(path: &str) -> Request {
    if ["/login", "/token"].contains(&path) { post_password(path, "alice") } else { post(path) }
}

#[test]
fn no_method_but_post_changes_anything() {
    let server = Server::start(&[]);
    let sessions = [server.login("alice"), server.login("alice"), server.login("bob")];
    for path in POSTS {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let response = server.ask(&Request { method, ..asked(path).cookie(&sessions[0]) });
            assert_eq!((response.status, response.cookie()), (405, Cookie::Kept), "{method} {path}");
            assert_eq!(response.header("allow"), Some("POST"), "{method} {path}");
        }
        assert!(sessions.iter().all(|token| server.lives(token)), "{path}");
    }
}

#[test]
fn what_other_sites_send_is_refused_and_changes_nothing() {
    let server = Server::start(&[]);
    let sessions = [server.login("alice"), server.login("alice"), server.login("bob")];
    let own = format!("http://{}", server.address());
    let foreign: [&[(&str, &str)]; 8] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "elsewhere")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("origin", "https://evil.example")],
    ];
    for path in POSTS {
        for headers in foreign {
            for token in [None, Some(&sessions[0])] {
                let request = headers.iter().fold(asked(path), |request, (name, value)| request.header(name, value));
                let response = server.ask(&token.map_or(request.clone(), |token| request.cookie(token)));
                assert_eq!((response.status, response.cookie()), (403, Cookie::Kept), "{path} {headers:?}");
                assert!(!response.body.contains("v4."), "{path} {headers:?}");
            }
        }
        assert!(sessions.iter().all(|token| server.lives(token)), "{path}");
    }
    // A link from another site may be followed; reading the answer is another matter, which the browser forbids.
    let followed = server.ask(&get("/me").header("sec-fetch-site", "cross-site").cookie(&sessions[0]));
    assert_eq!((followed.status, followed.header("access-control-allow-origin")), (200, None));
}

#[test]
fn what_the_page_itself_sends_is_done() {
    let server = Server::start(&[]);
    let own = format!("http://{}", server.address());
    let ours: [&[(&str, &str)]; 5] = [
        &[],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", &own)],
        &[("sec-fetch-site", "same-origin"), ("origin", &own)],
    ];
    for path in POSTS {
        for headers in ours {
            let token = server.login("alice");
            let request = asked(path).cookie(&token);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            let expected = match path {
                "/token" | "/replay" => 200,
                // It needs a bearer token.
                "/renew" => 401,
                _ => 204,
            };
            assert_eq!(server.ask(&request).status, expected, "{path} {headers:?}");
        }
    }
}
