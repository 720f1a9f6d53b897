//! What a record says, for whoever shows a list to people.

use chrono::{DateTime, Utc};

use super::{Cutoff, Fact, Record};
use crate::id::SessionId;
use crate::key::KeyId;
use crate::time::from_micros;

/// What a [`Record`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contents {
    /// A token or a session was revoked: one set of ids for both.
    Id {
        /// The id of either.
        id: [u8; 16],
        /// When.
        made: DateTime<Utc>,
    },
    /// Sessions of a subject were revoked.
    Subject {
        /// The hash of issuer and subject, under a secret of the list's: nobody can tell who it is.
        hash: [u8; 16],
        /// Which sessions.
        begun: Begun,
        /// When.
        made: DateTime<Utc>,
    },
    /// Sessions of everyone were revoked.
    Everyone {
        /// Which sessions.
        begun: Begun,
        /// When.
        made: DateTime<Utc>,
    },
    /// A key was revoked.
    Key {
        /// The key.
        id: KeyId,
        /// When.
        made: DateTime<Utc>,
    },
    /// A key that was revoked is so no more; of this and the above the later counts, and this if both are equal.
    KeyForgotten {
        /// The key.
        id: KeyId,
        /// When it was revoked, for the last time that is forgotten.
        made: DateTime<Utc>,
    },
    /// A token of this generation of a session was used for the first time, which nobody revoked.
    FirstUse {
        /// The session.
        session: SessionId,
        /// The generation.
        generation: u32,
        /// When.
        at: DateTime<Utc>,
    },
    /// A token was issued: nothing that is revoked later counts as made before that. Noted now and then.
    Issued {
        /// When.
        at: DateTime<Utc>,
    },
}

/// Which sessions a cutoff refuses: those that began at a moment or before, perhaps all but one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Begun {
    /// The last moment.
    pub by: DateTime<Utc>,
    /// The session that is spared.
    pub except: Option<SessionId>,
}

impl Record {
    /// What it says.
    #[must_use]
    pub fn contents(&self) -> Contents {
        match self.fact {
            Fact::Id { id, made } => Contents::Id { id, made: from_micros(made) },
            Fact::Subject { subject, cutoff, made } => {
                Contents::Subject { hash: subject.to_bytes(), begun: cutoff.into(), made: from_micros(made) }
            }
            Fact::Everyone { cutoff, made } => Contents::Everyone { begun: cutoff.into(), made: from_micros(made) },
            Fact::Key { id, made } => Contents::Key { id, made: from_micros(made) },
            Fact::KeyForgotten { id, made } => Contents::KeyForgotten { id, made: from_micros(made) },
            Fact::FirstUse { session, generation, at, .. } => {
                Contents::FirstUse { session, generation, at: from_micros(at) }
            }
            Fact::Issued { at } => Contents::Issued { at: from_micros(at) },
        }
    }
}

impl From<Cutoff> for Begun {
    fn from(cutoff: Cutoff) -> Self {
        Self { by: from_micros(cutoff.at), except: cutoff.except.map(|(session, _)| session) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_said() {
        let session = SessionId::from_bytes([7; 16]);
        let record = Record::from(Fact::Everyone { cutoff: Cutoff::new(2, Some(session)), made: 1 });
        let begun = Begun { by: from_micros(2), except: Some(session) };
        assert_eq!(record.contents(), Contents::Everyone { begun, made: from_micros(1) });
    }

    #[test]
    fn moments_beyond_the_calendar_are_its_ends() {
        assert_eq!(from_micros(i64::MAX), DateTime::<Utc>::MAX_UTC);
        assert_eq!(from_micros(i64::MIN), DateTime::<Utc>::MIN_UTC);
        assert_eq!(from_micros(-1).timestamp_micros(), -1);
    }
}
