//! Every way to end sessions: who lives after it.

use crate::http::{Cookie, get, post};
use crate::server::Server;

#[test]
fn each_way_to_log_out_ends_those_that_it_should_and_no_others() {
    // Which of alice's sessions live: the one that asks, another, and a program's.
    let cases = [
        ("/logout", 204, [false, true, true]),
        ("/logout/others", 204, [true, false, false]),
        ("/logout/everywhere", 204, [false, false, false]),
        ("/password", 204, [false, false, false]),
        ("/replay", 200, [false, true, true]),
    ];
    let server = Server::start(&[]);
    let bob = server.login("bob");
    for (path, status, expected) in cases {
        let (asking, other, program) = (server.login("alice"), server.login("alice"), server.login_bearer("alice"));
        let response = server.ask(&post(path).cookie(&asking));
        assert_eq!(response.status, status, "{path}: {response:?}");
        let lives = |request| server.ask(&request).status == 200;
        let living = [get("/me").cookie(&asking), get("/me").cookie(&other), get("/me").bearer(&program)].map(lives);
        assert_eq!(living, expected, "{path}");
        assert!(server.lives(&bob), "{path}");

        match path {
            "/logout/others" => assert_eq!(response.cookie(), Cookie::Kept),
            "/password" => {
                let begun = response.token();
                let claims = server.claims(&begun);
                assert_eq!((&claims["sub"], &claims["gen"]), (&"alice".into(), &0.into()));
            }
            _ => {
                assert_eq!(response.cookie(), Cookie::Removed, "{path}");
                assert_eq!(response.header("clear-site-data"), Some("\"cache\", \"storage\""), "{path}");
            }
        }
        assert!(server.lives(&server.login("alice")), "whoever was logged out logs in again at once: {path}");
    }
}

#[test]
fn a_new_password_begins_a_new_session_and_the_one_after_it_another() {
    let server = Server::start(&[]);
    let mut tokens = vec![server.login("alice")];
    for _ in 0..3 {
        tokens.push(server.ask(&post("/password").cookie(&tokens[tokens.len() - 1])).token());
    }
    let living: Vec<_> = tokens.iter().map(|token| server.lives(token)).collect();
    assert_eq!(living, [false, false, false, true]);
}

#[test]
fn whoever_is_not_logged_in_ends_nothing_and_logs_out_all_the_same() {
    let server = Server::start(&["--grace", "0s"]);
    let (living, dead) = (server.login("alice"), server.login("alice"));
    for _ in 0..2 {
        // The second time it is logged out already.
        let logout = server.ask(&post("/logout").cookie(&dead));
        assert_eq!((logout.status, logout.cookie()), (204, Cookie::Removed));
    }
    assert_eq!(server.ask(&post("/logout")).status, 204);
    for path in ["/logout/others", "/logout/everywhere", "/password", "/replay"] {
        let nobody = server.ask(&post(path));
        assert_eq!((nobody.status, nobody.cookie()), (401, Cookie::Kept), "{path}");
        let ended = server.ask(&post(path).cookie(&dead));
        assert_eq!((ended.status, ended.cookie()), (401, Cookie::Removed), "{path}");
    }
    assert!(server.lives(&living));
}
