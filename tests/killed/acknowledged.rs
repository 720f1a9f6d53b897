//! What was acknowledged: one line from the child, and what the list must say about it.

use chrono::{DateTime, Utc};
use hallpass::key::KeyId;
use hallpass::status::{EntryKind, Status, TokenFacts};
use hallpass::{Denylist, Revocation, SessionId, TokenId};

use crate::clock::{LEEWAY, RETENTION};

pub(crate) const ISSUER: &str = "https://app.example";

pub(crate) struct Acknowledged {
    what: Revocation,
    made: DateTime<Utc>,
    /// Whether somebody has looked for it at least once.
    pub(crate) is_checked: bool,
}

/// The line for a revocation that was made at this moment.
pub(crate) fn line(what: &Revocation, made: DateTime<Utc>) -> String {
    let what = match what {
        Revocation::Token(id) => format!("token {id}"),
        Revocation::Session(id) => format!("session {id}"),
        Revocation::Subject { subject, .. } => format!("subject {subject}"),
        Revocation::Key(id) => format!("key {id}"),
        _ => panic!("nobody revokes that here"),
    };
    format!("{} {what}\n", made.timestamp_micros())
}

impl Acknowledged {
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let made = DateTime::from_timestamp_micros(words.next()?.parse().ok()?)?;
        let what = match (words.next()?, words.next()?) {
            ("token", id) => Revocation::Token(id.parse().ok()?),
            ("session", id) => Revocation::Session(id.parse().ok()?),
            ("subject", subject) => Revocation::subject(ISSUER, subject),
            ("key", id) => Revocation::Key(id.parse().ok()?),
            _ => return None,
        };
        Some(Self { what, made, is_checked: false })
    }

    /// Whether nobody may have dropped it by now.
    pub(crate) fn counts(&self, now: DateTime<Utc>) -> bool {
        matches!(self.what, Revocation::Key(_)) || self.made + RETENTION >= now
    }

    /// Whether the list refuses a token that nothing else forbids, and for this reason. A list that was begun
    /// anew would refuse some as well, for another.
    pub(crate) fn is_listed(&self, list: &Denylist, other_key: KeyId, now: DateTime<Utc>) -> bool {
        let mut token = TokenFacts::new(
            TokenId::from_bytes([254; 16]),
            SessionId::from_bytes([255; 16]),
            ISSUER,
            "nobody",
            self.made + LEEWAY,
            other_key,
        );
        let expected = match &self.what {
            Revocation::Token(id) => {
                token.token_id = *id;
                EntryKind::Id
            }
            Revocation::Session(id) => {
                token.session_id = *id;
                EntryKind::Id
            }
            Revocation::Subject { subject, .. } => {
                token.subject = subject;
                EntryKind::Subject
            }
            Revocation::Key(id) => {
                token.key_id = *id;
                EntryKind::Key
            }
            _ => return false,
        };
        list.status_at(&token, now) == Status::Listed(expected)
    }
}
