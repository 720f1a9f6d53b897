//! `hallpass doctor`: what is right, what is wrong in each way, and that nothing is changed by looking.

mod files;
mod keys;

use std::fs;
use std::path::Path;

use chrono::{TimeDelta, Utc};
use hallpass::store::{RedbStore, Store as _};
use serde_json::Value;

use super::hallpass;
use super::service::{Service, ago};

/// The doctor's findings about these, and the exit code.
fn findings(args: &[&str]) -> (i32, Vec<Value>) {
    let run = hallpass(&[&["doctor", "--json"], args].concat());
    let found = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (run.code, found)
}

/// Of everything that is not well: which check, how bad, and what it says. What is, has no remedy; what is not, has one.
fn ills(found: &[Value]) -> Vec<(&str, &str, &str)> {
    assert!(found.iter().all(|one| one["remedy"].is_null() == (one["level"] == "ok")), "{found:?}");
    assert!(found.iter().all(|one| !one["finding"].as_str().unwrap().is_empty()), "{found:?}");
    let ill = found.iter().filter(|one| one["level"] != "ok");
    ill.map(|one| ["check", "level", "finding"].map(|name| one[name].as_str().unwrap()))
        .map(|[check, level, finding]| (check, level, finding))
        .collect()
}

/// Exactly this is not well.
#[track_caller]
fn finds(args: &[&str], check: &str, level: &str, finding: &str) {
    let (code, found) = findings(args);
    let ills = ills(&found);
    let expected = if level == "error" { 4 } else { 3 };
    assert_eq!((code, ills.len()), (expected, 1), "{ills:?}");
    assert_eq!((ills[0].0, ills[0].1), (check, level), "{ills:?}");
    assert!(ills[0].2.contains(finding), "{ills:?}");
}

#[track_caller]
fn finds_nothing(args: &[&str]) -> Vec<Value> {
    let (code, found) = findings(args);
    assert_eq!((code, ills(&found)), (0, Vec::new()));
    found
}

fn says<'a>(found: &'a [Value], check: &str) -> &'a str {
    let one = found.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("{check}: {found:?}"));
    one["finding"].as_str().unwrap()
}

#[cfg(unix)]
fn set_mode(path: impl AsRef<Path>, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A service whose files are as they should be.
fn service() -> Service {
    let service = Service::new();
    #[cfg(unix)]
    set_mode(&service.key, 0o600);
    service
}

#[test]
fn of_a_good_setup_everything_is_said_and_nothing_is_wrong() {
    let service = service();
    service.put_ids([(1, ago(5)), (2, ago(3000))]);
    let found = finds_nothing(&["--key", &service.key, "--denylist", &service.list, "--lifetime", "15m"]);
    let checks: Vec<&str> = found.iter().map(|one| one["check"].as_str().unwrap()).collect();
    let expected = [
        "clock",
        "list",
        "list-permissions",
        "list-in-use",
        "list-header",
        "lifetime",
        "list-records",
        "list-capacity",
        "list-clock",
        "key-file",
        "key-permissions",
        "key-current",
        "key-next",
        "key-revoked",
    ];
    assert_eq!(checks, expected);
    assert_eq!(says(&found, "list-records"), "ids 1, subjects 0, everyone 0, keys 0, first uses 0, expired 1");
    assert_eq!(says(&found, "list-capacity"), "1 of 10000000 ids, 0 percent");
    assert_eq!(says(&found, "lifetime"), "tokens live for 15m at most, records for 20m");
}

#[test]
fn with_nothing_to_look_at_there_is_the_clock_and_a_warning() {
    let (code, found) = findings(&[]);
    let expected = [("scope", "warning", "neither a key nor a denylist was given, so none was looked at")];
    assert_eq!((code, found.len(), ills(&found)), (3, 2, expected.to_vec()));
    assert!(says(&found, "clock").starts_with("this machine's clock shows 20"));
}

#[test]
fn a_finding_is_a_line_and_what_to_do_is_the_next() {
    let service = service();
    let args = ["doctor", "--key", &service.key, "--denylist", &service.list, "--lifetime", "1h"];
    let run = hallpass(&args);
    assert_eq!((run.code, &*run.stderr), (4, "hallpass: errors: 1, warnings: 0\n"));
    let lines: Vec<&str> = run.stdout.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("error")).unwrap();
    assert!(lines[at].starts_with("error   lifetime          tokens live for 15m at most"), "{}", lines[at]);
    assert!(lines[at + 1].starts_with("        do: lower the idle timeout"), "{}", lines[at + 1]);
    assert_eq!(lines.iter().filter(|line| line.starts_with("ok      ")).count(), lines.len() - 2);
}

