//! `hallpass key list`, `next`, `rotate`, `retire` and `tidy`.

use hallpass::key::{Key, KeySet, KeyState};

use super::{Desk, hallpass, issue, verify};

fn states(file: &str) -> Vec<String> {
    let run = hallpass(&["key", "list", "--key", file]);
    assert_eq!((run.code, &*run.stderr), (0, ""), "{run:?}");
    let mut states: Vec<String> = run.stdout.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    states.sort();
    states
}

fn id(file: &str) -> String {
    hallpass(&["key", "id", "--key", file]).prints()
}

/// As docs/guides/keys.md has it: nobody is logged out.
#[test]
fn a_rotation_in_three_steps_logs_nobody_out() {
    let desk = Desk::new();
    let file = desk.key("app.keys", &[]);
    let (old, before) = (id(&file), issue(&file, &[]).prints());

    let next = hallpass(&["key", "next", "--key", &file]).prints();
    assert_eq!((id(&file), states(&file)), (old.clone(), vec!["current".to_owned(), "next".to_owned()]));

    assert_eq!(hallpass(&["key", "rotate", "--key", &file, "--verify-for", "2h"]).prints(), next);
    assert_eq!((id(&file), states(&file)), (next.clone(), vec!["current".to_owned(), "verify-only".to_owned()]));
    assert_eq!(verify(&file, &before, &[]).session()["sub"], "alice");
    assert_eq!(verify(&file, issue(&file, &[]).prints(), &[]).session()["sub"], "alice");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("k4.secret.").count(), 1, "the old secret is gone");

    // Nothing is past its deadline yet.
    assert_eq!(hallpass(&["key", "tidy", "--key", &file, "--json"]).stdout, "");
    assert_eq!(states(&file).len(), 2);
    hallpass(&["key", "next", "--key", &file]).prints();
    hallpass(&["key", "rotate", "--key", &file, "--verify-for", "0s"]).prints();
    let run = hallpass(&["key", "tidy", "--key", &file, "--json"]);
    assert_eq!(run.stdout, format!("{{\"id\":\"{next}\"}}\n"));
    assert_eq!(states(&file), ["current", "verify-only"]);
    verify(&file, &before, &[]).session();
}

#[test]
fn the_next_key_is_of_the_current_ones_kind_unless_it_is_to_be_local() {
    let desk = Desk::new();
    let next_of = |file: &str, more: &[&str]| {
        hallpass(&[&["key", "next", "--key", file], more].concat()).prints();
        hallpass(&["key", "rotate", "--key", file]).prints();
        KeySet::load(file).unwrap().current().cloned().unwrap()
    };
    let file = desk.key("signing.keys", &[]);
    assert!(matches!(next_of(&file, &[]), Key::Secret(_)));
    assert!(matches!(next_of(&file, &["--local"]), Key::Local(_)));
    let file = desk.key("local.keys", &["--local"]);
    assert!(matches!(next_of(&file, &[]), Key::Local(_)));
}

#[test]
fn a_key_that_is_retired_verifies_nothing_and_only_its_id_stays() {
    let desk = Desk::new();
    let file = desk.key("app.keys", &[]);
    let (leaked, token) = (id(&file), issue(&file, &[]).prints());
    let run = hallpass(&["key", "retire", "--key", &file, &leaked]);
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""));
    verify(&file, &token, &[]).fails(2, "");
    let set = KeySet::load(&file).unwrap();
    assert!(set.states().all(|(id, state)| id.to_string() == leaked && state == KeyState::Retired));
    hallpass(&["key", "next", "--key", &file]).prints();
    hallpass(&["key", "rotate", "--key", &file]).prints();
    assert_eq!(states(&file), ["current", "retired"]);
    issue(&file, &[]).prints();
}

#[test]
fn what_can_not_be_done_leaves_the_file_as_it_is() {
    let desk = Desk::new();
    let file = desk.key("app.keys", &[]);
    let unknown = "k4.pid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let before = std::fs::read(&file).unwrap();
    hallpass(&["key", "rotate", "--key", &file]).fails(1, "there is no next key to rotate to");
    hallpass(&["key", "rotate", "--key", &file, "--verify-for", "soon"]).fails(1, "--verify-for");
    hallpass(&["key", "retire", "--key", &file, unknown]).fails(1, "is not in the set");
    hallpass(&["key", "retire", "--key", &file, "KID"]).fails(1, "<KID>");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    hallpass(&["key", "next", "--key", &file]).prints();
    let before = std::fs::read(&file).unwrap();
    hallpass(&["key", "next", "--key", &file]).fails(1, "two keys are next");
    hallpass(&["key", "rotate", "--key", &file, "--verify-for", "9000y"]).fails(1, "deadline");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    for command in ["list", "next", "rotate", "tidy"] {
        hallpass(&["key", command, "--key", "/nowhere"]).fails(1, "/nowhere: ");
    }
}
