//! What verifying and renewing check alike: the keys of a token, and between whom it is.

use chrono::{DateTime, Utc};

use super::VerifyError;
use crate::claims::Claims;
use crate::key::{Key, KeyId, KeyRefusal, KeySet};

/// The key that verifies now, or why it does not.
pub(crate) fn check_key(set: &KeySet, key_id: KeyId, now: DateTime<Utc>) -> Result<&Key, VerifyError> {
    set.verifying_key(&key_id, now).map_err(|refusal| match refusal {
        KeyRefusal::Unknown => VerifyError::UnknownKey,
        KeyRefusal::Retired => VerifyError::KeyRetired { key_id },
        KeyRefusal::Past { until } => VerifyError::KeyPast { key_id, until, now },
    })
}

/// A key that was retired takes with it what was renewed from its tokens under other keys. One that has
/// left the ring after its time, as rotation has it, does not.
pub(crate) fn check_prior_keys(set: &KeySet, claims: &Claims) -> Result<(), VerifyError> {
    match claims.prior_key_ids.iter().find(|id| set.is_retired(id)) {
        Some(&key_id) => Err(VerifyError::KeyRetired { key_id }),
        None => Ok(()),
    }
}

/// Exactly this issuer and this audience, or none where none is expected.
pub(crate) fn check_parties(claims: &Claims, issuer: &str, audience: Option<&str>) -> Result<(), VerifyError> {
    if claims.issuer != issuer {
        return Err(VerifyError::Issuer { expected: issuer.to_owned(), found: claims.issuer.clone() });
    }
    if claims.audience.as_deref() != audience {
        let expected = audience.map(str::to_owned);
        return Err(VerifyError::Audience { expected, found: claims.audience.clone() });
    }
    Ok(())
}
