//! Making a denylist.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::following::Following;
use super::keeping::Keeping;
use super::watch::Watch;
use super::{Denylist, Shared};
use crate::denyset::{Capacity, DenySet, Secrets};
use crate::events::Events;
use crate::key::EventKey;
use crate::random::{self, RandomError};
use crate::store::{Header, StoreError};
use crate::time::{DEFAULT_GRACE, DEFAULT_STALENESS, MAX_GRACE, TimeLimits, TimeLimitsError, now};

/// Ids that a list may hold unless set: 10 million, about 200 MB when full, and the notes of as many renewed sessions besides.
const DEFAULT_CAPACITY: usize = 10_000_000;

/// Room for cutoffs, kept apart so that a flood of logouts can't stop "log out everywhere".
const SUBJECT_CAPACITY: usize = 1_000_000;

/// The settings of a new [`Denylist`].
#[derive(Debug, Clone)]
#[must_use = "settings make no list; end with what opens or makes one, such as `.open(path)` or `.in_memory()`"]
pub struct DenylistBuilder {
    longest_lifetime: TimeDelta,
    leeway: TimeDelta,
    grace: TimeDelta,
    capacity: usize,
    event_key: Option<EventKey>,
    pub(super) staleness_bound: TimeDelta,
    pub(super) accepted_staleness: TimeDelta,
}

impl Default for DenylistBuilder {
    fn default() -> Self {
        let limits = TimeLimits::default();
        Self {
            longest_lifetime: limits.longest_lifetime(),
            leeway: limits.leeway(),
            grace: DEFAULT_GRACE,
            capacity: DEFAULT_CAPACITY,
            event_key: None,
            staleness_bound: DEFAULT_STALENESS,
            accepted_staleness: TimeDelta::zero(),
        }
    }
}

/// A list that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DenylistError {
    /// A limit is out of its range.
    #[error(transparent)]
    Limits(#[from] TimeLimitsError),
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store can't be opened or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Other processes may write to the store, whom this list would never hear.
    #[error("the store is one that many processes share: open it by `open_shared`")]
    Shared,
}

impl DenylistBuilder {
    /// The longest that a token may live: 15 minutes unless set, from 1 second to 30 days. Entries are
    /// kept that long and 5 minutes. For a list that is there already, what was set when it was made counts.
    pub fn longest_lifetime(self, longest_lifetime: TimeDelta) -> Self {
        Self { longest_lifetime, ..self }
    }

    /// How far two clocks may differ: 10 seconds unless set, from 0 to 60 seconds.
    ///
    /// Set it to the same in all processes that share the list: a cutoff reaches as far ahead as the leeway of the process
    /// that makes it, and is to catch every session that begins on another's clock.
    pub fn leeway(self, leeway: TimeDelta) -> Self {
        Self { leeway, ..self }
    }

    /// For how long a token is still good after a successor of it was used, for the requests that were on
    /// their way: 30 seconds unless set, from 0 to 60 seconds. With 0, and a leeway of 0, requests that were on
    /// their way are replays. After it and the leeway, showing the token ends the session.
    pub fn grace(self, grace: TimeDelta) -> Self {
        Self { grace, ..self }
    }

    /// The secret under which ids and subjects are hashed in events. Unless set, a new one is made for
    /// each list: set it to follow a session across restarts and processes.
    pub fn event_key(self, key: [u8; 32]) -> Self {
        Self { event_key: Some(EventKey::new(key)), ..self }
    }

    /// How old what this process knows of a shared list may be: 5 seconds unless set, from 1 to 60 seconds. Beyond it, whether
    /// a session is revoked can't be known ([`StatusUnknown`](crate::VerifyError::StatusUnknown)), and nothing is accepted.
    /// The engine is asked five times as often, and an answer may take half as long, or 2 seconds if that is less
    /// (`connect`; a store that is [opened by itself](Self::open_shared) has a limit of its own).
    ///
    /// Set it to the same in all processes that share the list: a [`Receipt`](crate::Receipt) tells by when a revocation
    /// holds everywhere, and takes this process's bound for everybody's.
    pub fn staleness_bound(self, bound: TimeDelta) -> Self {
        Self { staleness_bound: bound, ..self }
    }

