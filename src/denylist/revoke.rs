//! What revoking returns: a handle that is ready when the revocation is safe.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chrono::{DateTime, TimeDelta, Utc};

use super::batch::{Batch, block_on};
use crate::denyset::Full;
use crate::key::KeyId;
use crate::session::VerifyError;
use crate::store::StoreError;
use crate::time::now;

/// A revocation on its way. In force in this process already, unless it is an error; ready when it is as
/// safe as the list can make it: durable, for a list that was opened from a file, and at once for a list in
/// memory.
///
/// `.await` it under any runtime, or call [`wait`](Self::wait) where there is none. Dropping it takes nothing
/// back, and leaves nothing half done.
#[derive(Debug)]
#[must_use = "the result says whether the revocation is safe"]
pub struct Revoking {
    state: State,
}

#[derive(Debug)]
enum State {
    Done(Result<Receipt, RevokeError>),
    Saving { batch: Arc<Batch>, place: Option<usize>, everywhere: Everywhere },
}

/// From when on a revocation holds everywhere, once it is safe.
#[derive(Debug, Clone, Copy)]
pub(super) enum Everywhere {
    /// From this moment, when it was made.
    Since(DateTime<Utc>),
    /// So long after it is safe: whoever has not heard of it by then knows that.
    Within(TimeDelta),
}

impl Revoking {
    pub(super) fn done(result: Result<Receipt, RevokeError>) -> Self {
        Self { state: State::Done(result) }
    }

    pub(super) fn saving(batch: Arc<Batch>, everywhere: Everywhere) -> Self {
        Self { state: State::Saving { batch, place: None, everywhere } }
    }

    /// Blocks the thread until it is ready; where there is a runtime, `.await` it instead.
    ///
    /// # Errors
    /// [`RevokeError`] when the revocation is not safe.
    pub fn wait(self) -> Result<Receipt, RevokeError> {
        block_on(self)
    }
}

impl Future for Revoking {
    type Output = Result<Receipt, RevokeError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Done(result) => Poll::Ready(result.clone()),
            State::Saving { batch, place, everywhere } => {
                let everywhere = *everywhere;
                batch.poll(place, context).map(|saved| everywhere.receipt(saved))
            }
        }
    }
}

impl Everywhere {
    fn receipt(self, saved: Result<(), StoreError>) -> Result<Receipt, RevokeError> {
        match (self, saved) {
            (Self::Since(moment), Ok(())) => Ok(Receipt::new(moment)),
            (Self::Within(bound), Ok(())) => Ok(Receipt::new(now().checked_add_signed(bound).unwrap_or(now()))),
            (Self::Since(_), Err(error)) => Err(RevokeError::NotSafe(error)),
            (Self::Within(_), Err(error)) => Err(RevokeError::NotShared(error)),
        }
    }
}

/// A revocation that is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    everywhere_by: DateTime<Utc>,
}

impl Receipt {
    pub(super) fn new(everywhere_by: DateTime<Utc>) -> Self {
        Self { everywhere_by }
    }

    /// From when on it holds in every process that shares the list, by this process's clock: from the moment it was
    /// made, for a list in memory or in a file, which one process holds; else the staleness bound after it was safe. Who
    /// has not heard of it by then accepts nothing, unless it was [told to](crate::DenylistBuilder::dangerously_accept_stale).
    ///
    /// That bound is the one that this process was [set to](crate::DenylistBuilder::staleness_bound), since nobody knows
    /// what the others were set to: the moment is right if all have the same, and too early if another has a longer one.
    #[must_use]
    pub fn everywhere_by(&self) -> DateTime<Utc> {
        self.everywhere_by
    }
}

/// A revocation that is not safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// The list is at its capacity and every entry still counts. What was to be revoked is **not**.
    #[error("the denylist is full: {capacity} entries, and none has expired")]
    Full {
        /// How many entries there may be of this kind.
        capacity: usize,
    },
    /// It is in force in this process, and not yet safe: the store has failed. It is written as soon as the store is
    /// usable again; until then a restart would forget it. Revoking again, until it succeeds, tells when. A store that
    /// has panicked is not called again, and a [copy](crate::DenylistBuilder::copy_of) has none that it could be
    /// written to.
    #[error("in force here, and not yet safe")]
    NotSafe(#[source] StoreError),
    /// It is in force in this process, and the others may not know of it yet: what they share can't be reached. It is
    /// shared as soon as that is back; until then they go on accepting what they were to refuse, for as long as they
    /// reach it themselves, and this process's end would forget it. Revoking again, until it succeeds, tells when.
    #[error("in force here, not shared yet")]
    NotShared(#[source] StoreError),
    /// The id is that of a secret half (`k4.sid.…`), which no token names. Revoke the public half's.
    #[error("no token names a key by {id}: revoke its public half")]
    NotForTokens {
        /// The id.
        id: KeyId,
    },
    /// The session that asks is over, or its token superseded, or its status can't be known now: nothing was revoked.
    #[error("asked by a session that is not live")]
    NotLive(#[source] Box<VerifyError>),
}

impl From<VerifyError> for RevokeError {
    fn from(why: VerifyError) -> Self {
        Self::NotLive(Box::new(why))
    }
}

impl From<Full> for RevokeError {
    fn from(full: Full) -> Self {
        Self::Full { capacity: full.capacity }
    }
}
