//! Logins and logouts in every order, and what comes late.

use std::sync::mpsc;
use std::time::Duration;

use axum::http::header::COOKIE;
use hallpass::key::{KeySet, LocalKey};
use hallpass::testing::Fixture;
use hallpass::web::{Rejection, SessionLayer};
use hallpass::{Denylist, IssueError, Issuer, KeyRing, Login, Verifier};

use super::safe::store_site;
use super::{
    Hanging, NAME, Roles, app, assert_status, during, get_with, handled, header, into, is_removed, new_cookie,
};
use super::{noon, post_bare, post_with, rejection, run, seconds, set_cookies, site, who};

/// Somebody leaves, and somebody else comes; then comes what the first one's page had asked for.
#[test]
fn what_was_on_its_way_at_a_logout_does_not_remove_the_cookie_of_the_next_login() {
    for path in ["/logout", "/everywhere"] {
        let (fixture, app) = site();
        let old = fixture.cookie("alice");
        assert!(is_removed(&post_with(&app, path, &old)));
        let new = new_cookie(&post_bare(&app, "/login/bob")).unwrap();
        assert!(!is_removed(&get_with(&app, "/open", &old)), "{path}");
        assert_eq!(who(&app, &new), "bob");
    }
}

#[test]
fn nor_does_what_came_with_a_dead_cookie_that_the_login_came_with_too() {
    let (fixture, app) = site();
    let expired = fixture.cookie("alice");
    fixture.advance(seconds(2000));
    for old in [expired, format!("{NAME}=dead")] {
        assert!(is_removed(&get_with(&app, "/open", &old)));
        new_cookie(&post_with(&app, "/login/bob", &old)).unwrap();
        assert!(!is_removed(&get_with(&app, "/open", &old)), "{old}");
        fixture.advance(seconds(30));
        assert!(is_removed(&get_with(&app, "/open", &old)), "{old}");
    }
}

#[test]
fn a_logout_that_takes_its_time_leaves_alone_what_a_login_has_set_meanwhile() {
    let site = store_site();
    let cookie = site.cookie();
    let (told, ears) = mpsc::channel();
    std::thread::scope(|scope| {
        let hanging = Hanging::of(&site.engine);
        let (app, old) = (site.app.clone(), cookie.clone());
        scope.spawn(move || told.send(post_with(&app, "/logout", &old)).unwrap());
        assert!(ears.recv_timeout(Duration::from_millis(200)).is_err());
        let new = new_cookie(&post_with(&site.app, "/login/bob", &cookie)).unwrap();
        drop(hanging);
        let late = ears.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_status(&late, 200);
        assert_eq!(set_cookies(&late), [""; 0]);
        assert_eq!(header(&late, "clear-site-data"), None);
        assert_eq!(who(&site.app, &new), "bob");
    });
}

/// Whoever gave up waiting for "log out everywhere" is not told by another way that it is safe.
#[test]
fn while_the_store_hangs_no_end_counts_as_safe() {
    let site = store_site();
    let cookie = site.cookie();
    let (told, ears) = mpsc::channel();
    std::thread::scope(|scope| {
        let hanging = Hanging::of(&site.engine);
        for path in ["/everywhere", "/logout"] {
            let (told, app, asks) = (told.clone(), site.app.clone(), cookie.clone());
            scope.spawn(move || told.send(post_with(&app, path, &asks).status()).unwrap());
            assert!(ears.recv_timeout(Duration::from_millis(200)).is_err(), "{path}");
            assert!(!is_removed(&get_with(&site.app, "/open", &cookie)));
        }
        drop(hanging);
        for _ in 0..2 {
            assert_eq!(ears.recv_timeout(Duration::from_secs(20)).unwrap(), 200);
        }
    });
    assert_eq!(site.denylist.stats().unsaved, 0);
}

#[test]
fn a_login_ends_a_session_whose_time_is_still_to_come() {
    let (fixture, app) = site();
    let later = fixture.now() + seconds(300);
    for path in ["/login/alice", "/logout"] {
        let ahead = fixture.cookie(Login::new("alice").not_before(later));
        assert_status(&post_with(&app, path, &ahead), 200);
        fixture.advance(seconds(300));
        assert_eq!(who(&app, &ahead), "nobody", "{path}");
        fixture.advance(seconds(-300));
    }
}

/// A cookie that no browser would keep costs nobody what they have.
#[test]
fn whoever_can_not_have_a_new_cookie_keeps_the_old_one() {
    let fixture = Fixture::at(noon());
    let (app, layer) = (app(fixture.layer()), fixture.layer());
    let cookie = fixture.cookie("alice");
    let response = handled(&layer, &[(COOKIE, &cookie)], |sessions| {
        let claims = serde_json::json!({ "long": "x".repeat(4000) });
        let login = Login::new("alice").claims(&claims).unwrap();
        run(sessions.login(login)).map_or_else(into, into)
    });
    assert_status(&response, 500);
    assert_eq!(who(&app, &cookie), "alice");
}

