//! Which sessions have begun in cookies, so that a late answer to an older cookie does not remove a newer one.
//!
//! The logins of this process alone: another one's are not known here.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::SessionId;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

/// So many replaced sessions are remembered at the most: the latest.
const MOST: usize = 1024;

#[derive(Default)]
pub(super) struct Begun {
    count: AtomicU64,
    replaced: Mutex<VecDeque<(SessionId, DateTime<Utc>)>>,
}

impl Begun {
    /// How many so far.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// One more has begun.
    pub(super) fn one_more(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// One is about to begin in place of this one, which ends; for so long requests may be on their way.
    pub(super) fn in_place_of(&self, session: SessionId, now: DateTime<Utc>, grace: TimeDelta) {
        let mut replaced = self.replaced.lock();
        replaced.retain(|(_, at)| is_recent(*at, now, grace));
        if replaced.len() >= MOST {
            replaced.pop_front();
        }
        replaced.push_back((session, now));
    }

    /// Whether one has just begun in place of this one: requests with the old cookie may still be on their way, and
    /// their answers behind that of the login.
    pub(super) fn is_replaced(&self, session: SessionId, now: DateTime<Utc>, grace: TimeDelta) -> bool {
        self.replaced.lock().iter().any(|(id, at)| *id == session && is_recent(*at, now, grace))
    }
}

fn is_recent(at: DateTime<Utc>, now: DateTime<Utc>, grace: TimeDelta) -> bool {
    now.signed_duration_since(at).abs() < grace
}
