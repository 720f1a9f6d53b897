//! What can be taken back, and what is asked about a token.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::id::{SessionId, TokenId};
use crate::key::KeyId;

/// What to take back. Each holds from the moment it is revoked until no token it forbids could be
/// valid anyway; a key until it is forgotten by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// One token. A session's id is that of its first token, so that revoking the first token revokes
    /// the session.
    Token(TokenId),
    /// One session with all its tokens, those included that are being renewed at this moment.
    Session(SessionId),
    /// Every session of a subject that has begun, perhaps all but one.
    Subject {
        /// The `iss` under which the subject is known, byte for byte.
        issuer: String,
        /// The `sub`, byte for byte.
        subject: String,
        /// The session that stays.
        except: Option<SessionId>,
    },
    /// Every session of everyone that has begun, perhaps all but one.
    Everyone {
        /// The session that stays.
        except: Option<SessionId>,
    },
    /// Everything that a key signed or ever will, and what was renewed from that under other keys.
    Key(KeyId),
}

impl From<TokenId> for Revocation {
    fn from(id: TokenId) -> Self {
        Self::Token(id)
    }
}

impl From<KeyId> for Revocation {
    fn from(id: KeyId) -> Self {
        Self::Key(id)
    }
}

impl From<SessionId> for Revocation {
    fn from(id: SessionId) -> Self {
        Self::Session(id)
    }
}

impl Revocation {
    /// Every session of a subject that has begun, under the issuer's name for it.
    pub fn subject(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::Subject { issuer: issuer.into(), subject: subject.into(), except: None }
    }

    /// Every session of everyone that has begun.
    #[must_use]
    pub fn everyone() -> Self {
        Self::Everyone { except: None }
    }

    /// The kind in one word.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Session(_) => "session",
            Self::Subject { .. } => "subject",
            Self::Everyone { .. } => "everyone",
            Self::Key(_) => "key",
        }
    }
}

/// The kind of entry that lists a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// The token's own id, or its session's.
    Id,
    /// A cutoff for the token's subject.
    Subject,
    /// A cutoff for everyone: revoked by name, or the moment from which the list vouches.
    Everyone,
    /// The key that signed the token, or an earlier one of its session.
    Key,
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "its id is listed, or its session's",
            Self::Subject => "a cutoff for its subject is listed",
            Self::Everyone => "a cutoff for everyone is listed, or the list vouches for no session that old",
            Self::Key => "its key is listed, or one that its session was renewed under",
        })
    }
}

/// The facts about an authentic token that decide whether the denylist lists it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TokenFacts<'a> {
    /// `jti`.
    pub token_id: TokenId,
    /// `sid`.
    pub session_id: SessionId,
    /// `iss`, byte for byte.
    pub issuer: &'a str,
    /// `sub`, byte for byte.
    pub subject: &'a str,
    /// `auth_time`.
    pub auth_time: DateTime<Utc>,
    /// The key that signed it.
    pub key_id: KeyId,
    /// The keys that signed earlier tokens of its session, if others did: what a leaked key began does not
    /// become good by being renewed under another.
    pub prior_key_ids: &'a [KeyId],
}

impl<'a> TokenFacts<'a> {
    /// Of a token whose session has known no other key; else set [`prior_key_ids`](Self::prior_key_ids).
    #[must_use]
    pub fn new(
        token_id: TokenId,
        session_id: SessionId,
        issuer: &'a str,
        subject: &'a str,
        auth_time: DateTime<Utc>,
        key_id: KeyId,
    ) -> Self {
        Self { token_id, session_id, issuer, subject, auth_time, key_id, prior_key_ids: &[] }
    }
}

/// What the denylist knows about a token: three answers, and only the first lets it pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a token that is listed, or whose status is unknown, must be refused"]
pub enum Status {
    /// Nothing that is listed forbids the token.
    NotListed,
    /// An entry of this kind forbids it.
    Listed(EntryKind),
    /// The list can't tell: the clock stands before what has been purged.
    Unknown,
}