#[test]
fn claims_that_can_not_be_written_are_not_the_visitors_fault() {
    let fixture = Fixture::at(noon());
    let response = handled(&fixture.layer(), &[], |_| {
        let claims = std::collections::BTreeMap::from([((1, 2), 3)]);
        Login::new("alice").claims(&claims).map(drop).map_or_else(|error| into(Rejection::from(error)), |()| into(()))
    });
    assert_status(&response, 500);
}

/// As the extractor has it: a new login makes new ones.
#[test]
fn claims_that_can_not_be_read_are_a_reason_to_log_in_again() {
    let fixture = Fixture::at(noon());
    let cookie = fixture.cookie("alice");
    let response = handled(&fixture.layer(), &[(COOKIE, &cookie)], |sessions| {
        let read = || -> Result<String, Rejection> { Ok(sessions.session()?.claims::<Roles>()?.role) };
        read().map_or_else(into, into)
    });
    assert_status(&response, 401);
    assert!(matches!(rejection(&response), Rejection::Claims(_)));
}

/// Nor is a layer that has nothing to end sessions by one that only verifies.
#[test]
fn what_can_never_be_revoked_is_not_to_be_asked_for_again() {
    let fixture = Fixture::at(noon());
    let id = "k4.sid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse::<hallpass::key::KeyId>().unwrap();
    let refused = Rejection::from(fixture.denylist.revoke(id).wait().unwrap_err());
    assert_eq!(refused.status(), 500);
    let limits = hallpass::time::TimeLimits::default();
    let verifier = Verifier::dangerously_without_denylist(&fixture.keys, fixture.issuer.name(), limits);
    let app = app(SessionLayer::verify_only(&verifier).clock(noon));
    let response = post_with(&app, "/logout", &fixture.cookie("alice"));
    assert_status(&response, 500);
    assert!(matches!(rejection(&response), Rejection::NoDenylist));
}

#[test]
fn an_issuer_and_a_verifier_that_do_not_belong_together_are_a_loud_500() {
    let (one, other) = (Fixture::at(noon()), Fixture::at(noon()));
    let verifier_of = |keys: &KeyRing, list: &Denylist| Verifier::new(keys, one.issuer.name(), list);
    for layer in [
        SessionLayer::new(&one.issuer, &verifier_of(&one.keys, &other.denylist)),
        SessionLayer::new(&one.issuer, &verifier_of(&other.keys, &one.denylist)),
        SessionLayer::new(&one.issuer, &verifier_of(&KeyRing::new(KeySet::default()), &one.denylist)),
        SessionLayer::new(&one.issuer, &Verifier::new(&one.keys, "https://other.example", &one.denylist)),
        SessionLayer::new(&one.issuer.clone().audience("https://api.example"), &one.verifier),
        SessionLayer::new(&one.issuer.clone().implicit_assertion("a tenant"), &one.verifier),
    ] {
        let app = app(layer.clock(noon));
        for response in [get_with(&app, "/open", "a=b"), post_bare(&app, "/login/alice")] {
            assert_status(&response, 500);
            assert!(matches!(rejection(&response), Rejection::Mismatch));
        }
    }
    assert_status(&during(&one.layer(), &[], |_| {}), 200);
    let (issuer, verifier) =
        (one.issuer.clone().implicit_assertion("a tenant"), one.verifier.clone().implicit_assertion("a tenant"));
    assert_status(&during(&SessionLayer::new(&issuer, &verifier).clock(noon), &[], |_| {}), 200);
}

#[test]
fn a_verifier_with_a_ring_of_its_own_will_do_if_that_knows_the_key_that_issues() {
    let ours = Fixture::at(noon());
    let (set, other) = (ours.keys.set(), LocalKey::generate().unwrap());
    let rotated = set.with_next(other.clone()).unwrap().rotated(noon() + seconds(60)).unwrap();
    let early = KeySet::issuing(other).with_next(set.current().unwrap().clone()).unwrap();
    for ring in [KeySet::clone(&set), rotated, early] {
        let verifier = Verifier::new(&KeyRing::new(ring), ours.issuer.name(), &ours.denylist);
        let app = app(SessionLayer::new(&ours.issuer, &verifier).clock(noon));
        let cookie = new_cookie(&post_bare(&app, "/login/alice")).unwrap();
        assert_eq!(who(&app, &cookie), "alice");
    }
    // What can issue nothing is another mistake, which the login tells.
    let verifier = Verifier::new(&ours.keys, ours.issuer.name(), &ours.denylist);
    let issuer = Issuer::new(&KeyRing::new(KeySet::default()), ours.issuer.name(), &ours.denylist);
    let response = post_bare(&app(SessionLayer::new(&issuer, &verifier).clock(noon)), "/login/alice");
    assert_status(&response, 500);
    assert!(matches!(rejection(&response), Rejection::Issue(IssueError::NoIssuingKey)));
}
