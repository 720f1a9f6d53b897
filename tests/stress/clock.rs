//! A clock that is made up: it goes on by five seconds once every thread has begun another step, so that a step sees one tick
//! at the most, however slow the machine is, and minutes pass in a moment.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::THREADS;

/// Below the leeway, so that a thread which is late by one tick is as good as any.
const TICK: i64 = 5_000_000;

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

/// All of it is relaxed: who looks at the clock learns nothing of what others have done.
pub(crate) struct Clock {
    micros: AtomicI64,
    /// How many steps each thread has begun, and how many it had when the clock last went on.
    begun: [AtomicU64; THREADS],
    seen: [AtomicU64; THREADS],
    has_stopped: AtomicBool,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let none = || std::array::from_fn(|_| AtomicU64::new(0));
        Self { micros: AtomicI64::new(0), begun: none(), seen: none(), has_stopped: AtomicBool::new(false) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        noon() + TimeDelta::microseconds(self.micros.load(Ordering::Relaxed))
    }

    /// A thread begins a step; the moment at which it does. The first thread moves the clock.
    pub(crate) fn step(&self, thread: usize) -> DateTime<Utc> {
        self.begun[thread].fetch_add(1, Ordering::Relaxed);
        if thread == 0 && (0..THREADS).all(|thread| self.has_begun_another(thread)) {
            for (seen, begun) in self.seen.iter().zip(&self.begun) {
                seen.store(begun.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            self.micros.fetch_add(TICK, Ordering::Relaxed);
        }
        self.now()
    }

    fn has_begun_another(&self, thread: usize) -> bool {
        self.begun[thread].load(Ordering::Relaxed) > self.seen[thread].load(Ordering::Relaxed)
    }

    pub(crate) fn goes(&self) -> bool {
        !self.has_stopped.load(Ordering::Relaxed)
    }
}

/// Whoever panics stops the others.
pub(crate) struct Stop<'a>(pub(crate) &'a Clock);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.has_stopped.store(true, Ordering::Relaxed);
        }
    }
}
