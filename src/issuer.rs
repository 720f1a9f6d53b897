//! Issuing tokens: a login begins a session.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde::Serialize;

use crate::claims::{Claims, PrivateClaimsError, write_payload, write_private};
use crate::denylist::{BeginError, Denylist, Revocations};
use crate::id::{SessionId, TokenId};
use crate::key::KeyRing;
use crate::random::RandomError;
use crate::time::{TimeLimits, is_writable, now, seconds, to_rfc3339};
use crate::token::{MAX_TOKEN_LEN, SealError, Token, seal};

/// Issues tokens with the current key of a ring.
///
/// A cheap handle: clone it freely. It holds the denylist because a session must begin after every
/// cutoff that it is not meant to fall under.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hallpass::{Denylist, Issuer, KeyRing, Login};
///
/// #[derive(serde::Serialize)]
/// struct Roles { roles: Vec<String> }
///
/// let keys = KeyRing::generate_local()?; // encrypted tokens; `generate` is for signed ones
/// let denylist = Denylist::in_memory()?;
/// let issuer = Issuer::new(&keys, "https://app.example", &denylist)
///     .audience("https://api.example")
///     .lifetime(chrono::TimeDelta::minutes(5))?;
/// let login = Login::new("alice").claims(&Roles { roles: vec!["admin".into()] })?;
/// let token = issuer.login(login)?;
/// assert!(token.as_str().starts_with("v4.local."));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Issuer {
    keys: KeyRing,
    issuer: String,
    audience: Option<String>,
    implicit_assertion: Vec<u8>,
    lifetime: TimeDelta,
    revocations: Revocations,
}

/// Who logs in, and what the application says about them.
#[derive(Clone)]
pub struct Login<'a> {
    subject: Cow<'a, str>,
    private: Option<String>,
    not_before: Option<DateTime<Utc>>,
}

impl<'a> Login<'a> {
    /// A login of this subject, the `sub` of the token. It must not be empty.
    pub fn new(subject: impl Into<Cow<'a, str>>) -> Self {
        Self { subject: subject.into(), private: None, not_before: None }
    }

    /// With private claims: any type that serializes to a JSON object. They stand beside the registered
    /// ones, so no name may be one of `iss sub aud exp nbf iat jti sid gen auth_time`.
    ///
    /// # Errors
    /// [`PrivateClaimsError`] when the type is not an object, a name is a registered claim's, a key
    /// stands twice, or the object is nested deeper than 32 levels or has more than 502 keys.
    pub fn claims<C: Serialize + ?Sized>(self, claims: &C) -> Result<Self, PrivateClaimsError> {
        Ok(Self { private: Some(write_private(claims)?), ..self })
    }

    /// With a token that is valid only from this moment on (`nbf`).
    #[must_use]
    pub fn not_before(self, not_before: DateTime<Utc>) -> Self {
        Self { not_before: Some(not_before), ..self }
    }
}

impl fmt::Debug for Login<'_> {
    /// Without private claims, which may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("subject", &self.subject)
            .field("not_before", &self.not_before)
            .finish_non_exhaustive()
    }
}

impl<'a> From<&'a str> for Login<'a> {
    fn from(subject: &'a str) -> Self {
        Self::new(subject)
    }
}

impl<'a> From<&'a String> for Login<'a> {
    fn from(subject: &'a String) -> Self {
        Self::new(subject.as_str())
    }
}

impl From<String> for Login<'_> {
    fn from(subject: String) -> Self {
        Self::new(subject)
    }
}

/// A lifetime that an issuer may not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lifetime of {} is outside 1 s to the denylist's longest, {}", seconds(*given), seconds(*longest))]
#[non_exhaustive]
pub struct LifetimeError {
    /// What was asked for.
    pub given: TimeDelta,
    /// The longest lifetime that the denylist allows.
    pub longest: TimeDelta,
}

/// A token that could not be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The subject is empty.
    #[error("the subject is empty")]
    EmptySubject,
    /// The ring has no current key that can issue.
    #[error("the key ring has no current key that can issue")]
    NoIssuingKey,
    /// A date of the token would not be in a year from 0 to 9999, or is a leap second.
    #[error("a date of the token is outside the years 0 to 9999, or a leap second")]
    Date,
    /// The clock has stepped back behind a cutoff under which the new session would fall: a "log out
    /// everywhere" less than 20 minutes ahead. After more than that the list vouches anew instead.
    #[error("the clock has stepped back behind a cutoff: nobody whom it concerns can log in before {}", to_rfc3339(*until))]
    ClockBehind {
        /// From when on a login works.
        until: DateTime<Utc>,
    },
    /// The token would be longer than verifiers accept.
    #[error("the token is {len} bytes long, more than {max}")]
    TooLong {
        /// The token's length in bytes.
        len: usize,
        /// The length that is allowed.
        max: usize,
    },
    /// The claims can't be written as JSON.
    #[error("the claims can't be written as JSON")]
    Json,
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<BeginError> for IssueError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Date => Self::Date,
            BeginError::ClockBehind { until } => Self::ClockBehind { until },
        }
    }
}

