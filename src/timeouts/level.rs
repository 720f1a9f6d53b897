//! The authenticator assurance levels of NIST SP 800-63B-4, as far as sessions are concerned.

use std::fmt;

use chrono::TimeDelta;

/// An authenticator assurance level of NIST SP 800-63B-4 (sections 2.1.3, 2.2.3, 2.3.3).
///
/// | level | overall timeout | inactivity timeout |
/// |---|---|---|
/// | AAL1 | SHOULD be at most 30 days | not required |
/// | AAL2 | SHOULD be at most 24 hours | SHOULD be at most 1 hour |
/// | AAL3 | **SHALL** be at most 12 hours | SHOULD be at most 15 minutes |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssuranceLevel {
    /// Some assurance: one factor.
    Aal1,
    /// High confidence: two factors.
    Aal2,
    /// Very high confidence: two factors, one of them a key that can't be exported.
    Aal3,
}

impl AssuranceLevel {
    /// The overall timeout that the level names.
    pub(super) fn absolute(self) -> TimeDelta {
        match self {
            Self::Aal1 => TimeDelta::days(30),
            Self::Aal2 => TimeDelta::hours(24),
            Self::Aal3 => TimeDelta::hours(12),
        }
    }

    /// The overall timeout that it never permits to pass.
    pub(super) fn longest_absolute(self) -> Option<TimeDelta> {
        (self == Self::Aal3).then(|| self.absolute())
    }

    /// The inactivity timeout that it names, if it names one.
    pub(super) fn idle(self) -> Option<TimeDelta> {
        match self {
            Self::Aal1 => None,
            Self::Aal2 => Some(TimeDelta::hours(1)),
            Self::Aal3 => Some(TimeDelta::minutes(15)),
        }
    }
}

impl fmt::Display for AssuranceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aal1 => "AAL1",
            Self::Aal2 => "AAL2",
            Self::Aal3 => "AAL3",
        })
    }
}
