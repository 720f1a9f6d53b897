//! The process has used up its file descriptors.

use std::env;
use std::fs::File;
use std::iter::from_fn;
use std::process::Command;

use hallpass::store::StoreErrorKind;
use hallpass::{Denylist, DenylistError};

use super::{Place, fill, has_all, refused, token};
use crate::support::noon;

const FEW: &str = "HALLPASS_TEST_WITH_FEW_DESCRIPTORS";

/// Runs the test of this name in a process of its own, where nobody else uses any and all that it may have are soon taken.
fn with_few(name: &str, test: impl FnOnce()) {
    if env::var_os(FEW).is_some() {
        return test();
    }
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$@\"", "sh"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", &format!("stores::files::descriptors::{name}")])
        .env(FEW, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains(" 1 passed;"), "{said}");
}

/// Takes all that are left, but for so many.
fn take_all_but(few: usize) -> Vec<File> {
    let mut taken: Vec<_> = from_fn(|| File::open("/dev/null").ok()).collect();
    taken.truncate(taken.len() - few);
    taken
}

/// Makes a list with none left, with one, and so forth until it succeeds. The errors, and what is in the folder after each.
fn attempts() -> Vec<(StoreErrorKind, Vec<String>)> {
    let attempt = |few| {
        let place = Place::new();
        let taken = take_all_but(few);
        let made = Denylist::builder().open_at(place.path(), noon());
        drop(taken);
        let Err(DenylistError::Store(error)) = made else { return None };
        let names = place.names();
        // Whatever is there is nothing that stands in the way.
        drop(place.open());
        Some((error.kind(), names))
    };
    (0..).map_while(attempt).collect()
}

#[test]
fn with_too_few_no_list_is_opened_and_none_is_made_by_halves() {
    with_few("with_too_few_no_list_is_opened_and_none_is_made_by_halves", || {
        let place = Place::new();
        fill(&place);
        let taken = take_all_but(0);
        assert_eq!(refused(&place.path()), StoreErrorKind::Io);
        drop(taken);
        assert!(has_all(&place.open()));

        let attempts = attempts();
        assert!((1..8).contains(&attempts.len()), "{attempts:?}");
        for (kind, names) in attempts {
            assert_eq!(kind, StoreErrorKind::Io);
            assert!(names.is_empty() || names == ["denylist.redb"], "{names:?}");
        }
    });
}

/// The last that is missing is one for the folder. A list that was made is one that a power cut leaves there.
#[test]
fn a_file_that_has_its_name_is_no_list_until_its_folder_is_synced() {
    with_few("a_file_that_has_its_name_is_no_list_until_its_folder_is_synced", || {
        let (kind, names) = attempts().pop().unwrap();
        assert_eq!((kind, names), (StoreErrorKind::Io, vec!["denylist.redb".to_owned()]));
    });
}

#[test]
fn what_is_revoked_while_none_is_left_is_safe() {
    with_few("what_is_revoked_while_none_is_left_is_safe", || {
        let place = Place::new();
        let denylist = place.open();
        let taken = take_all_but(0);
        denylist.revoke_at(token(1), noon()).wait().unwrap();
        drop((denylist, taken));
        assert_eq!(place.open().stats().ids, 1);
    });
}
