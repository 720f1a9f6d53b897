//! Which keys are revoked, of all that records say about them in any order.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hallpass::key::KeyId;
use hallpass::store::Contents;

/// When each key was last revoked, and last forgotten. They are few.
#[derive(Debug, Default)]
pub(crate) struct RevokedKeys(BTreeMap<KeyId, [Option<DateTime<Utc>>; 2]>);

impl RevokedKeys {
    pub(super) fn see(&mut self, contents: &Contents) {
        match *contents {
            Contents::Key { id, made } => self.join(id, [Some(made), None]),
            Contents::KeyForgotten { id, made } => self.join(id, [None, Some(made)]),
            _ => {}
        }
    }

    fn join(&mut self, id: KeyId, [revoked, forgotten]: [Option<DateTime<Utc>>; 2]) {
        let [last_revoked, last_forgotten] = self.0.entry(id).or_default();
        *last_revoked = revoked.max(*last_revoked);
        *last_forgotten = forgotten.max(*last_forgotten);
    }

    /// Those that are, and since when.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (KeyId, DateTime<Utc>)> {
        let revoked = |[revoked, forgotten]: [Option<_>; 2]| revoked.filter(|_| revoked > forgotten);
        self.0.iter().filter_map(move |(id, said)| Some((*id, revoked(*said)?)))
    }
}
