//! A modelled engine: a log whose order of commits is not the order of its numbers.

use super::SECOND;
use crate::record::Record;
use crate::store::{Cursor, Header, Look, Page, StoreError, StoreErrorKind};
use crate::time::from_micros;

/// So many records are read at once.
const PAGE: usize = 7;

#[derive(Debug)]
pub(super) enum Call {
    Header,
    Look(Cursor),
    Read(Cursor),
    BeginEpoch { known: Header, now: i64, from: i64 },
    Append(Vec<Record>),
    Purge(i64),
}

#[derive(Debug)]
pub(super) enum Answer {
    Header(Header),
    Looked(Look),
    Read(Page),
    Done,
}

/// What an engine holds, at some moment.
#[derive(Clone)]
struct Held {
    header: Header,
    /// In the order in which they were committed, each with its number, and the number of its commit.
    rows: Vec<(u64, u64, Record)>,
    next: u64,
    commits: u64,
}

pub(super) struct Engine {
    held: Held,
    /// What is not committed yet: whose it is, its first number, the records.
    in_flight: Vec<(u64, u64, Vec<Record>)>,
    pub(super) has_lost: bool,
    pub(super) is_up: bool,
    /// Whether the replicas are there that must confirm what is acknowledged.
    accepts: bool,
    /// An old primary, cut off from its replicas, that still answers whoever reaches it alone.
    old: Option<Held>,
    backup: Option<Held>,
    calls: u64,
}

impl Engine {
    pub(super) fn new(header: Header) -> Self {
        let held = Held { header, rows: Vec::new(), next: 1, commits: 1 };
        let (in_flight, old, backup) = (Vec::new(), None, None);
        Self { held, in_flight, has_lost: false, is_up: true, accepts: true, old, backup, calls: 0 }
    }

    pub(super) fn now(at: i64) -> i64 {
        super::EPOCH + at
    }

    /// What a call comes to, unless it is to append something.
    pub(super) fn execute(&mut self, call: Call, at: i64, is_on_old: bool) -> Result<Answer, StoreError> {
        if is_on_old && let Some(old) = &self.old {
            return match call {
                Call::Header => Ok(Answer::Header(old.header)),
                Call::Read(since) => Ok(Answer::Read(old.page(&since, old.next))),
                _ => Err(failing("an old primary")),
            };
        }
        match call {
            Call::Header => Ok(Answer::Header(self.held.header)),
            Call::Read(since) => Ok(Answer::Read(self.held.page(&since, self.oldest()))),
            _ if !self.accepts => Err(failing("no replica")),
            Call::Look(since) => {
                let (page, header, has_lost) = (self.held.page(&since, self.oldest()), self.held.header, self.has_lost);
                Ok(Answer::Looked(Look { page, header, engine_now: from_micros(Self::now(at)), has_lost }))
            }
            Call::BeginEpoch { known, now, from } => {
                if self.held.header.epoch() == known.epoch() {
                    self.held.header = self.held.header.new_epoch(from_micros(now), from_micros(from)).unwrap();
                    self.has_lost = false;
                }
                Ok(Answer::Done)
            }
            Call::Purge(now) => {
                self.held.purge(now.min(Self::now(at)));
                Ok(Answer::Done)
            }
            Call::Append(_) => unreachable!("it is begun, and committed later"),
        }
    }

    /// Begins to append: the numbers are given out now.
    pub(super) fn begin(&mut self, records: Vec<Record>, is_on_old: bool) -> Result<u64, StoreError> {
        if is_on_old && self.old.is_some() {
            return Err(failing("an old primary"));
        }
        self.calls += 1;
        let first = self.held.next;
        self.held.next += records.len() as u64;
        self.in_flight.push((self.calls, first, records));
        Ok(self.calls)
    }

