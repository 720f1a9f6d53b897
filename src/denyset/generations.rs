//! Which generation of each session is the newest that was used, and when the others were retired.

use std::collections::HashMap;

use super::entry::{SHARDS, shard_of};
use super::is_purge_due;
use super::newest::Newest;
use super::notes::{FirstUse, Notes};
use super::snapshot::Published;
use crate::id::SessionId;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Apart, Mutex};

/// How a token stands to the other tokens of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// None of a later generation was used.
    Newest,
    /// The same, and this is the first use of its own generation, noted as of this moment.
    FirstUse { at: i64 },
    /// It can't be told: the clock stands before what was dropped.
    Unknown,
    /// A successor was used, so short a time ago that parallel requests may still carry this one.
    InGrace,
    /// The grace is over, by no more than clocks may differ.
    Superseded { retired_at: i64 },
    /// The grace has been over for longer than that.
    Replayed { retired_at: i64 },
}

/// A token as it is shown. Moments are microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presented {
    pub(crate) session: SessionId,
    pub(crate) generation: u32,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: i64,
}

/// Durations in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spans {
    pub(super) grace: i64,
    pub(super) leeway: i64,
    pub(super) retention: i64,
}

impl Spans {
    /// What was retired longer ago than this is replayed whatever clock looks at it.
    fn window(&self) -> i64 {
        self.grace.saturating_add(self.leeway.saturating_mul(3))
    }

    fn judge(&self, retired_at: i64, now: i64) -> Standing {
        let age = now.saturating_sub(retired_at);
        if age <= self.grace {
            Standing::InGrace
        } else if age <= self.grace.saturating_add(self.leeway) {
            Standing::Superseded { retired_at }
        } else {
            Standing::Replayed { retired_at }
        }
    }
}

/// The first uses of generations, by session.
///
/// The usual token is of the newest generation, and finds that by one look at [`Newest`], which is part of the
/// [`Published`] picture. The others, and first uses, look under their part's lock.
///
/// Generation 0 is never noted: nothing comes before it.
pub(super) struct Generations {
    parts: Box<[Apart<Mutex<Noted>>]>,
    spans: Spans,
    /// How many sessions one part may hold.
    capacity: usize,
    sessions: Apart<AtomicUsize>,
    /// Looks that found no room for a note that was due.
    unnoted: Apart<AtomicU64>,
}

/// What is exact about one part, and the moment at which it was last purged.
struct Noted {
    number: usize,
    sessions: HashMap<SessionId, Notes>,
    purged: i64,
}

impl Generations {
    pub(super) fn new(spans: Spans, capacity: usize) -> Self {
        let empty = |number| Apart(Mutex::new(Noted { number, sessions: HashMap::new(), purged: i64::MIN }));
        Self {
            parts: (0..SHARDS).map(empty).collect(),
            spans,
            capacity: capacity.div_ceil(SHARDS),
            sessions: Apart(AtomicUsize::new(0)),
            unnoted: Apart(AtomicU64::new(0)),
        }
    }

    /// How a token that was shown before stands now, and the newest generation that was used, if one was but
    /// the first. Notes nothing.
    pub(super) fn standing(&self, session: SessionId, generation: u32, now: i64) -> (Standing, u32) {
        let noted = self.part(session).lock();
        let known = noted.sessions.get(&session);
        let newest = known.and_then(Notes::newest).map_or(0, |newest| newest.generation);
        let retired = known.and_then(|known| known.retired(generation));
        (retired.map_or(Standing::Newest, |retired_at| self.spans.judge(retired_at, now)), newest)
    }

    /// How the token stands now. Notes the first use of its generation.
    pub(super) fn present(&self, published: &Published, token: Presented, now: i64) -> Standing {
        let session = token.session;
        // A token can't have been used before it was issued, whatever this clock says.
        let shown = FirstUse { generation: token.generation, at: now.max(token.issued_at) };
        let mut noted = self.part(session).lock();
        let known = noted.sessions.get(&session);
        if let Some(retired_at) = known.and_then(|known| known.retired(shown.generation)) {
            return self.spans.judge(retired_at, now);
        }
        if shown.generation == known.and_then(Notes::newest).map_or(0, |newest| newest.generation) {
            return Standing::Newest;
        }
        if known.is_none() && !self.make_room(published, &mut noted, now) {
            self.unnoted.fetch_add(1, Ordering::Relaxed);
            return Standing::Newest;
        }
        noted.sessions.entry(session).or_default().join(shown, token.expires_at, self.spans.window());
        published.load().newest(noted.number).set(session, shown.generation);
        Standing::FirstUse { at: shown.at }
    }

