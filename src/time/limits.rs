//! The longest lifetime of a token and the leeway between clocks, and what follows from them.

use std::fmt;

use chrono::TimeDelta;

/// The largest leeway that can be set: 60 seconds.
///
/// RFC 7519, section 4.1.4, speaks of "usually no more than a few minutes"; a minute is what clocks
/// under NTP never need, and a larger one only lengthens the life of a stolen token.
pub const MAX_LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// The longest lifetime that can be allowed to a token: 30 days, the overall timeout of NIST
/// SP 800-63B-4's AAL1.
pub const MAX_LONGEST_LIFETIME: TimeDelta = TimeDelta::days(30);

/// The longest grace that can be given to a token whose successor was used: 60 seconds.
///
/// It is for requests that were on their way when the session was renewed, and for nothing else: within
/// it a stolen predecessor is as good as its successor.
pub const MAX_GRACE: TimeDelta = TimeDelta::seconds(60);

/// The grace unless set: 30 seconds, the usual timeout of a request.
pub(crate) const DEFAULT_GRACE: TimeDelta = TimeDelta::seconds(30);

/// What an entry of the denylist is kept beyond the longest lifetime of a token: 5 minutes.
///
/// It covers everything by which a token may be younger than its entry or live past its `exp`: three
/// times the largest leeway (the clock of whoever issued it, of whoever revoked it and of whoever
/// verifies it) and the largest staleness bound (a process that had not yet heard of the entry).
pub const RETENTION_MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The largest staleness bound that a denylist shared between processes may be given: 60 seconds, with what is accepted
/// beyond it.
pub const MAX_STALENESS: TimeDelta = TimeDelta::seconds(60);

/// The smallest staleness bound that can be set: a second, within which the engine is asked five times.
pub(crate) const MIN_STALENESS: TimeDelta = TimeDelta::seconds(1);

/// The staleness bound unless set: 5 seconds, so that an engine may be away for as long as a restart takes.
pub(crate) const DEFAULT_STALENESS: TimeDelta = TimeDelta::seconds(5);

/// How far the clock may step back behind a purge without a purged entry mattering again: 60 seconds, which is what the
/// margin leaves.
pub const BACKSTEP_TOLERANCE: TimeDelta =
    TimeDelta::seconds(RETENTION_MARGIN.num_seconds() - 3 * MAX_LEEWAY.num_seconds() - MAX_STALENESS.num_seconds());

/// Clocks are never compared more finely than this: it takes a while to read both.
pub(crate) const FINEST: TimeDelta = TimeDelta::seconds(1);

/// How far a process's clock may differ from that of an engine which several share: half the leeway, so that any two
/// of them differ by no more than that, and at least a second.
#[must_use]
pub fn engine_tolerance(leeway: TimeDelta) -> TimeDelta {
    leeway.checked_div(2).unwrap_or(leeway).max(FINEST)
}

/// How long logins may have to wait for a clock that has stepped back, before it counts as one that was
/// wrong until then: 20 minutes, more than any clock that is kept steps.
pub(crate) const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(20);

// An entry may never leave while a token that it forbids could still be accepted.
const _: () = assert!(BACKSTEP_TOLERANCE.num_seconds() > 0);

// Nor may the note of a generation's first use, while a token that it retires could still be shown: one
// that was renewed at the end of the grace.
const _: () = assert!(MAX_GRACE.num_seconds() <= BACKSTEP_TOLERANCE.num_seconds());

/// The two durations that a denylist lays down for every issuer and every verifier that hold it.
///
/// - **longest lifetime**: no token may live longer (`exp - iat`); 15 minutes unless set, from
///   1 second to 30 days. The denylist forgets an entry only when no token could live that long.
/// - **leeway**: how far two clocks may differ; 10 seconds unless set, from 0 to 60 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    longest_lifetime: TimeDelta,
    leeway: TimeDelta,
}

