//! An authentic token, whatever the time: enough to take back what it opens.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::time::{MAX_LEEWAY, MAX_LONGEST_LIFETIME, TimeLimits};
use hallpass::{KeyRing, Session, Verifier, VerifyError};

use crate::failure::Failure;

/// The session of a token that one of these keys made for this issuer and this audience, now, before or later: of
/// a token that has expired the session may live on in a successor, and one whose time is still to come can be
/// stolen today. Nor does it matter what is revoked already.
///
/// A key that is retired proves nothing; one whose time of verifying is over does, for its own time.
pub(crate) fn session(
    keys: &KeyRing,
    issuer: String,
    audience: Option<String>,
    token: &str,
) -> Result<Session, Failure> {
    // The widest there are: what the list's own limits refuse is authentic all the same.
    let limits = TimeLimits::new(MAX_LONGEST_LIFETIME, MAX_LEEWAY)?;
    let mut verifier = Verifier::dangerously_without_denylist(keys, issuer, limits);
    if let Some(audience) = audience {
        verifier = verifier.audience(audience);
    }
    let mut verified = verifier.verify(token);
    // First to the key's time, then to the token's, which lies within it.
    for _ in 0..2 {
        let Some(moment) = verified.as_ref().err().and_then(own_time) else { break };
        verified = verifier.verify_at(token, moment);
    }
    // Not "could not find out": without a list there is nothing that can't be found out.
    verified.map_err(Failure::Refused)
}

/// The moment at which a token that is refused for the time alone may pass.
fn own_time(error: &VerifyError) -> Option<DateTime<Utc>> {
    match error {
        // Within the leeway, which is not zero, a token is good at its end.
        VerifyError::Expired { expires_at, .. } => Some(*expires_at),
        VerifyError::NotYetValid { not_before, .. } => Some(*not_before),
        VerifyError::IssuedAhead { issued_at, .. } => Some(*issued_at),
        VerifyError::KeyPast { until, .. } => until.checked_sub_signed(TimeDelta::microseconds(1)),
        _ => None,
    }
}
