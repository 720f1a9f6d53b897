//! When a session ends by itself: after a time without use, and after a time at all.

mod level;
mod policy;

use chrono::TimeDelta;

use self::policy::third;
use crate::time::{TimeLimits, seconds};

pub use level::AssuranceLevel;
pub use policy::{Advice, Policy};

/// The absolute timeout unless set: 12 hours, a working day (OWASP ASVS 5.0, V7.3.2; NIST SP 800-63B-4's
/// AAL3).
const DEFAULT_ABSOLUTE: TimeDelta = TimeDelta::hours(12);

/// The longest absolute timeout that can be set: 400 days, as long as a browser keeps a cookie (RFC
/// 6265bis, section 5.5).
pub const MAX_ABSOLUTE_TIMEOUT: TimeDelta = TimeDelta::days(400);

/// How long sessions may last: what an [`Issuer`](crate::Issuer) is asked for by
/// [`timeouts`](crate::Issuer::timeouts).
///
/// Two timeouts hold at once, and whichever comes first ends the session:
///
/// - **idle**: without use. It is the lifetime of each token; whoever uses a session gets it renewed, in
///   time, into a successor with a lifetime of its own.
/// - **absolute**: counted from `auth_time`, the moment of the login. No number of renewals passes it.
///
/// What is not set is the denylist's longest lifetime, 12 hours, and a third of the idle timeout.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hallpass::{Denylist, Issuer, KeyRing, Timeouts};
/// use chrono::TimeDelta;
///
/// let (keys, denylist) = (KeyRing::generate()?, Denylist::in_memory()?);
/// let issuer = Issuer::new(&keys, "https://app.example", &denylist)
///     .timeouts(Timeouts::default().idle(TimeDelta::minutes(5)).absolute(TimeDelta::hours(8)))?;
/// println!("{}", issuer.policy());
///
/// let strict = Issuer::new(&keys, "https://bank.example", &denylist).timeouts(Timeouts::aal3())?;
/// assert!(strict.policy().advice().is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use = "timeouts hold when an issuer is given them"]
pub struct Timeouts {
    idle: Option<TimeDelta>,
    absolute: Option<TimeDelta>,
    renew_after: Option<TimeDelta>,
    level: Option<AssuranceLevel>,
}

/// A timeout that can't be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeoutsError {
    /// The idle timeout is below 1 second or above the denylist's longest lifetime of a token.
    #[error("an idle timeout of {} is outside 1 s to the denylist's longest lifetime, {}", seconds(*given), seconds(*longest))]
    Idle {
        /// What was asked for.
        given: TimeDelta,
        /// The longest lifetime that the denylist allows.
        longest: TimeDelta,
    },
    /// The absolute timeout is below 1 second or above [`MAX_ABSOLUTE_TIMEOUT`].
    #[error("an absolute timeout of {} is outside 1 s to {}", seconds(*given), seconds(MAX_ABSOLUTE_TIMEOUT))]
    Absolute {
        /// What was asked for.
        given: TimeDelta,
    },
    /// The absolute timeout is longer than the assurance level permits ("SHALL").
    #[error("an absolute timeout of {} is more than {level} permits, {}", seconds(*given), seconds(*longest))]
    Level {
        /// What was asked for.
        given: TimeDelta,
        /// The level.
        level: AssuranceLevel,
        /// What it permits.
        longest: TimeDelta,
    },
    /// Renewal would be due before the token is issued, or not before it has expired.
    #[error("renewal after {} is outside 0 to the idle timeout, {}", seconds(*given), seconds(*idle))]
    RenewAfter {
        /// What was asked for.
        given: TimeDelta,
        /// The idle timeout.
        idle: TimeDelta,
    },
}

impl Timeouts {
    /// For AAL1 of NIST SP 800-63B-4: 30 days altogether (SHOULD), no bound on idleness but the
    /// denylist's longest lifetime.
    pub fn aal1() -> Self {
        Self { level: Some(AssuranceLevel::Aal1), ..Self::default() }
    }

    /// For AAL2 of NIST SP 800-63B-4: 24 hours altogether (SHOULD), 1 hour idle (SHOULD).
    pub fn aal2() -> Self {
        Self { level: Some(AssuranceLevel::Aal2), ..Self::default() }
    }

    /// For AAL3 of NIST SP 800-63B-4: 12 hours altogether (SHALL), 15 minutes idle (SHOULD).
    ///
    /// What SHALL hold holds on every clock that differs by the leeway: sessions end three leeways and a
    /// second before the 12 hours are over. A longer absolute timeout is an error.
    pub fn aal3() -> Self {
        Self { level: Some(AssuranceLevel::Aal3), ..Self::default() }
    }

    /// How long a session lasts without use, at the most: from 1 second to the denylist's longest
    /// lifetime, which it is unless set.
    ///
    /// The session of a client that is idle ends between `idle - renew_after` and `idle` after its last
    /// use: within `renew_after` of a token's issue nothing is renewed, so that the use does not count.
    pub fn idle(self, idle: TimeDelta) -> Self {
        Self { idle: Some(idle), ..self }
    }

    /// How long a session lasts altogether: from 1 second to 400 days, 12 hours unless set.
    pub fn absolute(self, absolute: TimeDelta) -> Self {
        Self { absolute: Some(absolute), ..self }
    }

    /// How old a token must be for its renewal to be due: from 0 to below the idle timeout, a third of it
    /// unless set.
    pub fn renew_after(self, renew_after: TimeDelta) -> Self {
        Self { renew_after: Some(renew_after), ..self }
    }

    /// What holds under these limits.
    pub(crate) fn resolve(self, limits: TimeLimits, grace: Option<TimeDelta>) -> Result<Policy, TimeoutsError> {
        let longest = limits.longest_lifetime();
        let idle =
            self.idle.unwrap_or_else(|| self.level.and_then(AssuranceLevel::idle).unwrap_or(longest).min(longest));
        if idle < TimeDelta::seconds(1) || idle > longest {
            return Err(TimeoutsError::Idle { given: idle, longest });
        }
        let asked = self.absolute.unwrap_or(self.level.map_or(DEFAULT_ABSOLUTE, AssuranceLevel::absolute));
        if asked < TimeDelta::seconds(1) || asked > MAX_ABSOLUTE_TIMEOUT {
            return Err(TimeoutsError::Absolute { given: asked });
        }
        let absolute = match self.level.and_then(|level| Some((level, level.longest_absolute()?))) {
            Some((level, longest)) if asked > longest => {
                return Err(TimeoutsError::Level { given: asked, level, longest });
            }
            Some((_, longest)) => asked.min(longest.checked_sub(&clocks(limits)).unwrap_or(longest)),
            None => asked,
        };
        let renew_after = self.renew_after.unwrap_or_else(|| third(idle));
        if renew_after < TimeDelta::zero() || renew_after >= idle {
            return Err(TimeoutsError::RenewAfter { given: renew_after, idle });
        }
        Ok(Policy { idle, absolute, renew_after, leeway: limits.leeway(), grace, level: self.level })
    }
}

/// By how much longer a session may last than by the clock of the login: `auth_time` may stand two
/// leeways ahead and a microsecond, and a token is accepted until a leeway after its `exp`.
fn clocks(limits: TimeLimits) -> TimeDelta {
    let leeways = limits.leeway().checked_mul(3).unwrap_or_default();
    leeways.checked_add(&TimeDelta::seconds(1)).unwrap_or(leeways)
}
