//! The fuzzers' seeds, replayed through the very functions that the fuzzers run.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
pub(crate) mod targets;

type Target = fn(&[u8]) -> bool;

const TARGETS: &[(&str, Target)] = &[
    ("dates", targets::dates),
    ("denylist", targets::denylist),
    #[cfg(all(feature = "postgres", feature = "redis", feature = "testing"))]
    ("entries", targets::entries),
    #[cfg(feature = "testing")]
    ("follower", targets::follower),
    ("footer", targets::footer),
    #[cfg(all(feature = "testing", feature = "tower"))]
    ("headers", targets::headers),
    ("json", targets::json),
    ("paserk", targets::paserk),
    ("payload", targets::payload),
    ("record", targets::record),
    ("session", targets::session),
    ("signature", targets::signature),
    #[cfg(feature = "redb")]
    ("store", targets::store),
    ("token", targets::token),
];

/// Seeds are named for what becomes of them: `ok-…` is accepted, `no-…` refused. What a run of operations
/// on a denylist comes to has no such name; something is listed in each. In a `replay-…` someone is found to
/// have replayed a token, and in an `ok-…` of sessions nobody is; in a `revoked-…` of a list that follows an engine it finds
/// what another process has revoked, and in an `ok-…` there is nothing to be found.
fn is_accepted(target: &str, seed: &str) -> bool {
    match seed.split_once('-') {
        _ if target == "denylist" => true,
        Some((found, _)) if target == "session" => found == "replay",
        Some((found, _)) if target == "follower" => found == "revoked",
        Some(("ok", _)) => true,
        Some(("no", _)) => false,
        _ => panic!("{target}/{seed}: named neither ok nor no"),
    }
}

#[test]
fn every_seed_holds_and_is_what_it_is_called() {
    let mut failed = Vec::new();
    for &(target, run) in TARGETS {
        let seeds = inputs("seeds", target);
        assert!(seeds.len() >= 8, "{target}: {} seeds", seeds.len());
        for (seed, bytes) in seeds {
            match catch_unwind(|| run(&bytes)) {
                Ok(accepted) if accepted == is_accepted(target, &seed) => {}
                Ok(accepted) => failed.push(format!("{target}/{seed}: accepted is {accepted}")),
                Err(_) => failed.push(format!("{target}/{seed}: a property does not hold, see above")),
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// What long runs found beyond the seeds: one input for whatever nothing else reaches.
#[test]
fn every_minimised_input_holds() {
    let mut failed = Vec::new();
    for &(target, run) in TARGETS {
        for (name, bytes) in inputs("minimised", target) {
            if catch_unwind(|| run(&bytes)).is_err() {
                failed.push(format!("{target}/{name}"));
            }
        }
    }
    assert!(failed.is_empty(), "a property does not hold, see above: {failed:#?}");
}

#[test]
#[cfg(all(feature = "postgres", feature = "redb", feature = "redis", feature = "testing", feature = "tower"))]
fn every_target_has_its_files_and_no_file_is_without_a_target() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stems = |folder: &str| -> BTreeSet<String> {
        let names = names(&fuzz().join(folder)).into_iter();
        names.map(|name| Path::new(&name).file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    for folder in ["seeds", "minimised", "fuzz_targets", "dict"] {
        assert_eq!(stems(folder), targets, "fuzz/{folder}");
    }
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for target in &targets {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}: not in fuzz/Cargo.toml");
    }
}

type Mutate = fn(&mut [u8], usize, usize, u32, fn(&mut [u8], usize, usize) -> usize) -> usize;

/// Of 800 changes of an input: how many hold a token that is authentic, and how many the target accepts.
fn changed(input: &[u8], mutate: Mutate, target: Target) -> (usize, usize) {
    const ROOM: usize = 1024;
    let (mut authentic, mut accepted) = (0, 0);
    for round in 0..800 {
        let mut data = [input, &[0; ROOM]].concat();
        let size = mutate(&mut data, input.len(), input.len() + ROOM, round, |bytes, size, _| {
            bytes[size / 2] ^= 1;
            size
        });
        let text = std::str::from_utf8(&data[..size]).unwrap();
        let token = text.find("v4.").map_or("", |begin| &text[begin..]);
        let keys = [targets::keys::SIGNING, targets::keys::FORMER_SIGNING, targets::keys::ENCRYPTING];
        authentic += usize::from(keys.iter().any(|(paserk, _)| targets::open(paserk, token).is_some()));
        accepted += usize::from(target(&data[..size]));
    }
    (authentic, accepted)
}

/// The fuzzer's own changes would end at the signature.
#[test]
fn a_token_that_is_changed_is_sealed_again() {
    let seed = fs::read(fuzz().join("seeds/token/ok-public")).unwrap();
    let (authentic, accepted) = changed(&seed, targets::mutate_token, targets::token);
    assert!(authentic > 400, "{authentic}");
    assert!((1..authentic).contains(&accepted), "{accepted}");
}

/// In half of the rounds it stays short: a byte that stands for a token.
#[test]
#[cfg(all(feature = "testing", feature = "tower"))]
fn a_token_in_a_header_is_sealed_again_too() {
    let (authentic, accepted) = changed(b"C__Host-session=\x01", targets::mutate_headers, targets::headers);
    assert!(authentic > 200, "{authentic}");
    assert!((1..authentic).contains(&accepted), "{accepted}");
}

#[test]
fn nothing_at_all_is_accepted_nowhere() {
    for &(target, run) in TARGETS {
        assert!(!run(b""), "{target}");
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn inputs(kind: &str, target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join(kind).join(target);
    names(&folder).into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
