//! Gauges, and counters that somebody else counts, through the `metrics` facade.

/// Sets a gauge.
pub(crate) fn gauge(name: &'static str, value: f64) {
    metrics::gauge!(name).set(value);
}

/// Sets a gauge under one label.
pub(crate) fn labelled_gauge(name: &'static str, label: &'static str, of: &'static str, value: f64) {
    metrics::gauge!(name, label => of).set(value);
}

/// Sets a counter to what was counted elsewhere; it never falls.
pub(crate) fn counted(name: &'static str, count: u64) {
    metrics::counter!(name).absolute(count);
}