    /// Joins a first use that a store has kept, whether there is room or not.
    pub(super) fn load(&self, published: &Published, session: SessionId, first: FirstUse, expires_at: i64) {
        let mut noted = self.part(session).lock();
        if !noted.sessions.contains_key(&session) {
            self.add_session(published, &noted);
        }
        let notes = noted.sessions.entry(session).or_default();
        notes.join(first, expires_at, self.spans.window());
        let newest = notes.newest().map_or(first.generation, |newest| newest.generation);
        published.load().newest(noted.number).set(session, newest);
    }

    /// Makes room for one more session, and says whether there is.
    fn make_room(&self, published: &Published, noted: &mut Noted, now: i64) -> bool {
        let is_full = noted.sessions.len() >= self.capacity;
        if is_purge_due(now.saturating_sub(noted.purged), self.spans.retention, is_full) {
            self.purge_part(published, noted, now);
        }
        if noted.sessions.len() >= self.capacity {
            return false;
        }
        self.add_session(published, noted);
        true
    }

    /// A place in the table for one more session.
    fn add_session(&self, published: &Published, noted: &Noted) {
        if noted.sessions.len() >= published.load().newest(noted.number).room() {
            Self::publish(published, noted, noted.sessions.len().saturating_mul(2));
        }
        self.sessions.fetch_add(1, Ordering::Relaxed);
    }

    /// Drops what has outlived every token that it could retire.
    fn purge_part(&self, published: &Published, noted: &mut Noted, now: i64) {
        noted.purged = now;
        let counts =
            |notes: &Notes| notes.newest().is_some_and(|newest| now <= newest.at.saturating_add(self.spans.retention));
        if noted.sessions.values().all(counts) {
            return;
        }
        // First what tells a check that something has left, then the leaving.
        published.change(|snapshot| snapshot.purged = snapshot.purged.max(now));
        self.keep(published, noted, counts);
    }

    fn keep(&self, published: &Published, noted: &mut Noted, counts: impl Fn(&Notes) -> bool) {
        let before = noted.sessions.len();
        noted.sessions.retain(|_, notes| counts(notes));
        let left = before.saturating_sub(noted.sessions.len());
        self.sessions.fetch_sub(left, Ordering::Relaxed);
        noted.sessions.shrink_to(noted.sessions.len().saturating_mul(2));
        Self::publish(published, noted, noted.sessions.len());
    }

    /// A fresh table with room for so many sessions, made from what is noted.
    fn publish(published: &Published, noted: &Noted, room: usize) {
        let newest = Newest::with_room(room);
        for (session, notes) in &noted.sessions {
            newest.set(*session, notes.newest().map_or(0, |newest| newest.generation));
        }
        published.change(|snapshot| snapshot.replace_newest(noted.number, newest));
    }

    /// Drops what has expired.
    pub(super) fn purge(&self, published: &Published, now: i64) {
        for part in &self.parts {
            self.purge_part(published, &mut part.lock(), now);
        }
    }

    /// Forgets everything: the clock by which it was noted was wrong, and might keep it for years.
    pub(super) fn clear(&self, published: &Published) {
        for part in &self.parts {
            let mut noted = part.lock();
            self.keep(published, &mut noted, |_| false);
            noted.purged = i64::MIN;
        }
    }

    /// When the last token of the session expires whose use was noted, if one was.
    pub(super) fn expires_at(&self, session: SessionId) -> Option<i64> {
        self.part(session).lock().sessions.get(&session).map(Notes::expires_at)
    }

    /// How many sessions are noted.
    pub(super) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Relaxed)
    }

    /// How many looks found no room for a note that was due.
    pub(super) fn unnoted(&self) -> u64 {
        self.unnoted.load(Ordering::Relaxed)
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "`shard_of` stays below the number of shards")]
    fn part(&self, session: SessionId) -> &Mutex<Noted> {
        &self.parts[shard_of(&session.to_bytes())]
    }
}
