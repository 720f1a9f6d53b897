//! Issuing tokens: a login begins a session, renewal carries it on, a restart replaces it.

mod error;
mod login;
mod renewal;
mod restart;
mod seal;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use zeroize::Zeroizing;

use crate::claims::{Claims, MOST_PRIOR_KEYS};
use crate::denylist::{Denylist, Revocations};
use crate::events::Occasion;
use crate::id::{SessionId, TokenId};
#[cfg(feature = "tower")]
use crate::key::KeyId;
use crate::key::{Key, KeyRing, KeySet};
use crate::session::{Session, VerifyError, check_key, check_parties, check_prior_keys};
use crate::time::{TimeLimits, is_writable, now};
use crate::timeouts::{Policy, Timeouts, TimeoutsError};
use crate::token::{self, Token};

pub use error::{IssueError, RenewError};
pub use login::Login;
pub use renewal::Renewal;
pub use restart::Restarting;
pub(crate) use seal::{payload, within_length};

/// Issues tokens with the current key of a ring.
///
/// A cheap handle: clone it freely. It holds the denylist because a session must begin after every
/// cutoff that it is not meant to fall under.
///
/// **With a list that processes share**, this one may not have heard yet of a "log out everywhere" on another: a session
/// that begins meanwhile may be dated before it, and be over at once. So call [`Denylist::catch_up`] before
/// [`login`](Self::login) and [`step_up`](Self::step_up), and begin nothing when it fails. `SessionLayer` of
/// `hallpass::web` does so by itself.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hallpass::{Denylist, Issuer, KeyRing, Login, Timeouts};
///
/// #[derive(serde::Serialize)]
/// struct Roles { roles: Vec<String> }
///
/// let keys = KeyRing::generate_local()?; // encrypted tokens; `generate` is for signed ones
/// let denylist = Denylist::in_memory()?;
/// let issuer = Issuer::new(&keys, "https://app.example", &denylist)
///     .audience("https://api.example")
///     .timeouts(Timeouts::default().idle(chrono::TimeDelta::minutes(5)))?;
/// let login = Login::new("alice").claims(&Roles { roles: vec!["admin".into()] })?;
/// let token = issuer.login(login)?;
/// assert!(token.as_str().starts_with("v4.local."));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Issuer {
    keys: KeyRing,
    issuer: Arc<str>,
    audience: Option<Arc<str>>,
    implicit_assertion: Arc<Zeroizing<Vec<u8>>>,
    policy: Policy,
    revocations: Revocations,
}

impl Issuer {
    /// An issuer with this name (`iss`), with the [default timeouts](Timeouts).
    pub fn new(keys: &KeyRing, issuer: impl Into<String>, denylist: &Denylist) -> Self {
        Self::with(keys, &issuer.into(), Revocations::Listed(denylist.clone()))
    }

    /// An issuer that knows of no denylist, for tools and tests. A session that it begins within the
    /// leeway after "log out everywhere" is refused by those who do.
    pub fn dangerously_without_denylist(keys: &KeyRing, issuer: impl Into<String>, limits: TimeLimits) -> Self {
        Self::with(keys, &issuer.into(), Revocations::Ignored(limits))
    }

    fn with(keys: &KeyRing, issuer: &str, revocations: Revocations) -> Self {
        let policy = Policy::by_default(revocations.limits(), revocations.grace());
        Self {
            keys: keys.clone(),
            issuer: issuer.into(),
            audience: None,
            implicit_assertion: Arc::default(),
            policy,
            revocations,
        }
    }

