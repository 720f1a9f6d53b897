//! What all threads share: keys, the engine behind the list, sessions, and what may end them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use hallpass::KeyRing;
use hallpass::key::{KeyId, KeySet, LocalKey};
use hallpass::testing::MemoryEngine;
use parking_lot::Mutex;

use crate::clock::Clock;
use crate::figures::Figures;
use crate::handles::Handles;
use crate::life::{Cause, Cutoffs, Life};

pub(crate) const ISSUER: &str = "https://app.example";
pub(crate) const SUBJECTS: usize = 8;
pub(crate) const SLOTS: usize = 48;

/// So long lives a token; its entry stays for five minutes more.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::seconds(60);
pub(crate) const LEEWAY: TimeDelta = TimeDelta::seconds(10);
/// So long lives a session.
pub(crate) const ABSOLUTE: TimeDelta = TimeDelta::minutes(4);

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) engine: MemoryEngine,
    pub(crate) keys: KeyRing,
    pub(crate) slots: [Mutex<Option<Arc<Life>>>; SLOTS],
    pub(crate) everyone: Cutoffs,
    pub(crate) subjects: [Cutoffs; SUBJECTS],
    pub(crate) figures: Figures,
    /// By key.
    key_ends: Mutex<BTreeMap<KeyId, Arc<Cause>>>,
    /// How many keys somebody has begun to end.
    keys_asked: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        let key = LocalKey::generate().unwrap();
        let world = Self {
            clock: Clock::new(),
            engine: MemoryEngine::new(),
            keys: KeyRing::new(KeySet::issuing(key.clone())),
            slots: std::array::from_fn(|_| Mutex::new(None)),
            everyone: Cutoffs::default(),
            subjects: std::array::from_fn(|_| Cutoffs::default()),
            figures: Figures::default(),
            key_ends: Mutex::default(),
            keys_asked: AtomicU64::new(0),
        };
        world.add_key(key.id());
        world
    }

    /// Before the key is in the ring.
    pub(crate) fn add_key(&self, id: KeyId) {
        self.key_ends.lock().insert(id, Arc::default());
    }

    pub(crate) fn end_of_key(&self, id: KeyId) -> Arc<Cause> {
        Arc::clone(&self.key_ends.lock()[&id])
    }

    /// A key that is not the current one any more.
    pub(crate) fn end_key(&self, id: KeyId, end: impl FnOnce()) {
        self.keys_asked.fetch_add(1, Ordering::Release);
        self.end_of_key(id).end(end);
    }

    pub(crate) fn keys_asked(&self) -> u64 {
        self.keys_asked.load(Ordering::Acquire)
    }

    pub(crate) fn subject(number: usize) -> String {
        format!("user-{number}")
    }

    /// All handles are gone, so that the store is closed: whoever opens it again finds everything.
    pub(crate) fn reopen_and_look(&self) {
        let (handles, now) = (Handles::open(self), self.clock.now());
        for slot in &self.slots {
            if let Some(life) = &*slot.lock() {
                handles.look(self, life, now);
            }
        }
    }
}
