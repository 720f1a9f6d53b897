//! What forgetting a key returns: a handle that is ready when that is safe.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::batch::block_on;
use super::saving::{NotKept, Receipt, Saving};
use crate::store::StoreError;

/// A revoked key on its way to be forgotten. It is so in this process already; ready when that is as safe as the list can
/// make it.
///
/// `.await` it under any runtime, or call [`wait`](Self::wait) where there is none. Dropping it takes nothing
/// back, and leaves nothing half done.
#[derive(Debug)]
#[must_use = "the result says whether it is safe"]
pub struct Forgetting {
    saving: Saving,
}

impl Forgetting {
    pub(super) fn new(saving: Saving) -> Self {
        Self { saving }
    }

    /// Blocks the thread until it is ready; where there is a runtime, `.await` it instead.
    ///
    /// # Errors
    /// [`ForgetError`] when it is not safe.
    pub fn wait(self) -> Result<Receipt, ForgetError> {
        block_on(self)
    }
}

impl Future for Forgetting {
    type Output = Result<Receipt, ForgetError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.saving).poll(context).map_err(ForgetError::from)
    }
}

/// A key that is forgotten in this process, so that what it signed passes here again, and not safely so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// The store has failed. It is written as soon as the store is usable again; until then a restart would have the key
    /// revoked still. A store that has panicked is not called again, and a [copy](crate::DenylistBuilder::copy_of) has
    /// none that it could be written to.
    #[error("forgotten here, and not yet safe")]
    NotSafe(#[source] StoreError),
    /// The others may not know of it yet: what they share can't be reached. It is shared as soon as that is back; until
    /// then the key is revoked elsewhere, and after this process's end everywhere.
    #[error("forgotten here, not shared yet")]
    NotShared(#[source] StoreError),
}

impl From<NotKept> for ForgetError {
    fn from(why: NotKept) -> Self {
        match why {
            NotKept::NotSafe(error) => Self::NotSafe(error),
            NotKept::NotShared(error) => Self::NotShared(error),
        }
    }
}
