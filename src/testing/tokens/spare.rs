//! Keys beside the current one, in the states in which a key is refused.

use chrono::{DateTime, Utc};

use crate::key::{IssuingKey, Key, KeyError, KeyRing, KeySetError, LocalKey, Purpose, SecretKey};

/// One for each way, made once, so that a ring does not fill up with them.
#[derive(Debug)]
pub(in crate::testing) struct SpareKeys {
    pub(super) unknown: Key,
    pub(super) retired: Key,
    pub(super) past: Key,
    pub(super) revoked: Key,
    /// The ring's own is for the other purpose.
    pub(super) misfit: Key,
}

impl SpareKeys {
    /// Beside keys for this purpose.
    pub(in crate::testing) fn beside(purpose: Purpose) -> Result<Self, KeyError> {
        let other = match purpose {
            Purpose::Public => Purpose::Local,
            Purpose::Local => Purpose::Public,
        };
        Ok(Self {
            unknown: generate(purpose)?,
            retired: generate(purpose)?,
            past: generate(purpose)?,
            revoked: generate(purpose)?,
            misfit: generate(other)?,
        })
    }
}

fn generate(purpose: Purpose) -> Result<Key, KeyError> {
    let key = match purpose {
        Purpose::Public => IssuingKey::from(SecretKey::generate()?),
        Purpose::Local => IssuingKey::from(LocalKey::generate()?),
    };
    Ok(key.into())
}

/// Puts a key into a ring that does not know it, to verify until the deadline.
pub(super) fn admit(keys: &KeyRing, key: &Key, until: DateTime<Utc>) -> Result<(), KeySetError> {
    let set = keys.set();
    if set.states().all(|(id, _)| id != key.id()) {
        keys.replace(set.with_verify_only(key.clone(), until)?);
    }
    Ok(())
}

/// Retires a key, which the ring need not have known.
pub(super) fn retire(keys: &KeyRing, key: &Key) -> Result<(), KeySetError> {
    admit(keys, key, DateTime::UNIX_EPOCH)?;
    keys.replace(keys.set().with_retired(key.id())?);
    Ok(())
}
