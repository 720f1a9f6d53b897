//! What to do about a store that can't be looked at.

use hallpass::store::StoreErrorKind;

pub(super) fn of_file(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Missing => {
            "look whether the path is right; else start the server, which makes it, and everyone logs in once more"
        }
        StoreErrorKind::Unclean => "start the server, or run `hallpass denylist purge`: either mends it",
        StoreErrorKind::Foreign => "look whether the path is right; nothing was changed",
        StoreErrorKind::Damaged => {
            "put it aside, and let the server make a new one: everyone logs in once more, and nothing revoked comes back; \
             revoke keys again"
        }
        StoreErrorKind::Newer { .. } => "use the version of hallpass that wrote it, or a later one",
        StoreErrorKind::InUse => "stop what has it open, or ask that",
        _ => "look at the disk, the file's permissions and its owner",
    }
}

#[cfg(any(feature = "postgres", feature = "redis"))]
pub(super) fn of_engine(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Missing => {
            "look whether database and prefix are right; else start a server, which makes the list"
        }
        StoreErrorKind::Unsafe => {
            "set what is named as docs/FLEET.md has it; servers that accept it by name are on their own there"
        }
        StoreErrorKind::Newer { .. } => "use the version of hallpass that wrote it, or a later one",
        StoreErrorKind::Foreign | StoreErrorKind::Damaged => {
            "find out who writes there; a new list logs everyone in once more"
        }
        StoreErrorKind::Address => "mend the URL, or what it names: what is wrong stands there",
        _ => "look whether it runs, whether this machine reaches it, and whether user and password are right",
    }
}
