//! What revoking returns: a handle that is ready when the revocation is safe.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::batch::block_on;
use super::saving::{NotKept, Receipt, Saving};
use crate::denyset::Full;
use crate::key::KeyId;
use crate::session::VerifyError;
use crate::store::StoreError;

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
    Refused(RevokeError),
    Saving(Saving),
}

impl Revoking {
    pub(super) fn refused(why: RevokeError) -> Self {
        Self { state: State::Refused(why) }
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
            State::Refused(why) => Poll::Ready(Err(why.clone())),
            State::Saving(saving) => Pin::new(saving).poll(context).map_err(RevokeError::from),
        }
    }
}

impl From<Saving> for Revoking {
    fn from(saving: Saving) -> Self {
        Self { state: State::Saving(saving) }
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

impl From<NotKept> for RevokeError {
    fn from(why: NotKept) -> Self {
        match why {
            NotKept::NotSafe(error) => Self::NotSafe(error),
            NotKept::NotShared(error) => Self::NotShared(error),
        }
    }
}

impl From<Full> for RevokeError {
    fn from(full: Full) -> Self {
        Self::Full { capacity: full.capacity }
    }
}
