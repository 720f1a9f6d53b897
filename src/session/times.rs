//! The times of an authentic token.
//!
//! With leeway *l*, at the moment *now*, to the microsecond:
//!
//! | rule | accepted | refused |
//! |---|---|---|
//! | `iat` before `exp` | `iat < exp` | `iat ≥ exp` |
//! | lifetime | `exp − iat ≤ longest` | `exp − iat > longest` |
//! | `auth_time` | `auth_time ≤ iat + 2l + 1 µs` | `auth_time > iat + 2l + 1 µs` |
//! | expiry (RFC 7519, 4.1.4: "on or after") | `now < exp + l` | `now ≥ exp + l` |
//! | not before (RFC 7519, 4.1.5) | `nbf ≤ now + l` | `nbf > now + l` |
//! | issued | `iat ≤ now + l` | `iat > now + l` |

use chrono::{DateTime, TimeDelta, Utc};

use super::VerifyError;
use crate::claims::Claims;
use crate::time::TimeLimits;

pub(crate) fn check(claims: &Claims, limits: TimeLimits, now: DateTime<Utc>) -> Result<(), VerifyError> {
    let leeway = limits.leeway();
    let (issued_at, expires_at) = (claims.issued_at, claims.expires_at);
    let (issued, expires, current) = (nanos(issued_at), nanos(expires_at), nanos(now));
    let (ahead, longest) = (length(leeway), length(limits.longest_lifetime()));
    if expires <= issued {
        return Err(VerifyError::ExpiresBeforeIssued { issued_at, expires_at });
    }
    if expires > issued.saturating_add(longest) {
        let lifetime = expires_at.signed_duration_since(issued_at);
        return Err(VerifyError::LivesTooLong { lifetime, longest: limits.longest_lifetime() });
    }
    // A cutoff may stand two leeways ahead, and a session begins a microsecond after it.
    let furthest = issued.saturating_add(ahead.saturating_mul(2)).saturating_add(1000);
    if nanos(claims.auth_time) > furthest {
        return Err(VerifyError::AuthTimeAhead { auth_time: claims.auth_time, issued_at, leeway });
    }
    if current >= expires.saturating_add(ahead) {
        return Err(VerifyError::Expired { expires_at, now, leeway });
    }
    let latest = current.saturating_add(ahead);
    if let Some(not_before) = claims.not_before.filter(|not_before| nanos(*not_before) > latest) {
        return Err(VerifyError::NotYetValid { session_id: claims.session_id, not_before, now, leeway });
    }
    if issued > latest {
        return Err(VerifyError::IssuedAhead { session_id: claims.session_id, issued_at, now, leeway });
    }
    Ok(())
}

/// Nanoseconds since 1970: a number that is made of each date once, which a difference of two dates does twice.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "all dates that there are, and sums of theirs, are far from the type's ends"
)]
fn nanos(at: DateTime<Utc>) -> i128 {
    i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos())
}

/// A duration in nanoseconds.
#[expect(clippy::arithmetic_side_effects, reason = "so are all durations")]
fn length(duration: TimeDelta) -> i128 {
    i128::from(duration.num_seconds()) * 1_000_000_000 + i128::from(duration.subsec_nanos())
}
