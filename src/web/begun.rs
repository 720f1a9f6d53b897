//! Which cookies were replaced or removed lately, so that a late answer to an old one does not remove a newer one.
//!
//! What this process has done alone: another one's logins are not known here.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::SessionId;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

/// So many are remembered at the most: the latest.
const MOST: usize = 1024;

/// What an old cookie is known by: its session, or, where that is not known, a hash of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    Session(SessionId),
    Content(u64),
}

impl Old {
    /// Two of the same hash do no harm but to whoever sent them.
    pub(super) fn content(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Self::Content(hasher.finish())
    }
}

/// What has become of an old cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A login has set another one in its place.
    Replaced,
    /// A logout has removed it, and a login may have set another one since.
    Removed,
}

#[derive(Default)]
pub(super) struct Begun {
    count: AtomicU64,
    fates: Mutex<VecDeque<(Old, Fate, DateTime<Utc>)>>,
}

impl Begun {
    /// How many sessions have begun in cookies so far.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// One more has begun.
    pub(super) fn one_more(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// This is about to become of an old cookie; for the grace, requests with it may be on their way.
    pub(super) fn becomes(&self, old: Old, fate: Fate, now: DateTime<Utc>, grace: TimeDelta) {
        let mut fates = self.fates.lock();
        fates.retain(|(known, was, at)| (*known, *was) != (old, fate) && is_recent(*at, now, grace));
        if fates.len() >= MOST {
            fates.pop_front();
        }
        fates.push_back((old, fate, now));
    }

    /// Whether a newer cookie may be there: an answer to the old one may come behind that of the login.
    pub(super) fn is_old(&self, old: Old, now: DateTime<Utc>, grace: TimeDelta) -> bool {
        self.has_become(old, now, grace, |_| true)
    }

    /// Whether there is one: a logout that took its time comes behind the login.
    pub(super) fn is_replaced(&self, old: Old, now: DateTime<Utc>, grace: TimeDelta) -> bool {
        self.has_become(old, now, grace, |fate| fate == Fate::Replaced)
    }

    fn has_become(&self, old: Old, now: DateTime<Utc>, grace: TimeDelta, is_it: impl Fn(Fate) -> bool) -> bool {
        let fates = self.fates.lock();
        fates.iter().any(|(known, fate, at)| *known == old && is_it(*fate) && is_recent(*at, now, grace))
    }
}

fn is_recent(at: DateTime<Utc>, now: DateTime<Utc>, grace: TimeDelta) -> bool {
    now.signed_duration_since(at).abs() < grace
}
