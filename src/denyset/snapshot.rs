//! What a check reads: one consistent picture, swapped as a whole.

use std::sync::Arc;

use super::entry::SHARDS;
use super::keys::Keys;
use super::marks::Marks;
use super::newest::Newest;
use super::shard::Shard;
use crate::record::Cutoff;
use crate::sync::{Apart, ArcSwap, Guard, Mutex};

/// Everything a check looks at. Parts that did not change are shared with the picture before.
#[derive(Clone)]
pub(super) struct Snapshot {
    shards: [Arc<Shard>; SHARDS],
    /// The newest generation of each session, by the sessions' shards. Apart from its count, which each new picture writes;
    /// so is what follows.
    newest: [Arc<Apart<Newest>>; SHARDS],
    /// The filter in front of the subjects' cutoffs.
    pub(super) subjects: Arc<Apart<Marks>>,
    pub(super) everyone: Cutoff,
    /// Few, and rarely changed: copied whole.
    pub(super) keys: Arc<Apart<Keys>>,
    /// The latest moment, in microseconds since 1970, at which anything was purged.
    pub(super) purged: i64,
}

impl Snapshot {
    pub(super) fn new(subjects: Marks, everyone: Cutoff) -> Self {
        Self {
            shards: std::array::from_fn(|_| Arc::default()),
            newest: std::array::from_fn(|_| Arc::new(Apart(Newest::with_room(0)))),
            subjects: Arc::new(Apart(subjects)),
            everyone,
            keys: Arc::default(),
            purged: i64::MIN,
        }
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "`shard_of` and `0..SHARDS` stay below the length")]
    pub(super) fn shard(&self, number: usize) -> &Shard {
        &self.shards[number]
    }

    #[expect(clippy::indexing_slicing, reason = "`shard_of` and `0..SHARDS` stay below the length")]
    pub(super) fn replace_shard(&mut self, number: usize, shard: Shard) {
        self.shards[number] = Arc::new(shard);
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "`shard_of` and `0..SHARDS` stay below the length")]
    pub(super) fn newest(&self, number: usize) -> &Newest {
        &self.newest[number]
    }

    #[expect(clippy::indexing_slicing, reason = "`shard_of` and `0..SHARDS` stay below the length")]
    pub(super) fn replace_newest(&mut self, number: usize, newest: Newest) {
        self.newest[number] = Arc::new(Apart(newest));
    }
}

/// The picture that is valid now. Reading it takes no lock; changes are made one after the other.
pub(super) struct Published {
    current: ArcSwap<Snapshot>,
    changing: Mutex<()>,
}

impl Published {
    pub(super) fn new(first: Snapshot) -> Self {
        Self { current: ArcSwap::from_pointee(first), changing: Mutex::new(()) }
    }

    #[inline]
    pub(super) fn load(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// Publishes a changed copy. Every check that begins after this returns sees it.
    pub(super) fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        let _changing = self.changing.lock();
        let mut snapshot = Snapshot::clone(&self.current.load());
        change(&mut snapshot);
        self.current.store(Arc::new(snapshot));
    }
}
