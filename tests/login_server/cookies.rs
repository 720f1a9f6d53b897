//! The cookie, and what else may be in its header.

use crate::http::{Connection, Cookie, NAME, get, post, post_password};
use crate::server::Server;
use crate::{GETS, POSTS};

#[test]
fn the_cookie_is_set_and_removed_with_the_same_attributes_and_nobody_keeps_the_answer() {
    let server = Server::start(&[]);
    // `Response::cookie` compares the attributes.
    let token = server.login("alice");
    let me = server.me(&token);
    assert_eq!((me.cookie(), me.header("cache-control")), (Cookie::Kept, Some("private")));
    let logout = server.ask(&post("/logout").cookie(&token));
    assert_eq!(logout.cookie(), Cookie::Removed);
    assert_eq!(logout.header("clear-site-data"), Some("\"cache\", \"storage\""));
}

#[test]
fn no_route_sets_more_than_one_cookie_or_shows_the_token_or_leaves_out_the_page_s_headers() {
    let server = Server::start(&[]);
    let dead = server.login("alice");
    server.ask(&post("/logout").cookie(&dead));
    let requests = GETS
        .map(get)
        .into_iter()
        .chain(POSTS.map(post))
        .chain(["/login", "/token"].map(|path| post_password(path, "alice")));
    for request in requests {
        let live = server.login("alice");
        for token in [None, Some(&live), Some(&dead), Some(&"junk".to_owned())] {
            let request = token.map_or(request.clone(), |token| request.clone().cookie(token));
            let response = server.ask(&request);
            let what = format!("{} {} {token:?}: {response:?}", request.method, request.path);
            assert!(response.all("set-cookie").len() <= 1, "{what}");
            assert!(response.status < 500, "{what}");
            if request.path != "/token" {
                assert!(!response.body.contains(&live), "{what}");
            }
            for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
                assert_eq!(response.header(name), Some(value), "{what}");
            }
            let policy = response.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{what}");
        }
    }
}

#[test]
fn our_cookie_twice_is_a_bad_request_and_ends_nothing() {
    let server = Server::start(&[]);
    let (token, other) = (server.login("alice"), server.login("bob"));
    let ours = |value: &str| format!("{NAME}={value}");
    let cases = [
        vec![format!("{}; {}", ours(&token), ours(&other))],
        vec![format!("{}; {}", ours(&token), ours(&token))],
        vec![format!("{};{}", ours(""), ours(&token))],
        vec![format!("a=b; {}; c=d; {}", ours(&token), ours("junk"))],
        vec![ours(&token), ours(&other)],
        vec![ours(&token), ours(&token)],
        vec!["a=b".to_owned(), ours(&token), "c=d".to_owned(), format!("e=f; {}", ours(""))],
    ];
    for headers in cases {
        for request in [get("/me"), get("/events"), post("/logout"), post_password("/login", "alice")] {
            let request = headers.iter().fold(request, |request, value| request.header("cookie", value));
            let response = server.ask(&request);
            let what = format!("{} {headers:?}", request.path);
            assert_eq!((response.status, response.cookie()), (400, Cookie::Kept), "{what}");
            assert_eq!(response.header("www-authenticate"), Some("Bearer error=\"invalid_request\""), "{what}");
        }
    }
    assert!(server.lives(&token) && server.lives(&other));
}

#[test]
fn several_cookie_headers_are_one() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let ours = format!("{NAME}={token}");
    let cases = [
        vec![&*ours],
        vec!["a=b", &ours],
        vec![&ours, "a=b"],
        vec!["a=b; c=d", &ours, "a=b"],
        vec!["", &ours, ";", "=", "; ;"],
        vec!["Cookie", &ours],
    ];
    for headers in cases {
        let request = headers.iter().fold(get("/me"), |request, value| request.header("cookie", value));
        assert_eq!(server.ask(&request).status, 200, "{headers:?}");
    }
}

