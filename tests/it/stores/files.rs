//! Files that are not what they should be: an error that says so, and never an empty list in their place.

mod altered;
mod crafted;
mod creation;
mod descriptors;
mod kinds;
mod purging;
mod sharing;

use std::fs;
use std::path::Path;

use hallpass::status::{EntryKind, Status, TokenFacts};
use hallpass::store::{RedbStore, StoreErrorKind};
use hallpass::{Denylist, DenylistError, Revocation, SessionId, TokenId};

use super::{Place, header};
use crate::support::{ISSUER, noon, seconds};

/// So many tokens, and a tenth as many subjects, are revoked in a file to begin with.
const TOKENS: u32 = 300;

/// The kind of error with which a file is not opened.
pub(super) fn refused(path: &Path) -> StoreErrorKind {
    match Denylist::builder().open_at(path, noon()) {
        Err(DenylistError::Store(error)) => {
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
            error.kind()
        }
        other => panic!("{other:?}"),
    }
}

/// The same, for reading.
fn refused_to_readers(path: &Path) -> StoreErrorKind {
    RedbStore::open_read_only(path).map(drop).unwrap_err().kind()
}

/// Refused in the same way to those who write and those who read, and left as it is.
#[track_caller]
fn is_refused(path: &Path, kind: StoreErrorKind) {
    let before = fs::read(path).unwrap();
    assert_eq!(refused(path), kind);
    assert_eq!(refused_to_readers(path), kind);
    assert_eq!(RedbStore::open(path, header()).unwrap_err().kind(), kind);
    assert_eq!(RedbStore::open_existing(path).unwrap_err().kind(), kind);
    assert!(fs::read(path).unwrap() == before, "it was changed");
}

fn token(n: u32) -> TokenId {
    let n = u64::from(n) + 1;
    TokenId::from_bytes((u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(n)).to_be_bytes())
}

fn subject(n: u32) -> String {
    format!("subject-{n}")
}

/// A file with much in it, written in several steps and closed.
fn fill(place: &Place) {
    let denylist = place.open();
    for batch in 0..10 {
        let tokens = (0..TOKENS).filter(|n| n % 10 == batch).map(|n| Revocation::from(token(n)));
        let subjects = (0..TOKENS / 10).filter(|n| n % 10 == batch).map(|n| Revocation::subject(ISSUER, subject(n)));
        let all: Vec<_> = tokens.chain(subjects).map(|what| denylist.revoke_at(what, noon())).collect();
        assert!(all.into_iter().all(|revoking| revoking.wait().is_ok()));
    }
}

/// Whether a list holds all that was ever revoked in a file that was filled.
fn has_all(denylist: &Denylist) -> bool {
    let key_id = hallpass::key::SecretKey::generate().unwrap().id();
    let status = |token_id: TokenId, subject: &str, after: i64| {
        let session_id = SessionId::from_bytes([255; 16]);
        let auth_time = noon() + seconds(after);
        let facts = TokenFacts::new(token_id, session_id, ISSUER, subject, auth_time, key_id);
        denylist.status_at(&facts, noon() + seconds(1))
    };
    (0..TOKENS).all(|n| status(token(n), "nobody", 60) == Status::Listed(EntryKind::Id))
        // Later than what nobody vouches for, and yet before the cutoff.
        && (0..TOKENS / 10).all(|n| matches!(status(token(TOKENS), &subject(n), 10), Status::Listed(_)))
        && status(token(TOKENS), "nobody", 60) == Status::NotListed
        && denylist.stats().ids == TOKENS as usize
        && denylist.stats().subjects == TOKENS as usize / 10
        && denylist.stats().malformed == 0
}
