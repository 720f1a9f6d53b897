//! Renewal, which nobody asks for, and what it makes of a stolen cookie.

use std::thread;
use std::time::Duration;

use crate::http::{Connection, Cookie, get, post, post_password};
use crate::server::Server;
use crate::{GETS, POSTS};

/// Renewal is due past two seconds; an old token is good for two more once a newer one was used.
const SHORT: [&str; 6] = ["--lifetime", "6s", "--leeway", "0s", "--grace", "2s"];
const DUE: Duration = Duration::from_millis(2100);
const GRACE_OVER: Duration = Duration::from_millis(2100);

#[test]
fn a_cookie_is_renewed_by_any_request_once_it_is_due_and_the_session_stays_the_same() {
    let server = Server::start(&SHORT);
    let (token, bearer) = (server.login("alice"), server.login_bearer("alice"));
    let before = server.me(&token);
    assert_eq!(before.cookie(), Cookie::Kept, "it is not due yet");
    thread::sleep(DUE);

    let renewed = server.me(&token).token();
    let (before, after) = (before.json(), server.claims(&renewed));
    assert_eq!((&before["gen"], &after["gen"]), (&0.into(), &1.into()));
    for claim in ["sub", "sid", "auth_time", "absolute_until"] {
        assert_eq!(before[claim], after[claim]);
    }
    for claim in ["iat", "exp"] {
        assert!(before[claim].as_str() < after[claim].as_str(), "{claim}");
    }
    assert_eq!(server.me(&renewed).cookie(), Cookie::Kept, "it is new");
    assert_eq!(server.ask(&get("/me").bearer(&bearer)).cookie(), Cookie::Kept, "whoever holds a bearer token asks");
}

#[test]
fn every_route_behind_the_layer_renews_unless_it_has_something_else_to_do_with_the_cookie() {
    let server = Server::start(&SHORT);
    let everyone = server.login("bob");
    let others = server.login("alice");
    let ordinary: Vec<_> = GETS.iter().chain(&POSTS).map(|path| (*path, server.login("alice"))).collect();
    thread::sleep(DUE);
    for (path, token) in &ordinary {
        let request = match *path {
            "/login" | "/token" => post_password(path, "alice"),
            "/logout/others" | "/logout/everywhere" | "/password" => continue,
            path if POSTS.contains(&path) => post(path),
            path => get(path),
        };
        let cookie = server.ask(&request.cookie(token)).cookie();
        match *path {
            "/" | "/style.css" | "/app.js" => assert_eq!(cookie, Cookie::Kept, "{path}"),
            "/logout" | "/replay" => assert_eq!(cookie, Cookie::Removed, "{path}"),
            _ => assert!(matches!(cookie, Cookie::Set(_)), "{path}: {cookie:?}"),
        }
    }
    let renewed = server.ask(&post("/logout/others").cookie(&others)).token();
    assert_eq!(server.claims(&renewed)["gen"], 1);
    let begun = server.ask(&post("/password").cookie(&renewed)).token();
    assert_eq!(server.claims(&begun)["gen"], 0);
    assert_eq!(server.ask(&post("/logout/everywhere").cookie(&everyone)).cookie(), Cookie::Removed);
}

#[test]
fn requests_at_once_over_many_connections_are_all_answered_and_get_equal_successors() {
    let server = Server::start(&SHORT);
    let token = server.login("alice");
    let session = server.claims(&token);
    thread::sleep(DUE);
    let renewed: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::to(&server);
                    let answers = [(); 3].map(|()| connection.ask(&get("/me").cookie(&token)));
                    answers.map(|answer| {
                        assert_eq!((answer.status, &answer.json()["jti"]), (200, &session["jti"]));
                        answer.token()
                    })
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    // Whichever the browser keeps, the session goes on.
    for token in &renewed {
        let claims = server.claims(token);
        assert_eq!((&claims["gen"], &claims["sid"]), (&1.into(), &session["sid"]));
    }
}

#[test]
fn an_old_cookie_is_good_within_the_grace_and_ends_the_session_for_all_after_it() {
    let server = Server::start(&SHORT);
    let (stolen, other) = (server.login("alice"), server.login("alice"));
    thread::sleep(DUE);
    let renewed = server.me(&stolen).token();
    assert!(server.lives(&renewed));
    assert!(server.lives(&stolen), "it may have been on its way");
    thread::sleep(GRACE_OVER);

    let thief = server.me(&stolen);
    assert_eq!(thief.status, 401);
    // Cookies stay until the end of their session is safe, which takes a commit.
    thread::sleep(Duration::from_millis(200));
    let victim = server.me(&renewed);
    assert_eq!((victim.status, victim.cookie()), (401, Cookie::Removed));
    assert!(server.lives(&other), "another session of the same user");
}

#[test]
fn whoever_goes_on_stays_logged_in_and_whoever_does_not_is_logged_out_and_the_cookie_removed() {
    let server = Server::start(&["--lifetime", "2s", "--leeway", "0s", "--grace", "500ms"]);
    let (idle, mut busy) = (server.login("bob"), server.login("alice"));
    for _ in 0..4 {
        thread::sleep(Duration::from_millis(750));
        busy = server.me(&busy).token();
    }
    assert_eq!(server.claims(&busy)["gen"], 4);
    let idle = server.me(&idle);
    assert_eq!((idle.status, idle.cookie(), idle.header("www-authenticate")), (401, Cookie::Removed, Some("Bearer")));
}
