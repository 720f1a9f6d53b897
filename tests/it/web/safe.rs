//! Ends that are not safe yet: the store fails or hangs.

use std::sync::mpsc;
use std::time::Duration;

use axum::Router;
use hallpass::store::Header;
use hallpass::testing::{Failing, MemoryEngine};
use hallpass::time::TimeLimits;
use hallpass::web::{Rejection, SessionLayer};
use hallpass::{Denylist, Issuer, KeyRing, Verifier};

use super::{Hanging, NAME, app, assert_status, get_with, header, is_removed, new_cookie, noon, post_bare, post_with};
use super::{rejection, seconds, set_cookies, told, who};
use crate::support::ISSUER;

pub(super) struct Site {
    pub(super) engine: MemoryEngine,
    pub(super) denylist: Denylist,
    issuer: Issuer,
    verifier: Verifier,
    pub(super) app: Router,
}

pub(super) fn store_site() -> Site {
    let engine = MemoryEngine::new();
    let new = Header::new(TimeLimits::default(), noon()).unwrap();
    let denylist = Denylist::builder().open_store_at(engine.open(new).unwrap(), noon()).unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    let app = app(SessionLayer::new(&issuer, &verifier).clock(noon));
    Site { engine, denylist, issuer, verifier, app }
}

impl Site {
    pub(super) fn cookie(&self) -> String {
        format!("{NAME}={}", self.issuer.login_at("alice", noon()).unwrap().as_str())
    }

    fn recover(&self) {
        self.engine.fail(Failing::Never, 0);
        for _ in 0..2000 {
            if self.denylist.store_error().is_none() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the store does not recover");
    }
}

#[test]
fn a_logout_that_is_not_safe_is_503_again_and_again_until_it_is() {
    for failing in [Failing::Before, Failing::After] {
        let site = store_site();
        let (cookie, other) = (site.cookie(), site.cookie());
        site.engine.fail(failing, 0);
        for _ in 0..3 {
            let response = post_with(&site.app, "/logout", &cookie);
            assert_status(&response, 503);
            assert_eq!(header(&response, "retry-after").unwrap(), "5");
            assert!(matches!(rejection(&response), Rejection::Revoke(_)));
            assert_eq!(set_cookies(&response), [""; 0], "kept, or it could not be asked for again");
            assert_eq!(header(&response, "clear-site-data"), None);
        }
        // It is over all the same, and others' requests notice nothing.
        for path in ["/maybe", "/open"] {
            assert_eq!(set_cookies(&get_with(&site.app, path, &cookie)), [""; 0]);
        }
        assert_eq!((who(&site.app, &cookie), who(&site.app, &other)), ("nobody".to_owned(), "alice".to_owned()));
        assert!(is_removed(&post_bare(&site.app, "/logout")), "who has no session is logged out, store or not");
        assert!(new_cookie(&post_bare(&site.app, "/login/bob")).is_some());
        site.recover();
        let response = post_with(&site.app, "/logout", &cookie);
        assert_status(&response, 200);
        assert!(is_removed(&response));
        assert_eq!(site.denylist.stats().unsaved, 0);
    }
}

#[test]
fn whatever_else_ends_sessions_is_503_as_well() {
    for path in ["/login/alice", "/login/bob", "/alone/alice", "/alone/bob", "/everywhere", "/elsewhere"] {
        let site = store_site();
        let cookie = site.cookie();
        site.engine.fail(Failing::Before, 0);
        let (response, events) = told(|| post_with(&site.app, path, &cookie));
        assert_status(&response, 503);
        assert_eq!(header(&response, "retry-after").unwrap(), "5");
        assert_eq!(set_cookies(&response), [""; 0], "{path}: nobody is logged in");
        assert_eq!(events, ["authn_token_revoked", "session_request_failed"], "{path}: nor is it told so");
    }
}

/// Whoever gives up waiting for a store that hangs, and asks again, is not told that all is safe.
#[test]
fn a_logout_waits_for_a_store_that_hangs_however_often_it_is_asked_for() {
    let site = store_site();
    let cookie = site.cookie();
    let (told, ears) = mpsc::channel();
    std::thread::scope(|scope| {
        let hanging = Hanging::of(&site.engine);
        for _ in 0..2 {
            let (told, app, asks) = (told.clone(), site.app.clone(), cookie.clone());
            scope.spawn(move || told.send(post_with(&app, "/logout", &asks).status()).unwrap());
            assert!(ears.recv_timeout(Duration::from_millis(200)).is_err(), "it is not safe");
            assert_eq!(who(&site.app, &cookie), "nobody", "and in force");
        }
        assert!(is_removed(&post_bare(&site.app, "/logout")));
        drop(hanging);
        for _ in 0..2 {
            assert_eq!(ears.recv_timeout(Duration::from_secs(20)).unwrap(), 200);
        }
    });
    assert_eq!(site.denylist.stats().unsaved, 0);
}

/// A list without room ends nothing: told, and never taken for a logout.
#[test]
fn a_full_list_is_503_and_the_session_goes_on() {
    let keys = KeyRing::generate_local().unwrap();
    let denylist = Denylist::builder().capacity(0).in_memory_at(noon()).unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let app = app(SessionLayer::new(&issuer, &Verifier::new(&keys, ISSUER, &denylist)).clock(noon));
    let cookie = new_cookie(&post_bare(&app, "/login/alice")).unwrap();
    for path in ["/logout", "/login/alice", "/login/bob"] {
        let response = post_with(&app, path, &cookie);
        assert_status(&response, 503);
        assert_eq!(set_cookies(&response), [""; 0]);
        assert_eq!(who(&app, &cookie), "alice");
    }
    // Nor is it renewed by such an answer, though it is due.
    let layer = SessionLayer::new(&issuer, &Verifier::new(&keys, ISSUER, &denylist));
    let response = post_with(&super::app(layer.clock(|| noon() + seconds(400))), "/logout", &cookie);
    assert_status(&response, 503);
    assert_eq!(set_cookies(&response), [""; 0]);
}

/// A token that was taken back alone ends no session, neither here nor after a restart.
#[test]
fn a_logout_by_a_token_that_was_revoked_alone_keeps_nothing_more() {
    let site = store_site();
    let first = site.issuer.login_at("alice", noon()).unwrap();
    let session = site.verifier.verify_at(first.as_str(), noon()).unwrap();
    let renewed = site.issuer.renew_at(&session, noon() + seconds(1)).unwrap();
    site.denylist.revoke_at(renewed.registered().token_id(), noon()).wait().unwrap();
    let records = site.engine.records();
    let response = post_with(&site.app, "/logout", &format!("{NAME}={}", renewed.as_str()));
    assert_status(&response, 200);
    assert_eq!(site.engine.records(), records);
}

/// Its sessions are over by a cutoff, and the list knows no id of theirs that could be kept again.
#[test]
fn a_logout_after_a_logout_everywhere_that_failed_is_not_safe_either() {
    let site = store_site();
    let cookie = site.cookie();
    site.engine.fail(Failing::Before, 0);
    assert_status(&post_with(&site.app, "/everywhere", &cookie), 503);
    assert_status(&post_with(&site.app, "/logout", &cookie), 503);
    site.recover();
    assert!(is_removed(&post_with(&site.app, "/logout", &cookie)));
}
