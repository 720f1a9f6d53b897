//! The handle to the keys that count now.

use std::sync::Arc;

use super::{KeyError, KeySet, LocalKey, SecretKey};
use crate::sync::{ArcSwap, Guard};

/// The keys that issuers and verifiers use: a [`KeySet`] that can be replaced while in use.
///
/// A cheap handle: clones share the set, and a replacement counts for all of them from the next token
/// on.
#[derive(Debug, Clone)]
pub struct KeyRing {
    set: Arc<ArcSwap<KeySet>>,
}

impl KeyRing {
    /// A ring with this set.
    #[must_use]
    pub fn new(set: KeySet) -> Self {
        Self { set: Arc::new(ArcSwap::from_pointee(set)) }
    }

    /// A ring with one new key for `v4.public` (signed) tokens.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system's random generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::new(KeySet::issuing(SecretKey::generate()?)))
    }

    /// A ring with one new key for `v4.local` (encrypted) tokens.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system's random generator fails.
    pub fn generate_local() -> Result<Self, KeyError> {
        Ok(Self::new(KeySet::issuing(LocalKey::generate()?)))
    }

    /// The set as it is now.
    #[must_use]
    pub fn set(&self) -> Arc<KeySet> {
        self.set.load_full()
    }

    /// Replaces the set, for every clone of this ring at once. Of two that replace at the same time the
    /// later wins: let one place do it.
    pub fn replace(&self, set: KeySet) {
        self.set.store(Arc::new(set));
    }

    /// The set as it is now, for one look.
    pub(crate) fn peek(&self) -> Guard<Arc<KeySet>> {
        self.set.load()
    }
}

impl From<KeySet> for KeyRing {
    fn from(set: KeySet) -> Self {
        Self::new(set)
    }
}