    /// Whether it is committed; `None` if it has to wait for the replicas.
    pub(super) fn commit(&mut self, call: u64) -> Option<bool> {
        let Some(place) = self.in_flight.iter().position(|(number, ..)| *number == call) else { return Some(false) };
        if !self.accepts {
            return None;
        }
        let (_, first, records) = self.in_flight.remove(place);
        self.held.commits += 1;
        let by = self.held.commits;
        self.held.rows.extend((first..).zip(records).map(|(number, record)| (number, by, record)));
        Some(true)
    }

    /// The oldest number that is not committed yet.
    fn oldest(&self) -> u64 {
        self.in_flight.iter().map(|(_, first, _)| *first).min().unwrap_or(self.held.next)
    }

    pub(super) fn set_accepts(&mut self, accepts: bool) {
        self.accepts = accepts;
    }

    /// Everything that is not committed is given up.
    pub(super) fn restart(&mut self) {
        self.in_flight.clear();
    }

    /// A replica takes over, which lacks so many of the last commits.
    pub(super) fn fail_over(&mut self, lacks: usize) {
        self.old = Some(self.held.clone());
        self.restart();
        self.lose(lacks);
    }

    pub(super) fn forget_old(&mut self) {
        self.old = None;
    }

    fn lose(&mut self, lacks: usize) {
        if lacks > 0 {
            let rows = &mut self.held.rows;
            rows.truncate(rows.len().saturating_sub(lacks));
            // Numbers are given out again, so that an old cursor stands too far ahead.
            self.held.next = rows.iter().map(|(number, ..)| number + 1).max().unwrap_or(1);
            self.has_lost = true;
        }
    }

    /// All of it, as an engine does that evicts whatever it has no room for.
    pub(super) fn evict(&mut self) {
        self.restart();
        self.held.header = self.held.header.with_purged(None);
        self.lose(usize::MAX);
    }

    pub(super) fn back_up(&mut self) {
        self.backup = Some(self.held.clone());
    }

    pub(super) fn restore(&mut self) {
        if let Some(backup) = self.backup.clone() {
            self.restart();
            self.held = backup;
            self.has_lost = true;
        }
    }

    /// All that is committed.
    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.held.rows.iter().map(|(.., record)| record)
    }
}

impl Held {
    /// A cursor says where to read from; and, while pages are read, where the next reading begins. What is committed
    /// meanwhile by a number that was passed by is left to that one, as in PostgreSQL.
    fn page(&self, since: &Cursor, oldest: u64) -> Page {
        let mut numbers = since.as_bytes().chunks(8).map(|bytes| bytes.try_into().map_or(0, u64::from_be_bytes));
        let mut number = || numbers.next().unwrap_or(0);
        let (start, then) = (number(), number());
        let then = if then == 0 { oldest } else { then };
        let mut rows: Vec<_> = self.rows.iter().filter(|(number, ..)| *number >= start).collect();
        rows.sort_by_key(|(number, ..)| *number);
        let goes_on = rows.len() > PAGE;
        rows.truncate(PAGE);
        let cursor = match rows.last() {
            Some((number, ..)) if goes_on => [number + 1, then],
            _ => [then, 0],
        };
        let cursor = Cursor::from_bytes(cursor.map(u64::to_be_bytes).as_flattened());
        let records = rows.into_iter().map(|(.., record)| *record).collect();
        Page { records, malformed: 0, cursor, is_last: !goes_on }
    }

    fn purge(&mut self, now: i64) {
        let (now, retention) = (from_micros(now), self.header.retention());
        let expired = |record: &Record| record.kept_until(retention).is_some_and(|until| until < now);
        if self.rows.iter().any(|(.., record)| expired(record) && record.forbids()) {
            let latest = self.header.purged().map_or(now, |before| before.max(now));
            self.header = self.header.with_purged(Some(latest));
        }
        self.rows.retain(|(.., record)| !expired(record));
    }
}

pub(super) fn failing(why: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Io).because(why)
}

/// A call ends within this, whatever the engine does.
pub(super) const LIMIT: i64 = 3 * SECOND;
