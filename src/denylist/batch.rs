//! One answer for all who wait for the same thing, such as what is written together.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::store::StoreError;
use crate::sync::Mutex;
use crate::sync::thread::{self, Thread};

/// What many wait for, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Waiting(Vec<Waker>),
    Finished(Result<(), StoreError>),
}

impl Default for State {
    fn default() -> Self {
        Self::Waiting(Vec::new())
    }
}

impl Batch {
    /// Tells everyone who waits, and everyone who will. The first answer stands.
    pub(super) fn finish(&self, result: Result<(), StoreError>) {
        let mut state = self.state.lock();
        if matches!(&*state, State::Finished(_)) {
            return;
        }
        let before = std::mem::replace(&mut *state, State::Finished(result));
        drop(state);
        if let State::Waiting(wakers) = before {
            wake_all(wakers);
        }
    }

    /// Whether it is known, or else wakes the task that asks once it is. Each future has one place among those
    /// that wait, so that asking often takes no room.
    pub(super) fn poll(&self, place: &mut Option<usize>, context: &Context<'_>) -> Poll<Result<(), StoreError>> {
        let new = context.waker().clone();
        let mut state = self.state.lock();
        let wakers = match &mut *state {
            State::Finished(result) => return Poll::Ready(result.clone()),
            State::Waiting(wakers) => wakers,
        };
        let old = match place.and_then(|place| wakers.get_mut(place)) {
            Some(waker) => Some(std::mem::replace(waker, new)),
            None => {
                *place = Some(wakers.len());
                wakers.push(new);
                None
            }
        };
        drop(state);
        drop(old);
        Poll::Pending
    }
}

/// To be called outside of every lock: a waker may do anything, even panic, which is nothing to the others.
pub(super) fn wake_all(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(|waker| drop(catch_unwind(AssertUnwindSafe(|| waker.wake()))));
}

/// Wakes a thread as if it were a task.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks the thread until the future is ready.
pub(super) fn block_on<F: Future + Unpin>(mut future: F) -> F::Output {
    // Each thread is woken for itself: from a condition variable they would come out one after the other.
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(result) = Pin::new(&mut future).poll(&mut context) {
            return result;
        }
        thread::park();
    }
}
