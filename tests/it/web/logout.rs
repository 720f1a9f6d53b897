//! Logging out: this session, every one, every other one.

use axum::http::header::{COOKIE, HeaderName};
use hallpass::key::{KeySet, LocalKey};
use hallpass::status::EntryKind;
use hallpass::testing::Fixture;
use hallpass::web::Rejection;
use hallpass::{KeyRing, TokenId, VerifyError};

use super::{NAME, answer, app, assert_status, get_with, handled, header, into, is_removed, new_cookie, noon};
use super::{post_bare, post_with, rejection, request, run, seconds, site, who, with_bearer};
use crate::support::{payload, seal};

#[test]
fn a_logout_ends_the_session_and_is_none_the_worse_for_a_second_one() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    for _ in 0..2 {
        let response = post_with(&app, "/logout", &cookie);
        assert_status(&response, 200);
        assert!(is_removed(&response));
        assert_eq!(who(&app, &cookie), "nobody");
    }
    for cookie in ["a=b", &format!("{NAME}=dead")] {
        let response = post_with(&app, "/logout", cookie);
        assert_status(&response, 200);
        assert!(is_removed(&response));
    }
    assert!(is_removed(&post_bare(&app, "/logout")));
}

/// What this process refuses, and another one, or this one a little later, would accept.
#[test]
fn a_logout_claims_no_end_that_it_has_not_made() {
    let (fixture, app) = site();
    let foreign = Fixture::at(noon()).cookie("alice");
    fixture.advance(seconds(60));
    let ahead = fixture.cookie("alice");
    fixture.advance(seconds(-60));
    let response = post_with(&app, "/logout", &foreign);
    assert_status(&response, 401);
    assert_eq!(header(&response, "set-cookie"), None);
    // But this one is authentic, and ends before its time has come.
    assert!(is_removed(&post_with(&app, "/logout", &ahead)));
    fixture.advance(seconds(60));
    assert_eq!(who(&app, &ahead), "nobody");
}

/// A key that leaked is in the ring until it is rotated out. Whoever has it can name any session, in a token of any time.
#[test]
fn nobody_is_logged_out_by_a_token_that_is_still_to_come_if_its_key_was_taken_back() {
    let (kept, leaked) = (LocalKey::generate().unwrap(), LocalKey::generate().unwrap());
    let set = KeySet::issuing(kept).with_verify_only(leaked.clone(), noon() + seconds(3600)).unwrap();
    let fixture = Fixture::with_keys(KeyRing::new(set), noon());
    let app = app(fixture.layer());
    let cookie = fixture.cookie("alice");
    fixture.denylist.revoke_at(leaked.id(), noon()).wait().unwrap();
    let session_id = format!("\"{}\"", super::opened_id(&fixture, &cookie));
    let issuer = format!("\"{}\"", fixture.issuer.name());
    let later = "\"2026-11-23T12:10:00.000000Z\"";
    for when in ["iat", "nbf"] {
        let payload = payload(&[("iss", Some(&issuer)), ("sid", Some(&session_id)), (when, Some(later))]);
        let footer = format!("{{\"kid\":\"{}\"}}", leaked.id());
        let forged = format!("{NAME}={}", seal(&leaked.clone().into(), payload.as_bytes(), footer.as_bytes()));
        for path in ["/logout", "/login/mallory"] {
            post_with(&app, path, &forged);
            assert_eq!(who(&app, &cookie), "alice", "{when} {path}");
        }
        let response = get_with(&app, "/me", &forged);
        let why = rejection(&response);
        assert!(
            matches!(why, Rejection::Refused { why: VerifyError::Revoked { by: EntryKind::Key, .. }, .. }),
            "{why:?}"
        );
    }
}

#[test]
fn a_logout_takes_successors_with_it() {
    let (fixture, app) = site();
    let old = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let newer = new_cookie(&get_with(&app, "/open", &old)).unwrap();
    assert!(is_removed(&post_with(&app, "/logout", &old)), "the old one, while a successor is on its way");
    assert_eq!(who(&app, &newer), "nobody");
}

#[test]
fn a_logout_by_a_token_that_has_a_successor_in_use_ends_the_session() {
    for late in [true, false] {
        let fixture = Fixture::at(noon());
        let app = app(fixture.layer());
        let old = fixture.cookie("alice");
        fixture.advance(seconds(400));
        let newer = new_cookie(&get_with(&app, "/open", &old)).unwrap();
        let go_on = || {
            assert_eq!(who(&app, &newer), "alice");
            fixture.advance(seconds(35));
        };
        let response = if late {
            handled(&fixture.layer(), &[(COOKIE, &old)], |sessions| {
                go_on();
                into(run(sessions.logout()).unwrap())
            })
        } else {
            go_on();
            post_with(&app, "/logout", &old)
        };
        assert!(is_removed(&response));
        assert_eq!(who(&app, &newer), "nobody", "{late}");
    }
}

