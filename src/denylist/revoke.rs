//! What revoking returns: a handle that is ready when the revocation is safe.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use chrono::{DateTime, Utc};

use crate::denyset::Full;
use crate::key::KeyId;
use crate::session::VerifyError;

/// A revocation on its way. In force in this process already, unless it is an error; ready when it is as
/// safe as the list can make it, which for a list in memory is at once.
///
/// `.await` it, or call [`wait`](Self::wait) where there is no runtime. Dropping it takes nothing back.
#[derive(Debug)]
#[must_use = "the result says whether the revocation is safe"]
pub struct Revoking {
    result: Result<Receipt, RevokeError>,
}

impl Revoking {
    pub(super) fn done(result: Result<Receipt, RevokeError>) -> Self {
        Self { result }
    }

    /// Blocks until it is ready.
    ///
    /// # Errors
    /// [`RevokeError`] when the revocation is not safe.
    pub fn wait(self) -> Result<Receipt, RevokeError> {
        self.result
    }
}

impl Future for Revoking {
    type Output = Result<Receipt, RevokeError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(self.result.clone())
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

    /// From when on it holds in every process that shares the list; for a list in memory, from the
    /// moment it was made.
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
    /// The id is that of a secret half (`k4.sid.…`), which no token names. Revoke the public half's.
    #[error("no token names a key by {id}: revoke its public half")]
    NotForTokens {
        /// The id.
        id: KeyId,
    },
    /// The session that asks is over, so nothing was revoked.
    #[error("asked by a session that is over: {0}")]
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
