//! Key sets in files.

use std::error::Error as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use hallpass::key::{KeyFileError, KeySet, KeySetTextError, SecretKey};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    (folder, file)
}

fn set() -> KeySet {
    KeySet::issuing(SecretKey::generate().unwrap()).with_next(SecretKey::generate().unwrap()).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The kind of error that the system gave, and that the message names the file.
fn io_kind<T: std::fmt::Debug>(result: Result<T, KeyFileError>, file: &Path) -> ErrorKind {
    let error = result.unwrap_err();
    assert!(error.to_string().starts_with(&file.display().to_string()), "{error}");
    assert!(error.source().is_some());
    let KeyFileError::Io { path, source } = error else { panic!("{error}") };
    assert_eq!(path, file);
    source.kind()
}

fn is_not_text(file: &Path) -> bool {
    matches!(KeySet::load(file), Err(KeyFileError::NotText { path }) if path == file)
}

#[test]
fn what_is_saved_is_loaded() {
    let (_folder, file) = folder();
    let set = set();
    set.save(&file).unwrap();
    assert_eq!(*KeySet::load(&file).unwrap().to_text(), *set.to_text());
}

#[test]
fn a_file_with_a_single_paserk_is_loaded() {
    let (_folder, file) = folder();
    let key = SecretKey::generate().unwrap();
    fs::write(&file, format!("{}\n", *key.to_paserk())).unwrap();
    assert_eq!(KeySet::load(&file).unwrap().current().unwrap().id(), key.id());
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_even_where_everyone_could_read_the_old_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o7777;
    let (_folder, file) = folder();
    set().save(&file).unwrap();
    assert_eq!(mode(&file), 0o600);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    set().save(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn saving_leaves_nothing_beside_the_file() {
    let (folder, file) = folder();
    set().save(&file).unwrap();
    set().save(&file).unwrap();
    assert_eq!(names(&folder), ["keys"]);
}

#[test]
fn who_loads_while_it_is_saved_sees_the_old_set_or_the_new_one() {
    let (_folder, file) = folder();
    let sets = [set(), set()];
    let texts = [sets[0].to_text(), sets[1].to_text()];
    sets[0].save(&file).unwrap();
    let done = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [0_u32; 2];
            // The last look is after the last save, so that the new set is seen for certain.
            loop {
                let last = done.load(Ordering::Acquire);
                let text = KeySet::load(&file).unwrap().to_text();
                let which = texts.iter().position(|other| *other == text).expect("a set that was never saved");
                seen[which] += 1;
                if last {
                    break;
                }
            }
            seen
        });
        for round in 0..100 {
            sets[round % 2].save(&file).unwrap();
        }
        done.store(true, Ordering::Release);
        reader.join().unwrap()
    });
    assert!(seen[1] > 0, "{seen:?}");
}

/// Where a process writes before the new file takes the old one's place.
fn beside(file: &Path) -> PathBuf {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    beside.into()
}

#[test]
fn what_a_crash_left_beside_it_is_in_nobodys_way() {
    let (folder, file) = folder();
    fs::write(beside(&file), "left over").unwrap();
    let new = set();
    new.save(&file).unwrap();
    assert_eq!(*KeySet::load(&file).unwrap().to_text(), *new.to_text());
    assert_eq!(names(&folder), ["keys"]);
}

#[cfg(unix)]
#[test]
fn a_link_laid_beside_it_is_not_followed() {
    let (folder, file) = folder();
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, beside(&file)).unwrap();
    set().save(&file).unwrap();
    assert_eq!(names(&folder), ["keys"]);
    assert!(!elsewhere.exists() && file.metadata().unwrap().is_file());
}

#[test]
fn a_set_that_can_not_take_its_place_is_removed_again() {
    let (folder, file) = folder();
    // A folder with something in it can't be replaced by a file.
    fs::create_dir_all(file.join("inside")).unwrap();
    io_kind(set().save(&file), &file);
    assert_eq!(names(&folder), ["keys"]);
    assert!(file.join("inside").is_dir());
}

#[test]
fn what_stands_in_the_way_of_the_new_set_and_can_not_be_removed_is_told_and_the_old_set_stays() {
    let (_folder, file) = folder();
    let old = set();
    old.save(&file).unwrap();
    fs::create_dir(beside(&file)).unwrap();
    // Not that there is a file, as one might think of the key file.
    assert_ne!(io_kind(set().save(&file), &file), ErrorKind::AlreadyExists);
    assert_eq!(*KeySet::load(&file).unwrap().to_text(), *old.to_text());
}

#[test]
fn a_missing_file_and_a_missing_folder_are_errors() {
    let (folder, file) = folder();
    assert_eq!(io_kind(KeySet::load(&file), &file), ErrorKind::NotFound);
    let deeper = folder.path().join("missing").join("keys");
    assert_eq!(io_kind(KeySet::load(&deeper), &deeper), ErrorKind::NotFound);
    assert_eq!(io_kind(set().save(&deeper), &deeper), ErrorKind::NotFound);
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[test]
fn a_folder_is_no_key_file() {
    let (folder, _) = folder();
    io_kind(KeySet::load(folder.path()), folder.path());
}

#[test]
fn a_file_of_64_kib_is_read_and_a_longer_one_is_not() {
    let (_folder, file) = folder();
    let text = set().to_text();
    let filled = |len: usize| format!("{}#{}", *text, "x".repeat(len - text.len() - 1));
    fs::write(&file, filled(64 * 1024)).unwrap();
    assert_eq!(*KeySet::load(&file).unwrap().to_text(), *text);
    for len in [64 * 1024 + 1, 10_000_000] {
        fs::write(&file, filled(len)).unwrap();
        assert!(is_not_text(&file), "{len}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_without_an_end_is_refused() {
    assert!(is_not_text(Path::new("/dev/zero")));
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    let (_folder, file) = folder();
    let mut bytes = set().to_text().as_bytes().to_vec();
    bytes.extend(b"# \xff\n");
    fs::write(&file, bytes).unwrap();
    assert!(is_not_text(&file));
}

#[test]
fn a_file_with_another_text_is_refused_and_its_error_names_the_file_and_the_line() {
    let (_folder, file) = folder();
    fs::write(&file, "").unwrap();
    assert!(matches!(KeySet::load(&file), Err(KeyFileError::Text { source: KeySetTextError::Header, .. })));

    fs::write(&file, "hallpass-keys 1\ncurrent\n").unwrap();
    let error = KeySet::load(&file).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: not a key set", file.display()));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&KeySetTextError::Line { line: 2 }));
}

#[test]
fn a_file_without_a_folder_in_its_path_is_saved_in_the_current_one() {
    // The suite's tests share one current folder: a name that nothing else has.
    let file = PathBuf::from(format!("hallpass-test-{}.keys", std::process::id()));
    let saved = set().save(&file);
    let loaded = KeySet::load(&file);
    let _ = fs::remove_file(&file);
    assert!(saved.is_ok() && loaded.is_ok(), "{saved:?} {loaded:?}");
}

#[test]
fn threads_that_save_at_once_leave_one_set_whole() {
    let (folder, file) = folder();
    let sets = [set(), set()];
    let texts = [sets[0].to_text(), sets[1].to_text()];
    sets[0].save(&file).unwrap();
    std::thread::scope(|scope| {
        for set in &sets {
            scope.spawn(|| (0..50).for_each(|_| set.save(&file).unwrap()));
        }
        for _ in 0..500 {
            assert!(texts.contains(&KeySet::load(&file).unwrap().to_text()));
        }
    });
    assert_eq!(names(&folder), ["keys"]);
}
