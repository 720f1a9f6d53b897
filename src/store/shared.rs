//! What a store must do besides, if many processes share it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Cursor, Header, Page, Store, StoreError};

/// A store that many processes share, each with a list of its own in memory.
///
/// Two threads of each process use it at the same time: one appends and purges, one follows. So what the one does must
/// not keep the other waiting.
///
/// Each call ends within a limit of the store's own, whatever the engine does: a few seconds. Whatever has gone wrong,
/// the next [`look`](Self::look) begins afresh.
///
/// [`Store::purge`] goes by the engine's clock, where that stands behind the moment that it is given: one fast clock
/// must not drop what others still need. A record that can't be read is no reason for [`Store::vouch_anew`] here.
pub trait SharedStore: Store {
    /// One round trip: what was appended since the cursor, as [`Store::read`] gives it, and what the engine says of
    /// itself.
    ///
    /// `Ok` means that the engine could have accepted a revocation in this very round trip, with the durability that
    /// was asked for: something was written and acknowledged in it. So an isolated primary that waits for its replicas
    /// is an error, and so are a replica, and an engine whose settings endanger what it acknowledges.
    ///
    /// What was acknowledged to anyone before the call is there, and comes page by page.
    ///
    /// # Errors
    /// [`StoreError`] when that is not so, or not known in time; [`Foreign`](super::StoreErrorKind::Foreign) when another
    /// list is in the place of this one, since nobody may go on by what is known of this one then.
    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError>;

    /// Blocks until something may have been appended, or somebody [wakes](Self::wake) it, or for so long. It may end too
    /// early, and needn't notice anything: that only makes others wait for the next look.
    fn wait(&self, longest: Duration);

    /// Ends a wait of another thread, or else the next one.
    fn wake(&self);

    /// The engine has lost something, or is another one: what it is now counts as the list's from now on, which vouches
    /// for no session begun up to `from`, under a new [epoch](Header::epoch). Nothing if the epoch is another one than
    /// `known` already: of several who find out, one is the first.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be durable.
    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError>;
}

/// What one look at a shared store has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What was appended since the cursor.
    pub page: Page,
    /// The header as it is now.
    pub header: Header,
    /// The engine's clock, at some moment of the round trip.
    pub engine_now: DateTime<Utc>,
    /// Whether the engine has lost something that it acknowledged, or may have: it was restored, has failed over, or is
    /// another one than the header is of. Whoever sees that [begins a new epoch](SharedStore::begin_epoch).
    pub has_lost: bool,
}