#[test]
fn looking_changes_nothing() {
    let service = service();
    service.put_ids([(1, ago(3000))]);
    let look = || {
        let names: Vec<_> = fs::read_dir(service.desk.path("")).unwrap().map(|entry| entry.unwrap().path()).collect();
        let modified = names.iter().map(|name| fs::metadata(name).unwrap().modified().unwrap()).collect::<Vec<_>>();
        (names, modified, service.bytes())
    };
    let before = look();
    finds_nothing(&["--key", &service.key, "--denylist", &service.list]);
    assert_eq!(look(), before);
}

#[test]
fn a_lifetime_that_the_list_does_not_allow_is_an_error() {
    let service = service();
    finds(&["--denylist", &service.list, "--lifetime", "16m"], "lifetime", "error", "issuers are set to 16m");
    finds_nothing(&["--denylist", &service.list, "--lifetime", "5m"]);
}

#[test]
fn a_list_that_is_nearly_full_is_a_warning_and_a_full_one_an_error() {
    let service = service();
    service.put_ids((0..8).map(|n| (n, ago(5))));
    let list = ["--denylist", &service.list, "--capacity"];
    finds_nothing(&[&list[..], &["11"]].concat());
    for (ids, level) in [("10", "warning"), ("8", "error"), ("0", "error")] {
        finds(&[&list[..], &[ids]].concat(), "list-capacity", level, &format!("8 of {ids} ids"));
    }
}

#[test]
fn a_clock_behind_the_list_is_an_error() {
    let service = service();
    service.put_ids([(1, ago(-5))]);
    finds_nothing(&["--denylist", &service.list]);
    finds(&["--denylist", &service.list, "--leeway", "1s"], "list-clock", "error", "ahead of this machine's clock");
    service.put_ids([(2, ago(-3600))]);
    finds(&["--denylist", &service.list], "list-clock", "error", "the newest record is 59m");
}

#[test]
fn a_clock_behind_the_last_purge_is_an_error() {
    let service = service();
    service.put_ids([(1, ago(1800))]);
    let store = RedbStore::open_existing(&service.list).unwrap();
    assert_eq!(store.purge(Utc::now() + TimeDelta::minutes(15), 10).unwrap().dropped, 1);
    drop(store);
    finds(&["--denylist", &service.list], "list-clock", "error", "purged by a clock that is 14m");
}

#[test]
fn what_the_doctor_is_asked_wrongly_is_wrong_usage() {
    let service = service();
    for (args, reason) in [
        (&["doctor", "--leeway", "61s"][..], "outside 0 to 60 seconds"),
        (&["doctor", "--capacity", "many"], "--capacity <IDS>"),
        (&["doctor", "--denylist", "mysql://x"], "no engine that is known here"),
        (&["doctor", &service.key], "not expected"),
    ] {
        hallpass(args).fails(1, reason);
    }
}

/// What the doctor calls its checks, by its sources.
fn checks() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/hallpass/doctor");
    let texts = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let quoted = texts.flat_map(|text| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    let is_check = |name: &String| {
        let begins = ["clock", "engine", "key-", "lifetime", "list"].iter().any(|begin| name.starts_with(begin));
        begins && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let mut checks: Vec<String> = quoted.filter(is_check).collect();
    checks.sort();
    checks.dedup();
    checks
}

#[test]
fn the_runbook_tells_of_every_check_every_alert_and_every_event_that_is_an_error() {
    let runbook = include_str!("../../../docs/RUNBOOK.md");
    let checks = checks();
    assert!(checks.len() > 15, "{checks:?}");
    let rows = |begin: &str| runbook.lines().filter(|line| line.starts_with(begin)).count();
    for check in checks {
        assert_eq!(rows(&format!("| `{check}` |")), 1, "{check}");
    }
    let rules = include_str!("../../../docs/grafana/alerts.yml");
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 8, "{alerts:?}");
    for alert in alerts {
        assert!(runbook.contains(&format!("\n### {alert}\n")), "{alert}");
        let link = format!("runbook_url: \"docs/RUNBOOK.md#{}\"", alert.to_lowercase());
        assert!(rules.contains(&link), "{alert}");
    }
    let events = include_str!("../../../docs/EVENTS.md");
    let errors = events.lines().filter(|line| line.contains("| ERROR |") && line.starts_with("| `"));
    let names: Vec<&str> = errors.filter_map(|line| line.split('`').nth(1)).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(runbook.contains(&format!("`{name}`")), "{name}");
    }
}
