//! One picture of the set, by which all is told about one token.

use std::sync::Arc;

use super::entry::shard_of;
use super::generations::{Presented, Standing};
use super::snapshot::Snapshot;
use super::{DenySet, is_behind};
use crate::sync::Guard;

/// What is known as of one moment, however long it is looked at. It keeps that picture in memory.
pub(crate) struct Look<'a> {
    pub(super) set: &'a DenySet,
    pub(super) snapshot: Guard<Arc<Snapshot>>,
}

impl DenySet {
    /// Takes no lock, and changes nothing.
    #[inline]
    pub(crate) fn look(&self) -> Look<'_> {
        Look { set: self, snapshot: self.published.load() }
    }
}

impl Look<'_> {
    /// How a token stands to the others of its session. Notes the first use of its generation; nothing
    /// else is changed.
    #[inline]
    pub(crate) fn present(&self, token: Presented, now: i64) -> Standing {
        let newest = self.snapshot.newest(shard_of(&token.session.to_bytes())).get(token.session);
        if newest.unwrap_or(0) != token.generation {
            return self.set.present_exactly(token, now);
        }
        // What has left the picture left it by then.
        if is_behind(now, self.snapshot.purged) { Standing::Unknown } else { Standing::Newest }
    }
}
