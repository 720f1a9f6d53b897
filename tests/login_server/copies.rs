//! What the project began with: a copy of the cookie, after logout.

use crate::http::{Cookie, get, post, post_password};
use crate::server::Server;

#[test]
fn a_copy_of_the_cookie_opens_nothing_after_logout() {
    let server = Server::start(&["--grace", "0s"]);
    let token = server.login("alice");
    assert_eq!(server.claims(&token)["sub"], "alice");

    let logout = server.ask(&post("/logout").cookie(&token));
    assert_eq!((logout.status, logout.cookie()), (204, Cookie::Removed));

    for path in ["/me", "/events"] {
        let copy = server.ask(&get(path).cookie(&token));
        assert_eq!((copy.status, copy.cookie(), &*copy.body), (401, Cookie::Removed, ""), "{path}");
        // As for anybody who is not logged in: why is nobody's affair.
        assert_eq!(copy.header("www-authenticate"), Some("Bearer"), "{path}");
    }
    assert_eq!(server.ask(&get("/me").bearer(&token)).status, 401);
}

#[test]
fn nor_does_it_after_the_server_was_killed_and_started_again_and_who_was_logged_in_still_is() {
    let mut server = Server::start(&[]);
    let (living, living_bearer) = (server.login("bob"), server.login_bearer("bob"));
    let ways = ["/logout", "/login", "/replay", "/password", "/logout/everywhere"];
    let mut copies: Vec<_> = ways
        .map(|way| {
            let token = server.login("alice");
            let request = if way == "/login" { post_password(way, "alice") } else { post(way) };
            assert!(server.ask(&request.cookie(&token)).status < 300, "{way}");
            (way, token)
        })
        .into();
    let bearer = server.login_bearer("alice");
    assert_eq!(server.ask(&post("/logout").bearer(&bearer)).status, 204);
    copies.push(("a bearer's /logout", bearer));

    for _ in 0..2 {
        for (way, token) in &copies {
            assert!(!server.lives(token), "{way}");
            assert_eq!(server.ask(&get("/me").bearer(token)).status, 401, "{way}");
        }
        assert_eq!(server.claims(&living)["sub"], "bob");
        assert_eq!(server.ask(&get("/me").bearer(&living_bearer)).status, 200);
        server.kill_and_start_again();
    }
}
