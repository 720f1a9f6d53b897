//! Waiting until this process knows what every other one knew by now.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_timer::Delay;

use super::Denylist;
use super::batch::{Batch, block_on};
use crate::store::{StoreError, StoreErrorKind};

/// A process that is catching up: ready when it knows all that was revoked anywhere, and acknowledged, before it was asked.
/// From [`Denylist::catch_up`].
///
/// `.await` it under any runtime, or call [`wait`](Self::wait) where there is none.
#[must_use = "the result says whether the process has caught up"]
#[derive(Debug)]
pub struct CatchingUp {
    state: State,
}

#[derive(Debug)]
enum State {
    Done,
    Waiting { batch: Arc<Batch>, place: Option<usize>, limit: Delay },
}

impl Denylist {
    /// Asks the engine itself, by one round trip that all who ask meanwhile share. At once for a list that this process
    /// alone has.
    ///
    /// Before a login, so that it is dated behind every "log out everywhere" there is; and before what calls for more
    /// than the staleness bound promises, for which there is [`Verifier::verify_fresh`](crate::Verifier::verify_fresh).
    pub fn catch_up(&self, limit: Duration) -> CatchingUp {
        let state = match &self.shared.following {
            Some(following) => State::Waiting { batch: following.ask(), place: None, limit: Delay::new(limit) },
            None => State::Done,
        };
        CatchingUp { state }
    }
}

impl CatchingUp {
    /// Blocks the thread until it is ready; where there is a runtime, `.await` it instead.
    ///
    /// # Errors
    /// [`StoreError`] when the engine could not be asked within the limit.
    pub fn wait(self) -> Result<(), StoreError> {
        block_on(self)
    }
}

impl Future for CatchingUp {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let State::Waiting { batch, place, limit } = &mut self.state else { return Poll::Ready(Ok(())) };
        if let Poll::Ready(result) = batch.poll(place, context) {
            return Poll::Ready(result);
        }
        Pin::new(limit).poll(context).map(|()| Err(StoreError::new(StoreErrorKind::Io).because("no answer in time")))
    }
}
