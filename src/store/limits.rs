//! How long calls to an engine may take.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) connect: Duration,
    pub(super) look: Duration,
    pub(super) write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let second = Duration::from_secs;
        Self { connect: second(5), look: second(2), write: second(5) }
    }
}

impl Limits {
    /// For what goes through all records, and is rare.
    pub(super) fn rewrite(&self) -> Duration {
        self.write.saturating_mul(12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_through_all_records_may_take_twelve_times_as_long_as_a_write() {
        let limits = Limits { write: Duration::from_secs(7), ..Limits::default() };
        assert_eq!(limits.rewrite(), Duration::from_secs(84));
    }
}
