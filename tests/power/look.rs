//! Looking at what a disk holds after a power cut.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::KeyId;
use hallpass::status::{EntryKind, Status, TokenFacts};
use hallpass::store::Store as _;
use hallpass::{Denylist, SessionId, TokenId};

use crate::disk::Disk;
use crate::journal::Journal;
use crate::kept::Kept;
use crate::plan::{ISSUER, another_header};

/// Opens it and reads all. It must be exactly one of those things that it may be after so many steps.
pub(crate) fn look(image: Vec<u8>, journal: &Journal, steps: usize) -> Result<Kept, String> {
    // With the header of another list: an image that is taken for an empty one shows.
    let store = Disk::holding(image).open(another_header()).map_err(|error| format!("it does not open: {error}"))?;
    let kept = Kept::by(&store).map_err(|error| format!("it can't be read: {error}"))?;
    let allowed = journal.allows(steps);
    if !allowed.iter().any(|allowed| **allowed == kept) {
        let unlike: Vec<_> = allowed.iter().map(|allowed| kept.unlike(allowed)).collect();
        return Err(format!("it holds {}", unlike.join("; or ")));
    }
    Ok(kept)
}

/// Opens a list over it, as of the moment at which somebody was last told that a revocation is safe: it must
/// list what was revoked at that moment.
pub(crate) fn list(image: Vec<u8>, journal: &Journal, steps: usize) -> Result<(), String> {
    let told = journal.told(steps);
    let Some((_, now)) = told.last().copied() else { return Ok(()) };
    let store = Disk::holding(image).open(another_header()).map_err(|error| format!("it does not open: {error}"))?;
    let header = store.header().map_err(|error| error.to_string())?;
    if header.purged().is_some_and(|purged| purged > now + header.retention()) {
        // It has expired meanwhile.
        return Ok(());
    }
    let list = Denylist::builder().capacity(100_000).open_store_at(store, now).map_err(|error| error.to_string())?;
    let lost = told.iter().filter(|(id, then)| *then == now && !is_listed(&list, *id, now)).count();
    if lost > 0 { Err(format!("{lost} revocations that were acknowledged are not listed")) } else { Ok(()) }
}

/// Whether the id is listed, apart from all cutoffs: of a session that begins long after them.
pub(crate) fn is_listed(list: &Denylist, id: TokenId, now: DateTime<Utc>) -> bool {
    let token = TokenFacts::new(id, SessionId::from_bytes([255; 16]), ISSUER, "alice", now + TimeDelta::days(1), key());
    list.status_at(&token, now) == Status::Listed(EntryKind::Id)
}

/// One that is never revoked.
fn key() -> KeyId {
    format!("k4.pid.{}", "z".repeat(44)).parse().unwrap()
}
