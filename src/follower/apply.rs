//! Carrying out what the follower says, on the set and on what is known of how fresh it is: the same code for a real
//! engine and for a modelled one.

use std::collections::HashMap;

use super::{Action, Dated, Freshness};
use crate::denyset::{DenySet, is_worth_joining};
use crate::events::Events;
use crate::record::{Fact, Identity, Record};
use crate::store::{Header, StoreError};

/// What was read of a snapshot and is not joined yet.
#[derive(Default)]
pub(crate) struct Gathering {
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
    /// To read everything again: the set has gone by a clock that was far ahead, and may have dropped what counts.
    StartOver,
    /// To try again what could not be written: the store is back.
    WriteAgain,
    /// To answer those who have asked. If all is known, what has expired may be dropped too, unless the store lacks some
    /// of it: that counts for as long as the rest once it is there.
    Answer(Result<(), StoreError>),
}

/// Up to when a new epoch that begins now after this one vouches for no session.
pub(crate) fn vouches_from(known: &Header, set: &DenySet, now: i64) -> i64 {
    set.beyond_all(now, known.vouches_from().timestamp_micros())
}

impl Gathering {
    /// Does as the follower says, as of [now](super::Follower::dated), and gives what is left.
    pub(crate) fn apply(&mut self, action: Action, set: &DenySet, freshness: &Freshness, now: Dated) -> Left {
        match action {
            Action::Unknown => {
                freshness.forget();
                Left::Nothing
            }
            Action::Join { records, since: Some(since) } => {
                set.follow(&records, since, now.engine, now.expired);
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
                let held = if lacks { set.entries(now.expired) } else { Vec::new() };
                *self = Self { held, ..Self::default() };
                set.start_over_if_far_ahead(now.engine);
                set.vouch_from(header.vouches_from().timestamp_micros());
                Left::TellAll { keep: Vec::new() }
            }
            Action::Whole { header } => {
                let keep = self.finish(set, now);
                set.vouch_from(header.vouches_from().timestamp_micros());
                set.finish_loading(header.purged().map(|purged| purged.timestamp_micros()));
                Left::TellAll { keep }
            }
            Action::Fresh { since, engine_ahead } => {
                if set.start_over_if_far_ahead(now.engine) {
                    freshness.forget();
                    return Left::StartOver;
                }
                let differed = freshness.behind_engine().is_some();
                freshness.fresh(since, engine_ahead);
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

    fn gather(&mut self, records: Vec<Record>, set: &DenySet, now: Dated) {
        if !self.held.is_empty() {
            for record in &records {
                self.found.entry(record.identity()).and_modify(|known| *known = known.join(*record)).or_insert(*record);
            }
        }
        self.gathered.extend(records);
        if is_worth_joining(self.gathered.len(), self.joined) {
            self.join(set, now);
        }
    }

    fn join(&mut self, set: &DenySet, now: Dated) {
        set.follow(&self.gathered, i64::MIN, now.engine, now.expired);
        self.joined = self.joined.saturating_add(self.gathered.len());
        self.gathered.clear();
        Events::opening("load", self.joined as u64);
    }

    /// Joins the rest; what the set held, and the store did not.
    fn finish(&mut self, set: &DenySet, now: Dated) -> Vec<Record> {
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
