//! Counters, through the `metrics` facade if the feature of that name is on.

/// Counts one more, under one label.
#[cfg(feature = "metrics")]
pub(super) fn count(name: &'static str, label: &'static str, value: &'static str) {
    metrics::counter!(name, label => value).increment(1);
}

#[cfg(not(feature = "metrics"))]
pub(super) fn count(_: &'static str, _: &'static str, _: &'static str) {}
