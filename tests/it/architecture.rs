//! The house: which room may use which, how large files are, and where clock and chance are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rooms by floor. A room may use rooms on lower floors, and itself.
const FLOORS: &[&[&str]] = &[
    &["disk", "random", "sync"],
    &["id", "json", "time"],
    &["key", "timeouts"],
    &["claims", "record", "revocation"],
    &["token", "denyset", "events"],
    &["session", "store"],
    &["follower"],
    &["denylist"],
    &["issuer", "verifier"],
    &["web"],
    &["testing"],
];

/// The texts of all sources of the library, by their paths.
pub(crate) fn sources() -> BTreeMap<PathBuf, String> {
    sources_in("src")
}

/// Those in another folder of the repository.
pub(crate) fn sources_in(folder: &str) -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found
}

/// The room of a file: its folder or its name below `src`.
pub(crate) fn room(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// What the program says, without comments and tests. Those are the last module, or in files of their own.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn tests_are_modules_and_nothing_comes_after_them() {
    for (path, text) in sources() {
        for after in text.split("#[cfg(test)]").skip(1) {
            let outer = after.lines().filter(|line| !line.is_empty() && !line.starts_with([' ', '#']));
            let is_module = match outer.collect::<Vec<_>>()[..] {
                [module] => module.starts_with("mod ") && module.ends_with(';'),
                [module, "}"] => module.starts_with("mod ") && module.ends_with('{'),
                _ => false,
            };
            assert!(is_module, "{}", path.display());
        }
    }
}

#[test]
fn imports_only_point_down() {
    let mut arrows = 0;
    for (path, text) in sources() {
        let from = room(&path);
        // The guides are documentation; tests may use whatever there is.
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
        if ["lib", "bin", "guides"].contains(&from.as_str()) || is_test {
            continue;
        }
        let own = floor(&from).unwrap_or_else(|| panic!("{from} has no floor"));
        for used in code(&text).split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let below = floor(&used).unwrap_or_else(|| panic!("{}: {used} has no floor", path.display()));
            arrows += 1;
            assert!(used == from || below < own, "{}: {from} uses {used}", path.display());
        }
    }
    assert!(arrows > 20, "{arrows}");
}

#[test]
fn every_room_is_on_a_floor_and_every_floor_is_built() {
    let rooms: Vec<String> = sources().keys().map(|path| room(path)).collect();
    for room in FLOORS.iter().copied().flatten() {
        assert!(rooms.iter().any(|built| built == room), "{room} is not built");
    }
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{} has {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn cryptography_is_in_key_and_token_alone() {
    for (path, text) in sources() {
        let uses = ["pasetors", "aws_lc_rs", "ed25519_compact", "curve25519_dalek", "orion"]
            .iter()
            .any(|library| code(&text).contains(library));
        assert!(!uses || ["key", "token"].contains(&room(&path).as_str()), "{}", path.display());
    }
}

/// Who calls it has verified a token.
#[test]
fn a_session_is_made_in_the_verifier_alone() {
    let makers: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| code(text).contains("Session::proven("))
        .map(|(path, _)| room(path))
        .collect();
    assert_eq!(makers, ["verifier"]);
}

/// Else its interleavings are not explored. The lock around saving a key file is held over I/O, which no
/// scheduler explores.
#[test]
fn what_threads_share_is_in_sync() {
    for (path, text) in sources() {
        let direct = ["parking_lot::", "arc_swap::", "std::sync::atomic", "std::sync::Mutex", "OnceLock", "LazyLock"]
            .iter()
            .any(|way| code(&text).contains(way));
        assert!(!direct || room(&path) == "sync" || path.ends_with("key/file.rs"), "{}", path.display());
    }
}

#[test]
fn the_clock_and_chance_are_read_in_one_place_each() {
    let places: [(&str, &[&str]); 4] = [
        // The command line is a program of its own.
        ("Utc::now", &["time/mod.rs", "hallpass/clock.rs"]),
        ("SystemTime", &[]),
        ("Instant", &["time/mod.rs", "hallpass/clock.rs"]),
        ("getrandom::", &["random.rs"]),
    ];
    for (word, places) in places {
        for (path, text) in sources() {
            let here = places.iter().any(|place| path.ends_with(place));
            assert!(here || !code(&text).contains(word), "{}: {word}", path.display());
        }
    }
}