impl TimeLimits {
    /// Limits with this longest lifetime and leeway.
    ///
    /// # Errors
    /// [`TimeLimitsError`] when the longest lifetime is below 1 second or above
    /// [`MAX_LONGEST_LIFETIME`], or the leeway is negative or above [`MAX_LEEWAY`].
    pub fn new(longest_lifetime: TimeDelta, leeway: TimeDelta) -> Result<Self, TimeLimitsError> {
        if longest_lifetime < TimeDelta::seconds(1) || longest_lifetime > MAX_LONGEST_LIFETIME {
            return Err(TimeLimitsError::LongestLifetime { given: longest_lifetime });
        }
        if leeway < TimeDelta::zero() || leeway > MAX_LEEWAY {
            return Err(TimeLimitsError::Leeway { given: leeway });
        }
        Ok(Self { longest_lifetime, leeway })
    }

    /// The longest that a token may live, from `iat` to `exp`.
    #[must_use]
    pub fn longest_lifetime(&self) -> TimeDelta {
        self.longest_lifetime
    }

    /// How far two clocks may differ.
    #[must_use]
    pub fn leeway(&self) -> TimeDelta {
        self.leeway
    }

    /// How long every entry of the denylist is kept: the longest lifetime and [`RETENTION_MARGIN`].
    #[must_use]
    pub fn retention(&self) -> TimeDelta {
        // Both are bounded by constants, far from the type's edge.
        self.longest_lifetime.checked_add(&RETENTION_MARGIN).unwrap_or(TimeDelta::MAX)
    }
}

impl Default for TimeLimits {
    /// 15 minutes (the idle timeout of NIST SP 800-63B-4's AAL3) and 10 seconds.
    fn default() -> Self {
        Self { longest_lifetime: TimeDelta::minutes(15), leeway: TimeDelta::seconds(10) }
    }
}

/// A duration in an error's text: `900 s`, and the fraction if there is one.
pub(crate) fn seconds(duration: TimeDelta) -> impl fmt::Display {
    if duration.subsec_nanos() == 0 {
        format!("{} s", duration.num_seconds())
    } else {
        format!("{:.6} s", duration.as_seconds_f64())
    }
}

/// A duration outside the range that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeLimitsError {
    /// The longest lifetime is below 1 second or above [`MAX_LONGEST_LIFETIME`].
    #[error("a longest lifetime of {} is outside 1 s to {}", seconds(*given), seconds(MAX_LONGEST_LIFETIME))]
    LongestLifetime {
        /// What was asked for.
        given: TimeDelta,
    },
    /// The grace is negative or above [`MAX_GRACE`].
    #[error("a grace of {} is outside 0 to {}", seconds(*given), seconds(MAX_GRACE))]
    Grace {
        /// What was asked for.
        given: TimeDelta,
    },
    /// The staleness bound is below a second, or above [`MAX_STALENESS`] with what is accepted beyond it.
    #[error(
        "a staleness bound of {} and {} beyond it are outside 1 s to {}",
        seconds(*bound), seconds(*beyond), seconds(MAX_STALENESS)
    )]
    Staleness {
        /// The bound that was asked for.
        bound: TimeDelta,
        /// For how long it was asked to accept what is stale.
        beyond: TimeDelta,
    },
    /// The leeway is negative or above [`MAX_LEEWAY`].
    #[error("a leeway of {} is outside 0 to {}", seconds(*given), seconds(MAX_LEEWAY))]
    Leeway {
        /// What was asked for.
        given: TimeDelta,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_whole_seconds_and_to_the_microsecond_where_it_has_a_fraction() {
        let text = |micros| seconds(TimeDelta::microseconds(micros)).to_string();
        assert_eq!(text(900_000_000), "900 s");
        assert_eq!(text(0), "0 s");
        assert_eq!(text(1_500_000), "1.500000 s");
        assert_eq!(text(-1), "-0.000001 s");
    }
}
