//! Locks, threads, atomics and swapped pointers: the real ones, or, under `--cfg shuttle`, stand-ins whose every
//! step a scheduler decides, so that `tests/shuttle` can try one interleaving after the other.

use std::ops::Deref;

/// On cache lines of its own, so that those who read what stands beside it don't wait for those who write this. Processors
/// fetch lines of 64 bytes in pairs.
#[derive(Debug, Clone, Default)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

impl<T> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(not(shuttle))]
mod real {
    pub(crate) use arc_swap::{ArcSwap, Guard};
    pub(crate) use parking_lot::{Condvar, Mutex, RwLock};
    pub(crate) use std::sync::atomic;
    pub(crate) use std::thread;
}

#[cfg(shuttle)]
mod modelled {
    use std::ops::Deref;
    use std::sync::Arc;
    use std::time::Duration;

    pub(crate) use shuttle::sync::atomic;
    pub(crate) use shuttle::thread;
    use shuttle_parking_lot::MutexGuard;
    pub(crate) use shuttle_parking_lot::{Mutex, RwLock};

    /// A wait for longer than this never ends by itself here, so that whoever was to be woken and was not shows
    /// as a deadlock. A shorter one ends whenever the scheduler likes.
    const LONG: Duration = Duration::from_secs(10);

    /// What parking_lot promises of its own, from what shuttle has.
    #[derive(Debug, Default)]
    pub(crate) struct Condvar {
        /// Held from before the waiter's own lock is released until the waiter waits.
        gate: shuttle::sync::Mutex<()>,
        woken: shuttle::sync::Condvar,
    }

    /// Whether a wait has ended by itself.
    pub(crate) struct WaitTimeoutResult(bool);

    impl WaitTimeoutResult {
        pub(crate) fn timed_out(&self) -> bool {
            self.0
        }
    }

    impl Condvar {
        pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            let gate = self.gate.lock();
            MutexGuard::unlocked(guard, || drop(gate.and_then(|gate| self.woken.wait(gate))));
        }

        pub(crate) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, most: Duration) -> WaitTimeoutResult {
            let ends = most <= LONG;
            if ends {
                MutexGuard::unlocked(guard, thread::yield_now);
            } else {
                self.wait(guard);
            }
            WaitTimeoutResult(ends)
        }

        pub(crate) fn notify_one(&self) {
            let _gate = self.gate.lock();
            self.woken.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            let _gate = self.gate.lock();
            self.woken.notify_all();
        }
    }

    /// A swapped pointer as arc-swap promises it: what is loaded is one of the values, whole.
    #[derive(Debug)]
    pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

    pub(crate) struct Guard<T>(T);

    impl<T> ArcSwap<T> {
        pub(crate) fn from_pointee(value: T) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        pub(crate) fn load(&self) -> Guard<Arc<T>> {
            Guard(self.load_full())
        }

        pub(crate) fn load_full(&self) -> Arc<T> {
            Arc::clone(&self.0.lock())
        }

        pub(crate) fn store(&self, value: Arc<T>) {
            drop(self.swap(value));
        }

        pub(crate) fn swap(&self, value: Arc<T>) -> Arc<T> {
            std::mem::replace(&mut *self.0.lock(), value)
        }
    }

    impl<T> Deref for Guard<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }
}

#[cfg(shuttle)]
pub(crate) use modelled::{ArcSwap, Condvar, Guard, Mutex, RwLock, atomic, thread};
#[cfg(not(shuttle))]
pub(crate) use real::{ArcSwap, Condvar, Guard, Mutex, RwLock, atomic, thread};
