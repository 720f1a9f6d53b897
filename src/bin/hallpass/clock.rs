//! The wall clock, for what a library that is told the moment does not know.

use chrono::{DateTime, Utc};

#[expect(clippy::disallowed_methods, reason = "the edge of this program, and its one place that reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
