//! Whether what was handed to the store is safe: one answer for all that is written together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::store::StoreError;
use crate::sync::Mutex;
use crate::sync::thread::{self, Thread};

/// What is written together, and what became of it.
#[derive(Debug, Default)]
pub(in crate::denylist) struct Batch {
    state: Mutex<State>,
}

/// Wakes a thread as if it were a task.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
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
        // Outside of the lock: a waker may do anything.
        if let State::Waiting(wakers) = before {
            // Even panic, which is nothing to the others.
            wakers.into_iter().for_each(|waker| drop(catch_unwind(AssertUnwindSafe(|| waker.wake()))));
        }
    }

    /// Blocks until it is known.
    pub(in crate::denylist) fn wait(&self) -> Result<(), StoreError> {
        // Each thread is woken for itself: from a condition variable they would come out one after the other.
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let (context, mut place) = (Context::from_waker(&waker), None);
        loop {
            if let Poll::Ready(result) = self.poll(&mut place, &context) {
                return result;
            }
            thread::park();
        }
    }

    /// Whether it is known, or else wakes the task that asks once it is. Each future has one place among those
    /// that wait, so that asking often takes no room.
    pub(in crate::denylist) fn poll(
        &self,
        place: &mut Option<usize>,
        context: &Context<'_>,
    ) -> Poll<Result<(), StoreError>> {
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
