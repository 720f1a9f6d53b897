//! What the front page and the README say of defaults and features is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use hallpass::inspect::MAX_TOKEN_LEN;
use hallpass::policy::MAX_ABSOLUTE_TIMEOUT;
use hallpass::time::{MAX_GRACE, MAX_LEEWAY, MAX_LONGEST_LIFETIME, MAX_STALENESS, RETENTION_MARGIN, TimeLimits};
use hallpass::{Denylist, Issuer, KeyRing, WARM_CACHE_BYTES};

use crate::support::ISSUER;

const FRONT: &str = include_str!("../../docs/FRONT.md");
const README: &str = include_str!("../../README.md");

/// The rows of the first table below a line, without its head: each with its cells.
fn table(document: &'static str, below: &str) -> Vec<Vec<&'static str>> {
    let (_, text) = document.split_once(below).unwrap_or_else(|| panic!("no {below:?}"));
    let rows = text.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The value of a constant that is not public, as it stands in the source.
fn value(file: &str, constant: &str) -> String {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file)).unwrap();
    let (_, rest) = source.split_once(&format!("const {constant}: ")).unwrap_or_else(|| panic!("no {constant}"));
    rest.split_once(" =").unwrap().1.split_once(";\n").unwrap().0.trim().to_owned()
}

/// The numbers in it.
fn numbers<const N: usize>(file: &str, constant: &str) -> [usize; N] {
    let value = value(file, constant).replace('_', "");
    let parts = value.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|part| part.parse().ok());
    parts.collect::<Vec<_>>().try_into().unwrap_or_else(|found| panic!("{constant}: {found:?}"))
}

fn number(file: &str, constant: &str) -> usize {
    let [number] = numbers(file, constant);
    number
}

/// `10,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len().div_ceil(3);
    let groups = (0..first).rev().map(|group| {
        let end = digits.len() - 3 * group;
        &digits[end.saturating_sub(3)..end]
    });
    groups.collect::<Vec<_>>().join(",")
}

