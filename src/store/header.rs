//! What is laid down when a store is made.
//!
//! ```text
//! format 2 │ created 8 │ vouches from 8 │ longest lifetime 8 │ subjects' secret 16 │ epoch 16
//! ```
//!
//! Numbers have their most significant byte first; moments and durations are microseconds.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::random::{self, RandomError};
use crate::time::{TimeLimits, from_micros, micros};

/// The version of the format in which stores are made, and the newest that is read.
pub const HEADER_FORMAT: u16 = 1;

const LEN: usize = 58;

/// What a store says about the list that it keeps, to every process that uses it.
///
/// Moments and durations are microseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header {
    created: i64,
    vouches_from: i64,
    longest_lifetime: i64,
    subject_secret: [u8; 16],
    epoch: [u8; 16],
    purged: Option<i64>,
}

/// Bytes that are not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A newer version of hallpass wrote it.
    #[error("a header of format {version}, newer than {HEADER_FORMAT}")]
    Newer {
        /// The format's version.
        version: u16,
    },
    /// No header of a format that is known.
    #[error("not a header")]
    Malformed,
}

impl Header {
    /// The header of a new list: it vouches for no session that has begun by now, nor within the leeway from
    /// now, and no token that it is asked about lives longer than these limits say.
    ///
    /// # Errors
    /// [`RandomError`] when the system's random generator fails.
    pub fn new(limits: TimeLimits, now: DateTime<Utc>) -> Result<Self, RandomError> {
        let created = now.timestamp_micros();
        Ok(Self {
            created,
            vouches_from: created.saturating_add(micros(limits.leeway())),
            longest_lifetime: micros(limits.longest_lifetime()),
            subject_secret: random::bytes()?,
            epoch: random::bytes()?,
            purged: None,
        })
    }

    /// When the list was made, or has last vouched anew.
    #[must_use]
    pub fn created(&self) -> DateTime<Utc> {
        from_micros(self.created)
    }

    /// The list knows nothing of sessions that began at this moment or before, and refuses them.
    #[must_use]
    pub fn vouches_from(&self) -> DateTime<Utc> {
        from_micros(self.vouches_from)
    }

    /// The longest that a token may live, for every process that uses the list. It wins over their settings.
    #[must_use]
    pub fn longest_lifetime(&self) -> TimeDelta {
        TimeDelta::microseconds(self.longest_lifetime)
    }

    /// How long records are kept: the longest lifetime and a [margin](crate::time::RETENTION_MARGIN).
    #[must_use]
    pub fn retention(&self) -> TimeDelta {
        // Whatever the leeway: the longest lifetime was checked, and the margin covers every leeway.
        TimeLimits::new(self.longest_lifetime(), TimeDelta::zero()).unwrap_or_default().retention()
    }

    /// A number that no other store has; another one in its place means that this is not the store it was.
    #[must_use]
    pub fn epoch(&self) -> [u8; 16] {
        self.epoch
    }

    /// The latest moment as of which anything was dropped.
    #[must_use]
    pub fn purged(&self) -> Option<DateTime<Utc>> {
        self.purged.map(from_micros)
    }

    /// With the latest moment as of which anything was dropped, which a store keeps beside the other parts.
    #[must_use]
    pub fn with_purged(self, purged: Option<DateTime<Utc>>) -> Self {
        Self { purged: purged.map(|moment| moment.timestamp_micros()), ..self }
    }

    /// Whether both are of one list, of whatever epoch: subjects are hashed under one secret, and tokens live for no
    /// longer.
    pub(crate) fn is_of_same_list(&self, other: &Self) -> bool {
        self.list() == other.list()
    }

    /// What all headers of one list have in common, as it stands in their [bytes](Self::to_bytes): 24 of them, from the
    /// 19th on.
    pub(crate) fn list(&self) -> Vec<u8> {
        [&self.longest_lifetime.to_be_bytes()[..], &self.subject_secret].concat()
    }

    /// The header of the same list once it [vouches anew](super::Store::vouch_anew).
    #[must_use]
    pub fn anew(self, now: DateTime<Utc>, from: DateTime<Utc>) -> Self {
        let now = now.timestamp_micros();
        let purged = self.purged.map(|purged| purged.min(now));
        Self { created: now, vouches_from: from.timestamp_micros(), purged, ..self }
    }

    /// The header of the same list in a new epoch: the store has lost something, or is another one. It is made later
    /// than the one before, whatever the clock says. Nothing counts as purged later than now.
    ///
    /// # Errors
    /// [`RandomError`] when the system's random generator fails.
    pub fn new_epoch(self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<Self, RandomError> {
        let anew = self.anew(now, from);
        let created = anew.created.max(self.created.saturating_add(1));
        Ok(Self { epoch: random::bytes()?, created, ..anew })
    }

    /// The secret under which subjects are hashed.
    pub(crate) fn subject_secret(&self) -> [u8; 16] {
        self.subject_secret
    }

    /// The header as bytes, but for [`purged`](Self::purged). They hold the secret under which subjects are hashed, and
    /// are as private as the store itself.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.extend_from_slice(&HEADER_FORMAT.to_be_bytes());
        for number in [self.created, self.vouches_from] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.list());
        bytes.extend_from_slice(&self.epoch);
        bytes
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`HeaderError`] when the bytes are not exactly one header of a known format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeaderError> {
        let (version, rest) = bytes.split_first_chunk().ok_or(HeaderError::Malformed)?;
        let version = u16::from_be_bytes(*version);
        if version > HEADER_FORMAT {
            return Err(HeaderError::Newer { version });
        }
        let read = || {
            let (created, rest) = rest.split_first_chunk()?;
            let (vouches_from, rest) = rest.split_first_chunk()?;
            let (longest_lifetime, rest) = rest.split_first_chunk()?;
            let (subject_secret, rest) = rest.split_first_chunk()?;
            let header = Self {
                created: i64::from_be_bytes(*created),
                vouches_from: i64::from_be_bytes(*vouches_from),
                longest_lifetime: i64::from_be_bytes(*longest_lifetime),
                subject_secret: *subject_secret,
                epoch: rest.try_into().ok()?,
                purged: None,
            };
            let is_allowed = TimeLimits::new(header.longest_lifetime(), TimeDelta::zero()).is_ok();
            (version == HEADER_FORMAT && is_allowed).then_some(header)
        };
        read().ok_or(HeaderError::Malformed)
    }
}

impl fmt::Debug for Header {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("created", &self.created())
            .field("vouches_from", &self.vouches_from())
            .field("longest_lifetime", &self.longest_lifetime())
            .field("purged", &self.purged())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Engines compare it there.
    #[test]
    fn what_all_headers_of_a_list_have_in_common_stands_from_the_19th_byte_on() {
        let now = DateTime::UNIX_EPOCH;
        let header = Header::new(TimeLimits::default(), now).unwrap();
        for header in [header, header.anew(now, now), header.new_epoch(now, now).unwrap()] {
            assert_eq!(header.to_bytes().get(18..42), Some(&*header.list()));
        }
    }
}
