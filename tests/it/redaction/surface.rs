//! Whether anything public was forgotten: each type of the sources is shown in `holders` or in `errors`, or is in one of two
//! lists.

use std::collections::BTreeSet;

use hallpass::key::IssuingKey;

use super::{errors, holders, local, secret};
use crate::architecture::{room, sources};

/// What can't hold a key or a token: ids, moments, numbers, names, and choices among a few.
const PLAIN: &[&str] = &[
    "Advice",
    "AssuranceLevel",
    "Begun",
    "Contents",
    "Cursor",
    "End",
    "EngineInfo",
    "EntryKind",
    "Failing",
    "Fault",
    "Look",
    "Pages",
    "Policy",
    "PostgresDanger",
    "Purged",
    "Purpose",
    // Of chance, which holds nothing.
    "RandomError",
    "Record",
    "RedisDanger",
    "Revocation",
    "SameSite",
    "Status",
    "TimeLimits",
    "Timeouts",
    "Transport",
];

/// What is looked at elsewhere, or shows on purpose what somebody has put into it.
const ELSEWHERE: &[&str] = &[
    // `addresses`, and the stores on real engines in `tests/fleet`.
    "PostgresBuilder",
    "PostgresStore",
    "RedisBuilder",
    "RedisStore",
    // The application's own claims.
    "PrivateClaims",
    "Sample",
];

/// The public types of the library's sources. `$name` stands for the ids, which a macro makes.
fn declared() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in sources() {
        if room(&path) == "bin" {
            continue;
        }
        for line in text.lines().map(str::trim_start) {
            let declared = ["pub struct ", "pub enum ", "pub union "].iter().find_map(|kind| line.strip_prefix(kind));
            let name = declared.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '$').next().unwrap());
            found.extend(name.map(str::to_owned));
        }
    }
    found
}

#[test]
fn whatever_is_public_is_looked_at_or_is_known_to_hold_no_secret() {
    let keys: [IssuingKey; 2] = [secret().into(), local().into()];
    let shown = keys.iter().flat_map(|key| [holders::everything(key), errors::everything(key)]);
    // Of an error the type, without the variant.
    let shown = shown.flat_map(|shown| shown.all).map(|(name, _)| name.split("::").next().unwrap().to_owned());
    let shown: BTreeSet<String> = shown.filter(|name| !name.contains(' ')).collect();
    let listed = [PLAIN, ELSEWHERE].concat();
    let listed = listed.iter().map(|name| (*name).to_owned());
    let known: BTreeSet<String> = shown.iter().cloned().chain(listed.clone()).chain(["$name".to_owned()]).collect();
    let declared = declared();
    let forgotten: Vec<&String> = declared.difference(&known).collect();
    assert!(forgotten.is_empty(), "show them in `holders` or `errors`, or list them here: {forgotten:?}");
    let gone: Vec<&String> = known.difference(&declared).collect();
    assert!(gone.is_empty(), "they are no more: {gone:?}");
    let twice: Vec<String> = listed.filter(|name| shown.contains(name)).collect();
    assert!(twice.is_empty(), "they are shown as well: {twice:?}");
}
