//! Locks, atomics and swapped pointers: the real ones, or, under `--cfg shuttle`, stand-ins whose every
//! step a scheduler decides, so that `tests/shuttle` can try one interleaving after the other.

#[cfg(not(shuttle))]
mod real {
    pub(crate) use arc_swap::{ArcSwap, Guard};
    pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};
    pub(crate) use std::sync::atomic;
}

#[cfg(shuttle)]
mod modelled {
    use std::ops::Deref;
    use std::sync::Arc;

    pub(crate) use shuttle::sync::atomic;
    pub(crate) use shuttle_parking_lot::{Condvar, Mutex, MutexGuard, RwLock};

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
pub(crate) use modelled::{ArcSwap, Condvar, Guard, Mutex, MutexGuard, RwLock, atomic};
#[cfg(not(shuttle))]
pub(crate) use real::{ArcSwap, Condvar, Guard, Mutex, MutexGuard, RwLock, atomic};
