//! Carrying out what the follower says, on the set and on what is known of how fresh it is: the same code for a real
//! engine and for a modelled one.

use std::collections::HashMap;

use super::{Action, Freshness, Moment};
use crate::denyset::DenySet;
use crate::events::Events;
use crate::record::{Fact, Identity, Record};
use crate::store::{Header, StoreError};

/// So many of a snapshot are joined to the set at once, or a quarter of what is there.
const CHUNK: usize = 250_000;

/// What was read of a snapshot and is not joined yet.
#[derive(Default)]
pub(crate) struct Snapshot {
    gathered: Vec<Record>,
    joined: usize,
    /// After the store has lost something: what the set held then, and what was found in the store.
    held: Vec<Record>,
    found: HashMap<Identity, Record>,
}

/// What is left to do, for whoever holds the list.
#[derive(Debug, PartialEq)]
pub(crate) enum Left {
    Nothing,
    /// To tell those whom these concern.
    Tell(Vec<Record>),
    /// To tell everyone, and to keep these: the store lacks them.
    TellAll {
        keep: Vec<Record>,
    },
    /// To count so many.
    Malformed(u64),
    /// To try again what could not be written: the store is back.
    WriteAgain,
    /// To answer those who have asked.
    Answer(Result<(), StoreError>),
}

/// When a new epoch begins after this one, and up to when it vouches for no session: beyond every one that may have begun
/// by now; just after the cutoff of this epoch too, of which only a faster clock may have heard.
pub(crate) fn new_epoch(known: &Header, set: &DenySet, freshness: &Freshness, now: Moment) -> (i64, i64) {
    let now = freshness.corrected(now);
    (now, set.beyond_all(now).max(known.vouches_from().timestamp_micros().saturating_add(1)))
}

impl Snapshot {
    /// Does as the follower says, as of now [by the engine's clock](super::Follower::dated), and gives what is left.
    pub(crate) fn apply(&mut self, action: Action, set: &DenySet, freshness: &Freshness, now: i64) -> Left {
        match action {
            Action::Unknown => {
                freshness.forget();
                Left::Nothing
            }
            Action::Join { records, since: Some(since) } => {
                set.follow(&records, since, now);
                Left::Tell(records)
            }
            Action::Join { records, since: None } => {
                self.gather(records, set, now);
                Left::Nothing
            }
            Action::Malformed(count) => {
                Events::records_malformed(count);
                Left::Malformed(count)
            }
            Action::Adopt { header, has_lost } => {
                Events::started_anew();
                // Nor does it get it back by vouching anew besides.
                let lacks = has_lost || !self.held.is_empty();
                let held = if lacks { set.entries(now) } else { Vec::new() };
                *self = Self { held, ..Self::default() };
                let (created, from) = (header.created().timestamp_micros(), header.vouches_from().timestamp_micros());
                set.adopt(created, from, now);
                Left::TellAll { keep: Vec::new() }
            }
            Action::Whole { purged } => {
                let keep = self.finish(set, now);
                set.finish_loading(purged);
                Left::TellAll { keep }
            }
            Action::Fresh { since, engine_ahead } => {
                let differed = freshness.behind_engine().is_some();
                freshness.fresh(since, engine_ahead);
                set.known_by(now);
                if let Some(behind) = freshness.behind_engine().filter(|_| !differed) {
                    Events::clock_differs(behind);
                }
                Left::Answer(Ok(()))
            }
            Action::Failed { error, again } => {
                if !again {
                    Events::fell_behind(&error);
                }
                Left::Answer(Err(error))
            }
            Action::Recovered => {
                Events::caught_up();
                Left::WriteAgain
            }
        }
    }

    fn gather(&mut self, records: Vec<Record>, set: &DenySet, now: i64) {
        if !self.held.is_empty() {
            for record in &records {
                self.found.entry(record.identity()).and_modify(|known| *known = known.join(*record)).or_insert(*record);
            }
        }
        self.gathered.extend(records);
        if self.gathered.len() >= CHUNK.max(self.joined.div_euclid(4)) {
            self.join(set, now);
        }
    }

    fn join(&mut self, set: &DenySet, now: i64) {
        set.follow(&self.gathered, i64::MIN, now);
        self.joined = self.joined.saturating_add(self.gathered.len());
        self.gathered.clear();
        Events::opening("load", self.joined as u64);
    }

    /// Joins the rest; what the set held, and the store did not.
    fn finish(&mut self, set: &DenySet, now: i64) -> Vec<Record> {
        self.join(set, now);
        let Self { mut held, found, .. } = std::mem::take(self);
        held.retain(|held| found.get(&held.identity()).is_none_or(|found| says_more(*held, *found)));
        held
    }
}

/// Whether the set held more of the same thing than was found. When an id was listed, it knows coarsely alone.
fn says_more(held: Record, found: Record) -> bool {
    !matches!(held.fact, Fact::Id { .. }) && found.join(held) != found
}
