//! The keys that count at one time, each in its state. A value: changing one makes another.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};

use super::{KeyId, LocalKey, PublicKey, Purpose, SecretKey};
use crate::time::is_writable;

/// How many keys a set may hold: 64, so that a lookup is bounded.
const MAX_KEYS: usize = 64;

/// What a key in a [`KeySet`] may be used for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// Verifies already, issues not yet: hand it to every verifier before it becomes current.
    Next,
    /// Verifies, and issues where its secret is held. At most one key of a set is current.
    Current,
    /// Verifies until the deadline, exclusively; issues no more.
    VerifyOnly {
        /// From this moment on its tokens are refused.
        until: DateTime<Utc>,
    },
    /// Refused from now on, whatever it signed. Only its id is kept.
    Retired,
}

/// A key of any kind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Key {
    /// Signs and verifies `v4.public`.
    Secret(SecretKey),
    /// Verifies `v4.public`.
    Public(PublicKey),
    /// Encrypts and decrypts `v4.local`.
    Local(LocalKey),
}

/// A key that can issue tokens.
#[derive(Debug, Clone)]
pub enum IssuingKey {
    /// Issues `v4.public`.
    Secret(SecretKey),
    /// Issues `v4.local`.
    Local(LocalKey),
}

impl From<SecretKey> for IssuingKey {
    fn from(key: SecretKey) -> Self {
        Self::Secret(key)
    }
}

impl From<LocalKey> for IssuingKey {
    fn from(key: LocalKey) -> Self {
        Self::Local(key)
    }
}

impl From<IssuingKey> for Key {
    fn from(key: IssuingKey) -> Self {
        match key {
            IssuingKey::Secret(key) => Self::Secret(key),
            IssuingKey::Local(key) => Self::Local(key),
        }
    }
}

impl From<SecretKey> for Key {
    fn from(key: SecretKey) -> Self {
        Self::Secret(key)
    }
}

impl From<PublicKey> for Key {
    fn from(key: PublicKey) -> Self {
        Self::Public(key)
    }
}

impl From<LocalKey> for Key {
    fn from(key: LocalKey) -> Self {
        Self::Local(key)
    }
}

impl Key {
    /// The id by which tokens name this key: `k4.pid.…` or `k4.lid.…`.
    #[must_use]
    pub fn id(&self) -> KeyId {
        match self {
            Self::Secret(key) => key.id(),
            Self::Public(key) => key.id(),
            Self::Local(key) => key.id(),
        }
    }

    /// The purpose of the tokens that this key verifies.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::Secret(_) | Self::Public(_) => Purpose::Public,
            Self::Local(_) => Purpose::Local,
        }
    }

    /// What is left of the key when it issues no more: the secret half goes.
    fn without_secret(self) -> Self {
        match self {
            Self::Secret(key) => Self::Public(key.public_key().clone()),
            other => other,
        }
    }

    fn can_issue(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::Local(_))
    }
}

/// A set of keys with a rule that can't be broken: at most one current, no key twice, at most 64.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hallpass::KeyRing;
/// use hallpass::key::{KeySet, SecretKey};
///
/// let keys = KeyRing::new(KeySet::issuing(SecretKey::generate()?));
///
/// // Rotation without downtime: publish the next key, then, when every verifier has it, rotate.
/// keys.replace(keys.set().with_next(SecretKey::generate()?)?);
/// let until = "2026-12-01T00:00:00Z".parse()?; // longer than any token that lives now
/// keys.replace(keys.set().rotated(until)?);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    entries: BTreeMap<KeyId, Entry>,
}

/// A retired key is no key any more, so the state and what is kept are one.
#[derive(Debug, Clone)]
enum Entry {
    Next(Key),
    Current(Key),
    VerifyOnly(Key, DateTime<Utc>),
    Retired,
}

impl Entry {
    /// The deadline counts in microseconds, as all dates that are written do.
    fn verify_only(key: Key, until: DateTime<Utc>) -> Result<Self, KeySetError> {
        if !is_writable(until) {
            return Err(KeySetError::Deadline);
        }
        Ok(Self::VerifyOnly(key.without_secret(), until.trunc_subsecs(6)))
    }

    fn state(&self) -> KeyState {
        match self {
            Self::Next(_) => KeyState::Next,
            Self::Current(_) => KeyState::Current,
            Self::VerifyOnly(_, until) => KeyState::VerifyOnly { until: *until },
            Self::Retired => KeyState::Retired,
        }
    }