/// `30 days`, `12 h`, `15 min`, `30 s`.
fn span(span: TimeDelta) -> String {
    match span.num_seconds() {
        seconds if seconds > 86_400 && seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        seconds if seconds >= 3_600 && seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds if seconds > 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// What a setting is unless it is set, and what it may be.
fn defaults() -> Vec<[String; 3]> {
    let limits = TimeLimits::default();
    let denylist = Denylist::in_memory().unwrap();
    let issuer = Issuer::new(&KeyRing::generate_local().unwrap(), ISSUER, &denylist);
    let policy = issuer.policy();
    assert_eq!(policy.idle(), limits.longest_lifetime());
    assert_eq!(policy.renew_after() * 3, policy.idle());
    assert_eq!(limits.retention(), limits.longest_lifetime() + RETENTION_MARGIN);
    let shortest = TimeDelta::seconds(1);
    assert!(TimeLimits::new(shortest, limits.leeway()).is_ok());
    assert!(TimeLimits::new(shortest - TimeDelta::microseconds(1), limits.leeway()).is_err());
    let [depth, keys] = numbers("claims/mod.rs", "PAYLOAD_LIMITS");
    let registered = value("claims/mod.rs", "REGISTERED").matches('"').count() / 2;
    let [footer_depth, footer_keys] = numbers("token/footer.rs", "LIMITS");
    let [staleness, least] = ["DEFAULT_STALENESS", "MIN_STALENESS"].map(|constant| number("time/limits.rs", constant));
    let purged = TimeDelta::microseconds(number("denylist/saver/thread.rs", "PURGE_EVERY") as i64);
    assert_eq!((purged, number("denylist/saver/queue.rs", "WRITE_BEHIND")), (TimeDelta::minutes(1), 1));
    assert_eq!(value("web/cookie.rs", "PREFIX"), "\"__Host-\"");
    let row = |setting: &str, default: &str, range: &str| [setting, default, range].map(str::to_owned);
    let seconds = |most: TimeDelta| format!("0 to {}", span(most));
    vec![
        row(
            "longest lifetime of a token",
            &span(limits.longest_lifetime()),
            &format!("1 s to {}", span(MAX_LONGEST_LIFETIME)),
        ),
        row("idle timeout", "longest lifetime", "1 s to that"),
        row("absolute timeout", &span(policy.absolute()), &format!("1 s to {}", span(MAX_ABSOLUTE_TIMEOUT))),
        row("renewal is due after", "a third of the idle timeout", "0 to below that"),
        row("grace of a predecessor", &span(denylist.grace()), &seconds(MAX_GRACE)),
        row("leeway between clocks", &span(limits.leeway()), &seconds(MAX_LEEWAY)),
        row("an entry is kept", &format!("longest lifetime + {}", span(RETENTION_MARGIN)), ""),
        row("longest token", &format!("{} KiB", MAX_TOKEN_LEN >> 10), &format!("up to {} KiB", MAX_TOKEN_LEN >> 10)),
        row(
            "tokens that were verified, kept",
            &format!("{} MiB at the most", WARM_CACHE_BYTES >> 20),
            "any, 0 for none",
        ),
        row("payload", &format!("{depth} levels, {keys} keys, {} of them private", keys - registered), ""),
        row(
            "footer",
            &format!(
                "{} bytes, {footer_depth} levels, {footer_keys} keys",
                number("token/footer.rs", "MAX_FOOTER_LEN")
            ),
            "",
        ),
        row("ids", &format!("{} random bits", 8 * number("id.rs", "LEN")), ""),
        row("keys in a set", &format!("up to {}", number("key/set.rs", "MAX_KEYS")), ""),
        row("earlier keys of a session", &format!("up to {}", number("claims/mod.rs", "MOST_PRIOR_KEYS")), ""),
        // What else is said of the cookie: `web::attributes`.
        row("the cookie", "`__Host-session`; `Secure`, `HttpOnly`, `Path=/`, no `Domain`", "the name behind `__Host-`"),
        row("its `SameSite`", "`Lax`", "or `Strict`"),
        row("its `Max-Age`", "none", "or its token's"),
        row("name and value of the cookie", &format!("up to {} bytes", number("web/cookie.rs", "MAX_COOKIE_LEN")), ""),
        row(
            "staleness bound of a shared list",
            &format!("{staleness} s"),
            &format!("{least} to {}", span(MAX_STALENESS)),
        ),
        row("stale sessions are accepted beyond it", "0 s", &format!("up to {} with the bound", span(MAX_STALENESS))),
        row("what has expired leaves the file", "once a minute", ""),
        row("first uses are written", "within a second", ""),
        row(
            "capacity of the denylist",
            &format!("{} ids", grouped(number("denylist/builder.rs", "DEFAULT_CAPACITY"))),
            "",
        ),
        row(
            "subjects with a cutoff",
            &format!("up to {}", grouped(number("denylist/builder.rs", "SUBJECT_CAPACITY"))),
            "",
        ),
    ]
}

#[test]
fn the_table_of_defaults_says_what_the_constants_say() {
    let said = table(FRONT, "# Defaults, and where they come from\n");
    assert!(said.iter().all(|row| row.len() == 4 && !row[3].is_empty()), "a default without its reason");
    assert_eq!(said.iter().map(|row| row[..3].to_vec()).collect::<Vec<_>>(), defaults());
    assert_eq!((grouped(1), grouped(1_234), grouped(123_456)), ("1".into(), "1,234".into(), "123,456".into()));
}

#[test]
fn the_tables_of_features_are_one_and_have_all_of_them() {
    let told = table(FRONT, "# Features\n");
    assert_eq!(table(README, "[dependencies]\n"), told);
    let manifest = include_str!("../../Cargo.toml").split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let declared: BTreeSet<&str> =
        manifest.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name).collect();
    let named: BTreeSet<&str> = told.iter().map(|row| row[0].split('`').nth(1).unwrap()).collect();
    assert_eq!(named, declared.into_iter().filter(|&name| name != "default").collect());
    assert!(manifest.contains("\ndefault = [\"redb\"]\n") && told[0][0] == "`redb`, the default");
}
