//! Durations, as they are written on the command line.

use chrono::TimeDelta;

pub(crate) fn duration(duration: TimeDelta) -> String {
    humantime::format_duration(duration.to_std().unwrap_or_default()).to_string()
}

/// In whole seconds, but for what is shorter than one.
pub(crate) fn about(span: TimeDelta) -> String {
    let whole = TimeDelta::seconds(span.num_seconds());
    duration(if whole.is_zero() { span } else { whole })
}
