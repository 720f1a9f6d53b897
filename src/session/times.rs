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
    let lifetime = from_to(issued_at, expires_at);
    if lifetime <= TimeDelta::zero() {
        return Err(VerifyError::ExpiresBeforeIssued { issued_at, expires_at });
    }
    if lifetime > limits.longest_lifetime() {
        return Err(VerifyError::LivesTooLong { lifetime, longest: limits.longest_lifetime() });
    }
    // A cutoff may stand two leeways ahead, and a session begins a microsecond after it.
    let furthest = leeway.checked_mul(2).and_then(|ahead| ahead.checked_add(&TimeDelta::microseconds(1)));
    if from_to(issued_at, claims.auth_time) > furthest.unwrap_or(TimeDelta::MAX) {
        return Err(VerifyError::AuthTimeAhead { auth_time: claims.auth_time, issued_at, leeway });
    }
    if from_to(expires_at, now) >= leeway {
        return Err(VerifyError::Expired { expires_at, now, leeway });
    }
    if let Some(not_before) = claims.not_before.filter(|not_before| from_to(now, *not_before) > leeway) {
        return Err(VerifyError::NotYetValid { session_id: claims.session_id, not_before, now, leeway });
    }
    if from_to(now, issued_at) > leeway {
        return Err(VerifyError::IssuedAhead { session_id: claims.session_id, issued_at, now, leeway });
    }
    Ok(())
}

/// Differences, never sums: between any two dates there is one, and none of them overflows.
fn from_to(from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
    to.signed_duration_since(from)
}
