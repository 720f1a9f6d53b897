//! Records as bytes, the same in every store.
//!
//! ```text
//! version 1 │ kind │
//!         1 │    1 │ id 16         │ made 8                    a token or a session
//!         1 │    2 │ subject 16    │ made 8 │ cutoff           a subject's sessions
//!         1 │    3 │ made 8        │ cutoff                    everyone's sessions
//!         1 │    4 │ key 34        │ made 8                    a key
//!         1 │    5 │ key 34        │ made 8                    a key, forgotten
//!         1 │    6 │ session 16    │ generation 4 │ at 8 │ expires 8
//!         1 │    7 │ at 8                                      a token was issued
//!
//! cutoff: at 8 │ nothing, or the exempt session 16 │ its own cutoff 8
//! ```
//!
//! Numbers have their most significant byte first; moments are microseconds since 1970, signed. Each record
//! has one spelling.

use super::{Cutoff, Fact, Record, SubjectKey};
use crate::id::SessionId;
use crate::key::KeyId;

/// The version of the format in which records are written, and the newest that is read.
pub const RECORD_FORMAT: u8 = 1;

/// Bytes that are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A newer version of hallpass wrote it. Whoever reads on without it might miss a revocation.
    #[error("a record of format {version}, newer than {RECORD_FORMAT}")]
    Newer {
        /// The format's version.
        version: u8,
    },
    /// No record of a format that is known.
    #[error("not a record")]
    Malformed,
}

impl Record {
    /// The record as bytes: at most 74.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32);
        self.write_to(&mut bytes);
        bytes
    }

    /// Adds the record's bytes to others.
    pub(crate) fn write_to(&self, bytes: &mut Vec<u8>) {
        let mut put = |kind: u8, parts: &[&[u8]]| {
            bytes.extend_from_slice(&[RECORD_FORMAT, kind]);
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
        };
        match self.fact {
            Fact::Id { id, made } => put(1, &[&id, &made.to_be_bytes()]),
            Fact::Subject { subject, cutoff, made } => {
                put(2, &[&subject.to_bytes(), &made.to_be_bytes()]);
                write_cutoff(cutoff, bytes);
            }
            Fact::Everyone { cutoff, made } => {
                put(3, &[&made.to_be_bytes()]);
                write_cutoff(cutoff, bytes);
            }
            Fact::Key { id, made } => put(4, &[&id.to_bytes(), &made.to_be_bytes()]),
            Fact::KeyForgotten { id, made } => put(5, &[&id.to_bytes(), &made.to_be_bytes()]),
            Fact::FirstUse { session, generation, at, expires_at } => {
                put(6, &[&session.to_bytes(), &generation.to_be_bytes(), &at.to_be_bytes(), &expires_at.to_be_bytes()])
            }
            Fact::Issued { at } => put(7, &[&at.to_be_bytes()]),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`RecordError`] when the bytes are not exactly one record of a known format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        match bytes {
            [version, ..] if *version > RECORD_FORMAT => Err(RecordError::Newer { version: *version }),
            [RECORD_FORMAT, kind, rest @ ..] => {
                let mut reader = Reader(rest);
                let fact = reader.fact(*kind).filter(|_| reader.0.is_empty());
                fact.map(Self::from).ok_or(RecordError::Malformed)
            }
            _ => Err(RecordError::Malformed),
        }
    }
}

