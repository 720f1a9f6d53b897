//! What a list tells of itself through the `metrics` facade.

use super::Denylist;
use crate::events::gauges::{counted, gauge, labelled_gauge};

impl Denylist {
    /// Sets the gauges that `docs/EVENTS.md` lists to what [`stats`](Self::stats) says now: how full the list and its
    /// filters are, how stale what it knows is, how its store is doing. Nothing does so by itself: call it whenever the
    /// exporter is asked, or every few seconds. Of several lists in one process, the one that was called last is told of.
    ///
    /// ```
    /// # fn metrics(denylist: &hallpass::Denylist, exporter: impl Fn() -> String) -> String {
    /// denylist.set_gauges();
    /// exporter()
    /// # }
    /// ```
    pub fn set_gauges(&self) {
        let stats = self.stats();
        for (kind, count) in [("id", stats.ids), ("subject", stats.subjects), ("key", stats.keys)] {
            labelled_gauge("hallpass_denylist_entries", "kind", kind, number(count as u64));
        }
        gauge("hallpass_denylist_capacity", number(stats.capacity as u64));
        gauge("hallpass_denylist_filter_fill_ratio", stats.filter_fill);
        gauge("hallpass_denylist_false_positive_ratio", stats.false_positive_rate);
        gauge("hallpass_denylist_sessions", number(stats.sessions as u64));
        gauge("hallpass_denylist_waiting", number(stats.waiting as u64));
        gauge("hallpass_denylist_unsaved", number(stats.unsaved as u64));
        gauge("hallpass_denylist_malformed", number(stats.malformed));
        gauge("hallpass_denylist_store_failing", is(self.store_error().is_some()));
        gauge("hallpass_denylist_fresh", is(self.is_fresh()));
        if self.shared.following.is_some() {
            let staleness = stats.staleness.map_or(f64::INFINITY, |staleness| staleness.as_seconds_f64());
            gauge("hallpass_denylist_staleness_seconds", staleness);
        }
        counted("hallpass_denylist_unnoted_total", stats.unnoted);
        counted("hallpass_denylist_first_uses_lost_total", stats.first_uses_lost);
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

fn is(so: bool) -> f64 {
    f64::from(u8::from(so))
}
