//! Logging in, and the example's own replay.

use crate::http::{Cookie, FORM, get, post, post_password};
use crate::server::Server;

const JSON: &str = "application/json";

#[test]
fn a_form_or_json_logs_in_and_the_answer_has_no_body() {
    let server = Server::start(&[]);
    let json = r#"{"user": "alice", "password": "wonderland"}"#;
    for (kind, body) in [
        (FORM, "user=alice&password=wonderland"),
        ("application/x-www-form-urlencoded; charset=utf-8", "password=%77onderland&user=alice&more=1"),
        (JSON, json),
        ("application/json; charset=utf-8", json),
    ] {
        let response = server.ask(&post("/login").content(kind, body));
        assert_eq!((response.status, &*response.body), (204, ""), "{kind}: {response:?}");
        assert_eq!(server.claims(&response.token())["sub"], "alice", "{kind}");
    }
}

#[test]
fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let server = Server::start(&[]);
    let answers = [
        "user=alice&password=builder",
        "user=mallory&password=wonderland",
        "user=&password=",
        "user=ALICE&password=wonderland",
    ]
    .map(|body| server.ask(&post("/login").content(FORM, body)));
    for answer in &answers {
        assert_eq!((answer.status, answer.cookie()), (401, Cookie::Kept), "{answer:?}");
        assert_eq!(answer.body, answers[0].body);
    }
}

#[test]
fn what_is_no_login_is_told_so() {
    let server = Server::start(&[]);
    let large = format!("user=alice&password={}", "x".repeat(3 * 1024 * 1024));
    let cases = [
        (FORM, "", 422),
        (FORM, "user=alice", 422),
        (FORM, "password=wonderland", 422),
        (FORM, "user=alice&user=bob&password=wonderland", 422),
        (FORM, "{\"user\": \"alice\", \"password\": \"wonderland\"}", 422),
        (FORM, &large, 413),
        (JSON, "", 400),
        (JSON, "{", 400),
        (JSON, "[]", 422),
        (JSON, "{\"user\": \"alice\"}", 422),
        (JSON, "{\"user\": 1, \"password\": \"wonderland\"}", 422),
        ("text/plain", "user=alice&password=wonderland", 415),
        ("multipart/form-data; boundary=x", "user=alice&password=wonderland", 415),
        ("", "user=alice&password=wonderland", 415),
    ];
    for (kind, body, status) in cases {
        for path in ["/login", "/token"] {
            let response = server.ask(&post(path).content(kind, body));
            let what = format!("{path} {kind} {}", &body[..body.len().min(60)]);
            assert_eq!((response.status, response.cookie()), (status, Cookie::Kept), "{what}");
            assert!(!response.body.contains("wonderland"), "{what}: {}", response.body);
        }
    }
    let untyped = server.ask(&post("/login"));
    assert_eq!((untyped.status, untyped.cookie()), (415, Cookie::Kept));
}

#[test]
fn whoever_logs_in_again_leaves_the_session_that_was_there() {
    let server = Server::start(&[]);
    for user in ["alice", "bob"] {
        let (old, other) = (server.login("alice"), server.login("alice"));
        let session = server.claims(&old);
        let new = server.ask(&post_password("/login", user).cookie(&old)).token();
        let claims = server.claims(&new);
        assert_eq!((&claims["sub"], &claims["gen"]), (&user.into(), &0.into()));
        assert_ne!(claims["sid"], session["sid"], "{user}");
        assert!(!server.lives(&old), "{user}");
        assert!(server.lives(&other), "{user}");
    }
}

#[test]
fn whoever_fails_to_log_in_again_stays_where_they_were_and_a_dead_cookie_hinders_nobody() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let wrong = server.ask(&post("/login").content(FORM, "user=bob&password=wonderland").cookie(&token));
    assert_eq!((wrong.status, wrong.cookie()), (401, Cookie::Kept));
    assert!(server.lives(&token));
    server.ask(&post("/logout").cookie(&token));
    for dead in [&*token, "junk", ""] {
        let login = server.ask(&post_password("/login", "bob").cookie(dead));
        assert_eq!(login.status, 204, "{dead}");
        assert!(server.lives(&login.token()));
    }
}

#[test]
fn the_replay_shows_that_the_copy_was_refused_and_why() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let response = server.ask(&post("/replay").cookie(&token));
    assert_eq!((response.status, response.cookie()), (200, Cookie::Removed));
    let answer = response.json();
    assert_eq!((&answer["logout"], &answer["length"]), (&204.into(), &token.len().into()));
    assert_eq!(answer["kept"], format!("{}…", &token[..24]));
    let replayed = &answer["replayed"];
    assert_eq!((&replayed["status"], &replayed["body"]), (&401.into(), &"".into()));
    assert_eq!(replayed["www_authenticate"], "Bearer");
    assert!(replayed["reason"].as_str().unwrap().contains("revoked"), "{replayed}");
    assert!(!server.lives(&token));

    // There is no cookie to copy.
    let bearer = server.login_bearer("alice");
    assert_eq!(server.ask(&post("/replay").bearer(&bearer)).status, 400);
    assert_eq!(server.ask(&get("/me").bearer(&bearer)).status, 200);
}
