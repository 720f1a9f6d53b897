//! What the doctor finds in key files.

use hallpass::key::{KeySet, LocalKey, SecretKey};

use super::super::Desk;
use super::super::service::{ago, done};
use super::{finds, finds_nothing, hallpass, says, service};

/// A key set in a file that its owner alone may read.
fn saved(desk: &Desk, set: &KeySet) -> String {
    let name = desk.name("keys");
    set.save(&name).unwrap();
    name
}

fn secret() -> SecretKey {
    SecretKey::generate().unwrap()
}

#[test]
#[cfg(unix)]
fn secrets_that_everyone_may_read_are_an_error_those_of_a_group_a_warning_and_public_keys_neither() {
    let desk = Desk::new();
    let sets = [KeySet::issuing(secret()), KeySet::issuing(LocalKey::generate().unwrap())];
    for set in sets {
        let file = saved(&desk, &set);
        finds_nothing(&["--key", &file]);
        super::set_mode(&file, 0o640);
        finds(&["--key", &file], "key-permissions", "warning", "mode 0640: its group may read secret keys");
        super::set_mode(&file, 0o604);
        finds(&["--key", &file], "key-permissions", "error", "mode 0604: everyone here may read secret keys");
    }
    let file = saved(&desk, &KeySet::issuing(secret()).public_view());
    super::set_mode(&file, 0o644);
    finds_nothing(&["--key", &file, "--verifies-only"]);
    super::set_mode(&file, 0o664);
    finds(&["--key", &file, "--verifies-only"], "key-permissions", "error", "mode 0664: others may write it");
}

#[test]
fn a_set_without_a_key_that_issues_is_an_error() {
    let desk = Desk::new();
    let key = secret();
    let file = saved(&desk, &KeySet::issuing(key.clone()).with_retired(key.id()).unwrap());
    finds(&["--key", &file], "key-current", "error", "no key in it is current");
}

#[test]
fn who_only_verifies_says_so_and_should_have_no_secret() {
    let desk = Desk::new();
    let next_is_secret = KeySet::issuing(secret()).public_view().with_next(secret()).unwrap();
    let file = saved(&desk, &next_is_secret);
    finds(&["--key", &file, "--verifies-only"], "key-next", "warning", "whoever only verifies needs no secret");

    let desk = Desk::new();
    let set = KeySet::issuing(secret());
    let file = saved(&desk, &set.public_view());
    finds(&["--key", &file], "key-current", "warning", "is public, so nothing can be issued here");
    finds_nothing(&["--key", &file, "--verifies-only"]);
    finds(&["--key", &saved(&desk, &set), "--verifies-only"], "key-current", "warning", "needs no secret");
    // Whoever verifies encrypted tokens has the secret, and there is no other way.
    let file = saved(&desk, &KeySet::issuing(LocalKey::generate().unwrap()));
    finds_nothing(&["--key", &file, "--verifies-only"]);
}

#[test]
fn a_next_key_is_named_and_must_be_able_to_issue() {
    let desk = Desk::new();
    let (set, next) = (KeySet::issuing(secret()), secret());
    let found = finds_nothing(&["--key", &saved(&desk, &set.with_next(next.clone()).unwrap())]);
    assert!(says(&found, "key-next").ends_with(&format!("{} is next", next.id())));
    let public = set.with_next(next.public_key().clone()).unwrap();
    finds(&["--key", &saved(&desk, &public)], "key-next", "error", "nothing could be issued after a rotation");
}

#[test]
fn a_key_past_its_deadline_is_a_warning() {
    let desk = Desk::new();
    let set = KeySet::issuing(secret());
    let with = |seconds| set.with_verify_only(secret(), ago(seconds)).unwrap();
    let found = finds_nothing(&["--key", &saved(&desk, &with(-60))]);
    assert!(says(&found, "key-deadline").contains(" verifies until "));
    finds(&["--key", &saved(&desk, &with(60))], "key-deadline", "warning", " counts no more since ");
}

#[test]
fn a_key_that_is_revoked_is_an_error_while_it_is_current() {
    let service = service();
    let current = service.keys.set().current().unwrap().id();
    done(service.revoke(&["key", &current.to_string()]));
    let look = ["--denylist", &service.list, "--key"];
    finds(&[&look[..], &[&service.key]].concat(), "key-revoked", "error", "and is current: nobody can log in");
    let rotated = service.keys.set().with_next(secret()).unwrap().rotated(ago(-600)).unwrap();
    let name = saved(&service.desk, &rotated);
    finds(&[&look[..], &[&name]].concat(), "key-revoked", "warning", "was revoked at");
    let name = saved(&service.desk, &rotated.with_retired(current).unwrap());
    let found = finds_nothing(&[&look[..], &[&name]].concat());
    assert!(says(&found, "key-revoked").contains("was revoked at"));
    done(service.denylist(&["forget-key", &current.to_string()]));
    let found = finds_nothing(&[&look[..], &[&service.key]].concat());
    assert!(says(&found, "key-revoked").ends_with("no key in it is revoked"));
}

#[test]
fn a_file_without_keys_is_an_error_and_what_was_typed_is_not_repeated() {
    let desk = Desk::new();
    finds(&["--key", &desk.name("nowhere")], "key-file", "error", "No such file");
    let prose = desk.file("prose", "hello\n");
    #[cfg(unix)]
    super::set_mode(&prose, 0o600);
    finds(&["--key", &prose], "key-file", "error", "not a key set");
    let typed = secret().to_paserk();
    let run = hallpass(&["doctor", "--key", &typed]);
    assert_eq!(run.code, 4);
    assert!(!run.stdout.contains(&typed[..20]), "{run:?}");
}

#[test]
fn several_files_are_looked_at_one_after_the_other() {
    let desk = Desk::new();
    let (one, other) = (desk.key("one", &[]), desk.key("other", &["--local"]));
    let found = finds_nothing(&["--key", &one, "--key", &other]);
    assert_eq!(found.iter().filter(|finding| finding["check"] == "key-file").count(), 2);
}
