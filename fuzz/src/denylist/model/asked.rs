//! What may be answered.

use std::ops::RangeInclusive;

use hallpass::status::{EntryKind, Status};

use super::{Cutoff, Id, Model, TOLERANCE, There};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refuses {
    No,
    Perhaps,
    Yes,
}

/// What may be answered.
pub(in super::super) struct Answer {
    may_be_unknown: bool,
    must_be_unknown: bool,
    key: bool,
    everyone: bool,
    id: Refuses,
    subject: Refuses,
}

/// What may be counted.
pub(in super::super) struct Expected {
    pub(in super::super) ids: RangeInclusive<usize>,
    pub(in super::super) subjects: RangeInclusive<usize>,
    pub(in super::super) keys: usize,
}

impl Answer {
    pub(in super::super) fn check(&self, status: Status) {
        // No purge drops one.
        if self.key {
            assert_eq!(status, Status::Listed(EntryKind::Key));
            return;
        }
        if status == Status::Unknown {
            assert!(self.may_be_unknown, "unknown, and nothing has been purged that matters");
            return;
        }
        assert!(!self.must_be_unknown, "{status:?}, behind a purge");
        let expected: &[Status] = match self {
            Self { everyone: true, .. } => &[Status::Listed(EntryKind::Everyone)],
            Self { id: Refuses::Yes, .. } => &[Status::Listed(EntryKind::Id)],
            Self { id: Refuses::No, subject: Refuses::No, .. } => &[Status::NotListed],
            Self { id: Refuses::No, subject: Refuses::Yes, .. } => &[Status::Listed(EntryKind::Subject)],
            Self { id: Refuses::No, subject: Refuses::Perhaps, .. } => {
                &[Status::NotListed, Status::Listed(EntryKind::Subject)]
            }
            Self { id: Refuses::Perhaps, subject: Refuses::No, .. } => {
                &[Status::NotListed, Status::Listed(EntryKind::Id)]
            }
            Self { id: Refuses::Perhaps, subject: Refuses::Yes, .. } => {
                &[Status::Listed(EntryKind::Id), Status::Listed(EntryKind::Subject)]
            }
            Self { id: Refuses::Perhaps, subject: Refuses::Perhaps, .. } => {
                &[Status::NotListed, Status::Listed(EntryKind::Id), Status::Listed(EntryKind::Subject)]
            }
        };
        assert!(expected.contains(&status), "{status:?}, expected {expected:?}");
    }
}

impl Model {
    pub(in super::super) fn expects(
        &self,
        token: Option<Id>,
        session: Option<Id>,
        subject: Option<usize>,
        key: usize,
        began: i64,
        now: i64,
    ) -> Answer {
        let ids = [token, session]
            .map(|id| id.and_then(|id| self.ids.get(&id)).map_or(Refuses::No, |entry| counts(entry.there, now)));
        let subject = subject.and_then(|subject| self.subjects.get(&subject)).map_or(Refuses::No, |entry| {
            let refuses = |cutoffs: &[Cutoff]| cutoffs.iter().any(|cutoff| cutoff.refuses(began, session));
            match (refuses(&entry.cutoffs), refuses(&entry.perhaps)) {
                (true, _) => counts(entry.there, now),
                (false, true) => Refuses::Perhaps,
                (false, false) => Refuses::No,
            }
        });
        Answer {
            must_be_unknown: now + TOLERANCE < self.purged.0,
            may_be_unknown: self.may_be_unknown(now),
            key: self.keys.contains(&key),
            everyone: self.everyone.iter().any(|cutoff| cutoff.refuses(began, session)),
            id: if ids.contains(&Refuses::Yes) {
                Refuses::Yes
            } else if ids.contains(&Refuses::Perhaps) {
                Refuses::Perhaps
            } else {
                Refuses::No
            },
            subject,
        }
    }

    pub(in super::super) fn counts(&self) -> Expected {
        let ids = self.ids.values().filter(|entry| entry.there == There::Yes).count();
        let subjects = self.subjects.values().filter(|entry| entry.there == There::Yes).count();
        Expected { ids: ids..=self.ids.len(), subjects: subjects..=self.subjects.len(), keys: self.keys.len() }
    }

    pub(in super::super) fn may_be_unknown(&self, now: i64) -> bool {
        now + TOLERANCE < self.purged.1
    }

    pub(in super::super) fn lists_key(&self, key: usize) -> bool {
        self.keys.contains(&key)
    }

    /// The newest cutoff for everyone.
    pub(in super::super) fn everyone(&self) -> i64 {
        self.everyone.iter().map(|cutoff| cutoff.at).max().unwrap_or(i64::MIN)
    }

    /// The newest cutoff for a subject.
    pub(in super::super) fn subject(&self, subject: usize) -> Option<i64> {
        self.subjects.get(&subject).and_then(|entry| entry.cutoffs.iter().map(|cutoff| cutoff.at).max())
    }

    /// When an id was last revoked.
    pub(in super::super) fn made(&self, id: Id) -> Option<i64> {
        self.ids.get(&id).map(|entry| entry.made.0)
    }
}

/// An entry that went perhaps at a moment, or later, would have left that moment behind: if the clock
/// stands well before it and the list can tell, then it is still there.
fn counts(there: There, now: i64) -> Refuses {
    match there {
        There::Yes => Refuses::Yes,
        There::Perhaps(first) if now.saturating_add(TOLERANCE) < first => Refuses::Yes,
        There::Perhaps(_) => Refuses::Perhaps,
    }
}
