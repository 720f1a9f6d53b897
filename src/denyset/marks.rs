//! An atomic bitmap over a small set that only grows: "not there" without a lock.

use super::fill::Fill;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// 32 bits for each member, two of them set: at most 1 in 150 that are not members look like one.
const BITS_PER_MEMBER: usize = 32;

/// A filter in front of a set behind a lock. Both bits of a member lie in one word, so that a look is
/// one load.
#[derive(Debug)]
pub(super) struct Marks {
    words: Box<[AtomicU64]>,
    is_empty: AtomicBool,
}

impl Marks {
    /// Marks for up to `members` members.
    pub(super) fn for_members(members: usize) -> Self {
        let words = members.saturating_mul(BITS_PER_MEMBER).div_ceil(64).next_power_of_two();
        Self { words: (0..words).map(|_| AtomicU64::new(0)).collect(), is_empty: AtomicBool::new(true) }
    }

    /// How many members there is room for.
    pub(super) fn room(&self) -> usize {
        self.words.len().saturating_mul(64).div_euclid(BITS_PER_MEMBER)
    }

    /// Whether there is no member at all.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty.load(Ordering::Acquire)
    }

    /// Marks a member, known by 64 random bits. A look that begins after this returns sees the mark.
    pub(super) fn set(&self, member: u64) {
        let (word, bits) = self.place(member);
        if let Some(word) = self.words.get(word) {
            word.fetch_or(bits, Ordering::Release);
            // Written once, since everyone reads it.
            if self.is_empty.load(Ordering::Relaxed) {
                self.is_empty.store(false, Ordering::Release);
            }
        }
    }

    /// Whether this may be a member; `false` is certain.
    #[inline]
    pub(super) fn may_hold(&self, member: u64) -> bool {
        let (word, bits) = self.place(member);
        self.words.get(word).is_none_or(|word| word.load(Ordering::Acquire) & bits == bits)
    }

    /// How full the marks are, counted bit by bit.
    pub(super) fn fill(&self) -> Fill {
        let words = self.words.iter().map(|word| {
            let set = f64::from(word.load(Ordering::Relaxed).count_ones());
            // Either bit that is looked at may be any of the 64.
            Fill::new(64.0, set, (set / 64.0).powi(2))
        });
        Fill::among(words)
    }

    #[inline]
    fn place(&self, member: u64) -> (usize, u64) {
        let bits = (1 << (member & 63)) | (1 << ((member >> 6) & 63));
        // The number of words is a power of two.
        ((member >> 12) as usize & self.words.len().wrapping_sub(1), bits)
    }
}
