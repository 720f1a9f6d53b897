//! What a process has to write: the saver's thread, modelled.

use chrono::TimeDelta;

use super::LEEWAY;
use super::engine::Call;
use crate::record::Record;

const FIRST_PAUSE: i64 = 100_000;
const LONGEST_PAUSE: i64 = 5_000_000;
const PURGE_EVERY: u64 = 60_000_000;

#[derive(Default)]
pub(super) struct Saver {
    waiting: Vec<Record>,
    /// The revocations that these are about, by their numbers in the history.
    revocations: Vec<usize>,
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
    Purge,
}

impl Saver {
    pub(super) fn add(&mut self, record: Record, revocation: Option<usize>) {
        self.waiting.push(record);
        self.revocations.extend(revocation);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.call.is_none() && self.waiting.is_empty()
    }

    /// Whether something could not be written.
    pub(super) fn is_failing(&self) -> bool {
        self.pause > 0
    }

    /// What to do next, as of a moment by the process's clock, and by the one that all go by.
    pub(super) fn next(&mut self, now: i64, shared: i64) -> Option<Call> {
        if self.call.is_some() {
            return None;
        }
        if !self.waiting.is_empty() {
            let (mut records, revocations) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.revocations));
            let since = if self.is_failing() { shared } else { i64::MIN };
            let leeway = TimeDelta::microseconds(LEEWAY);
            records.iter_mut().for_each(|record| *record = record.near(shared, leeway).made_since(since));
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
                _ => Vec::new(),
            };
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.until = at + self.pause;
        if let Some(Under::Append { records, revocations }) = call {
            self.waiting.splice(0..0, records);
            self.revocations.extend(revocations);
        }
        Vec::new()
    }
}
