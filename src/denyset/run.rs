//! A frozen sorted run of ids behind its own Bloom filter.

use std::hash::Hasher as _;

use bloomfilter::Bloom;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::delta::Delta;
use super::entry::{Entry, Id, search};
use super::fill::Fill;
use super::tick::{Stamp, Ticks};

/// The 64 bits of an id by which the filter knows it: hashing them is cheaper than hashing all 128, and
/// the exact set confirms every hit.
#[inline]
fn filtered(id: &Id) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = *id;
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

/// 12 bits and 4 hash functions for each id: 0.6 % false positives. Of the filters that were measured
/// this one makes the whole check cheapest, since fewer bits to test beat fewer false positives.
const BITS_PER_ID: usize = 12;
const HASH_FUNCTIONS: f64 = 4.0;

/// Sorted, without duplicates, never changed.
#[derive(Default)]
pub(super) struct Run {
    filter: Option<Bloom<u64>>,
    entries: Box<[Entry]>,
}

/// Where the filters' seeds come from: a secret of the set, so that nobody can aim at false positives,
/// and a count, so that no two filters share a seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed {
    pub(super) secret: [u8; 16],
    pub(super) count: u64,
}

impl Seed {
    /// Two halves that differ: with equal ones bloomfilter's two hashes would be one.
    fn halves(self) -> [u8; 32] {
        let mut seed = [0; 32];
        for (half, number) in seed.chunks_exact_mut(16).zip(0_u8..) {
            let mut hasher = SipHasher24::new_with_key(&self.secret);
            hasher.write_u64(self.count);
            hasher.write_u8(number);
            half.copy_from_slice(&hasher.finish128().as_bytes());
        }
        seed
    }
}

impl Run {
    /// A run of entries that are sorted and unique.
    pub(super) fn new(entries: Box<[Entry]>, seed: Seed) -> Self {
        Self { filter: filter(&entries, seed), entries }
    }

    /// Whether the id may be in the run; `false` is certain.
    #[inline]
    pub(super) fn may_hold(&self, id: &Id) -> bool {
        match &self.filter {
            Some(filter) => filter.check(&filtered(id)),
            // Without a filter, by looking: an empty run, or one whose filter could not be made.
            None => !self.entries.is_empty(),
        }
    }

    /// When the id was made, if it is in the run.
    #[cold]
    pub(super) fn find(&self, id: &Id) -> Option<Stamp> {
        search(&self.entries, id).ok().and_then(|at| self.entries.get(at)).map(|entry| entry.made)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How full the filter is: as many members as this leave each bit unset with a probability that is known.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub(super) fn fill(&self) -> Fill {
        let Some(filter) = &self.filter else {
            return Fill::new(0.0, 0.0, if self.entries.is_empty() { 0.0 } else { 1.0 });
        };
        let (bits, members) = (filter.len() as f64, self.entries.len() as f64);
        let share = -(-HASH_FUNCTIONS * members / bits).exp_m1();
        Fill::new(bits, bits * share, share.powf(HASH_FUNCTIONS))
    }
}

fn filter(entries: &[Entry], seed: Seed) -> Option<Bloom<u64>> {
    // Built so by the benchmark alone that shows what filters buy (benches/run).
    if entries.is_empty() || cfg!(hallpass_unfiltered) {
        return None;
    }
    let bytes = entries.len().saturating_mul(BITS_PER_ID).div_ceil(8);
    let mut filter = Bloom::new_with_seed(bytes, count_for(bytes), &seed.halves()).ok()?;
    for entry in entries {
        filter.set(&filtered(&entry.id));
    }
    Some(filter)
}

/// The number of items for which bloomfilter would find [`HASH_FUNCTIONS`] the best for this size.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a hint, rounded"
)]
fn count_for(bytes: usize) -> usize {
    ((bytes as f64 * 8.0 * std::f64::consts::LN_2 / HASH_FUNCTIONS).round() as usize).max(1)
}

/// A run and a delta as one sorted run without what has expired; where both hold an id, the later tick
/// counts. Every stamp is read as one made since `oldest`.
pub(super) fn merge(run: &[Entry], delta: &Delta, oldest: i64, ticks: Ticks, span: Span) -> Merged {
    let mut merged = Merged {
        kept: Vec::with_capacity(run.len().saturating_add(delta.len())),
        left: 0,
        oldest: i64::MAX,
        newest: i64::MIN,
    };
    let tick = |entry: &Entry| Ticks::since(oldest, entry.made).min(span.latest_tick);
    let (mut run, mut delta) = (run.iter().peekable(), delta.iter().peekable());
    loop {
        let next = match (run.peek(), delta.peek()) {
            (Some(old), Some(new)) if old.id == new.id => {
                [run.next(), delta.next()].into_iter().flatten().max_by_key(|entry| tick(entry))
            }
            (Some(old), Some(new)) if old.id < new.id => run.next(),
            (Some(_), None) => run.next(),
            _ => delta.next(),
        };
        let Some(entry) = next else { return merged };
        if ticks.is_expired(span.now.saturating_sub(tick(entry))) {
            merged.left = merged.left.saturating_add(1);
        } else {
            merged.oldest = merged.oldest.min(tick(entry));
            merged.newest = merged.newest.max(tick(entry));
            merged.kept.push(Entry { made: Ticks::stamp(tick(entry)), ..*entry });
        }
    }
}

/// The ticks by which a merge goes: which it is now, and which one no entry counts as made after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) now: i64,
    pub(super) latest_tick: i64,
}

/// What a merge keeps, how many ids have left, and the ticks of the oldest and the newest that
/// stayed.
pub(super) struct Merged {
    pub(super) kept: Vec<Entry>,
    pub(super) left: usize,
    pub(super) oldest: i64,
    pub(super) newest: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_tests_four_bits_and_has_its_own_two_halves() {
        for (entries, count) in [(1, 0), (2, 1), (63, 2), (1000, 3), (39_063, 4)] {
            let entries: Box<[Entry]> =
                (0..entries).map(|n: u32| Entry { id: [(n % 251) as u8; 16], made: 0 }).collect();
            let run = Run::new(entries, Seed { secret: [7; 16], count });
            let filter = run.filter.unwrap();
            assert_eq!(filter.number_of_hash_functions(), 4);
            let seed = filter.seed();
            assert_ne!(seed[..16], seed[16..]);
        }
        // Nor do two filters share them, or two lists.
        let halves = |secret, count| Seed { secret: [secret; 16], count }.halves();
        assert!(halves(7, 0) != halves(7, 1) && halves(7, 0) != halves(8, 0));
    }

    /// 4 of 12 bits for each id, and some of them meet.
    #[test]
    fn a_filter_is_as_full_as_its_ids_make_it() {
        let entries = (0..1_000_u128).map(|n| Entry { id: n.to_be_bytes(), made: 0 }).collect();
        let share = Run::new(entries, Seed { secret: [7; 16], count: 0 }).fill().share();
        assert!((share - 0.283).abs() < 0.005, "{share}");
    }
}