    /// Accepts sessions for so long beyond the [bound](Self::staleness_bound), **though they may have been revoked
    /// elsewhere**; together at most 60 seconds. Renewing and revoking by them is refused all the same. Each acceptance is
    /// counted, and the first of each spell is told as it happens.
    pub fn dangerously_accept_stale(self, beyond: TimeDelta) -> Self {
        Self { accepted_staleness: beyond, ..self }
    }

    /// How many ids the list may hold: 10,000,000 unless set. Each takes up to 20 bytes. Cutoffs, of a million
    /// subjects, and keys have room of their own, and there is room for notes of as many renewed sessions besides, of 120
    /// to 220 bytes each.
    pub fn capacity(self, ids: usize) -> Self {
        Self { capacity: ids, ..self }
    }

    /// A new, empty list in this process's memory.
    ///
    /// # Errors
    /// [`DenylistError`] when a limit is out of its range or the system's random generator fails.
    pub fn in_memory(self) -> Result<Denylist, DenylistError> {
        self.in_memory_at(now())
    }

    /// Like [`in_memory`](Self::in_memory), as of a moment that the caller names.
    ///
    /// # Errors
    /// As [`in_memory`](Self::in_memory).
    pub fn in_memory_at(self, now: DateTime<Utc>) -> Result<Denylist, DenylistError> {
        let header = self.header(now)?;
        Ok(self.list(&header, now)?.finish(Keeping::Memory, 0))
    }

    /// The header of a new list with these settings.
    pub(super) fn header(&self, now: DateTime<Utc>) -> Result<Header, DenylistError> {
        Ok(Header::new(TimeLimits::new(self.longest_lifetime, self.leeway)?, now)?)
    }

    /// An empty list with this header.
    pub(super) fn list(self, header: &Header, now: DateTime<Utc>) -> Result<Unfinished, DenylistError> {
        let limits = TimeLimits::new(header.longest_lifetime(), self.leeway)?;
        if self.grace < TimeDelta::zero() || self.grace > MAX_GRACE {
            return Err(TimeLimitsError::Grace { given: self.grace }.into());
        }
        let event_key = match self.event_key {
            Some(key) => key,
            None => EventKey::new(random::bytes()?),
        };
        let secrets = Secrets { filters: random::bytes()?, subjects: header.subject_secret() };
        let capacity = Capacity { ids: self.capacity, subjects: SUBJECT_CAPACITY, sessions: self.capacity };
        let (from, now) = (header.vouches_from().timestamp_micros(), now.timestamp_micros());
        let set = DenySet::new(limits, self.grace, capacity, secrets, from, now);
        let (events, grace, capacity) = (Events::with_key(event_key), self.grace, self.capacity);
        Ok(Unfinished { set, events, limits, grace, capacity })
    }
}

/// A list that nobody holds yet.
pub(super) struct Unfinished {
    pub(super) set: DenySet,
    events: Events,
    pub(super) limits: TimeLimits,
    grace: TimeDelta,
    capacity: usize,
}

impl Unfinished {
    /// The list of one process of several.
    pub(super) fn of_several(self) -> Self {
        Self { set: self.set.shared(), ..self }
    }

    pub(super) fn finish(self, keeping: Keeping, malformed: u64) -> Denylist {
        Denylist::new(self.shared(keeping, None, malformed))
    }

    pub(super) fn shared(self, keeping: Keeping, following: Option<Arc<Following>>, malformed: u64) -> Shared {
        let Self { set, events, limits, grace, capacity } = self;
        let watch = Watch::default();
        Shared { set, keeping, following, watch, events, limits, grace, capacity, malformed }
    }
}
