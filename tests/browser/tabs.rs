//! Two tabs of one browser, which share its cookie.

use std::thread;
use std::time::Duration;

use crate::world::{Browser, SOON, World};

/// Notes when the page's state changes, and whether anybody had looked at it.
const WATCH: &str = "
    window.changes = [];
    new MutationObserver(() => window.changes.push([document.body.dataset.state, Date.now()]))
        .observe(document.body, { attributeFilter: ['data-state'] });";

pub(crate) fn renew_at_once(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    let (first, session) = (page.tab(), page.claim("sid"));
    let second = page.new_tab();
    let mut generation = 0;
    // In the second round the first generation is long out of its grace.
    for _ in 0..2 {
        thread::sleep(Duration::from_millis(2300));
        let now = page.run("return Date.now()").as_u64().unwrap();
        for tab in [&first, &second] {
            page.switch_to(tab);
            page.run(&format!("setTimeout(() => document.getElementById('reload').click(), {now} + 400 - Date.now())"));
        }
        thread::sleep(Duration::from_millis(1200));
        let generations = [&first, &second].map(|tab| {
            page.switch_to(tab);
            page.until("logged in", |page| page.state() == "in" && page.generation() > generation);
            assert_eq!(page.claim("sid"), session);
            page.generation()
        });
        generation = generations.into_iter().min().unwrap();
    }
    assert_eq!(page.cookies().len(), 1);
}

/// What a tab did that nobody looked at, since it was watched.
fn changed(page: &Browser, begin: u64, state: &str) {
    let looked = page.run("return Date.now()").as_u64().unwrap();
    let changes = page.run("return window.changes");
    let changed = changes.as_array().unwrap().iter().find(|change| change[0] == state);
    let when = changed.unwrap_or_else(|| panic!("{changes}"))[1].as_u64().unwrap();
    assert!(when < looked - 200, "it changed only when it was looked at");
    assert!(when - begin < SOON.as_millis().try_into().unwrap(), "{changes}, {begin}");
}

pub(crate) fn logout_in_one(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    page.run(WATCH);
    let first = page.tab();
    page.new_tab();
    assert_eq!(page.state(), "in");
    let begin = page.run("return Date.now()").as_u64().unwrap();
    page.click("#logout");
    page.until_out();
    thread::sleep(Duration::from_millis(1500));
    page.switch_to(&first);
    changed(&page, begin, "out");
    assert!(page.text("#notice").contains("ended"), "{}", page.text("#notice"));
    assert!(page.cookies().is_empty());
}

/// Another user in the other tab ends the session of both: the first one shows who it is now.
pub(crate) fn login_in_one(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    let first = page.tab();
    let second = page.new_tab();
    page.click("#logout");
    page.until_out();
    page.log_in("bob");
    let session = page.claim("sid");
    page.switch_to(&first);
    page.until("told of the other", |page| page.state() == "in" && page.claim("sub") == "bob");
    assert_eq!(page.claim("sid"), session);
    page.switch_to(&second);
    assert_eq!((page.state(), page.claim("sid")), ("in".to_owned(), session));
}
