//! What a layer was given, shared by all of its requests.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;

use super::begun::Begun;
use super::cookie::{CookieError, SessionCookie};
use super::rejection::Rejection;
use crate::denylist::Denylist;
use crate::issuer::Issuer;
use crate::time::{DEFAULT_GRACE, now};
use crate::token::Token;
use crate::verifier::Verifier;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) issuer: Option<Issuer>,
    pub(super) verifier: Verifier,
    pub(super) cookie: SessionCookie,
    pub(super) clock: Clock,
    pub(super) begun: Arc<Begun>,
}

/// The wall clock, but in tests.
#[derive(Clone)]
pub(super) struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    pub(super) fn new(clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(clock))
    }
}

impl Settings {
    pub(super) fn new(issuer: Option<Issuer>, verifier: Verifier) -> Self {
        Self { issuer, verifier, cookie: SessionCookie::new(), clock: Clock::new(now), begun: Arc::default() }
    }

    /// Whether the issuer and the verifier belong together: else sessions would end on one list and live on another,
    /// never be renewed, or be refused at the next request.
    pub(super) fn fit(&self) -> bool {
        let Some(issuer) = &self.issuer else { return true };
        let same_list = match (issuer.denylist(), self.verifier.denylist()) {
            (Some(one), Some(other)) => one.is(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let knows_key = |id| self.verifier.knows_key(&id, self.now());
        same_list
            && issuer.key_id().is_none_or(knows_key)
            && (issuer.name(), issuer.for_whom()) == self.verifier.names()
            && issuer.bound_to() == self.verifier.bound_to()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock.0)()
    }

    pub(super) fn issuer(&self) -> Result<&Issuer, Rejection> {
        self.issuer.as_ref().ok_or(Rejection::VerifyOnly)
    }

    pub(super) fn denylist(&self) -> Result<&Denylist, Rejection> {
        self.verifier.denylist().ok_or(Rejection::NoDenylist)
    }

    /// For how long requests may be on their way.
    pub(super) fn grace(&self) -> TimeDelta {
        self.verifier.denylist().map_or(DEFAULT_GRACE, Denylist::grace)
    }

    pub(super) fn set_cookie(&self, token: &Token) -> Result<HeaderValue, CookieError> {
        self.cookie.set(token, self.now(), self.verifier.leeway())
    }
}
