//! What people and programs see: help, and what each command prints and says, as text and as JSON.

use hallpass::Denylist;

use super::Desk;
use super::service::ago;
use super::transcript::Transcript;

const PARTY: &str = "--key ./app.key --issuer https://app.example";

/// A key, and a list that was made an hour ago.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.key("app.key", &[]);
    drop(Denylist::builder().open_at(desk.path("list.redb"), ago(3600)).unwrap());
    desk
}

#[test]
fn help() {
    let desk = Desk::new();
    let mut seen = Transcript::new(&desk);
    for command in [
        "",
        "key",
        "key generate",
        "key public",
        "key id",
        "key list",
        "key next",
        "key rotate",
        "key retire",
        "key tidy",
        "issue",
        "verify",
        "inspect",
        "revoke",
        "revoke token",
        "revoke session",
        "revoke subject",
        "revoke key",
        "revoke everyone",
        "denylist",
        "denylist list",
        "denylist stats",
        "denylist purge",
        "denylist forget-key",
        "doctor",
        "completions",
    ] {
        seen.runs(format!("{command} --help").trim_start());
    }
    seen.is("help.txt");
}

#[test]
fn keys() {
    let desk = Desk::new();
    let mut seen = Transcript::new(&desk);
    for line in [
        "key generate",
        "key generate --local",
        "key generate --json",
        "key generate --out ./app.key",
        "key generate --out ./app.key",
        "key generate --json --local --out ./local.key",
        "key public --key ./app.key",
        "key public --key ./app.key --json",
        "key public --key ./local.key",
        "key id --key ./app.key",
        "key id --key ./local.key --json",
        "key id --key ./no.key",
        // One key: of several the order is that of their ids.
        "key list --key ./app.key",
        "key list --key ./app.key --json",
        "key rotate --key ./app.key",
        "key next --key ./app.key",
        "key next --key ./app.key",
        "key rotate --key ./app.key --json",
        "key tidy --key ./app.key --json",
        "key retire --key ./app.key k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        seen.runs(line);
    }
    seen.is("keys.txt");
}

#[test]
fn tokens() {
    let desk = desk();
    let mut seen = Transcript::new(&desk);
    let token = seen.runs(&format!("issue {PARTY} --subject alice --claim role=\"admin\"")).stdout;
    seen.runs(&format!("issue {PARTY} --subject alice --json"));
    seen.runs(&format!("issue {PARTY} --subject alice --claim sub=\"bob\""));
    seen.runs("issue --json");
    seen.reads(&format!("verify {PARTY}"), &token);
    seen.reads(&format!("verify {PARTY} --json"), &token);
    seen.reads(&format!("verify {PARTY} --denylist ./list.redb"), &token);
    seen.reads("verify --key ./app.key --issuer https://other.example --json", &token);
    seen.reads(&format!("verify {PARTY}"), "hello");
    seen.reads("inspect", &token);
    seen.reads("inspect --json", "hello");
    seen.is("tokens.txt");
}

#[test]
fn revoking() {
    let desk = desk();
    let mut seen = Transcript::new(&desk);
    let token = seen.runs(&format!("issue {PARTY} --subject alice --denylist ./list.redb")).stdout;
    seen.reads(&format!("revoke --denylist ./list.redb token {PARTY}"), &token);
    seen.reads(&format!("verify {PARTY} --denylist ./list.redb"), &token);
    let key = "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for line in [
        "revoke --json --denylist ./list.redb session AAECAwQFBgcICQoLDA0ODw",
        "revoke --json --denylist ./list.redb subject alice --issuer https://app.example --except AAECAwQFBgcICQoLDA0ODw",
        &format!("revoke --json --denylist ./list.redb key {key}"),
        "revoke --denylist ./list.redb everyone --json",
        "denylist list --denylist ./list.redb",
        "denylist stats --denylist ./list.redb --json",
        "denylist purge --denylist ./list.redb",
        &format!("denylist forget-key {key} --denylist ./list.redb --json"),
        &format!("denylist forget-key {key} --denylist ./list.redb"),
        "revoke --denylist ./no.redb everyone",
    ] {
        seen.runs(line);
    }
    seen.reads(&format!("revoke --json --denylist ./list.redb token {PARTY} --only-this"), &token);
    let server = Denylist::open(desk.path("list.redb")).unwrap();
    seen.runs("revoke --json --denylist ./list.redb everyone");
    drop(server);
    seen.is("revoking.txt");
}

#[test]
fn doctor() {
    let desk = desk();
    let mut seen = Transcript::new(&desk);
    seen.runs("doctor --key ./app.key --denylist ./list.redb");
    seen.runs("doctor --key ./app.key --denylist ./list.redb --json");
    seen.runs("doctor --key ./app.key --denylist ./list.redb --verifies-only");
    seen.runs("doctor --key ./no.key --denylist ./no.redb --json");
    seen.runs("doctor --denylist ./list.redb --lifetime 1h");
    seen.is("doctor.txt");
}