    fn key(&self) -> Option<&Key> {
        match self {
            Self::Next(key) | Self::Current(key) | Self::VerifyOnly(key, _) => Some(key),
            Self::Retired => None,
        }
    }
}

/// A change that would break the rule of a [`KeySet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The key is in the set already.
    #[error("key {id} is in the set already")]
    Duplicate {
        /// The key's id.
        id: KeyId,
    },
    /// The key is not in the set.
    #[error("key {id} is not in the set")]
    Unknown {
        /// The key's id.
        id: KeyId,
    },
    /// Two keys would be current.
    #[error("two keys are current")]
    TwoCurrent,
    /// There is no next key to rotate to.
    #[error("there is no next key to rotate to")]
    NoNext,
    /// Two keys are next, so that it is not said which one to rotate to.
    #[error("two keys are next")]
    TwoNext,
    /// The deadline could not be written: its year is not one from 0 to 9999.
    #[error("a deadline outside the years 0 to 9999")]
    Deadline,
    /// The set would hold more keys than it may.
    #[error("more than {max} keys")]
    TooMany {
        /// The number that is allowed.
        max: usize,
    },
}

/// Why a key of the ring does not verify now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    Unknown,
    Retired,
    Past { until: DateTime<Utc> },
}

impl KeySet {
    /// A set that issues and verifies with this one key.
    #[must_use]
    pub fn issuing(key: impl Into<IssuingKey>) -> Self {
        Self::default().put(Entry::Current(Key::from(key.into())))
    }

    /// A set that verifies with this one key; with a [`PublicKey`] it can do nothing else.
    #[must_use]
    pub fn verifying(key: impl Into<Key>) -> Self {
        Self::default().put(Entry::Current(key.into().without_secret()))
    }

    /// With a key that verifies now and is rotated to later. In a set that issues, give it the secret
    /// key: with a public one there would be nothing to issue with after the rotation.
    ///
    /// # Errors
    /// [`KeySetError`] when the key is in the set already, another one is next, or the set is full.
    pub fn with_next(&self, key: impl Into<Key>) -> Result<Self, KeySetError> {
        self.with(Entry::Next(key.into()))
    }

    /// With a key that verifies until the deadline.
    ///
    /// # Errors
    /// [`KeySetError`] when the key is in the set already, the set is full, or the deadline's year is not
    /// one from 0 to 9999.
    pub fn with_verify_only(&self, key: impl Into<Key>, until: DateTime<Utc>) -> Result<Self, KeySetError> {
        self.with(Entry::verify_only(key.into(), until)?)
    }

    /// Rotated: the next key is current, and what was current verifies until the deadline, its secret
    /// half forgotten.
    ///
    /// The deadline should lie beyond the longest lifetime of a token and the leeway from now.
    ///
    /// # Errors
    /// [`KeySetError::NoNext`] when there is no next key, [`KeySetError::Deadline`] when the deadline's year
    /// is not one from 0 to 9999.
    pub fn rotated(&self, until: DateTime<Utc>) -> Result<Self, KeySetError> {
        let next = self.entries.values().find_map(|entry| match entry {
            Entry::Next(key) => Some(key.clone()),
            _ => None,
        });
        let next = next.ok_or(KeySetError::NoNext)?;
        let mut rotated = self.clone();
        if let Some(current) = self.current() {
            rotated = rotated.put(Entry::verify_only(current.clone(), until)?);
        }
        Ok(rotated.put(Entry::Current(next)))
    }

    /// With this key refused from now on, whatever it signed; for a key that leaked.
    ///
    /// If it was current, nothing can be issued until the set is [`rotated`](Self::rotated).
    ///
    /// # Errors
    /// [`KeySetError::Unknown`] when the key is not in the set.
    pub fn with_retired(&self, id: KeyId) -> Result<Self, KeySetError> {
        let mut retired = self.clone();
        let entry = retired.entries.get_mut(&id).ok_or(KeySetError::Unknown { id })?;
        *entry = Entry::Retired;
        Ok(retired)
    }

