//! A part of the cache behind one lock: a table, and a hand that goes round in it.
//!
//! The hand looks at some entries whenever one is added. Those that have expired leave; where there is no room, so
//! does each that was not used since the hand came by last. A hit moves nothing: it marks the entry, if it was not
//! marked.

use std::num::NonZeroU64;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hashbrown::HashTable;
use zeroize::Zeroizing;

use crate::session::Session;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a token is bound to without carrying it. It may be a secret.
pub(super) type Assertion = Arc<Zeroizing<Vec<u8>>>;

/// Places that the hand passes for each new entry. In a table that is an eighth full or more, expired entries leave
/// at least about as fast as new ones come.
const STEPS: usize = 8;
/// What an allocator adds to each block, and how many blocks an entry is at the most besides its place in the table:
/// its text, the session, and the session's texts.
const BLOCK: usize = 16;
const BLOCKS: usize = 7;

pub(super) struct Shard {
    table: HashTable<Entry>,
    /// The place that it looks at next.
    hand: usize,
    /// What the entries hold beside their places; what the table takes is added to it.
    entry_bytes: usize,
    max_bytes: usize,
}

/// What an accepted text was found to say.
pub(super) struct Known {
    pub(super) session: Session,
    /// The ring's edition in which its keys are good for good, if they are.
    pub(super) edition: Option<NonZeroU64>,
}

/// It stands in the table itself, so that what a look-up waits for is one place, the text, and the session.
pub(super) struct Entry {
    hash: u64,
    /// A credential: wiped when it leaves.
    text: Zeroizing<Box<str>>,
    assertion: Assertion,
    session: Session,
    /// That of the last look at its keys, if these were found good for good; else 0.
    edition: AtomicU64,
    /// The minute, counted from 1970, by which nobody accepts it any more.
    gone_by: u32,
    /// Since the hand came by.
    used: AtomicBool,
}

// A modelled atomic is larger.
#[cfg(not(shuttle))]
const _: () = assert!(size_of::<Entry>() <= 56, "a table has more places than entries");

impl Entry {
    pub(super) fn new(hash: u64, text: &str, assertion: &Assertion, known: Known, leeway: TimeDelta) -> Self {
        let gone = known.session.expires_at().checked_add_signed(leeway).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self {
            hash,
            text: Zeroizing::new(text.into()),
            assertion: Arc::clone(assertion),
            edition: AtomicU64::new(number(known.edition)),
            session: known.session,
            // One that can't be counted so stays until there is no room.
            gone_by: u32::try_from(minute(gone).saturating_add(1)).unwrap_or(u32::MAX),
            used: AtomicBool::new(false),
        }
    }

    /// The whole text, and the whole assertion, which for most is in the same place, so that nothing need be compared.
    fn matches(&self, text: &[u8], assertion: &Assertion) -> bool {
        self.text.as_bytes() == text && (Arc::ptr_eq(&self.assertion, assertion) || self.assertion == *assertion)
    }

    /// What it holds beside its place. An assertion counts in full, though clones may share it: those who are given one
    /// for each request share it with nobody.
    fn bytes(&self) -> usize {
        const FIXED: usize = BLOCK.saturating_mul(BLOCKS);
        const ASSERTION: usize = size_of::<Zeroizing<Vec<u8>>>()
            .saturating_add(size_of::<[usize; 2]>())
            .saturating_add(BLOCK.saturating_mul(2));
        let assertion = match self.assertion.capacity() {
            0 => 0,
            capacity => ASSERTION.saturating_add(capacity),
        };
        FIXED.saturating_add(self.text.len()).saturating_add(assertion).saturating_add(self.session.bytes())
    }

    fn known(&self) -> Known {
        let edition = NonZeroU64::new(self.edition.load(Ordering::Relaxed));
        Known { session: self.session.clone(), edition }
    }

    fn is_gone(&self, now: DateTime<Utc>) -> bool {
        i64::from(self.gone_by) <= minute(now)
    }
}

fn number(edition: Option<NonZeroU64>) -> u64 {
    edition.map_or(0, NonZeroU64::get)
}

/// The minute, counted from 1970, that has begun.
fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

