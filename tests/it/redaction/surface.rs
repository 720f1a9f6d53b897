//! Whether anything public was forgotten: each type of the sources is in one of three lists.

use std::collections::BTreeSet;

use hallpass::key::IssuingKey;

use super::holders::everything;
use super::{local, secret};
use crate::architecture::{room, sources};

/// What is an error: `refusals`, `imports`, `answers`, `addresses` and `panics` look at them.
const ERRORS: &[&str] = &[
    "Ambiguity",
    "CookieError",
    "CookieNameError",
    "DenylistError",
    "FooterError",
    "ForgetError",
    "HeaderError",
    "IssueError",
    "JsonError",
    "KeyError",
    "KeyFileError",
    "KeySetError",
    "KeySetTextError",
    "LoginTooOld",
    "ParseIdError",
    "ParseKeyIdError",
    "PayloadError",
    "PrivateClaimsError",
    "RandomError",
    "RecordError",
    "Rejection",
    "RenewError",
    "ForgetError",
    "RevokeError",
    "SampleError",
    "SpellingError",
    "StoreError",
    "StoreErrorKind",
    "TimeLimitsError",
    "TimeoutsError",
    "UnverifiedError",
    "VerifyError",
];

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
    let shown = keys.iter().flat_map(|key| everything(key).all).map(|(name, _)| name);
    let shown: BTreeSet<&str> = shown.filter(|name| !name.contains(' ')).collect();
    let listed = [ERRORS, PLAIN, ELSEWHERE].concat();
    let known: BTreeSet<String> =
        shown.iter().chain(&listed).chain(&["$name"]).map(|name| (*name).to_owned()).collect();
    let declared = declared();
    let forgotten: Vec<&String> = declared.difference(&known).collect();
    assert!(forgotten.is_empty(), "show them in `holders`, or list them here: {forgotten:?}");
    let gone: Vec<&String> = known.difference(&declared).collect();
    assert!(gone.is_empty(), "they are no more: {gone:?}");
    let twice: Vec<&&str> = listed.iter().filter(|name| shown.contains(*name)).collect();
    assert!(twice.is_empty(), "they are shown as well: {twice:?}");
}
