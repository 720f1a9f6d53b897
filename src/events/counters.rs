//! Counters, through the `metrics` facade if the feature of that name is on.

pub(super) const VERIFICATIONS: &str = "hallpass_verifications_total";

/// Counts one more, under one label.
pub(super) fn count(name: &'static str, label: &'static str, value: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(name, label => value).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = (name, label, value);
}

/// Counts a token that was accepted: the one thing that happens on every request, so that it must not
/// allocate. The names are literals for that.
pub(super) fn count_accepted() {
    #[cfg(feature = "metrics")]
    metrics::counter!("hallpass_verifications_total", "outcome" => "accepted").increment(1);
}
