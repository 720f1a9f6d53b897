//! How a process keeps up with a store that others write to: a pure step, (event, now) → actions.
//!
//! ```text
//!            ┌──────────── has lost ──► begin an epoch ─┐
//!            ▼                                          │
//! look ──► snapshot, page by page ──► tail: wait, read, wait, look, …
//!            ▲                          │
//!            └─ another header ◄────────┘          any error: wait, longer each time, and look
//! ```
//!
//! What is read is joined to the set, never put in its place, so no entry is missing for a moment. The step does no
//! I/O and reads no clock: whoever calls it does what it says, for a real engine or a modelled one.

mod apply;
mod freshness;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::record::Record;
use crate::store::{Cursor, Header, Look, Page, StoreError, StoreErrorKind};
use crate::time::LONGEST_WAIT;

pub(crate) use apply::{Gathering, Left, vouches_from};
pub(crate) use freshness::{Freshness, Known, Moment};

/// After a failure it looks again so soon, and then twice as late each time.
const FIRST_PAUSE: i64 = 50_000;
/// The engine's clock was set by so much: half of what is far ahead.
const FAR: u64 = 600_000_000;
/// No later than this: an engine that is back is to be found at once.
const LONGEST_PAUSE: i64 = 500_000;

/// What has happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A look has ended that began then.
    Looked { began: Moment, look: Result<Look, StoreError> },
    /// A read has ended.
    Read(Result<Page, StoreError>),
    /// A new epoch was begun, or could not be.
    Begun(Result<(), StoreError>),
    /// A wait is over; perhaps since somebody asks what there is as of now.
    Woken { asked: bool },
}

/// What to do now, in this order.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Nothing is known from now on, until it is fresh again.
    Unknown,
    /// Join these to the set. Those of the tail were not in the store `since` a moment, by the engine's clock.
    Join { records: Vec<Record>, since: Option<i64> },
    /// So many records can't be read.
    Malformed(u64),
    /// The list vouches anew: so does the set. If the epoch is another one, the store may lack what the set holds.
    Adopt { header: Header, has_lost: bool },
    /// All that the store held is joined.
    Whole { header: Header },
    /// The set knows everything that was acknowledged before this moment. So far ahead is the engine's clock, at least,
    /// in microseconds; negative when behind.
    Fresh { since: Moment, engine_ahead: i64 },
    /// The store could not be read; for the first time since it could, or again.
    Failed { error: StoreError, again: bool },
    /// The store can be read again.
    Recovered,
}

/// What to do then, and to tell what came of it.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Look(Cursor),
    Read(Cursor),
    BeginEpoch(Header),
    /// Until there is news, or somebody asks.
    Wait(Duration),
    /// Whoever asks: the engine is away, and is not asked more often for that.
    Pause(Duration),
}

/// A moment by the clocks that may be wrong, in microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dated {
    /// By the engine's, whatever became of the wall's here: a clock far behind would take every cutoff for one of a
    /// clock far ahead.
    pub(crate) engine: i64,
    /// By the one of the two that is behind: what has expired by the other alone may count still.
    pub(crate) expired: i64,
}

#[derive(Debug)]
pub(crate) struct Follower {
    header: Header,
    cursor: Cursor,
    /// How often it looks, in microseconds.
    interval: i64,
    /// Whether the whole snapshot was joined.
    is_whole: bool,
    /// Whether pages are looked at, not read: once all that was there at first is read, what comes is new.
    is_closing: bool,
    /// What the engine's clock said when it had nothing unread left.
    looked: Option<i64>,
    /// When the last look began.
    began: i64,
    /// Amid pages: when the look began that gave the first one, and what the engine's clock said in it. The later pages go
    /// by what the first one showed.
    first: Option<(Moment, i64)>,
    /// What the engine's clock said in the last look that went well, and when that ended.
    engine: Option<(i64, Moment)>,
    failing: Option<Failing>,
    /// Whether an epoch was begun since the last look that found nothing lost.
    has_begun: bool,
}

/// It has failed: the pause that follows, and when that is over.
#[derive(Debug, Clone, Copy)]
struct Failing {
    pause: i64,
    until: i64,
}

