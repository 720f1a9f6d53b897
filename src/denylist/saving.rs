//! Waiting until what is to be kept is as safe as the list can make it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chrono::{DateTime, TimeDelta, Utc};

use super::batch::Batch;
use crate::store::StoreError;
use crate::time::now;

/// A record on its way to be kept.
#[derive(Debug)]
pub(super) struct Saving {
    state: State,
}

#[derive(Debug)]
enum State {
    Done(Result<Receipt, NotKept>),
    Waiting { batch: Arc<Batch>, place: Option<usize>, everywhere: Everywhere },
}

/// From when on a record counts everywhere, once it is safe.
#[derive(Debug, Clone, Copy)]
pub(super) enum Everywhere {
    /// From this moment, when it was made.
    Since(DateTime<Utc>),
    /// So long after it is safe: whoever has not heard of it by then knows that.
    Within(TimeDelta),
}

/// Why a record, which counts in this process, counts no further.
#[derive(Debug, Clone)]
pub(super) enum NotKept {
    /// It would not survive this process.
    NotSafe(StoreError),
    /// Nor do the others know of it.
    NotShared(StoreError),
}

impl Saving {
    pub(super) fn done(result: Result<Receipt, NotKept>) -> Self {
        Self { state: State::Done(result) }
    }

    pub(super) fn waiting(batch: Arc<Batch>, everywhere: Everywhere) -> Self {
        Self { state: State::Waiting { batch, place: None, everywhere } }
    }
}

impl Future for Saving {
    type Output = Result<Receipt, NotKept>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Done(result) => Poll::Ready(result.clone()),
            State::Waiting { batch, place, everywhere } => {
                let everywhere = *everywhere;
                batch.poll(place, context).map(|saved| everywhere.receipt(saved))
            }
        }
    }
}

impl Everywhere {
    fn receipt(self, saved: Result<(), StoreError>) -> Result<Receipt, NotKept> {
        match (self, saved) {
            (Self::Since(moment), Ok(())) => Ok(Receipt::new(moment)),
            (Self::Within(bound), Ok(())) => Ok(Receipt::new(now().checked_add_signed(bound).unwrap_or(now()))),
            (Self::Since(_), Err(error)) => Err(NotKept::NotSafe(error)),
            (Self::Within(_), Err(error)) => Err(NotKept::NotShared(error)),
        }
    }
}

/// A revocation that is safe, or that a key was forgotten.
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