impl Issuer {
    /// An issuer with this name (`iss`), whose tokens live as long as the denylist allows.
    pub fn new(keys: &KeyRing, issuer: impl Into<String>, denylist: &Denylist) -> Self {
        Self::with(keys, issuer.into(), Revocations::Listed(denylist.clone()))
    }

    /// An issuer that knows of no denylist, for tools and tests. A session that it begins within the
    /// leeway after "log out everywhere" is refused by those who do.
    pub fn dangerously_without_denylist(keys: &KeyRing, issuer: impl Into<String>, limits: TimeLimits) -> Self {
        Self::with(keys, issuer.into(), Revocations::Ignored(limits))
    }

    fn with(keys: &KeyRing, issuer: String, revocations: Revocations) -> Self {
        let lifetime = revocations.limits().longest_lifetime();
        Self { keys: keys.clone(), issuer, audience: None, implicit_assertion: Vec::new(), lifetime, revocations }
    }

    /// For whom the tokens are (`aud`). Verifiers must be told the same.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// Binds the tokens to something both sides know and no token carries, such as a tenant (PASETO's
    /// implicit assertion). Verifiers must be told the same.
    #[must_use]
    pub fn implicit_assertion(self, assertion: impl Into<Vec<u8>>) -> Self {
        Self { implicit_assertion: assertion.into(), ..self }
    }

    /// How long a token lives: the denylist's longest lifetime unless set, and never longer.
    ///
    /// # Errors
    /// [`LifetimeError`] below 1 second or above the denylist's longest lifetime.
    pub fn lifetime(self, lifetime: TimeDelta) -> Result<Self, LifetimeError> {
        let longest = self.revocations.limits().longest_lifetime();
        if lifetime < TimeDelta::seconds(1) || lifetime > longest {
            return Err(LifetimeError { given: lifetime, longest });
        }
        Ok(Self { lifetime, ..self })
    }

    /// Begins a session: issues its first token.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued then.
    pub fn login<'a>(&self, login: impl Into<Login<'a>>) -> Result<Token, IssueError> {
        self.login_at(login, now())
    }

    /// Like [`login`](Self::login), as of a moment that the caller names.
    ///
    /// The moment counts as the wall clock's. A token dated ahead may outlive the entry that revokes it
    /// now; and a moment more than 20 minutes before the latest login, revocation or purge is a clock that
    /// stepped back, after which the list vouches anew and everyone logs in once more.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub fn login_at<'a>(&self, login: impl Into<Login<'a>>, now: DateTime<Utc>) -> Result<Token, IssueError> {
        let login = login.into();
        if login.subject.is_empty() {
            return Err(IssueError::EmptySubject);
        }
        // What is written has microseconds; what is compared must be what is written.
        let issued_at = now.trunc_subsecs(6);
        let token_id = TokenId::generate()?;
        let claims = Claims {
            auth_time: self.revocations.begin(&self.issuer, &login.subject, issued_at)?,
            issuer: self.issuer.clone(),
            subject: login.subject.into_owned(),
            audience: self.audience.clone(),
            expires_at: issued_at.checked_add_signed(self.lifetime).ok_or(IssueError::Date)?,
            not_before: login.not_before.map(|moment| moment.trunc_subsecs(6)),
            issued_at,
            token_id,
            session_id: SessionId::begun_by(token_id),
            generation: 0,
        };
        self.seal(claims, login.private.as_deref())
    }

    fn seal(&self, claims: Claims, private: Option<&str>) -> Result<Token, IssueError> {
        let dates = [Some(claims.issued_at), Some(claims.expires_at), Some(claims.auth_time), claims.not_before];
        if !dates.into_iter().flatten().all(is_writable) {
            return Err(IssueError::Date);
        }
        let payload = write_payload(&claims, private).map_err(|_| IssueError::Json)?;
        let set = self.keys.peek();
        let key = set.issuing_key().ok_or(IssueError::NoIssuingKey)?;
        let text = seal(key, &payload, &self.implicit_assertion).map_err(|error| match error {
            SealError::Random(error) => IssueError::Random(error),
            SealError::Key => IssueError::NoIssuingKey,
        })?;
        if text.len() > MAX_TOKEN_LEN {
            return Err(IssueError::TooLong { len: text.len(), max: MAX_TOKEN_LEN });
        }
        Ok(Token::new(text, claims))
    }
}

impl fmt::Debug for Issuer {
    /// Without the implicit assertion, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("issuer", &self.issuer).field("audience", &self.audience).finish_non_exhaustive()
    }
}