impl Follower {
    /// Of a store with this header, of which nothing was read yet.
    pub(crate) fn new(header: Header, interval: i64) -> Self {
        let cursor = Cursor::start();
        Self {
            header,
            cursor,
            interval,
            is_whole: false,
            is_closing: false,
            looked: None,
            began: i64::MIN,
            first: None,
            engine: None,
            failing: None,
            has_begun: false,
        }
    }

    /// The moment as of which what was read is joined.
    pub(crate) fn dated(&self, now: Moment) -> Dated {
        let carried_on =
            |(engine, at): (i64, Moment)| engine.saturating_add(now.monotonic.saturating_sub(at.monotonic).max(0));
        let engine = self.engine.map_or(now.wall, carried_on);
        Dated { engine, expired: engine.min(now.wall) }
    }

    /// Whether the last look that went well ended at this moment.
    pub(crate) fn has_just_looked(&self, now: Moment) -> bool {
        self.engine.is_some_and(|(_, at)| at == now)
    }

    /// Whether the wall's clock was set since the last look, or the machine was asleep: it takes a look to tell.
    fn is_dubious(&self, now: Moment) -> bool {
        self.engine.is_none_or(|(_, at)| !now.has_gone_on_as(at.wall_ahead()))
    }

    /// Whether the next look goes on with what an earlier one has begun, and tells nothing of what has come since.
    pub(crate) fn is_amid_pages(&self) -> bool {
        self.first.is_some()
    }

    /// What to do first.
    pub(crate) fn begin(&self) -> Next {
        Next::Look(self.cursor.clone())
    }

    /// What to do when the set must be told everything again.
    pub(crate) fn begin_again(&mut self) -> Next {
        self.start_over(&mut Vec::new());
        self.begin()
    }

    pub(crate) fn step(&mut self, event: Event, now: Moment) -> (Vec<Action>, Next) {
        let mut actions = Vec::new();
        let next = match event {
            Event::Looked { began, look } => {
                self.began = began.monotonic;
                match look {
                    Ok(look) => self.looked(began, look, now, &mut actions),
                    Err(error) => self.failed(error, now, &mut actions),
                }
            }
            // It is read again.
            Event::Read(Ok(_)) if self.is_dubious(now) => Next::Look(self.cursor.clone()),
            Event::Read(Ok(page)) => match self.join(page, &mut actions) {
                true if self.is_whole => self.wait(now),
                true => {
                    self.is_closing = true;
                    self.first = None;
                    Next::Look(self.cursor.clone())
                }
                false => Next::Read(self.cursor.clone()),
            },
            Event::Begun(Ok(())) => {
                self.has_begun = true;
                self.begin()
            }
            Event::Read(Err(error)) | Event::Begun(Err(error)) => self.failed(error, now, &mut actions),
            Event::Woken { asked } => self.woken(asked, now),
        };
        (actions, next)
    }