    /// Without this key, as if it had never been there; for one whose tokens have all expired, so that the
    /// set does not grow with each rotation. Of a key that leaked, rather keep that it is retired.
    ///
    /// # Errors
    /// [`KeySetError::Unknown`] when the key is not in the set.
    pub fn without(&self, id: KeyId) -> Result<Self, KeySetError> {
        let mut rest = self.clone();
        rest.entries.remove(&id).map(|_| rest).ok_or(KeySetError::Unknown { id })
    }

    /// What a service that only verifies needs: public halves in place of secret keys, the states as
    /// they are. Local keys have no public half and are left out.
    #[must_use]
    pub fn public_view(&self) -> Self {
        let entries = self.entries.iter().filter_map(|(id, entry)| {
            let entry = match entry.clone() {
                Entry::Next(key) => Entry::Next(key.without_secret()),
                Entry::Current(key) => Entry::Current(key.without_secret()),
                Entry::VerifyOnly(key, until) => Entry::VerifyOnly(key.without_secret(), until),
                Entry::Retired => Entry::Retired,
            };
            (!matches!(entry.key(), Some(Key::Local(_)))).then_some((*id, entry))
        });
        Self { entries: entries.collect() }
    }

    /// Every key's id and state, in the order of the ids.
    pub fn states(&self) -> impl Iterator<Item = (KeyId, KeyState)> {
        self.entries.iter().map(|(id, entry)| (*id, entry.state()))
    }

    /// The current key, if there is one.
    #[must_use]
    pub fn current(&self) -> Option<&Key> {
        self.entries.values().find_map(|entry| match entry {
            Entry::Current(key) => Some(key),
            _ => None,
        })
    }

    /// The current key, if it can issue.
    pub(crate) fn issuing_key(&self) -> Option<&Key> {
        self.current().filter(|key| key.can_issue())
    }

    /// Whether the set has this key as retired.
    pub(crate) fn is_retired(&self, id: &KeyId) -> bool {
        matches!(self.entries.get(id), Some(Entry::Retired))
    }

    /// The key with this id, if it verifies at this moment.
    pub(crate) fn verifying_key(&self, id: &KeyId, now: DateTime<Utc>) -> Result<&Key, KeyRefusal> {
        match self.entries.get(id) {
            None => Err(KeyRefusal::Unknown),
            Some(Entry::Retired) => Err(KeyRefusal::Retired),
            Some(Entry::VerifyOnly(_, until)) if now >= *until => Err(KeyRefusal::Past { until: *until }),
            Some(Entry::Next(key) | Entry::Current(key) | Entry::VerifyOnly(key, _)) => Ok(key),
        }
    }

    /// Whether the key with this id verifies for as long as the set is the one that counts, whatever the time.
    pub(crate) fn verifies_for_good(&self, id: &KeyId) -> bool {
        matches!(self.entries.get(id), Some(Entry::Next(_) | Entry::Current(_)))
    }

    pub(super) fn with_current(&self, key: Key) -> Result<Self, KeySetError> {
        self.with(Entry::Current(key))
    }

    pub(super) fn with_retired_id(&self, id: KeyId) -> Result<Self, KeySetError> {
        self.vacant(id)?;
        let mut grown = self.clone();
        grown.entries.insert(id, Entry::Retired);
        Ok(grown)
    }

    /// Every key with its state, for writing.
    pub(super) fn keys(&self) -> impl Iterator<Item = (KeyId, Option<&Key>, KeyState)> {
        self.entries.iter().map(|(id, entry)| (*id, entry.key(), entry.state()))
    }

    fn with(&self, entry: Entry) -> Result<Self, KeySetError> {
        if let Some(key) = entry.key() {
            self.vacant(key.id())?;
        }
        match entry {
            Entry::Current(_) if self.current().is_some() => return Err(KeySetError::TwoCurrent),
            Entry::Next(_) if self.entries.values().any(|other| matches!(other, Entry::Next(_))) => {
                return Err(KeySetError::TwoNext);
            }
            _ => {}
        }
        Ok(self.clone().put(entry))
    }

    fn vacant(&self, id: KeyId) -> Result<(), KeySetError> {
        if self.entries.contains_key(&id) {
            return Err(KeySetError::Duplicate { id });
        }
        if self.entries.len() >= MAX_KEYS {
            return Err(KeySetError::TooMany { max: MAX_KEYS });
        }
        Ok(())
    }

    fn put(mut self, entry: Entry) -> Self {
        if let Some(id) = entry.key().map(Key::id) {
            self.entries.insert(id, entry);
        }
        self
    }
}
