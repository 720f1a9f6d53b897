//! What holds in effect.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{AssuranceLevel, DEFAULT_ABSOLUTE};
use crate::time::TimeLimits;

/// When sessions end and are renewed, in effect: what was asked for, under the denylist's limits. From
/// [`Issuer::policy`](crate::Issuer::policy); print it where the service starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub(super) idle: TimeDelta,
    pub(super) absolute: TimeDelta,
    pub(super) renew_after: TimeDelta,
    pub(super) leeway: TimeDelta,
    pub(super) grace: Option<TimeDelta>,
    pub(super) level: Option<AssuranceLevel>,
}

/// Something that an assurance level says SHOULD be, and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// The absolute timeout is longer than it should be.
    Absolute {
        /// The level.
        level: AssuranceLevel,
        /// What it is.
        actual: TimeDelta,
        /// What it should be at most.
        should: TimeDelta,
    },
    /// The idle timeout is longer than it should be.
    Idle {
        /// The level.
        level: AssuranceLevel,
        /// What it is.
        actual: TimeDelta,
        /// What it should be at most.
        should: TimeDelta,
    },
}

impl Policy {
    /// What holds unless something else is asked for.
    pub(crate) fn by_default(limits: TimeLimits, grace: Option<TimeDelta>) -> Self {
        let idle = limits.longest_lifetime();
        let renew_after = third(idle);
        Self { idle, absolute: DEFAULT_ABSOLUTE, renew_after, leeway: limits.leeway(), grace, level: None }
    }

    /// How long a token lives, and so a session without use, at the most.
    #[must_use]
    pub fn idle(&self) -> TimeDelta {
        self.idle
    }

    /// How long a session lasts without use, at the least: its last use may have come just before renewal
    /// was due.
    #[must_use]
    pub fn shortest_idle(&self) -> TimeDelta {
        self.idle.checked_sub(&self.renew_after).unwrap_or_default()
    }

    /// How long a session lasts altogether, from its `auth_time`.
    #[must_use]
    pub fn absolute(&self) -> TimeDelta {
        self.absolute
    }

    /// How old a token is when its renewal is due.
    #[must_use]
    pub fn renew_after(&self) -> TimeDelta {
        self.renew_after
    }

    /// How far two clocks may differ: a token is accepted for so long after its `exp`.
    #[must_use]
    pub fn leeway(&self) -> TimeDelta {
        self.leeway
    }

    /// For how long a token is still good after a successor of it was used; nothing where there is no
    /// denylist to know of it.
    #[must_use]
    pub fn grace(&self) -> Option<TimeDelta> {
        self.grace
    }

    /// The assurance level that was asked for.
    #[must_use]
    pub fn level(&self) -> Option<AssuranceLevel> {
        self.level
    }

    /// What the assurance level says SHOULD be otherwise. What it says SHALL be is.
    #[must_use]
    pub fn advice(&self) -> Vec<Advice> {
        let Some(level) = self.level else { return Vec::new() };
        let absolute = Some(level.absolute()).filter(|should| self.absolute > *should);
        let idle = level.idle().filter(|should| self.idle > *should);
        let absolute = absolute.map(|should| Advice::Absolute { level, actual: self.absolute, should });
        let idle = idle.map(|should| Advice::Idle { level, actual: self.idle, should });
        absolute.into_iter().chain(idle).collect()
    }

    /// The `exp` of a token issued now in a session that began then; nothing beyond the dates that there are.
    pub(crate) fn expiry(&self, auth_time: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let idle = now.checked_add_signed(self.idle)?;
        // Where there is no such date, the other comes first.
        Some(auth_time.checked_add_signed(self.absolute).map_or(idle, |absolute| absolute.min(idle)))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "idle timeout      {} to {}", span(self.shortest_idle()), span(self.idle))?;
        writeln!(f, "absolute timeout  {}", span(self.absolute))?;
        writeln!(f, "renewal due after {}", span(self.renew_after))?;
        writeln!(f, "leeway            {}", span(self.leeway))?;
        match self.grace {
            Some(grace) => writeln!(f, "grace             {}", span(grace))?,
            None => writeln!(f, "grace             none: no denylist")?,
        }
        match self.level {
            Some(level) => write!(f, "level             {level} (NIST SP 800-63B-4)")?,
            None => write!(f, "level             none")?,
        }
        self.advice().iter().try_for_each(|advice| write!(f, "\nadvice            {advice}"))
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, level, actual, should) = match self {
            Self::Absolute { level, actual, should } => ("absolute", level, actual, should),
            Self::Idle { level, actual, should } => ("idle", level, actual, should),
        };
        write!(f, "the {what} timeout of {} should be at most {} for {level}", span(*actual), span(*should))
    }
}

/// Renewal is due after a third of the idle timeout: late enough to be rare, soon enough that whoever comes
/// back within two thirds of it finds the session alive.
pub(super) fn third(idle: TimeDelta) -> TimeDelta {
    idle.checked_div(3).unwrap_or_default()
}

/// A duration as people say it: `12 h`, `14 min 30 s`.
fn span(duration: TimeDelta) -> String {
    let units = [
        (duration.num_days(), "d"),
        (duration.num_hours() % 24, "h"),
        (duration.num_minutes() % 60, "min"),
        (duration.num_seconds() % 60, "s"),
        (i64::from(duration.subsec_micros()), "µs"),
    ];
    let parts: Vec<String> =
        units.iter().filter(|(count, _)| *count != 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}
