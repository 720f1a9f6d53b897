//! The cookie in the browser, and copies of it.

use std::thread;
use std::time::Duration;

use fantoccini::cookies::Cookie;

use crate::world::{Browser, World};

const NAME: &str = "__Host-session";

/// The browser's one cookie.
fn cookie(page: &Browser) -> Cookie<'static> {
    let mut cookies = page.cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    cookies.remove(0)
}

pub(crate) fn as_the_browser_has_it(world: &World) {
    let page = world.browser();
    assert!(page.cookies().is_empty());
    page.log_in("alice");
    let cookie = cookie(&page);
    assert_eq!(cookie.name(), NAME);
    assert!(cookie.value().starts_with("v4.local."), "{cookie}");
    assert_eq!((cookie.secure(), cookie.http_only(), cookie.path()), (Some(true), Some(true), Some("/")));
    assert_eq!(cookie.same_site().map(|same_site| same_site.to_string()).as_deref(), Some("Lax"));
    assert_eq!(cookie.expires(), None, "it is gone with the browser");
    // A leading dot would stand for the hosts below.
    assert_eq!(cookie.domain(), Some("127.0.0.1"));
    assert_eq!(page.run("return document.cookie"), "");
    let kept = page.run("return [localStorage.length, sessionStorage.length, document.documentElement.outerHTML]");
    assert_eq!((&kept[0], &kept[1]), (&0.into(), &0.into()));
    assert!(!kept[2].as_str().unwrap().contains("v4.local."));

    page.click("#logout");
    page.until_out();
    assert!(page.cookies().is_empty());
}

pub(crate) fn put_back_after_logout(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    let copy = cookie(&page);
    page.click("#logout");
    page.until_out();
    page.add(copy.clone());
    assert_eq!(cookie(&page).value(), copy.value());
    page.open();
    assert_eq!(page.state(), "out");
    assert!(page.cookies().is_empty(), "it was refused, and removed");
}

pub(crate) fn stolen(world: &World) {
    let (page, thief) = (world.browser(), world.browser());
    page.log_in("alice");
    thief.add(cookie(&page));
    thief.open();
    assert_eq!((thief.state(), thief.claim("sid")), ("in".to_owned(), page.claim("sid")));
    page.click("#logout");
    page.until_out();
    thief.until_out();
    thief.open();
    assert_eq!(thief.state(), "out");
    assert!(thief.cookies().is_empty());
}

pub(crate) fn replayed(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    let copy = cookie(&page);
    page.click("#replay");
    page.until_out();
    assert!(page.is_shown("#replay-result"));
    assert_eq!(page.text("#replay-status"), "401");
    assert_eq!(page.text("#replay-challenge"), "Bearer");
    assert_eq!(page.text("#replay-length"), copy.value().len().to_string());
    assert!(page.text("#replay-kept").starts_with(&copy.value()[..24]));
    assert!(page.text("#replay-reason").contains("revoked"), "{}", page.text("#replay-reason"));
    assert!(page.cookies().is_empty());
    page.log_in("alice");
    assert!(!page.is_shown("#replay-result"));
}

pub(crate) fn expired(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    // The page waits for its end without a request, which would put it off.
    thread::sleep(Duration::from_secs(2));
    page.until_out();
    assert!(page.text("#notice").contains("expired"), "{}", page.text("#notice"));
    assert!(page.cookies().is_empty());
}
