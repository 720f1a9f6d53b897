//! Coarse times: what an entry needs to know of when it was made, in one byte.

/// At most this many ticks make a retention.
const MOST_TICKS: i64 = 64;
/// The entries of a shard may lie this many ticks apart, and a stamp still tells each one's tick.
const WIDEST: i64 = 255;
const SECOND: i64 = 1_000_000;

/// The length of a tick, and how many of them an entry is kept.
///
/// A tick is a 64th of the retention: 19 seconds for the usual 20 minutes. An entry made in a tick is
/// kept for `retention` ticks after it, which is never less than the retention and at most two ticks
/// more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticks {
    len: i64,
    retention: i64,
}

/// A tick as an entry holds it: the low 8 bits.
pub(super) type Stamp = u8;

impl Ticks {
    /// For a retention in microseconds.
    pub(super) fn new(retention: i64) -> Self {
        let len = ceil_div(retention, MOST_TICKS).max(SECOND);
        Self { len, retention: ceil_div(retention, len) }
    }

    /// The tick of a moment in microseconds since 1970.
    pub(super) fn at(&self, micros: i64) -> i64 {
        micros.div_euclid(self.len)
    }

    /// The last moment of a tick, in microseconds since 1970.
    pub(super) fn end_of(&self, tick: i64) -> i64 {
        tick.saturating_add(1).saturating_mul(self.len).saturating_sub(1)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the low 8 bits are what a stamp is")]
    pub(super) fn stamp(tick: i64) -> Stamp {
        tick as u8
    }

    /// The tick of a stamp that was made at or after the oldest one, and less than 256 ticks later.
    pub(super) fn since(oldest: i64, stamp: Stamp) -> i64 {
        oldest.saturating_add(i64::from(stamp.wrapping_sub(Self::stamp(oldest))))
    }

    /// Whether an entry of this tick can stand beside the oldest one.
    pub(super) fn fits_beside(oldest: i64, tick: i64) -> bool {
        tick.saturating_sub(oldest) <= WIDEST
    }

    /// The earliest tick that can stand beside the newest one.
    pub(super) fn earliest_beside(newest: i64) -> i64 {
        newest.saturating_sub(WIDEST)
    }

    /// Whether an entry of this age may leave.
    pub(super) fn is_expired(&self, age: i64) -> bool {
        age > self.retention
    }

    /// Whether an entry of this age has overstayed so much that its shard is worth a rebuild.
    pub(super) fn is_overdue(&self, age: i64) -> bool {
        age > self.retention.saturating_add(self.retention.div_euclid(8))
    }
}

fn ceil_div(dividend: i64, divisor: i64) -> i64 {
    // Both positive, the divisor a constant or at least a second.
    dividend.saturating_add(divisor).saturating_sub(1).div_euclid(divisor)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_leaves_early_and_nothing_stays_for_long(
            retention in 300 * SECOND..3_000_000 * SECOND,
            made in -4_000_000_000_000_000..4_000_000_000_000_000_i64,
            late in -2..3_i64,
            apart in 0..=WIDEST,
        ) {
            let ticks = Ticks::new(retention);
            let tick = ticks.at(made);
            let oldest = tick - apart;
            prop_assert!(Ticks::fits_beside(oldest, tick));
            let tick = Ticks::since(oldest, Ticks::stamp(tick));
            let expired = |now: i64| ticks.is_expired(ticks.at(now) - tick);
            // Around the moment itself, to the microsecond.
            let now = made + retention + late;
            prop_assert!(late > 0 || !expired(now));
            prop_assert!(!expired(made) && !expired(made - retention));
            prop_assert!(expired(made + retention + 2 * ticks.len));
        }
    }

    #[test]
    fn a_retention_fits_its_ticks() {
        for retention in [1, SECOND, 1200 * SECOND, MOST_TICKS * SECOND, MOST_TICKS * SECOND + 1, 2_592_300 * SECOND] {
            let ticks = Ticks::new(retention);
            assert!(ticks.retention <= MOST_TICKS && ticks.retention * ticks.len >= retention, "{ticks:?}");
        }
    }
}
