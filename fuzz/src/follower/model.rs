//! The rules, written down once more.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::status::{EntryKind, Status};

use super::stepped::Looked;

/// What was revoked. Moments are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Id(u8),
    /// All that had begun by then.
    Everyone(i64),
    Key(usize),
    /// The one subject's: all that had begun by the one moment, and none that began after the other.
    Subject {
        sure: i64,
        furthest: i64,
    },
}

#[derive(Debug)]
struct Revoked {
    what: What,
    by_another: bool,
    /// Whether this process must know.
    must: bool,
    /// Whether the engine may have lost it before this process has heard of it.
    may_be_lost: bool,
    /// By how many seconds the engine's clock was ahead of this machine's.
    clock: i64,
}

/// So many seconds longer than a token lives an entry is kept, by the engine's clock.
const SPARE: i64 = 300;
/// By less than so many seconds a clock may be off.
const NEARLY_RIGHT: i64 = 5;

#[derive(Debug)]
pub(super) struct Token {
    pub(super) id: u8,
    pub(super) key: usize,
    pub(super) is_subjects: bool,
    pub(super) auth_time: i64,
}

/// As of which moment it was asked, and when: between two.
pub(super) struct Asked {
    pub(super) moment: DateTime<Utc>,
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

impl What {
    fn concerns(self, token: &Token) -> bool {
        match self {
            Self::Id(id) => token.id == id,
            Self::Everyone(cutoff) => token.auth_time <= cutoff,
            Self::Key(key) => token.key == key,
            Self::Subject { sure, .. } => token.is_subjects && token.auth_time <= sure,
        }
    }

    /// Whether it may be why a token is refused. A subject's cutoff reaches further than the moment at which it was made.
    fn explains(self, token: &Token, kind: EntryKind) -> bool {
        match (self, kind) {
            (Self::Id(_), EntryKind::Id)
            | (Self::Everyone(_), EntryKind::Everyone)
            | (Self::Key(_), EntryKind::Key) => self.concerns(token),
            (Self::Subject { furthest, .. }, EntryKind::Subject) => token.is_subjects && token.auth_time <= furthest,
            _ => false,
        }
    }
}

pub(super) struct Model {
    revoked: Vec<Revoked>,
    /// What is known counts for so long, all told.
    limit: TimeDelta,
    /// How far clocks may differ: half of the leeway.
    tolerance: TimeDelta,
    /// By how many seconds the engine's clock was ahead of this machine's in the last look.
    clock: i64,
    /// When the engine last lost something.
    lost: Option<i64>,
    /// No cutoff of anybody's stands beyond this.
    furthest: i64,
    /// Nor one beyond this that a new epoch has made, for everyone.
    furthest_anew: Option<i64>,
    /// Whether the last look has shown that nothing can be known.
    pub(super) is_forgotten: bool,
}

impl Model {
    pub(super) fn new(limit: TimeDelta, tolerance: TimeDelta) -> Self {
        let (revoked, furthest) = (Vec::new(), i64::MIN);
        Self { revoked, limit, tolerance, clock: 0, lost: None, furthest, furthest_anew: None, is_forgotten: false }
    }

    pub(super) fn limit(&self) -> TimeDelta {
        self.limit
    }

    pub(super) fn is_clock_right(&self) -> bool {
        self.clock.abs() < NEARLY_RIGHT
    }

    pub(super) fn revoked(&mut self, what: What, here: bool) {
        if let What::Everyone(cutoff) | What::Subject { furthest: cutoff, .. } = what {
            self.furthest = self.furthest.max(cutoff);
        }
        let clock = self.clock;
        self.revoked.push(Revoked { what, by_another: !here, must: here, may_be_lost: false, clock });
    }

    /// A look has ended that left nothing unread, by an engine whose clock is so many seconds ahead.
    pub(super) fn looked(&mut self, clock: i64) {
        self.is_forgotten = false;
        self.clock = clock;
        for revoked in &mut self.revoked {
            // By a clock that has since been set ahead it looks older than it is, and may be dropped while its tokens live. No
            // key ever is.
            let may_be_dropped = !matches!(revoked.what, What::Key(_)) && clock - revoked.clock > SPARE;
            revoked.may_be_lost |= may_be_dropped;
            revoked.must = (revoked.must || !revoked.may_be_lost) && !may_be_dropped;
        }
    }

    /// The engine has lost something since this moment: whatever this process had not heard of may be gone.
    pub(super) fn engine_lost(&mut self, at: i64) {
        self.lost = Some(at);
        self.revoked.iter_mut().for_each(|revoked| revoked.may_be_lost |= !revoked.must);
    }

    /// By this moment a new epoch has begun, since the engine had lost something.
    pub(super) fn begun_anew(&mut self, by: i64) {
        self.furthest = self.furthest_cutoff(by, 2);
        self.furthest_anew = Some(self.furthest);
    }

    /// How far a cutoff may reach that was made by this moment: so many leeways, by a clock that is nearly right, or just
    /// beyond whatever began just after an earlier one.
    pub(super) fn furthest_cutoff(&self, by: i64, leeways: i32) -> i64 {
        let ahead = self.tolerance * 2 * leeways + TimeDelta::seconds(NEARLY_RIGHT);
        (by + ahead.num_microseconds().expect("short")).max(self.furthest.saturating_add(2))
    }

    pub(super) fn is_by_another(&self, token: &Token) -> bool {
        self.revoked.iter().any(|revoked| revoked.by_another && revoked.what.concerns(token))
    }

    pub(super) fn check(&self, token: &Token, status: Status, asked: &Asked, looked: Looked) {
        let age = |began| asked.moment.max(asked.from).signed_duration_since(began);
        let set_by = [asked.from, asked.until].map(|now| asked.moment.signed_duration_since(now).abs());
        match status {
            Status::NotListed => {
                let revoked = self.revoked.iter().find(|revoked| revoked.must && revoked.what.concerns(token));
                assert!(revoked.is_none(), "accepted, though it knows better: {token:?}, {revoked:?}");
                assert!(self.lost.is_none_or(|lost| token.auth_time > lost), "accepted, and the engine lost something");
                assert!(!self.is_forgotten, "accepted, and nothing can be known");
                assert!(age(looked.1) <= self.limit, "accepted, and what is known is {} old", age(looked.1));
                assert!(set_by[1] <= self.tolerance, "accepted by a clock that was set");
                assert!(self.clock.abs() <= self.tolerance.num_seconds() + 1, "accepted by a clock that is wrong");
            }
            Status::Listed(kind) => {
                let reaches = |furthest| token.auth_time <= furthest;
                let is_anew = kind == EntryKind::Everyone && self.furthest_anew.is_some_and(reaches);
                let is_explained = self.revoked.iter().any(|revoked| revoked.what.explains(token, kind));
                assert!(is_anew || is_explained, "refused by {kind:?}, and nobody has revoked it: {token:?}");
            }
            Status::Unknown => {
                let latest = asked.moment.max(asked.until);
                let is_fresh = latest.signed_duration_since(looked.0) <= self.limit;
                let are_clocks_right = self.is_clock_right() && set_by.iter().all(|by| *by <= self.tolerance);
                assert!(self.is_forgotten || !is_fresh || !are_clocks_right, "fresh, and no answer: {token:?}");
            }
        }
    }
}
