//! The handle to the keys that count now.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::{KeyError, KeySet, LocalKey, SecretKey};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{ArcSwap, Guard};

/// The keys that issuers and verifiers use: a [`KeySet`] that can be replaced while in use.
///
/// A cheap handle: clones share the set, and a replacement counts for all of them from the next token
/// on.
#[derive(Debug, Clone)]
pub struct KeyRing {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    set: ArcSwap<KeySet>,
    /// From 1, one more with each replacement.
    edition: AtomicU64,
}

impl KeyRing {
    /// A ring with this set.
    #[must_use]
    pub fn new(set: KeySet) -> Self {
        Self { shared: Arc::new(Shared { set: ArcSwap::from_pointee(set), edition: AtomicU64::new(1) }) }
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
        self.shared.set.load_full()
    }

    /// Replaces the set, for every clone of this ring at once. Of two that replace at the same time the
    /// later wins: let one place do it.
    pub fn replace(&self, set: KeySet) {
        let before = self.shared.set.swap(Arc::new(set));
        self.shared.edition.fetch_add(1, Ordering::Release);
        // Its keys may be wiped now, which takes a moment.
        drop(before);
    }

    /// The set as it is now, for one look.
    pub(crate) fn peek(&self) -> Guard<Arc<KeySet>> {
        self.shared.set.load()
    }

    /// A number that changes with the set: for as long as it is what it was before a set was looked at, no other has been
    /// put in the place of that one, or whoever does so has not returned yet.
    #[inline]
    pub(crate) fn edition(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.shared.edition.load(Ordering::Acquire))
    }
}

impl From<KeySet> for KeyRing {
    fn from(set: KeySet) -> Self {
        Self::new(set)
    }
}
