//! Browsers of their own, as on several devices: what one does to the others.

use std::rc::Rc;

use crate::world::{Browser, World};

/// Two of alice's, and one of bob's.
fn three<'a>(world: &World<'a>) -> [Rc<Browser<'a>>; 3] {
    ["alice", "alice", "bob"].map(|user| {
        let page = world.browser();
        page.log_in(user);
        page
    })
}

/// It changes by itself, says why, and has no cookie once it has asked again: at first the end may not be safe yet.
fn is_ended(page: &Browser) {
    page.until_out();
    assert!(page.text("#notice").contains("ended"), "{}", page.text("#notice"));
    page.open();
    assert_eq!(page.state(), "out");
    assert!(page.cookies().is_empty());
}

fn goes_on(page: &Browser, session: &str) {
    assert_eq!((page.state(), page.claim("sid")), ("in".to_owned(), session.to_owned()));
    page.open();
    assert_eq!((page.state(), page.claim("sid")), ("in".to_owned(), session.to_owned()));
}

pub(crate) fn log_out_others(world: &World) {
    let [page, other, bob] = three(world);
    let sessions = [page.claim("sid"), bob.claim("sid")];
    page.click("#logout-others");
    is_ended(&other);
    goes_on(&page, &sessions[0]);
    goes_on(&bob, &sessions[1]);
    other.log_in("alice");
    goes_on(&page, &sessions[0]);
}

pub(crate) fn log_out_everywhere(world: &World) {
    let [page, other, bob] = three(world);
    let session = bob.claim("sid");
    page.click("#logout-everywhere");
    is_ended(&other);
    page.until_out();
    assert!(page.cookies().is_empty());
    goes_on(&bob, &session);
    page.log_in("alice");
}

pub(crate) fn change_password(world: &World) {
    let [page, other, bob] = three(world);
    let sessions = [page.claim("sid"), bob.claim("sid")];
    page.click("#change-password");
    is_ended(&other);
    page.until("in a new session", |page| page.claim("sid") != sessions[0]);
    goes_on(&page, &page.claim("sid"));
    goes_on(&bob, &sessions[1]);
}