    /// For whom the tokens are (`aud`). Verifiers must be told the same.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into().into()), ..self }
    }

    /// Binds the tokens to something both sides know and no token carries, such as a tenant (PASETO's
    /// implicit assertion). Verifiers must be told the same.
    #[must_use]
    pub fn implicit_assertion(self, assertion: impl Into<Vec<u8>>) -> Self {
        Self { implicit_assertion: Arc::new(Zeroizing::new(assertion.into())), ..self }
    }

    /// How long its sessions may last, idle and altogether.
    ///
    /// # Errors
    /// [`TimeoutsError`] when a timeout is out of its range.
    pub fn timeouts(self, timeouts: Timeouts) -> Result<Self, TimeoutsError> {
        let policy = timeouts.resolve(self.revocations.limits(), self.revocations.grace())?;
        Ok(Self { policy, ..self })
    }

    /// Its name (`iss`).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.issuer
    }

    /// For whom its tokens are (`aud`).
    #[cfg(feature = "tower")]
    pub(crate) fn for_whom(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// What its tokens are bound to.
    #[cfg(any(feature = "testing", feature = "tower"))]
    pub(crate) fn bound_to(&self) -> &[u8] {
        &self.implicit_assertion
    }

    /// The key that it issues with now, if there is one.
    #[cfg(feature = "tower")]
    pub(crate) fn key_id(&self) -> Option<KeyId> {
        self.keys.peek().issuing_key().map(Key::id)
    }

    /// The list that it holds, if it holds one.
    #[cfg(feature = "tower")]
    pub(crate) fn denylist(&self) -> Option<&Denylist> {
        self.revocations.denylist()
    }

    /// What holds in effect.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Begins a session: issues its first token. With a list that processes share, [catch up](Denylist::catch_up) before.
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
    /// stepped back. A list of this process's own vouches anew then, and everyone logs in once more; with a shared
    /// one it is [`IssueError::ClockBehind`] or [`IssueError::ClockWrong`] until the clock is right.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub fn login_at<'a>(&self, login: impl Into<Login<'a>>, now: DateTime<Utc>) -> Result<Token, IssueError> {
        let token = self.begin(login.into(), now)?;
        self.tell(&token, Occasion::Login);
        Ok(token)
    }

    /// A token is handed out: what is made of it before that may fail.
    pub(crate) fn tell(&self, token: &Token, occasion: Occasion) {
        self.revocations.events().issued(token.registered(), occasion);
    }

    /// A session's first token, of which nothing is told yet.
    pub(crate) fn begin(&self, login: Login<'_>, now: DateTime<Utc>) -> Result<Token, IssueError> {
        if login.subject.is_empty() {
            return Err(IssueError::EmptySubject);
        }
        let set = self.keys.peek();
        self.issuing_key(&set)?;
        // What is written has microseconds; what is compared must be what is written.
        let issued_at = now.trunc_subsecs(6);
        // What can't be dated must change nothing.
        let last = self.policy.expiry(issued_at, issued_at).ok_or(IssueError::Date)?;
        if ![Some(last), login.not_before].into_iter().flatten().all(is_writable) {
            return Err(IssueError::Date);
        }
        let auth_time = self.revocations.begin(&self.issuer, &login.subject, issued_at)?;
        let token_id = TokenId::generate()?;
        let expires_at = self.policy.expiry(auth_time, issued_at).ok_or(IssueError::Date)?;
        let not_before = login.not_before.map(|moment| moment.trunc_subsecs(6));
        if let Some(not_before) = not_before.filter(|not_before| *not_before >= expires_at) {
            return Err(IssueError::NeverValid { not_before, expires_at });
        }
        let claims = Claims {
            issuer: self.issuer.to_string(),
            subject: login.subject.into_owned(),
            audience: self.audience.as_deref().map(str::to_owned),
            expires_at,
            not_before,
            issued_at,
            token_id,
            session_id: SessionId::begun_by(token_id),
            generation: 0,
            auth_time,
            prior_key_ids: Vec::new(),
        };
        self.seal(&set, claims, login.private.as_deref())
    }

    fn seal(&self, set: &KeySet, claims: Claims, private: Option<&str>) -> Result<Token, IssueError> {
        let payload = payload(&claims, private)?;
        let key = self.issuing_key(set)?;
        let text = within_length(token::seal(key, &payload, &self.implicit_assertion)?)?;
        Ok(Token::new(text, claims))
    }

    /// The key that issues now. One that was revoked would issue what nobody accepts.
    fn issuing_key<'a>(&self, set: &'a KeySet) -> Result<&'a Key, IssueError> {
        let key = set.issuing_key().ok_or(IssueError::NoIssuingKey)?;
        match self.revocations.is_key_revoked(&key.id()) {
            true => Err(IssueError::KeyRevoked { key_id: key.id() }),
            false => Ok(key),
        }
    }

    /// Seals with these private claims, or else with those of the session.
    fn seal_with(
        &self,
        set: &KeySet,
        claims: Claims,
        session: &Session,
        private: Option<String>,
    ) -> Result<Token, IssueError> {
        let private = match private {
            Some(private) => Some(private),
            None => session.private().map_err(|error| IssueError::Json(Arc::new(error)))?,
        };
        self.seal(set, claims, private.as_deref())
    }

    /// Whether a session that was verified before is this issuer's and still lives: looked at again in the
    /// step that acts. Gives the newest generation of it that was used.
    fn check_live(&self, set: &KeySet, session: &Session, now: DateTime<Utc>) -> Result<u32, VerifyError> {
        check_parties(session, &self.issuer, self.audience.as_deref())?;
        check_key(set, session.key_id(), now)?;
        check_prior_keys(set, session)?;
        self.revocations.still_good(session, now)
    }

    /// A token of the same person and the same login, issued now and good for as long as the policy says.
    /// The session and the generation are the caller's to set.
    fn successor(&self, set: &KeySet, session: &Session, now: DateTime<Utc>) -> Result<Claims, RenewError> {
        // Not before its predecessor, though this clock may be behind that of whoever issued that.
        let issued_at = now.trunc_subsecs(6).max(session.issued_at());
        let expires_at = self.policy.expiry(session.auth_time(), issued_at).ok_or(IssueError::Date)?;
        let key_id = self.issuing_key(set)?.id();
        // Before there is a token that an entry made from now on must outlive.
        self.revocations.issued(issued_at);
        // All keys that its tokens had, but for the one that issues.
        let mut prior_key_ids = session.prior_key_ids().to_vec();
        if !prior_key_ids.contains(&session.key_id()) {
            prior_key_ids.push(session.key_id());
        }
        prior_key_ids.retain(|id| *id != key_id);
        if prior_key_ids.len() > MOST_PRIOR_KEYS {
            return Err(RenewError::TooManyKeys);
        }
        Ok(Claims {
            expires_at,
            not_before: None,
            issued_at,
            token_id: TokenId::generate().map_err(IssueError::from)?,
            prior_key_ids,
            ..session.registered().clone()
        })
    }
}

impl fmt::Debug for Issuer {
    /// Without the implicit assertion, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("issuer", &self.issuer).field("audience", &self.audience).finish_non_exhaustive()
    }
}