impl Shard {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { table: HashTable::new(), hand: 0, entry_bytes: 0, max_bytes }
    }

    pub(super) fn find(&self, hash: u64, text: &[u8], assertion: &Assertion) -> Option<Known> {
        let entry = self.entry(hash, text, assertion)?;
        // Written only when that changes it, since everyone reads it.
        if !entry.used.load(Ordering::Relaxed) {
            entry.used.store(true, Ordering::Relaxed);
        }
        Some(entry.known())
    }

    /// Its keys were found good for good in this edition of the ring, or they are not.
    pub(super) fn looked_at(&self, hash: u64, text: &[u8], assertion: &Assertion, edition: Option<NonZeroU64>) {
        if let Some(entry) = self.entry(hash, text, assertion) {
            entry.edition.store(number(edition), Ordering::Relaxed);
        }
    }

    fn entry(&self, hash: u64, text: &[u8], assertion: &Assertion) -> Option<&Entry> {
        self.table.find(hash, |entry| entry.hash == hash && entry.matches(text, assertion))
    }

    /// Adds an entry that is not there yet, and returns those that leave.
    pub(super) fn insert(&mut self, entry: Entry, now: DateTime<Utc>) -> Vec<Entry> {
        let mut gone = Vec::new();
        let is_there = self.find(entry.hash, entry.text.as_bytes(), &entry.assertion).is_some();
        // Two may have opened it at the same time. And one that would push out half of the others is not worth it.
        if is_there || entry.bytes() > self.max_bytes.div_euclid(2) {
            gone.push(entry);
            return gone;
        }
        for _ in 0..STEPS {
            gone.extend(self.advance(|entry| entry.is_gone(now)));
        }
        if self.table.len() < self.table.capacity().div_euclid(8) {
            self.table.shrink_to(self.table.len().saturating_mul(2), |entry| entry.hash);
        }
        self.entry_bytes = self.entry_bytes.saturating_add(entry.bytes());
        self.table.insert_unique(entry.hash, entry, |entry| entry.hash);
        while self.bytes() > self.max_bytes && !self.table.is_empty() {
            gone.extend(self.advance(|entry| entry.is_gone(now) || !entry.used.swap(false, Ordering::Relaxed)));
        }
        gone
    }

    /// All that it takes.
    fn bytes(&self) -> usize {
        self.entry_bytes.saturating_add(self.table.allocation_size())
    }

    /// Looks at one place; an entry there leaves if it is to.
    fn advance(&mut self, leaves: impl FnOnce(&Entry) -> bool) -> Option<Entry> {
        let at = self.hand;
        self.hand = at.saturating_add(1).checked_rem(self.table.num_buckets()).unwrap_or(0);
        let occupied = self.table.get_bucket_entry(at).ok()?;
        if !leaves(occupied.get()) {
            return None;
        }
        let (entry, _) = occupied.remove();
        self.entry_bytes = self.entry_bytes.saturating_sub(entry.bytes());
        Some(entry)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use crate::claims::read_claims;
    use crate::key::LocalKey;

    /// A session that expires at a minute, with a payload of so many bytes and some.
    fn session(minute: i64, len: usize) -> Session {
        session_of("s", minute, len)
    }

    fn session_of(subject: &str, minute: i64, len: usize) -> Session {
        let date = |minute: i64| DateTime::from_timestamp(minute * 60, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ");
        let (begin, end, fill) = (date(minute - 15), date(minute), "x".repeat(len));
        let id = "AAECAwQFBgcICQoLDA0ODw";
        let payload = format!(
            r#"{{"iss":"i","sub":"{subject}","exp":"{end}","iat":"{begin}","auth_time":"{begin}","jti":"{id}","sid":"{id}","gen":0,"x":"{fill}"}}"#
        );
        Session::proven(read_claims(&payload).unwrap(), &payload, LocalKey::generate().unwrap().id(), None)
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn entry(hash: u64, text: &str, assertion: &Assertion, session: &Session) -> Entry {
        let known = Known { session: session.clone(), edition: None };
        Entry::new(hash, text, assertion, known, TimeDelta::seconds(10))
    }

    fn assertion(bytes: &[u8]) -> Assertion {
        Assertion::new(Zeroizing::new(bytes.to_vec()))
    }

    fn check(shard: &Shard) {
        assert!(shard.bytes() <= shard.max_bytes, "{} {}", shard.bytes(), shard.max_bytes);
        assert_eq!(shard.entry_bytes, shard.table.iter().map(Entry::bytes).sum::<usize>());
    }

    /// Numbers that look random (SplitMix64).
    fn mixed(n: u64) -> u64 {
        let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        n ^ (n >> 27)
    }

    #[test]
    fn a_hash_alone_decides_nothing() {
        let (none, tenant) = (Assertion::default(), assertion(b"tenant"));
        let (one, other) = (session(1000, 1), session(1000, 2));
        let mut shard = Shard::new(1 << 20);
        assert!(shard.insert(entry(7, "one", &none, &one), at(990)).is_empty());
        assert!(shard.find(7, b"one", &none).is_some());
        for text in ["other", "on", "one ", "", "onE", "One"] {
            assert!(shard.find(7, text.as_bytes(), &none).is_none(), "{text}");
        }
        assert!(shard.find(7, b"one", &tenant).is_none());
        shard.insert(entry(7, "other", &none, &other), at(990));
        shard.insert(entry(7, "one", &tenant, &other), at(990));
        assert_eq!(shard.find(7, b"one", &none).unwrap().session.payload(), one.payload());
        assert_eq!(shard.find(7, b"other", &none).unwrap().session.payload(), other.payload());
        assert_eq!(shard.find(7, b"one", &assertion(b"tenant")).unwrap().session.payload(), other.payload());
        check(&shard);
    }

    #[test]
    fn an_entry_that_is_there_is_not_added_again() {
        let none = Assertion::default();
        let mut shard = Shard::new(1 << 20);
        for turn in 0..3 {
            let gone = shard.insert(entry(7, "one", &none, &session(1000, 1)), at(990));
            assert_eq!((gone.len(), shard.table.len()), (usize::from(turn > 0), 1));
        }
        check(&shard);
    }

    #[test]
    fn an_entry_that_would_take_more_than_half_is_not_kept_and_pushes_nothing_out() {
        let none = Assertion::default();
        let (small, large) = (session(1000, 1), session(1000, 6_000));
        let half = entry(1, "large", &none, &large).bytes();
        for (most, kept) in [(2 * half - 1, false), (2 * half, true)] {
            let mut shard = Shard::new(most);
            for n in 2..5 {
                assert!(shard.insert(entry(n, "small", &none, &small), at(990)).is_empty());
            }
            let gone = shard.insert(entry(1, "large", &none, &large), at(990));
            assert_eq!((gone.len(), shard.find(1, b"large", &none).is_some()), (usize::from(!kept), kept));
            assert!((2..5).all(|n| shard.find(n, b"small", &none).is_some()));
        }
    }

    #[test]
    fn what_takes_just_as_much_as_there_is_room_for_stays() {
        let (none, session) = (Assertion::default(), session(1000, 1));
        let filled = |most| {
            let mut shard = Shard::new(most);
            let gone: usize =
                (0..20).map(|n| shard.insert(entry(mixed(n), "one", &none, &session), at(990)).len()).sum();
            (gone, shard.bytes())
        };
        let (_, all) = filled(1 << 20);
        assert_eq!(filled(all), (0, all));
        assert!(filled(all - 1).0 > 0);
    }

    #[test]
    fn what_it_takes_never_exceeds_its_bound() {
        let none = Assertion::default();
        let sessions = [10, 300, 2_000, 6_000].map(|len| session(1000, len));
        for most in [1_500, 20_000, 300_000] {
            let mut shard = Shard::new(most);
            // Many small ones first, so that the table is large when large ones come.
            for n in 0..4_000 {
                let (hash, size) = (mixed(n), if n < 2_000 { 0 } else { mixed(n + 9) as usize % 4 });
                let text = format!("{n}{}", "y".repeat(sessions[size].payload().len()));
                shard.insert(entry(hash, &text, &none, &sessions[size]), at(990));
                check(&shard);
                if n % 3 == 0 {
                    shard.find(hash, text.as_bytes(), &none);
                }
            }
            assert!(most < 2_000 || shard.bytes() > most / 4, "{} {most}", shard.bytes());
        }
    }

    #[test]
    fn an_assertion_of_a_requests_own_counts() {
        let session = session(1000, 1);
        let mut shard = Shard::new(300_000);
        for n in 0..1_000 {
            shard.insert(entry(mixed(n), &n.to_string(), &assertion(&[7; 4_000]), &session), at(990));
            check(&shard);
        }
        assert!((40..75).contains(&shard.table.len()), "{}", shard.table.len());
    }

    #[test]
    fn a_claim_that_is_kept_beside_the_payload_counts_once_more() {
        let (none, session) = (Assertion::default(), session_of(&"s".repeat(3_000), 1000, 1));
        let mut shard = Shard::new(300_000);
        for n in 0..200 {
            shard.insert(entry(mixed(n), &n.to_string(), &none, &session), at(990));
        }
        assert!((30..50).contains(&shard.table.len()), "{}", shard.table.len());
    }

    #[test]
    fn what_has_expired_leaves_as_others_come_and_its_place_with_it() {
        let (none, old, new) = (Assertion::default(), session(1000, 1), session(1016, 1));
        let mut shard = Shard::new(10 << 20);
        for n in 0..4_000 {
            shard.insert(entry(mixed(n), &n.to_string(), &none, &old), at(1000));
        }
        let full = shard.bytes();
        // Ten seconds of leeway, and up to a minute since whole minutes are counted.
        for n in 4_000..4_500 {
            shard.insert(entry(mixed(n), &n.to_string(), &none, &new), at(1001) - TimeDelta::microseconds(1));
        }
        assert_eq!(shard.table.len(), 4_500);
        for n in 4_500..8_500 {
            shard.insert(entry(mixed(n), &n.to_string(), &none, &new), at(1001));
        }
        assert!((0..4_000).all(|n| shard.find(mixed(n), n.to_string().as_bytes(), &none).is_none()));
        assert!((4_000..8_500).all(|n| shard.find(mixed(n), n.to_string().as_bytes(), &none).is_some()));
        for n in 0..1_200 {
            shard.insert(entry(mixed(n), &n.to_string(), &none, &session(2000, 1)), at(1990));
        }
        assert!(shard.bytes() < full / 2, "{} {full}", shard.bytes());
        check(&shard);
    }
}
