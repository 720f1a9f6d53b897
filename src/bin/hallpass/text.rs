//! Durations and errors, as they are written on the command line.

use std::error::Error;
use std::iter::successors;

use chrono::TimeDelta;

pub(crate) fn duration(duration: TimeDelta) -> String {
    humantime::format_duration(duration.to_std().unwrap_or_default()).to_string()
}

/// In whole seconds, but for what is shorter than one.
pub(crate) fn about(span: TimeDelta) -> String {
    let whole = TimeDelta::seconds(span.num_seconds());
    duration(if whole.is_zero() { span } else { whole })
}

/// What an error says, and then what each of its sources says.
pub(crate) fn chain(error: &dyn Error) -> String {
    let links = successors(Some(error), |&error| error.source());
    links.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
