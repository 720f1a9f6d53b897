//! What a process has to write: the saver's thread, modelled.

use super::engine::Call;
use crate::record::{Cutoff, Fact, Record};

const FIRST_PAUSE: i64 = 100_000;
const LONGEST_PAUSE: i64 = 5_000_000;
const PURGE_EVERY: u64 = 60_000_000;

#[derive(Default)]
pub(super) struct Saver {
    waiting: Vec<Record>,
    /// The revocations that these are about, by their numbers in the history.
    revocations: Vec<usize>,
    anew: Option<(i64, i64)>,
    purged: Option<i64>,
    is_purging: bool,
    /// What is under way.
    call: Option<Under>,
    pause: i64,
    /// It is not tried again before this moment.
    pub(super) until: i64,
}

enum Under {
    Append { records: Vec<Record>, revocations: Vec<usize> },
    Anew,
    Purge,
}

impl Saver {
    pub(super) fn add(&mut self, record: Record, revocation: Option<usize>) {
        self.waiting.push(record);
        self.revocations.extend(revocation);
    }

    /// `is_far_ahead` if the list itself vouches for nobody for long to come.
    pub(super) fn vouch_anew(&mut self, now: i64, from: i64, is_far_ahead: bool) {
        self.waiting = self.waiting.iter().filter_map(|record| record.made_by(now, from)).collect();
        self.purged = None;
        if is_far_ahead {
            self.anew = Some((now, from));
        } else {
            self.waiting.insert(0, Fact::Everyone { cutoff: Cutoff::new(from, None), made: now }.into());
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.call.is_none() && self.waiting.is_empty() && self.anew.is_none()
    }

    /// What to do next, as of a moment by the process's clock.
    pub(super) fn next(&mut self, now: i64) -> Option<Call> {
        if self.call.is_some() {
            return None;
        }
        if let Some((now, from)) = self.anew {
            self.call = Some(Under::Anew);
            return Some(Call::VouchAnew { now, from });
        }
        if !self.waiting.is_empty() {
            let (records, revocations) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.revocations));
            self.is_purging = self.purged.is_none_or(|purged| now.abs_diff(purged) >= PURGE_EVERY);
            self.call = Some(Under::Append { records: records.clone(), revocations });
            return Some(Call::Append(records));
        }
        if self.is_purging {
            (self.is_purging, self.purged, self.call) = (false, Some(now), Some(Under::Purge));
            return Some(Call::Purge(now));
        }
        None
    }

    /// A call has ended; the revocations that are safe now.
    pub(super) fn ended(&mut self, is_done: bool, at: i64) -> Vec<usize> {
        let call = self.call.take();
        if is_done {
            (self.pause, self.until) = (0, at);
            return match call {
                Some(Under::Append { revocations, .. }) => revocations,
                Some(Under::Anew) => {
                    self.anew = None;
                    Vec::new()
                }
                _ => Vec::new(),
            };
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.until = at + self.pause;
        if let Some(Under::Append { records, revocations }) = call {
            // The list may have vouched anew since.
            let again = records.into_iter().filter_map(|record| match self.anew {
                Some((now, from)) => record.made_by(now, from),
                None => Some(record),
            });
            self.waiting.splice(0..0, again);
            self.revocations.extend(revocations);
        }
        Vec::new()
    }
}
