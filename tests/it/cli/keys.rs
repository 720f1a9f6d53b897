//! `hallpass key`.

use hallpass::key::{KeySet, LocalKey, SecretKey};

use super::{Desk, hallpass, issue};

#[test]
fn a_generated_key_is_printed_as_paserk() {
    SecretKey::from_paserk(&hallpass(&["key", "generate"]).prints()).unwrap();
    LocalKey::from_paserk(&hallpass(&["key", "generate", "--local"]).prints()).unwrap();
}

#[test]
fn public_half_and_id_are_those_of_the_library() {
    let desk = Desk::new();
    let key = SecretKey::generate().unwrap();
    let secret = desk.file("secret", &key.to_paserk());
    let paserk = hallpass(&["key", "public", "--key", &secret]).prints();
    assert_eq!(paserk, key.public_key().to_paserk());
    let public = desk.file("public", &format!("{paserk}\r\n"));
    assert_eq!(hallpass(&["key", "public", "--key", &public]).prints(), paserk);
    for file in [&secret, &public] {
        assert_eq!(hallpass(&["key", "id", "--key", file]).prints(), key.id().to_string());
    }
    let local = LocalKey::generate().unwrap();
    let file = desk.file("local", &local.to_paserk());
    assert_eq!(hallpass(&["key", "id", "--key", &file]).prints(), local.id().to_string());
    hallpass(&["key", "public", "--key", &file]).fails(1, "a local key has no public half");
}

#[test]
fn of_a_key_set_the_current_key_is_shown() {
    let desk = Desk::new();
    let (current, next) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let set = KeySet::issuing(current.clone()).with_next(next).unwrap();
    let file = desk.file("set", &set.to_text());
    assert_eq!(hallpass(&["key", "id", "--key", &file]).prints(), current.id().to_string());
    let file = desk.file("retired", &set.with_retired(current.id()).unwrap().to_text());
    hallpass(&["key", "id", "--key", &file]).fails(1, "no key in it is current");
    issue(&file, &[]).fails(1, "no current key that can issue");
}

#[test]
#[cfg(unix)]
fn a_key_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    for (name, more, kind) in [("s", &[][..], "k4.secret."), ("l", &["--local"], "k4.local.")] {
        let file = desk.key(name, more);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(kind) && text.lines().count() == 1 && text.ends_with('\n'));
    }
}

#[test]
fn a_file_is_never_overwritten() {
    let desk = Desk::new();
    let file = desk.file("precious", "something else");
    hallpass(&["key", "generate", "--out", &file]).fails(1, "exists already");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "something else");
    #[cfg(unix)]
    {
        let (link, target) = (desk.name("link"), desk.path("target"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        hallpass(&["key", "generate", "--out", &link]).fails(1, "exists already");
        assert!(!target.exists(), "a link leads nowhere");
    }
    hallpass(&["key", "generate", "--out", &desk.name("no/such/folder")]).fails(1, "no/such/folder");
}
