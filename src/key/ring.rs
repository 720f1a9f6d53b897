//! The handle to the keys that count now.

use std::num::NonZeroU64;
use std::ops::Deref;
use std::sync::Arc;

use super::{KeyError, KeySet, LocalKey, SecretKey};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{ArcSwap, Guard, Mutex};

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
    current: ArcSwap<Edition>,
    /// The number of the latest edition, which is the current one, or about to be.
    latest: AtomicU64,
    replacing: Mutex<()>,
}

/// A set, and its number among those that the ring has had, from 1.
#[derive(Debug)]
pub(crate) struct Edition {
    number: Option<NonZeroU64>,
    set: Arc<KeySet>,
}

impl Edition {
    pub(crate) fn number(&self) -> Option<NonZeroU64> {
        self.number
    }
}

impl Deref for Edition {
    type Target = KeySet;

    fn deref(&self) -> &KeySet {
        &self.set
    }
}

impl KeyRing {
    /// A ring with this set.
    #[must_use]
    pub fn new(set: KeySet) -> Self {
        let first = Edition { number: NonZeroU64::new(1), set: Arc::new(set) };
        let (current, latest) = (ArcSwap::from_pointee(first), AtomicU64::new(1));
        Self { shared: Arc::new(Shared { current, latest, replacing: Mutex::default() }) }
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
        Arc::clone(&self.peek().set)
    }

    /// Replaces the set, for every clone of this ring at once. Of two that replace at the same time the
    /// later wins: let one place do it.
    pub fn replace(&self, set: KeySet) {
        let _replacing = self.shared.replacing.lock();
        // The number first: once anybody can see the set, nobody takes what was found in the one before for found in this.
        let number = self.shared.latest.fetch_add(1, Ordering::Release).wrapping_add(1);
        self.shared.current.store(Arc::new(Edition { number: NonZeroU64::new(number), set: Arc::new(set) }));
    }

    /// The set as it is now, for one look.
    pub(crate) fn peek(&self) -> Guard<Arc<Edition>> {
        self.shared.current.load()
    }

    /// The latest edition's number: what was found in the set of that number holds.
    #[inline]
    pub(crate) fn edition(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.shared.latest.load(Ordering::Acquire))
    }
}

impl From<KeySet> for KeyRing {
    fn from(set: KeySet) -> Self {
        Self::new(set)
    }
}
