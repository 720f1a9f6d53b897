//! Which keys are revoked.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::KeyId;
use crate::record::Fact;

/// When a key was last revoked, and last forgotten; of the two the later counts, so that both may arrive in
/// any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    revoked: i64,
    forgotten: i64,
}

/// Few, and rarely changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    listed: BTreeSet<KeyId>,
    said: BTreeMap<KeyId, Said>,
}

impl Keys {
    pub(super) fn listed(&self) -> &BTreeSet<KeyId> {
        &self.listed
    }

    /// Lists the key as of now, or just after the latest that was said about it; gives the moment. So whoever has forgotten
    /// it elsewhere, as of an earlier revocation, has not forgotten this one.
    pub(super) fn revoke(&mut self, id: KeyId, now: i64) -> i64 {
        let latest = self.said.get(&id).map_or(i64::MIN, |said| said.revoked.max(said.forgotten));
        let made = now.max(latest.saturating_add(1));
        self.join(id, made, i64::MIN);
        made
    }

    /// Forgets the key as of when it was revoked; gives the moment, if it was listed. No later: a clock that is ahead
    /// would forget what others have yet to revoke.
    pub(super) fn forget(&mut self, id: KeyId) -> Option<i64> {
        let made = self.said.get(&id).filter(|_| self.listed.contains(&id))?.revoked;
        self.join(id, i64::MIN, made);
        Some(made)
    }

    /// What was last said about each key.
    pub(super) fn entries(&self) -> impl Iterator<Item = Fact> {
        self.said.iter().map(|(&id, said)| match self.listed.contains(&id) {
            true => Fact::Key { id, made: said.revoked },
            false => Fact::KeyForgotten { id, made: said.forgotten },
        })
    }

    /// Joins what is said about a key elsewhere.
    pub(super) fn join(&mut self, id: KeyId, revoked: i64, forgotten: i64) {
        let said = self.said.entry(id).or_insert(Said { revoked: i64::MIN, forgotten: i64::MIN });
        *said = Said { revoked: said.revoked.max(revoked), forgotten: said.forgotten.max(forgotten) };
        if said.revoked > said.forgotten {
            self.listed.insert(id);
        } else {
            self.listed.remove(&id);
        }
    }
}
