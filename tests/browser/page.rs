//! The page by itself.

use crate::world::World;

/// The return key, as WebDriver knows it.
const RETURN: &str = "\u{e006}";

pub(crate) fn log_in_and_out(world: &World) {
    let page = world.browser();
    assert_eq!(page.state(), "out");
    assert!(page.is_shown("#login-form") && !page.is_shown("#claims"));

    page.type_in("#user", "alice");
    page.type_in("#password", &format!("builder{RETURN}"));
    page.until("told", |page| page.text("#notice").contains("Wrong"));
    assert_eq!(page.state(), "out");

    page.type_in("#password", &format!("wonderland{RETURN}"));
    page.until("logged in", |page| page.state() == "in");
    assert!(!page.is_shown("#login-form") && page.is_shown("#claims"));
    assert_eq!((page.claim("sub"), page.generation()), ("alice".to_owned(), 0));
    let [token, session] = ["#countdown", "#absolute"].map(|clock| page.text(clock));
    assert!(token.starts_with("14:") || token == "15:00", "{token}");
    // Where nothing vouches for older sessions yet, one begins up to a leeway later than its token.
    assert!(session.starts_with("11:59:") || session.starts_with("12:00:0"), "{session}");

    let session = page.claim("sid");
    page.open();
    assert_eq!((page.state(), page.claim("sid")), ("in".to_owned(), session.clone()));
    page.click("#reload");
    page.until("told", |page| page.text("#notice").contains("same token"));

    page.click("#logout");
    page.until_out();
    assert!(page.is_shown("#login-form") && !page.is_shown("#claims"));
    page.open();
    assert_eq!(page.state(), "out");
    // Nothing of the session comes back from what the browser has kept.
    page.leave_and_come_back();
    assert_eq!(page.state(), "out");

    page.log_in("bob");
    assert_ne!(page.claim("sid"), session);
}

/// And the log, in which all other scenarios look for complaints, tells of it.
pub(crate) fn foreign_scripts_are_refused(world: &World) {
    let page = world.browser();
    page.log_in("alice");
    page.run(
        "const script = document.createElement('script');
         script.textContent = 'document.body.dataset.state = \"owned\"';
         document.body.append(script);",
    );
    assert_eq!(page.state(), "in");
    let log = page.complaints();
    assert!(log.iter().any(|entry| entry["message"].as_str().unwrap().contains("Content Security Policy")), "{log:?}");
}