#[test]
fn whatever_bytes_are_in_the_cookies_of_others_ours_is_found() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let ours = format!("{NAME}={token}");
    let mut connection = Connection::to(&server);
    for byte in (0x20..=0xff).filter(|byte| *byte != 0x7f).chain([b'\t']) {
        let odd = [byte];
        let mut headers = vec![
            [b"a=", &odd[..], b"; ", ours.as_bytes(), b"; b=\"", &odd, b"\""].concat(),
            [b"a", &odd[..], b"=1;", &odd, b"=", &odd, b"; ", ours.as_bytes()].concat(),
            [&odd[..], b";", ours.as_bytes(), b";", &odd].concat(),
        ];
        // Names that are almost ours.
        if byte != b'=' {
            headers.push([ours.as_bytes(), b"; ", NAME.as_bytes(), &odd, b"=other"].concat());
        }
        if !b" \t;".contains(&byte) {
            headers.push([&odd[..], NAME.as_bytes(), b"=other; ", ours.as_bytes()].concat());
        }
        for header in headers {
            let response = connection.ask(&get("/me").header("cookie", &header));
            let text = String::from_utf8_lossy(&header);
            assert_eq!((response.status, response.cookie()), (200, Cookie::Kept), "{byte:#x}: {text}");
        }
    }
}

#[test]
fn bytes_that_no_header_may_hold_are_refused_before_anybody_looks_and_the_server_lives_on() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    for byte in (0..0x20).filter(|byte| *byte != b'\t').chain([0x7f]) {
        let header = [b"a=", &[byte][..], b"; ", NAME.as_bytes(), b"=", token.as_bytes()].concat();
        let response = server.ask(&get("/me").header("cookie", header));
        assert_eq!((response.status, response.cookie(), &*response.body), (400, Cookie::Kept, ""), "{byte:#x}");
    }
    assert!(server.lives(&token));
}

#[test]
fn our_name_in_other_letters_is_somebody_else_s() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    for name in ["__host-session", "__HOST-SESSION", "__Host-Session", "session", "__Secure-session", "Host-session"] {
        let alone = server.ask(&get("/me").header("cookie", format!("{name}={token}")));
        assert_eq!((alone.status, alone.cookie()), (401, Cookie::Kept), "{name}");
        let beside = server.ask(&get("/me").header("cookie", format!("{name}=other; {NAME}={token}")));
        assert_eq!(beside.status, 200, "{name}");
    }
}

#[test]
fn a_cookie_that_is_no_token_is_refused_and_removed() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let values = [
        String::new(),
        "junk".to_owned(),
        format!("\"{token}\""),
        format!("{token}="),
        format!("{token} x"),
        format!("={token}"),
        format!("{token},{token}"),
        token.to_uppercase(),
        token.replace('.', "%2E"),
        token[..token.len() - 1].to_owned(),
        "x".repeat(9 * 1024),
        format!("v4.local.{}", "A".repeat(9 * 1024)),
        "\u{fffd}\u{e4}".to_owned(),
    ];
    let values = values.into_iter().map(String::into_bytes).chain([vec![0xff, 0xfe], b"v4.local.\x80".to_vec()]);
    for value in values {
        let header = [NAME.as_bytes(), b"=", &value].concat();
        let text = String::from_utf8_lossy(&value);
        for path in ["/me", "/events"] {
            let response = server.ask(&get(path).header("cookie", &header));
            assert_eq!((response.status, response.cookie()), (401, Cookie::Removed), "{path} {text}");
            assert_eq!(response.header("www-authenticate"), Some("Bearer"), "{text}");
        }
    }
    assert!(server.lives(&token));
}

#[test]
fn a_token_that_the_keys_here_did_not_make_is_refused_and_left_alone() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let middle = token.len() / 2;
    let altered = if &token[middle..=middle] == "A" { "B" } else { "A" };
    let altered = [&token[..middle], altered, &token[middle + 1..]].concat();
    // Another process may know of a key that is not known here.
    for value in [token.replace("local", "public"), altered, Server::start(&[]).login("alice")] {
        let response = server.me(&value);
        assert_eq!((response.status, response.cookie()), (401, Cookie::Kept), "{value}");
    }
}
