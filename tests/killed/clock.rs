//! A clock that runs a thousand times as fast, and yet not so far in the life of one child that what it
//! acknowledged could expire before anybody has looked for it.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

const SPEED: i64 = 1000;

/// How far it comes in the life of one child at the most. The list is looked at after every second child at the
/// latest, and entries are kept for 301 seconds.
const FURTHEST: TimeDelta = TimeDelta::seconds(100);

/// The shortest longest lifetime there is: entries are kept that long and 5 minutes.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::seconds(1);
pub(crate) const RETENTION: TimeDelta = TimeDelta::seconds(301);
pub(crate) const LEEWAY: TimeDelta = TimeDelta::seconds(10);

pub(crate) struct Clock {
    base: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    pub(crate) fn start(base: DateTime<Utc>) -> Self {
        Self { base, since: Instant::now() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.base + come(self.since.elapsed())
    }
}

fn come(elapsed: Duration) -> TimeDelta {
    TimeDelta::microseconds((elapsed.as_micros() as i64).saturating_mul(SPEED)).min(FURTHEST)
}
