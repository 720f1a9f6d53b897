//! Tokens that were accepted before, so that one that is shown again need not be opened again.
//!
//! Whether a signature or a tag is good depends on three things: the text, the key, and the implicit assertion.
//! None of them is left to a hash of ours. The whole text and the whole assertion are compared. The key is the one
//! that the text names, by an id that is computed from the key itself wherever a key is made or read, never taken
//! from elsewhere; two keys with one id would be a collision of BLAKE2b at 264 bits, and the ring that might hold
//! them is the operator's own. So the caller looks the id up in the ring as it is now, state and deadline included,
//! as it does for any token, and what it finds is the key that opened this text. It need not where the ring is the very
//! edition in which it found the key without a deadline, and none of the session's earlier ones retired: which that was is kept.
//!
//! Everything else that decides about a token changes with time, and is asked again each time: nothing of it is
//! kept here.

use std::hash::{BuildHasher as _, Hasher as _};
use std::num::NonZeroU64;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rapidhash::quality::RandomState;

use super::shard::{Assertion, Entry, Known, Shard};
use crate::sync::{Apart, RwLock};

/// What the cache may hold, in bytes, unless set otherwise: 160 MiB, some 100,000 tokens. It is a bound and no
/// reservation: tokens that have expired leave as others come, so that the cache is about as large as the tokens in use.
pub const WARM_CACHE_BYTES: usize = 160 << 20;

/// A shard holds no less than this, or there is but one: ten of the largest tokens.
const SHARD_BYTES: usize = 256 << 10;
/// More would cost memory before there is anything in them.
const MOST_SHARDS: usize = 256;

/// A bounded map from texts to what they were found to say.
pub(super) struct Warm {
    shards: Box<[Apart<RwLock<Shard>>]>,
    hasher: RandomState,
}

impl Warm {
    /// A cache of so many bytes, all that it takes included; none for 0.
    pub(super) fn new(bytes: usize) -> Option<Arc<Self>> {
        if bytes == 0 {
            return None;
        }
        // A scheduler that tries every interleaving has enough to do with one lock.
        let most = if cfg!(shuttle) { 1 } else { MOST_SHARDS };
        // A power of two, so that a few bits of the hash choose.
        let count = 1_usize << bytes.div_euclid(SHARD_BYTES).clamp(1, most).ilog2();
        let each = bytes.div_euclid(count).saturating_sub(size_of::<Apart<RwLock<Shard>>>());
        let shards = (0..count).map(|_| Apart(RwLock::new(Shard::new(each)))).collect();
        Some(Arc::new(Self { shards, hasher: RandomState::default() }))
    }

    /// What a text says that was accepted before under this assertion.
    pub(super) fn find(&self, text: &[u8], assertion: &Assertion) -> Option<Known> {
        let hash = self.hash(text, assertion);
        self.shard(hash)?.read().find(hash, text, assertion)
    }

    /// Keeps what an accepted text says until it expires by `leeway`, or others need the room. Nobody may call
    /// this with a text that is not authentic.
    pub(super) fn keep(&self, text: &str, assertion: &Assertion, known: Known, leeway: TimeDelta, now: DateTime<Utc>) {
        let hash = self.hash(text.as_bytes(), assertion);
        let Some(shard) = self.shard(hash) else { return };
        let entry = Entry::new(hash, text, assertion, known, leeway);
        let gone = shard.write().insert(entry, now);
        // Wiped and freed when nobody waits for the shard.
        drop(gone);
    }

    /// The keys of what is known were looked at again.
    pub(super) fn looked_at(&self, text: &[u8], assertion: &Assertion, edition: Option<NonZeroU64>) {
        let hash = self.hash(text, assertion);
        if let Some(shard) = self.shard(hash) {
            shard.read().looked_at(hash, text, assertion, edition);
        }
    }

    /// Of both, so that nobody learns by the time of a comparison how an assertion begins that he guesses at.
    fn hash(&self, text: &[u8], assertion: &Assertion) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text);
        hasher.write(assertion);
        hasher.finish()
    }

    /// By bits from the middle: the table in the shard takes the lowest and the highest.
    fn shard(&self, hash: u64) -> Option<&RwLock<Shard>> {
        let middle = usize::try_from(hash >> 32).unwrap_or(0);
        let number = middle & self.shards.len().saturating_sub(1);
        self.shards.get(number).map(|shard| &**shard)
    }
}
