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
    let (session_id, leeway, longest) = (claims.session_id, limits.leeway(), limits.longest_lifetime());
    let (issued_at, expires_at, auth_time) = (claims.issued_at, claims.expires_at, claims.auth_time);
    let ahead = length(leeway);
    let lifetime = later(expires_at, issued_at);
    if lifetime == 0 {
        return Err(VerifyError::ExpiresBeforeIssued { issued_at, expires_at });
    }
    if lifetime > length(longest) {
        let lifetime = expires_at.signed_duration_since(issued_at);
        return Err(VerifyError::LivesTooLong { lifetime, longest });
    }
    // A cutoff may stand two leeways ahead, and a session begins a microsecond after it.
    if later(auth_time, issued_at) > ahead.saturating_mul(2).saturating_add(1000) {
        return Err(VerifyError::AuthTimeAhead { auth_time, issued_at, leeway });
    }
    if now >= expires_at && later(now, expires_at) >= ahead {
        return Err(VerifyError::Expired { expires_at, now, leeway });
    }
    if let Some(not_before) = claims.not_before.filter(|not_before| later(*not_before, now) > ahead) {
        return Err(VerifyError::NotYetValid { session_id, not_before, now, leeway });
    }
    if later(issued_at, now) > ahead {
        return Err(VerifyError::IssuedAhead { session_id, issued_at, now, leeway });
    }
    Ok(())
}

/// By how many nanoseconds a date is later than another; 0 if it is not, as most are not that are asked about, and which
/// takes no more than to compare them.
#[inline]
fn later(date: DateTime<Utc>, than: DateTime<Utc>) -> i128 {
    if date <= than { 0 } else { difference(date, than) }
}

#[inline(never)]
fn difference(date: DateTime<Utc>, than: DateTime<Utc>) -> i128 {
    nanos(date).saturating_sub(nanos(than))
}

/// Nanoseconds since 1970.
#[expect(clippy::arithmetic_side_effects, reason = "all dates that there are are far from the type's ends")]
fn nanos(at: DateTime<Utc>) -> i128 {
    i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos())
}

/// A duration in nanoseconds.
#[expect(clippy::arithmetic_side_effects, reason = "so are all durations")]
fn length(duration: TimeDelta) -> i128 {
    i128::from(duration.num_seconds()) * 1_000_000_000 + i128::from(duration.subsec_nanos())
}
