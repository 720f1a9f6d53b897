//! An entry: an id and when it was made; which shard it belongs to, and where it stands there.

use super::tick::Stamp;

/// The 16 bytes of an id, of a token or of a session.
pub(super) type Id = [u8; 16];

/// How many shards there are. More would make each rebuild smaller, and spread what a check reads over more
/// cache lines.
const SHARD_BITS: u32 = 6;
pub(super) const SHARDS: usize = 1 << SHARD_BITS;

/// The shard that an id belongs to. Ids are random, so its first bits spread them evenly.
#[inline]
pub(super) fn shard_of(id: &Id) -> usize {
    let [first, ..] = *id;
    usize::from(first >> (8 - SHARD_BITS))
}

/// An id and when it was made, in 17 bytes without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) made: Stamp,
}

/// Where an id is, or belongs, among the sorted entries of its shard.
///
/// Ids are random, so their place can be guessed: twice, the second time from what stands at the first
/// guess, and then by widening steps. What this saves is cache misses, a few instead of one for each
/// bit of the length. Ids that are not random cost more steps and nothing else.
pub(super) fn search(entries: &[Entry], id: &Id) -> Result<usize, usize> {
    let Some(last) = entries.len().checked_sub(1) else { return Err(0) };
    let is_after = |at: usize| entries.get(at).is_none_or(|entry| entry.id > *id);
    let first_guess = step(0, position(id), entries.len()).min(last);
    let found = entries.get(first_guess).map_or(0, |entry| position(&entry.id));
    let second_guess = step(first_guess, position(id).saturating_sub(found), entries.len()).min(last);

    let (mut low, mut high) = (second_guess, second_guess);
    let mut stride = FIRST_STRIDE;
    while low > 0 && is_after(low) {
        (low, stride) = (low.saturating_sub(stride), stride.saturating_mul(2));
    }
    stride = FIRST_STRIDE;
    while !is_after(high) {
        (high, stride) = (high.saturating_add(stride), stride.saturating_mul(2));
    }
    let near = entries.get(low..high.min(entries.len())).unwrap_or_default();
    let found = near.binary_search_by(|entry| entry.id.cmp(id));
    found.map(|at| at.saturating_add(low)).map_err(|at| at.saturating_add(low))
}

/// How far from a guess a search begins to look: the entries of about two cache lines.
const FIRST_STRIDE: usize = 4;

/// Where an id lies in its shard, in parts of 2^64.
fn position(id: &Id) -> i128 {
    let [a, b, c, d, e, f, g, h, ..] = *id;
    i128::from(u64::from_be_bytes([a, b, c, d, e, f, g, h]) << SHARD_BITS)
}

/// Which of so many equal parts of its shard an id lies in.
pub(super) fn step_of(id: &Id, parts: usize) -> usize {
    step(0, position(id), parts)
}

/// The index so many parts of 2^64 further on, if ids are spread evenly.
#[expect(clippy::cast_sign_loss, reason = "never below 0")]
fn step(from: usize, parts: i128, len: usize) -> usize {
    let steps = parts.saturating_mul(len as i128) >> 64;
    (from as i128).saturating_add(steps).max(0) as usize
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a rebuild takes, and what a check reads, is a part of the whole.
    #[test]
    fn ids_are_spread_evenly_over_the_shards() {
        let mut ids = [0; SHARDS];
        (0..=u8::MAX).for_each(|first| ids[shard_of(&[first; 16])] += 1);
        assert_eq!(ids, [4; SHARDS]);
    }

    /// An id's place is guessed to a few times the square root of their number: the rest of a search is short.
    #[test]
    fn where_random_ids_stand_is_guessed_closely() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
        };
        for first in [0_u8, 0x5c, 0xfc] {
            let mut ids: Vec<Id> = (0..10_000)
                .map(|_| {
                    let mut id = [0; 16];
                    id[..8].copy_from_slice(&random().to_be_bytes());
                    id[0] = first | id[0] >> SHARD_BITS;
                    id
                })
                .collect();
            ids.sort_unstable();
            let furthest = ids.iter().enumerate().map(|(at, id)| step_of(id, ids.len()).abs_diff(at)).max();
            assert!(furthest < Some(300), "{furthest:?}");
        }
    }

    proptest! {
        #[test]
        fn the_search_agrees_with_a_binary_search(mut ids in prop::collection::vec(any::<Id>(), 0..300), clustered in any::<bool>(), wanted in any::<Id>()) {
            if clustered {
                // As far from random as can be: all but the last two bytes are the same.
                ids.iter_mut().for_each(|id| id[..14].fill(0x5a));
            }
            ids.sort_unstable();
            ids.dedup();
            let entries: Vec<Entry> = ids.iter().map(|&id| Entry { id, made: 0 }).collect();
            for wanted in ids.iter().chain([&wanted, &[0; 16], &[255; 16]]) {
                prop_assert_eq!(search(&entries, wanted), ids.binary_search(wanted));
            }
        }
    }
}
