//! The clocks, for what a library that is told the moment does not know.

#[cfg(any(feature = "postgres", feature = "redis"))]
use std::time::Instant;

#[cfg(any(feature = "postgres", feature = "redis"))]
use chrono::TimeDelta;
use chrono::{DateTime, Utc};

#[expect(clippy::disallowed_methods, reason = "the edge of this program, and its one place that reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// How long something takes.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) struct Watch(Instant);

#[cfg(any(feature = "postgres", feature = "redis"))]
impl Watch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// That, and what the clock showed in the middle of it.
    pub(crate) fn stop(self) -> (TimeDelta, DateTime<Utc>) {
        let took = TimeDelta::from_std(self.0.elapsed()).unwrap_or(TimeDelta::MAX);
        let half = took.checked_div(2).unwrap_or(took);
        let now = now();
        (took, now.checked_sub_signed(half).unwrap_or(now))
    }
}
