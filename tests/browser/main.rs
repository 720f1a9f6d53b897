//! The login server's page in a real browser: `tests/browser/run`. An ordinary run says that it leaves this out.
//!
//! ```text
//! scenario ──► chromedriver ──► chromium, headless, one process and profile for each device ──► the example
//! ```
//!
//! Screenshots are left in `target/screenshots`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod cookies;
mod devices;
mod driver;
mod looks;
mod page;
// What the tests over sockets need of it besides is not needed here.
#[allow(dead_code)]
#[path = "../login_server/server.rs"]
mod server;
mod tabs;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use driver::Driver;
use world::World;

/// Without it, whoever has no browser still runs all other tests.
const WANTED: &str = "HALLPASS_BROWSER_TESTS";

/// Renewal is due past two seconds.
const SHORT: &[&str] = &["--lifetime", "6s", "--leeway", "0s", "--grace", "2s"];

type Scenario = (&'static str, &'static [&'static str], fn(&World));

const SCENARIOS: &[Scenario] = &[
    ("log in and out through the page", &[], page::log_in_and_out),
    ("the page holds against scripts and tells of them", &[], page::foreign_scripts_are_refused),
    ("the cookie as the browser has it", &[], cookies::as_the_browser_has_it),
    // Within the grace a newer cookie may be there, so that an old one is refused and left alone.
    ("a cookie that is put back after logout", &["--grace", "0s"], cookies::put_back_after_logout),
    ("a stolen cookie in another browser", &["--grace", "0s"], cookies::stolen),
    ("a replay by the server", &[], cookies::replayed),
    ("a cookie that has expired", &["--lifetime", "2s", "--leeway", "0s", "--grace", "0s"], cookies::expired),
    ("two tabs that renew at once", SHORT, tabs::renew_at_once),
    ("a logout in another tab", &[], tabs::logout_in_one),
    ("a login in another tab", &[], tabs::login_in_one),
    ("log out my other devices", &[], devices::log_out_others),
    ("log out everywhere", &[], devices::log_out_everywhere),
    ("change the password", &[], devices::change_password),
    ("how it looks", &[], looks::screenshots),
];

fn main() -> ExitCode {
    if std::env::var(WANTED).as_deref() != Ok("1") {
        println!("browser: left out, since {WANTED} is not 1; tests/browser/run runs it");
        return ExitCode::SUCCESS;
    }
    let filters: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let driver = Driver::start();
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, options, scenario) in SCENARIOS.iter().filter(|(name, ..)| wanted(name)) {
        let begin = Instant::now();
        let world = World::new(&driver, options);
        let result = catch_unwind(AssertUnwindSafe(|| {
            scenario(&world);
            world.nothing_went_wrong_in_the_pages();
        }));
        drop(world);
        let end = if result.is_ok() { "ok" } else { "FAILED" };
        println!("browser: {name} ... {end} ({:.1} s)", begin.elapsed().as_secs_f64());
        match result {
            Ok(()) => passed += 1,
            Err(_) => failed.push(*name),
        }
    }
    println!("browser: {passed} passed, {} failed {failed:?}", failed.len());
    if failed.is_empty() && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
