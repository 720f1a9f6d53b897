//! What was listed since a shard was rebuilt: sorted entries that others can be put between.

use super::entry::{Entry, Id, step_of};
use super::tick::Stamp;

/// How many entries a bucket has when its delta is full, on average.
const PER_BUCKET: usize = 256;
/// By how many a bucket grows: doubling would waste what the compact run saves.
const GROWTH: usize = 32;

/// Sorted entries in buckets, by the first bits of their ids: putting one among them moves a few kilobytes, however many
/// there are. Ids that are not random crowd a bucket, which then takes longer and nothing else.
pub(super) struct Delta {
    buckets: Box<[Vec<Entry>]>,
    len: usize,
}

impl Delta {
    /// For about so many entries.
    pub(super) fn for_entries(room: usize) -> Self {
        Self { buckets: (0..room.div_ceil(PER_BUCKET)).map(|_| Vec::new()).collect(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// When an id was listed, if it is here.
    pub(super) fn find(&self, id: &Id) -> Option<Stamp> {
        let bucket = self.buckets.get(step_of(id, self.buckets.len()))?;
        let at = bucket.binary_search_by(|entry| entry.id.cmp(id)).ok()?;
        bucket.get(at).map(|entry| entry.made)
    }

    /// Adds an entry, in the place of one of the same id.
    pub(super) fn insert(&mut self, entry: Entry) {
        let bucket = step_of(&entry.id, self.buckets.len());
        let Some(bucket) = self.buckets.get_mut(bucket) else { return };
        match bucket.binary_search_by(|other| other.id.cmp(&entry.id)) {
            Ok(at) => {
                if let Some(listed) = bucket.get_mut(at) {
                    *listed = entry;
                }
            }
            Err(at) => {
                if bucket.len() == bucket.capacity() {
                    bucket.reserve_exact(GROWTH);
                }
                bucket.insert(at, entry);
                self.len = self.len.saturating_add(1);
            }
        }
    }

    /// All entries, sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.buckets.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_map(entries in prop::collection::vec((any::<Id>(), any::<u8>()), 0..1_500), room in 1..2_000_usize, clustered in any::<bool>()) {
            let (mut delta, mut map) = (Delta::for_entries(room), BTreeMap::new());
            for (mut id, made) in entries {
                // All of one shard.
                id[0] |= 0b1111_1100;
                if clustered {
                    // As far from random as can be, and some of them twice.
                    id[..15].fill(0x5a);
                }
                delta.insert(Entry { id, made });
                map.insert(id, made);
            }
            prop_assert_eq!(delta.len(), map.len());
            prop_assert!(map.iter().all(|(id, made)| delta.find(id) == Some(*made)));
            prop_assert_eq!(delta.find(&[0x5b; 16]), None);
            prop_assert!(delta.iter().map(|entry| (&entry.id, &entry.made)).eq(&map));
        }
    }
}