fn write_cutoff(cutoff: Cutoff, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&cutoff.at.to_be_bytes());
    if let Some((session, own)) = cutoff.except {
        bytes.extend_from_slice(&session.to_bytes());
        bytes.extend_from_slice(&own.to_be_bytes());
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn fact(&mut self, kind: u8) -> Option<Fact> {
        Some(match kind {
            1 => Fact::Id { id: self.take()?, made: self.moment()? },
            2 => Fact::Subject {
                subject: SubjectKey::from_bytes(self.take()?),
                made: self.moment()?,
                cutoff: self.cutoff()?,
            },
            3 => Fact::Everyone { made: self.moment()?, cutoff: self.cutoff()? },
            4 => Fact::Key { id: KeyId::from_bytes(self.take()?)?, made: self.moment()? },
            5 => Fact::KeyForgotten { id: KeyId::from_bytes(self.take()?)?, made: self.moment()? },
            6 => Fact::FirstUse {
                session: SessionId::from_bytes(self.take()?),
                // Nothing comes before generation 0, so its use is never noted.
                generation: Some(u32::from_be_bytes(self.take()?)).filter(|generation| *generation > 0)?,
                at: self.moment()?,
                expires_at: self.moment()?,
            },
            7 => Fact::Issued { at: self.moment()? },
            _ => return None,
        })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn moment(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    /// The last part of a record, so that its length says whether a session is exempt.
    fn cutoff(&mut self) -> Option<Cutoff> {
        let at = self.moment()?;
        if self.0.is_empty() {
            return Some(Cutoff { at, except: None });
        }
        let except = (SessionId::from_bytes(self.take()?), self.moment()?);
        // A session is exempt only from what its own cutoff does not say already.
        (except.1 < at).then_some(Cutoff { at, except: Some(except) })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = KeyId> {
        (any::<bool>(), any::<[u8; 33]>()).prop_map(|(local, hash)| {
            let mut bytes = [u8::from(local); 34];
            bytes[1..].copy_from_slice(&hash);
            KeyId::from_bytes(bytes).unwrap()
        })
    }

    fn cutoff() -> impl Strategy<Value = Cutoff> {
        let except = prop::option::of((any::<[u8; 16]>().prop_map(SessionId::from_bytes), any::<i64>()));
        (any::<i64>(), except).prop_map(|(at, except)| Cutoff { at, except: except.filter(|(_, own)| *own < at) })
    }

    fn fact() -> impl Strategy<Value = Fact> {
        let made = any::<i64>;
        prop_oneof![
            (any::<[u8; 16]>(), made()).prop_map(|(id, made)| Fact::Id { id, made }),
            (any::<[u8; 16]>(), cutoff(), made()).prop_map(|(subject, cutoff, made)| Fact::Subject {
                subject: SubjectKey::from_bytes(subject),
                cutoff,
                made
            }),
            (cutoff(), made()).prop_map(|(cutoff, made)| Fact::Everyone { cutoff, made }),
            (key(), made()).prop_map(|(id, made)| Fact::Key { id, made }),
            (key(), made()).prop_map(|(id, made)| Fact::KeyForgotten { id, made }),
            (any::<[u8; 16]>(), 1..=u32::MAX, made(), made()).prop_map(|(session, generation, at, expires_at)| {
                Fact::FirstUse { session: SessionId::from_bytes(session), generation, at, expires_at }
            }),
            made().prop_map(|at| Fact::Issued { at }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(fact in fact()) {
            let record = Record::from(fact);
            let bytes = record.to_bytes();
            prop_assert!(bytes.len() <= 74);
            prop_assert_eq!(Record::from_bytes(&bytes), Ok(record));
        }

        /// One spelling: whatever is read is written the same.
        #[test]
        fn what_is_read_is_written_the_same(fact in fact(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in 0..4_usize) {
            let mut bytes = Record::from(fact).to_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut);
            match Record::from_bytes(&bytes) {
                Ok(record) => prop_assert_eq!(record.to_bytes(), bytes),
                Err(RecordError::Newer { version }) => prop_assert!(version == bytes[0] && version > RECORD_FORMAT),
                Err(RecordError::Malformed) => {}
            }
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let id = Record::from(Fact::Id { id: [7; 16], made: 1 }).to_bytes();
        for malformed in [&[][..], &[0, 1], &[1], &[1, 0], &[1, 7, 0], &[1, 8, 0], &id[..25], &[&id[..], &[0]].concat()]
        {
            assert_eq!(Record::from_bytes(malformed), Err(RecordError::Malformed), "{malformed:?}");
        }
        assert_eq!(Record::from_bytes(&[2]), Err(RecordError::Newer { version: 2 }));
        let mut first_use = vec![1, 6];
        first_use.extend([0; 36]);
        assert_eq!(Record::from_bytes(&first_use), Err(RecordError::Malformed), "generation 0");
        let mut key = vec![1, 4, 2];
        key.extend([0; 41]);
        assert_eq!(Record::from_bytes(&key), Err(RecordError::Malformed), "a secret half");
    }
}
