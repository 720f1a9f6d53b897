//! Running a race in many orders, and what an observer notes of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(shuttle)]
use shuttle::thread;
#[cfg(not(shuttle))]
use std::thread;

/// Runs the race so often under each of three schedulers: at random before every step; with few changes of
/// thread (at most two that nobody waited for), which finds what needs one thread to be away for long; and
/// with every merging of the threads' steps as likely as any other, as far as their numbers can be guessed,
/// which finds what needs a short thread to go slowly beside a long one.
///
/// The race must make its list, keys and everything else that has locks itself, anew each time. It fails
/// with the schedule and the seed by which it can be looked at again. Ids and secrets are random all the
/// same, so that once in a while a schedule does not fit when it is replayed.
#[cfg(shuttle)]
pub(crate) fn explore(executions: usize, race: impl Fn() + Send + Sync + 'static) {
    use std::sync::Arc;

    use shuttle::Runner;
    use shuttle::scheduler::{PctScheduler, RandomScheduler, UrwRandomScheduler};

    let mut config = shuttle::Config::new();
    // Cryptography and JSON want more than the usual 60 KiB.
    config.stack_size = 1 << 20;
    // It warns that atomics are `SeqCst` here, which stands at the top of this suite.
    config.silence_warnings = true;
    let race = Arc::new(race);
    let again = || {
        let race = Arc::clone(&race);
        move || race()
    };
    Runner::new(RandomScheduler::new(executions), config.clone()).run(again());
    Runner::new(PctScheduler::new(3, executions), config.clone()).run(again());
    Runner::new(UrwRandomScheduler::new(executions), config).run(again());
}

/// Without stand-ins there is one order, whichever it is.
#[cfg(not(shuttle))]
pub(crate) fn explore(_: usize, race: impl Fn() + Send + Sync + 'static) {
    race();
}

/// Runs each in a thread of its own, and waits for all.
pub(crate) fn together<const N: usize>(threads: [&(dyn Fn() + Sync); N]) {
    thread::scope(|scope| {
        for run in threads {
            scope.spawn(run);
        }
    });
}

/// Lets others go on, whoever has nothing to do until they have.
#[cfg(feature = "testing")]
pub(crate) fn go_on() {
    thread::yield_now();
}

/// Whether something has happened. Looking at it is no step: it is the observer's and not the library's.
#[derive(Default)]
pub(crate) struct Happened(AtomicBool);

impl Happened {
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn already(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a thread leaves for those who look when all have ended; no step either.
pub(crate) struct Left<T>(Mutex<Vec<T>>);

impl<T> Default for Left<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Left<T> {
    pub(crate) fn leave(&self, what: T) {
        self.0.lock().unwrap().push(what);
    }

    pub(crate) fn all(self) -> Vec<T> {
        self.0.into_inner().unwrap()
    }
}
