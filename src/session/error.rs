//! Why a token was refused.

use chrono::{DateTime, TimeDelta, Utc};

use crate::claims::PayloadError;
use crate::events::Outcome;
use crate::id::{SessionId, TokenId};
use crate::key::{KeyId, Purpose};
use crate::revocation::EntryKind;
use crate::time::{seconds, to_rfc3339 as written};
use crate::token::{FooterError, SpellingError};

/// Why a token was refused, with the values that disagreed. For the log: tell clients nothing but "no".
///
/// It never holds a token or a key, and nothing of a token that is not authentic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not spelled like a token, or too long.
    #[error("malformed token")]
    Malformed(#[source] SpellingError),
    /// The footer does not name a key.
    #[error("malformed footer")]
    Footer(#[source] FooterError),
    /// The key ring has no key with the id that the footer names.
    #[error("the token names a key that is not in the ring")]
    UnknownKey,
    /// The key was retired.
    #[error("key {key_id} is retired")]
    KeyRetired {
        /// The key.
        key_id: KeyId,
    },
    /// The key was to verify until a deadline, and the deadline has passed.
    #[error("key {key_id} verified until {}, and it is {}", written(*until), written(*now))]
    KeyPast {
        /// The key.
        key_id: KeyId,
        /// The deadline.
        until: DateTime<Utc>,
        /// The moment of verification.
        now: DateTime<Utc>,
    },
    /// The header is not that of the key's tokens.
    #[error("key {key_id} is for {expected}, and the token is {found}")]
    Purpose {
        /// The key.
        key_id: KeyId,
        /// What the key is for.
        expected: Purpose,
        /// What the header says.
        found: Purpose,
    },
    /// The signature or the tag is not the key's for this text and this implicit assertion.
    #[error("not authentic: the signature or tag is not that of key {key_id}")]
    Inauthentic {
        /// The key that the token names.
        key_id: KeyId,
    },
    /// The payload is authentic and not UTF-8.
    #[error("malformed payload: not UTF-8")]
    PayloadNotUtf8,
    /// The payload is authentic and not that of a session token.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Another issuer's token.
    #[error("issued by {found:?}, expected {expected:?}")]
    Issuer {
        /// The issuer that was expected.
        expected: String,
        /// The token's.
        found: String,
    },
    /// For another audience; also when one is named and none expected, and the reverse.
    #[error("for {}, expected {}", audience(found.as_deref()), audience(expected.as_deref()))]
    Audience {
        /// The audience that was expected.
        expected: Option<String>,
        /// The token's.
        found: Option<String>,
    },
    /// `exp` is not after `iat`.
    #[error("expires at {}, not after it was issued at {}", written(*expires_at), written(*issued_at))]
    ExpiresBeforeIssued {
        /// `iat`.
        issued_at: DateTime<Utc>,
        /// `exp`.
        expires_at: DateTime<Utc>,
    },
    /// `exp - iat` is longer than the denylist remembers.
    #[error("lives {}, longer than {}", seconds(*lifetime), seconds(*longest))]
    LivesTooLong {
        /// `exp - iat`.
        lifetime: TimeDelta,
        /// The longest lifetime that is allowed.
        longest: TimeDelta,
    },
    /// `auth_time` is further ahead of `iat` than two leeways and a microsecond.
    #[error("the session began at {}, more than twice {} after the token was issued at {}", written(*auth_time), seconds(*leeway), written(*issued_at))]
    AuthTimeAhead {
        /// `auth_time`.
        auth_time: DateTime<Utc>,
        /// `iat`.
        issued_at: DateTime<Utc>,
        /// The leeway that was allowed.
        leeway: TimeDelta,
    },
    /// Expired.
    #[error("expired at {}, and it is {} (leeway {})", written(*expires_at), written(*now), seconds(*leeway))]
    Expired {
        /// `exp`.
        expires_at: DateTime<Utc>,
        /// The moment of verification.
        now: DateTime<Utc>,
        /// The leeway that was allowed.
        leeway: TimeDelta,
    },
    /// Not valid yet. The session may be live by then.
    #[error("not valid before {}, and it is {} (leeway {})", written(*not_before), written(*now), seconds(*leeway))]
    NotYetValid {
        /// `sid`.
        session_id: SessionId,
        /// `nbf`.
        not_before: DateTime<Utc>,
        /// The moment of verification.
        now: DateTime<Utc>,
        /// The leeway that was allowed.
        leeway: TimeDelta,
    },
    /// Issued at a moment that is still to come.
    #[error("issued at {}, and it is {} (leeway {})", written(*issued_at), written(*now), seconds(*leeway))]
    IssuedAhead {
        /// `sid`.
        session_id: SessionId,
        /// `iat`.
        issued_at: DateTime<Utc>,
        /// The moment of verification.
        now: DateTime<Utc>,
        /// The leeway that was allowed.
        leeway: TimeDelta,
    },
    /// Taken back.
    #[error("token {token_id} of session {session_id} is revoked: {by}")]
    Revoked {
        /// `jti`.
        token_id: TokenId,
        /// `sid`.
        session_id: SessionId,
        /// The kind of entry that lists it.
        by: EntryKind,
    },
    /// A successor of the token was used, and the grace for requests that were on their way is over, by
    /// no more than clocks may differ. The session lives.
    #[error("token {token_id} was superseded at {} in session {session_id}, and it is {}", written(*retired_at), written(*now))]
    Superseded {
        /// `jti`.
        token_id: TokenId,
        /// `sid`.
        session_id: SessionId,
        /// When a successor was first used.
        retired_at: DateTime<Utc>,
        /// The moment of verification.
        now: DateTime<Utc>,
    },
    /// A successor of the token was used long ago: two hold this session, and nobody can tell who is the
    /// thief. **The session has been ended**, if the list had room for that.
    #[error("token {token_id} was superseded at {}, and it is {}: replayed, and session {session_id} {}", written(*retired_at), written(*now), if *ended { "is ended" } else { "could not be ended" })]
    Replayed {
        /// `jti`.
        token_id: TokenId,
        /// `sid`.
        session_id: SessionId,
        /// When a successor was first used.
        retired_at: DateTime<Utc>,
        /// The moment of verification.
        now: DateTime<Utc>,
        /// Whether the session could be ended: not if the denylist is full.
        ended: bool,
    },
    /// Whether it was taken back can't be known now. Not the token's fault: answer "try again", not
    /// "log in".
    #[error("whether the token is revoked can't be known now")]
    StatusUnknown,
}

fn audience(name: Option<&str>) -> String {
    name.map_or_else(|| "no audience".to_owned(), |name| format!("the audience {name:?}"))
}

impl VerifyError {
    /// The session of an authentic token, where the error names it.
    #[cfg(feature = "tower")]
    pub(crate) fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::NotYetValid { session_id, .. }
            | Self::IssuedAhead { session_id, .. }
            | Self::Revoked { session_id, .. }
            | Self::Superseded { session_id, .. }
            | Self::Replayed { session_id, .. } => Some(*session_id),
            _ => None,
        }
    }

    /// Whether the token is dead: malformed, expired or revoked, so that nobody will ever accept it, whatever keys
    /// and moments are still to come; unless it is of a revoked key, and somebody [forgets](crate::Denylist::forget_key)
    /// that.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Footer(_) | Self::PayloadNotUtf8 | Self::Payload(_) => true,
            Self::ExpiresBeforeIssued { .. } | Self::Expired { .. } | Self::Revoked { .. } => true,
            Self::Replayed { ended, .. } => *ended,
            _ => false,
        }
    }

    /// What happened in one word, for counters: it has few values, none of which comes from a token.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.kind().name()
    }

    pub(crate) fn kind(&self) -> Outcome {
        match self {
            Self::Malformed(_) | Self::Footer(_) | Self::PayloadNotUtf8 | Self::Payload(_) => Outcome::Malformed,
            Self::UnknownKey | Self::KeyRetired { .. } | Self::KeyPast { .. } | Self::Purpose { .. } => Outcome::Key,
            Self::Inauthentic { .. } => Outcome::Inauthentic,
            Self::Issuer { .. } | Self::Audience { .. } => Outcome::NotForUs,
            Self::ExpiresBeforeIssued { .. } | Self::LivesTooLong { .. } | Self::AuthTimeAhead { .. } => Outcome::Times,
            Self::NotYetValid { .. } | Self::IssuedAhead { .. } => Outcome::NotYetValid,
            Self::Expired { .. } => Outcome::Expired,
            Self::Revoked { .. } => Outcome::Revoked,
            Self::Superseded { .. } => Outcome::Superseded,
            Self::Replayed { .. } => Outcome::Replayed,
            Self::StatusUnknown => Outcome::StatusUnknown,
        }
    }
}
