//! The claims of a session token: the registered ones, typed, and the application's own beside them.

mod private;
mod read;
mod write;

use chrono::{DateTime, Utc};

use crate::id::{SessionId, TokenId};
use crate::json::JsonLimits;
use crate::key::KeyId;

pub use private::PrivateClaimsError;
pub(crate) use private::{copy_private, read_private, write_private};
pub use read::PayloadError;
pub(crate) use read::read_claims;
pub(crate) use write::write_payload;

/// What a payload may hold: 32 levels, 512 keys.
pub(crate) const PAYLOAD_LIMITS: JsonLimits = JsonLimits { depth: 32, keys: 512 };

/// The registered claims: those that PASETO defines, and the four by which hallpass knows a session.
///
/// | claim | method | always there |
/// |---|---|---|
/// | `iss` | [`issuer`](Self::issuer) | yes |
/// | `sub` | [`subject`](Self::subject), never empty | yes |
/// | `aud` | [`audience`](Self::audience) | no |
/// | `exp` | [`expires_at`](Self::expires_at) | yes |
/// | `nbf` | [`not_before`](Self::not_before) | no |
/// | `iat` | [`issued_at`](Self::issued_at) | yes |
/// | `jti` | [`token_id`](Self::token_id) | yes |
/// | `sid` | [`session_id`](Self::session_id) | yes |
/// | `gen` | [`generation`](Self::generation) | yes |
/// | `auth_time` | [`auth_time`](Self::auth_time) | yes |
/// | `prior_kids` | [`prior_key_ids`](Self::prior_key_ids) | no |
///
/// Dates are RFC 3339 strings, written with microseconds and `Z`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: Option<String>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) not_before: Option<DateTime<Utc>>,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) token_id: TokenId,
    pub(crate) session_id: SessionId,
    pub(crate) generation: u32,
    pub(crate) auth_time: DateTime<Utc>,
    pub(crate) prior_key_ids: Vec<KeyId>,
}

impl Claims {
    /// `iss`: who issued the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: whose session it is.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `aud`: for whom the token was issued, where that was said.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// `exp`: when the token ends.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// `nbf`: before when the token is not to be accepted, where that was said.
    #[must_use]
    pub fn not_before(&self) -> Option<DateTime<Utc>> {
        self.not_before
    }

    /// `iat`: when the token was issued.
    #[must_use]
    pub fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// `jti`: the id of this token.
    #[must_use]
    pub fn token_id(&self) -> TokenId {
        self.token_id
    }

    /// `sid`: the id of the session, which is the id of its first token.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// `gen`: how often the session was renewed, from 0.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// `auth_time`: when the person logged in. It never moves within a session.
    #[must_use]
    pub fn auth_time(&self) -> DateTime<Utc> {
        self.auth_time
    }

    /// `prior_kids`: the keys that signed earlier tokens of the session, the earliest first; none unless
    /// it was renewed across a rotation of keys. What a leaked key made does not become good by being
    /// renewed under another: whoever revokes or retires that key ends these sessions too.
    #[must_use]
    pub fn prior_key_ids(&self) -> &[KeyId] {
        &self.prior_key_ids
    }

    /// The bytes of its texts and its list, which stand beside it in memory.
    pub(crate) fn bytes_beside(&self) -> usize {
        let audience = self.audience.as_ref().map_or(0, String::capacity);
        let prior = self.prior_key_ids.capacity().saturating_mul(size_of::<KeyId>());
        let texts = self.issuer.capacity().saturating_add(self.subject.capacity()).saturating_add(audience);
        texts.saturating_add(prior)
    }
}

/// The names that private claims can't have.
pub(crate) const REGISTERED: [&str; 11] =
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "gen", "auth_time", "prior_kids"];

/// How many keys may have signed earlier tokens of a session.
pub(crate) const MOST_PRIOR_KEYS: usize = 16;

pub(crate) fn is_registered(name: &str) -> bool {
    REGISTERED.contains(&name)
}