/// A token that was taken back alone ends nothing: whoever has it may be the one it was taken from.
#[test]
fn a_revoked_token_logs_nobody_out() {
    let (fixture, app) = site();
    let old = fixture.cookie("alice");
    fixture.advance(seconds(400));
    let newer = new_cookie(&get_with(&app, "/open", &old)).unwrap();
    let id: TokenId = {
        let (_, token) = newer.split_once('=').unwrap();
        fixture.verifier.verify_at(token, fixture.now()).unwrap().token_id()
    };
    fixture.denylist.revoke_at(id, fixture.now()).wait().unwrap();
    assert!(is_removed(&post_with(&app, "/logout", &newer)));
    assert_eq!(who(&app, &old), "alice");
}

#[test]
fn everywhere_is_every_session_of_the_subject() {
    let (fixture, app) = site();
    let (here, there, bob) = (fixture.cookie("alice"), fixture.bearer("alice"), fixture.cookie("bob"));
    let response = post_with(&app, "/everywhere", &here);
    assert!(is_removed(&response));
    assert_eq!(header(&response, "clear-site-data").unwrap(), "\"cache\", \"storage\"");
    assert_eq!((who(&app, &here), who(&app, &bob)), ("nobody".to_owned(), "bob".to_owned()));
    assert_status(&with_bearer(&app, "GET", "/me", &there), 401);
    let new = new_cookie(&post_bare(&app, "/login/alice")).unwrap();
    assert_eq!(who(&app, &new), "alice");
}

#[test]
fn elsewhere_is_every_other_one() {
    let (fixture, app) = site();
    let (here, there) = (fixture.cookie("alice"), fixture.cookie("alice"));
    for _ in 0..2 {
        let response = post_with(&app, "/elsewhere", &here);
        assert_status(&response, 200);
        assert!(!is_removed(&response));
    }
    assert_eq!((who(&app, &here), who(&app, &there)), ("alice".to_owned(), "nobody".to_owned()));
    // It goes on: a successor has the same session.
    fixture.advance(seconds(400));
    let newer = new_cookie(&get_with(&app, "/open", &here)).unwrap();
    assert_eq!(who(&app, &newer), "alice");
}

#[test]
fn everywhere_and_elsewhere_need_a_session() {
    let (fixture, app) = site();
    let other = fixture.cookie("alice");
    let dead = fixture.cookie("alice");
    post_with(&app, "/logout", &dead);
    for path in ["/everywhere", "/elsewhere"] {
        for cookie in [dead.as_str(), "a=b"] {
            let response = post_with(&app, path, cookie);
            assert_status(&response, 401);
            assert!(matches!(rejection(&response), Rejection::NotLoggedIn | Rejection::Refused { .. }));
        }
    }
    assert_eq!(who(&app, &other), "alice");
}

/// Of a logout and whatever the same session asks for beside it, the logout wins.
#[test]
fn a_session_that_ended_while_it_was_handled_asks_for_nothing_more() {
    let fixture = Fixture::at(noon());
    let (here, there) = (fixture.cookie("alice"), fixture.cookie("alice"));
    let app = app(fixture.layer());
    let response = handled(&fixture.layer(), &[(COOKIE, &here)], |sessions| {
        post_with(&app, "/logout", &here);
        run(sessions.logout_everywhere()).unwrap_err().response()
    });
    assert_status(&response, 401);
    assert_eq!(who(&app, &there), "alice");
}

/// Nobody is logged out by a link.
#[test]
fn the_layer_ends_nothing_by_itself() {
    let (fixture, app) = site();
    let cookie = fixture.cookie("alice");
    assert_status(&get_with(&app, "/logout", &cookie), 405);
    assert_eq!(who(&app, &cookie), "alice");
    assert_status(&answer(&app, request("HEAD", "/me", &[(COOKIE, cookie.as_str())])), 200);
}

/// The composition that the guide recommends, in front of everything.
#[test]
fn another_site_can_not_log_anybody_out() {
    let fixture = Fixture::at(noon());
    let app = app(fixture.layer()).layer(tower_http::csrf::CsrfLayer::new());
    let cookie = fixture.cookie("alice");
    let from = |site: &str| {
        let headers = [(COOKIE, cookie.as_str()), (HeaderName::from_static("sec-fetch-site"), site)];
        answer(&app, request("POST", "/logout", &headers))
    };
    for site in ["cross-site", "same-site"] {
        assert_status(&from(site), 403);
        assert_eq!(who(&app, &cookie), "alice");
    }
    assert!(is_removed(&from("same-origin")));
}
