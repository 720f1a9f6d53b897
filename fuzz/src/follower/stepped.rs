//! A connection to an engine whose follower goes no further than it is told to.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hallpass::store::{Cursor, Header, Look, Page, Purged, Record, SharedStore, Store, StoreError, StoreErrorKind};
use hallpass::testing::MemoryStore;
use hallpass::time::TimeLimits;

use super::{LONGEST, now};

/// How the engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    /// It can't be reached.
    Away,
    /// It holds what this version can't read.
    Newer,
    /// Another list was made in its place.
    Another,
}

/// How it gives what it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages {
    pub(super) of: usize,
    /// The last record first, and twice.
    pub(super) are_shuffled: bool,
    /// The next page is the first one once more.
    pub(super) begins_again: bool,
    /// With so many that can't be read.
    pub(super) malformed: u64,
}

/// When the last good look began: not before the one, and not after the other.
pub(super) type Looked = (DateTime<Utc>, DateTime<Utc>);

#[derive(Debug)]
pub(super) struct Stepped {
    engine: MemoryStore,
    turns: Mutex<Turns>,
    changed: Condvar,
}

#[derive(Debug)]
struct Turns {
    mood: Mood,
    pages: Pages,
    /// Whether the follower waits for news.
    waits: bool,
    /// Whether it is to go on.
    goes_on: bool,
    /// When the last call of its own ended.
    ended: DateTime<Utc>,
    looked: Looked,
}

impl Stepped {
    pub(super) fn new(engine: MemoryStore) -> Self {
        let now = now();
        let pages = Pages { of: 2, are_shuffled: false, begins_again: false, malformed: 0 };
        let turns = Turns { mood: Mood::Good, pages, waits: false, goes_on: false, ended: now, looked: (now, now) };
        Self { engine, turns: Mutex::new(turns), changed: Condvar::new() }
    }

    pub(super) fn mood(&self) -> Mood {
        self.turns().mood
    }

    pub(super) fn becomes(&self, mood: Mood) {
        self.turns().mood = mood;
    }

    pub(super) fn give(&self, pages: Pages) {
        self.turns().pages = pages;
    }

    pub(super) fn looked(&self) -> Looked {
        self.turns().looked
    }

    /// Until the follower has done all that there is to do.
    pub(super) fn settle(&self) {
        self.settled(self.turns());
    }

    /// There is news, which is read; unless the engine is away, and news can't come.
    pub(super) fn news(&self) {
        let mut turns = self.turns();
        if turns.mood == Mood::Good {
            turns.goes_on = true;
            self.changed.notify_all();
            self.settled(turns);
        }
    }

    fn settled(&self, turns: MutexGuard<'_, Turns>) {
        let busy = |turns: &mut Turns| !turns.waits || turns.goes_on;
        let rest = self.changed.wait_timeout_while(turns, LONGEST, busy).expect("no panic while it is held");
        assert!(!rest.1.timed_out(), "the follower does not come to rest");
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().expect("no panic while it is held")
    }

    /// A call to an engine that may be in a bad mood.
    fn call<T>(&self, call: impl FnOnce(&MemoryStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.mood() {
            Mood::Good => call(&self.engine),
            Mood::Newer => Err(StoreErrorKind::Newer { version: 2 }.into()),
            Mood::Away | Mood::Another => Err(StoreErrorKind::Io.into()),
        }
    }

    /// A call of the follower's.
    fn follows<T>(&self, call: impl FnOnce(&MemoryStore, Pages) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pages = self.turns().pages;
        let done = self.call(|engine| call(engine, pages));
        self.turns().ended = now();
        done
    }

    /// Where a page begins, as it is given.
    fn since(&self, since: &Cursor) -> Cursor {
        let again = std::mem::take(&mut self.turns().pages.begins_again);
        if again { Cursor::start() } else { since.clone() }
    }
}

fn dealt(mut page: Page, pages: Pages) -> Page {
    if pages.are_shuffled {
        page.records.reverse();
        page.records.extend(page.records.first().copied());
    }
    page.malformed += pages.malformed;
    page
}

impl Store for Stepped {
    fn header(&self) -> Result<Header, StoreError> {
        self.call(Store::header)
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.call(|engine| engine.append(records))
    }

    fn read(&self, since: &Cursor, _: usize) -> Result<Page, StoreError> {
        let since = self.since(since);
        self.follows(|engine, pages| engine.read(&since, pages.of).map(|page| dealt(page, pages)))
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        // Where several share it, one fast clock must not drop what others still need.
        self.call(|engine| engine.purge(now.min(engine.look(&Cursor::start(), 1)?.engine_now), most))
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.call(|engine| engine.vouch_anew(now, from))
    }

    fn reopen(&self) -> Result<(), StoreError> {
        self.call(Store::reopen)
    }
}

impl SharedStore for Stepped {
    fn look(&self, since: &Cursor, _: usize) -> Result<Look, StoreError> {
        let (began, since) = (now(), self.since(since));
        if self.mood() == Mood::Another {
            let mut look = self.engine.look(&since, 1)?;
            look.header = Header::new(TimeLimits::default(), look.header.created()).expect("a random generator");
            return Ok(look);
        }
        let ended = self.turns().ended;
        let look = self.follows(|engine, pages| {
            let look = engine.look(&since, pages.of)?;
            Ok(Look { page: dealt(look.page, pages), ..look })
        })?;
        if look.page.is_last {
            self.turns().looked = (ended, began);
        }
        Ok(look)
    }

    /// As long as nobody says otherwise: what grows old meanwhile is to be noticed.
    fn wait(&self, _: Duration) {
        let mut turns = self.turns();
        turns.waits = true;
        self.changed.notify_all();
        let mut turns = self.changed.wait_while(turns, |turns| !turns.goes_on).expect("no panic while it is held");
        (turns.waits, turns.goes_on, turns.ended) = (false, false, now());
    }

    fn wake(&self) {
        self.turns().goes_on = true;
        self.changed.notify_all();
    }

    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        self.follows(|engine, _| engine.begin_epoch(known, now, from))
    }
}