    fn looked(&mut self, began: Moment, look: Look, now: Moment, actions: &mut Vec<Action>) -> Next {
        let engine_now = look.engine_now.timestamp_micros();
        let (before, is_first) = (self.dated(now).engine, self.engine.is_none());
        self.engine = Some((engine_now, now));
        if !look.header.is_of_same_list(&self.header) {
            let error = StoreError::new(StoreErrorKind::Foreign).because("another list was made in this one's place");
            return self.failed(error, now, actions);
        }
        // What was dropped as of a moment that is yet to come may count still; and whoever laid the list down by a clock that
        // was far ahead has shut everyone out.
        let is_far_ahead = |moment: DateTime<Utc>| moment.signed_duration_since(look.engine_now) > LONGEST_WAIT;
        let is_ahead = is_far_ahead(look.header.vouches_from()) || look.header.purged().is_some_and(is_far_ahead);
        if look.has_lost || is_ahead {
            self.start_over(actions);
            if std::mem::take(&mut self.has_begun) {
                let error = StoreError::new(StoreErrorKind::Damaged).because("a new epoch has not helped");
                return self.failed(error, now, actions);
            }
            return Next::BeginEpoch(look.header);
        }
        self.has_begun = false;
        if !is_first && before.abs_diff(engine_now) > FAR {
            // What was read by the clock as it stood before may have been taken for something far ahead.
            self.start_over(actions);
            return self.begin();
        }
        if look.header.with_purged(None) != self.header.with_purged(None) {
            let has_lost = look.header.epoch() != self.header.epoch();
            self.header = look.header;
            self.start_over(actions);
            actions.push(Action::Adopt { header: look.header, has_lost });
            return self.begin();
        }
        let is_last = self.join(look.page, actions);
        if self.failing.take().is_some() {
            actions.push(Action::Recovered);
        }
        let (since, engine_then) = self.first.take().unwrap_or((began, engine_now));
        if !is_last {
            // What is new is looked at to its end: to read it would leave it to the next look to say that nothing is
            // left, and the next look might find as much again.
            self.first = Some((since, engine_then));
            return match self.is_whole || self.is_closing {
                true => Next::Look(self.cursor.clone()),
                false => Next::Read(self.cursor.clone()),
            };
        }
        if !now.has_gone_on_as(since.wall_ahead()) {
            // The wall's clock was set meanwhile, or the machine was asleep: this look does not tell how it stands now.
            return Next::Look(self.cursor.clone());
        }
        if !self.is_whole {
            self.is_whole = true;
            actions.push(Action::Whole { header: look.header });
        }
        self.looked = Some(engine_then);
        // It was read at some moment between the two, so only what lies outside of them is a difference.
        let nearest = engine_now.clamp(began.wall.min(now.wall), now.wall.max(began.wall));
        actions.push(Action::Fresh { since, engine_ahead: engine_now.saturating_sub(nearest) });
        // What has come since the first of several pages was looked at is still to be asked for.
        if since == began { self.wait(now) } else { Next::Look(self.cursor.clone()) }
    }

    /// Whether nothing is left unread.
    fn join(&mut self, page: Page, actions: &mut Vec<Action>) -> bool {
        let Page { records, malformed, cursor, is_last } = page;
        self.cursor = cursor;
        if malformed > 0 {
            actions.push(Action::Malformed(malformed));
        }
        if !records.is_empty() {
            let since = self.looked.filter(|_| self.is_whole);
            actions.push(Action::Join { records, since });
        }
        is_last
    }

    /// What is known may be of another list: all of it is read again, and joined to what is there.
    fn start_over(&mut self, actions: &mut Vec<Action>) {
        self.cursor = Cursor::start();
        self.is_whole = false;
        self.is_closing = false;
        self.first = None;
        self.looked = None;
        actions.push(Action::Unknown);
    }

    fn failed(&mut self, error: StoreError, now: Moment, actions: &mut Vec<Action>) -> Next {
        // There is something that this version can't read, and it may be about anyone; or another list, whose subjects are
        // known by other names, and whose tokens may live longer than entries are kept here.
        if matches!(error.kind(), StoreErrorKind::Newer { .. } | StoreErrorKind::Foreign) {
            actions.push(Action::Unknown);
        }
        actions.push(Action::Failed { error, again: self.failing.is_some() });
        let longer = |failing: Failing| failing.pause.saturating_mul(2).min(LONGEST_PAUSE);
        let pause = self.failing.map_or(FIRST_PAUSE, longer);
        self.failing = Some(Failing { pause, until: now.monotonic.saturating_add(pause) });
        Next::Pause(duration(pause))
    }

    fn woken(&self, asked: bool, now: Moment) -> Next {
        // However many ask, an engine that is away is not asked more often.
        if let Some(Failing { until, .. }) = self.failing.filter(|failing| now.monotonic < failing.until) {
            return Next::Pause(duration(until.saturating_sub(now.monotonic)));
        }
        let is_due = now.monotonic.saturating_sub(self.began) >= self.interval;
        match asked || is_due || self.failing.is_some() || !self.is_whole || self.is_dubious(now) {
            true => Next::Look(self.cursor.clone()),
            // Woken early, by what is new as a rule: to read it is enough.
            false => Next::Read(self.cursor.clone()),
        }
    }

    /// Until the next look is due.
    fn wait(&self, now: Moment) -> Next {
        let since = now.monotonic.saturating_sub(self.began);
        Next::Wait(duration(self.interval.saturating_sub(since)))
    }
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests;
