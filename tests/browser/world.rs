//! A server, and browsers that look at its page.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use fantoccini::cookies::Cookie;
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::{Driver, Own};
use crate::server::Server;

/// In which everything that a page does by itself must have happened.
pub(crate) const SOON: Duration = Duration::from_secs(2);

const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

pub(crate) struct World<'a> {
    driver: &'a Driver,
    pub(crate) server: Server,
    browsers: RefCell<Vec<Rc<Browser<'a>>>>,
}

impl<'a> World<'a> {
    pub(crate) fn new(driver: &'a Driver, options: &[&str]) -> Self {
        Self { driver, server: Server::start(options), browsers: RefCell::default() }
    }

    /// A browser of its own, as on another device, at the page.
    pub(crate) fn browser(&self) -> Rc<Browser<'a>> {
        let page = format!("http://{}/", self.server.address());
        let browser = Rc::new(Browser::start(self.driver, page));
        self.browsers.borrow_mut().push(Rc::clone(&browser));
        browser.open();
        browser
    }

    pub(crate) fn nothing_went_wrong_in_the_pages(&self) {
        for browser in &*self.browsers.borrow() {
            let log = browser.complaints();
            assert!(log.is_empty(), "{log:#?}");
        }
    }
}

/// One process with a profile of its own.
pub(crate) struct Browser<'a> {
    driver: &'a Driver,
    client: Client,
    page: String,
    _profile: TempDir,
}

impl<'a> Browser<'a> {
    fn start(driver: &'a Driver, page: String) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let flags = FLAGS.map(str::to_owned).into_iter();
        let flags: Vec<_> = flags.chain([format!("--user-data-dir={}", profile.path().display())]).collect();
        let wanted = json!({
            "goog:chromeOptions": { "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let wanted = wanted.as_object().unwrap().clone();
        let client = async {
            // Plain HTTP, which is all that the driver speaks.
            ClientBuilder::new(HttpConnector::new()).capabilities(wanted).connect(&driver.url()).await
        };
        let client = driver.runtime.block_on(client).unwrap();
        Self { driver, client, page, _profile: profile }
    }

    fn wait<T>(&self, command: impl Future<Output = Result<T, CmdError>>) -> T {
        let command = async { tokio::time::timeout(Duration::from_secs(15), command).await };
        self.driver.runtime.block_on(command).expect("an answer in time").unwrap()
    }

    pub(crate) fn open(&self) {
        self.wait(self.client.goto(&self.page));
        self.until("the page knows who is logged in", |page| page.state() != "loading");
    }

    pub(crate) fn leave_and_come_back(&self) {
        self.wait(self.client.goto("about:blank"));
        self.wait(self.client.back());
        self.until("the page knows who is logged in", |page| page.state() != "loading");
    }

    pub(crate) fn run(&self, script: &str) -> Value {
        self.wait(self.client.execute(script, Vec::new()))
    }

    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.wait(self.client.issue_cmd(Own::devtools(command, parameters)))
    }

    pub(crate) fn state(&self) -> String {
        self.run("return document.body?.dataset.state ?? 'loading'").as_str().unwrap().to_owned()
    }

    /// The text of an element, shown or not.
    pub(crate) fn text(&self, css: &str) -> String {
        let text = self.run(&format!("return document.querySelector({css:?}).textContent"));
        text.as_str().unwrap().to_owned()
    }

    pub(crate) fn claim(&self, name: &str) -> String {
        self.text(&format!("#claims [data-claim='{name}'] .value"))
    }

    pub(crate) fn generation(&self) -> u32 {
        self.claim("gen").parse().unwrap()
    }

    pub(crate) fn click(&self, css: &str) {
        let element = self.wait(self.client.find(Locator::Css(css)));
        self.wait(element.click());
    }

    pub(crate) fn is_shown(&self, css: &str) -> bool {
        let element = self.wait(self.client.find(Locator::Css(css)));
        self.wait(element.is_displayed())
    }

    pub(crate) fn type_in(&self, css: &str, text: &str) {
        let element = self.wait(self.client.find(Locator::Css(css)));
        self.wait(element.clear());
        self.wait(element.send_keys(text));
    }

    pub(crate) fn log_in(&self, user: &str) {
        self.type_in("#user", user);
        self.type_in("#password", if user == "alice" { "wonderland" } else { "builder" });
        self.click("#login");
        self.until("logged in", |page| page.state() == "in");
        assert_eq!((self.text("#who"), self.claim("sub")), (user.to_owned(), user.to_owned()));
    }

    /// Soon, and by itself unless something was clicked.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            let notice = || self.run("return document.querySelector('#notice')?.textContent");
            assert!(begin.elapsed() < SOON, "not {what}: {} {}", self.state(), notice());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn until_out(&self) {
        self.until("logged out", |page| page.state() == "out");
    }

    pub(crate) fn new_tab(&self) -> WindowHandle {
        let tab = self.wait(self.client.new_window(true)).handle;
        self.switch_to(&tab);
        self.open();
        tab
    }

    pub(crate) fn tab(&self) -> WindowHandle {
        self.wait(self.client.window())
    }

    pub(crate) fn switch_to(&self, tab: &WindowHandle) {
        self.wait(self.client.switch_to_window(tab.clone()));
    }

    pub(crate) fn cookies(&self) -> Vec<Cookie<'static>> {
        self.wait(self.client.get_all_cookies())
    }

    pub(crate) fn add(&self, cookie: Cookie<'static>) {
        self.wait(self.client.add_cookie(cookie));
    }

    /// What the console says, but for answers that tell the page that nobody is logged in, and what logout clears.
    pub(crate) fn complaints(&self) -> Vec<Value> {
        let log = self.wait(self.client.issue_cmd(Own::log()));
        let is_expected = |entry: &Value| {
            let message = entry["message"].as_str().unwrap();
            let is_answer = entry["source"] == "network" && message.contains(" 401 ");
            is_answer || (entry["level"] == "INFO" && message.contains("Clear-Site-Data"))
        };
        log.as_array().unwrap().iter().filter(|entry| !is_expected(entry)).cloned().collect()
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        let _ = self.driver.runtime.block_on(self.client.clone().close());
    }
}
