//! A part of the cache behind one lock: a table, and a hand that goes round in it.
//!
//! The hand looks at some entries whenever one is added. Those that have expired leave; where there is no room, so
//! does each that was not used since the hand came by last. A hit moves nothing: it marks the entry, if it was not
//! marked.

use std::mem::size_of;
use std::sync::Arc;

use chrono::TimeDelta;
use hashbrown::HashTable;
use zeroize::Zeroizing;

use crate::session::Session;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Places that the hand passes for each new entry. A table is a quarter full at the least, so that expired entries
/// leave about twice as fast as new ones come.
const STEPS: usize = 8;
/// What an allocator adds to each block, and how many blocks an entry is: itself, its text, the session and its
/// texts.
const BLOCK: usize = 16;
const BLOCKS: usize = 7;
/// A table with fewer places is not worth making smaller.
const SMALL: usize = 64;

pub(super) struct Shard {
    table: HashTable<Place>,
    /// The place that it looks at next.
    hand: usize,
    /// What the entries hold; what the table takes itself is added to it.
    held: usize,
    most: usize,
}

struct Place {
    hash: u64,
    entry: Box<Entry>,
}

pub(super) struct Entry {
    /// A credential: wiped when it leaves.
    text: Zeroizing<Box<str>>,
    assertion: Arc<[u8]>,
    session: Session,
    /// When no clock that is right accepts it any more, in microseconds.
    gone_at: i64,
    /// Since the hand came by.
    used: AtomicBool,
}

impl Entry {
    pub(super) fn new(text: &str, assertion: &Arc<[u8]>, session: &Session, leeway: TimeDelta) -> Box<Self> {
        let leeway = leeway.num_microseconds().unwrap_or(i64::MAX);
        Box::new(Self {
            text: Zeroizing::new(text.into()),
            assertion: Arc::clone(assertion),
            session: session.clone(),
            gone_at: session.expires_at().timestamp_micros().saturating_add(leeway),
            used: AtomicBool::new(false),
        })
    }

    /// The whole text, and the whole assertion.
    fn is(&self, text: &str, assertion: &[u8]) -> bool {
        **self.text == *text && *self.assertion == *assertion
    }

    /// What it takes, but for the assertion, which it shares with the verifier.
    fn bytes(&self) -> usize {
        const FIXED: usize = size_of::<Entry>().saturating_add(BLOCK.saturating_mul(BLOCKS));
        FIXED.saturating_add(self.text.len()).saturating_add(self.session.bytes())
    }
}

impl Shard {
    pub(super) fn new(most: usize) -> Self {
        Self { table: HashTable::new(), hand: 0, held: 0, most }
    }

    pub(super) fn find(&self, hash: u64, text: &str, assertion: &[u8]) -> Option<Session> {
        let place = self.table.find(hash, |place| place.hash == hash && place.entry.is(text, assertion))?;
        // Written only when that changes it, since everyone reads it.
        if !place.entry.used.load(Ordering::Relaxed) {
            place.entry.used.store(true, Ordering::Relaxed);
        }
        Some(place.entry.session.clone())
    }

    /// Adds an entry that is not there yet, and returns those that leave.
    pub(super) fn insert(&mut self, hash: u64, entry: Box<Entry>, now: i64) -> Vec<Box<Entry>> {
        let mut gone = Vec::new();
        // Two may have opened it at the same time. And one that would push out half of the others is not worth it.
        if self.find(hash, &entry.text, &entry.assertion).is_some() || entry.bytes() > self.most.div_euclid(2) {
            gone.push(entry);
            return gone;
        }
        for _ in 0..STEPS {
            gone.extend(self.advance(|entry| entry.gone_at <= now));
        }
        if self.table.len() < self.table.capacity().div_euclid(8) && self.table.num_buckets() > SMALL {
            self.table.shrink_to(self.table.len().saturating_mul(2), |place| place.hash);
        }
        self.held = self.held.saturating_add(entry.bytes());
        self.table.insert_unique(hash, Place { hash, entry }, |place| place.hash);
        while self.bytes() > self.most && !self.table.is_empty() {
            gone.extend(self.advance(|entry| entry.gone_at <= now || !entry.used.swap(false, Ordering::Relaxed)));
        }
        gone
    }

    /// All that it takes.
    fn bytes(&self) -> usize {
        self.held.saturating_add(self.table.allocation_size())
    }

    /// Looks at one place; an entry there leaves if it is to.
    fn advance(&mut self, leaves: impl FnOnce(&Entry) -> bool) -> Option<Box<Entry>> {
        let at = self.hand;
        self.hand = if at.saturating_add(1) < self.table.num_buckets() { at.saturating_add(1) } else { 0 };
        let occupied = self.table.get_bucket_entry(at).ok()?;
        if !leaves(&occupied.get().entry) {
            return None;
        }
        let (Place { entry, .. }, _) = occupied.remove();
        self.held = self.held.saturating_sub(entry.bytes());
        Some(entry)
    }
}
