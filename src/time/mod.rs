//! Moments, how they are spelled, and the two durations that everything about time hangs on.

mod limits;
mod rfc3339;

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

pub use limits::{
    BACKSTEP_TOLERANCE, MAX_GRACE, MAX_LEEWAY, MAX_LONGEST_LIFETIME, MAX_STALENESS, RETENTION_MARGIN, TimeLimits,
    TimeLimitsError, engine_tolerance,
};
pub(crate) use limits::{DEFAULT_GRACE, DEFAULT_STALENESS, FINEST, LONGEST_WAIT, MIN_STALENESS, seconds};
pub(crate) use rfc3339::is_writable;
pub use rfc3339::{from_rfc3339, to_rfc3339};

/// A moment in microseconds since 1970, or the nearest that there is.
pub(crate) fn from_micros(micros: i64) -> DateTime<Utc> {
    let furthest = if micros.is_negative() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(micros).unwrap_or(furthest)
}

/// A duration in microseconds, or the longest that there is.
pub(crate) fn micros(duration: TimeDelta) -> i64 {
    duration.num_microseconds().unwrap_or(i64::MAX)
}

/// The wall clock, read here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A clock that is never set, read here and nowhere else: microseconds since it was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Monotonic(Instant);

impl Monotonic {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn micros(self) -> i64 {
        i64::try_from(self.0.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}
