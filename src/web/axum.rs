//! Extractors and parts of responses for axum 0.8.

use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use chrono::TimeDelta;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::change::{EndSession, SetSession};
use super::rejection::Rejection;
use super::sessions::Sessions;
use crate::session::Session;

/// The session's private claims as the application's own type, for a handler that needs a session.
#[derive(Debug, Clone)]
pub struct PrivateClaims<C>(pub C);

/// A session whose login was at most so many seconds ago (OWASP ASVS 5.0, V7.5): before something that calls for the
/// password once more. Renewal makes no login younger.
#[derive(Debug, Clone)]
pub struct RecentLogin<const SECONDS: u32>(pub Session);

/// A session that is good by all that was revoked anywhere before the handler was called: the engine of a shared list is
/// asked, as [`Sessions::fresh`] does.
#[derive(Debug, Clone)]
pub struct FreshSession(pub Session);

impl<S: Send + Sync> FromRequestParts<S> for Sessions {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Self::of(&parts.extensions).cloned()
    }
}

/// A handler with this argument needs a session.
impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Sessions::of(&parts.extensions)?.session().cloned()
    }
}

/// `Option<Session>`: `None` for nothing and for a dead token. Where the status is unknown the answer is 503, and 400
/// where it is not clear which token is meant.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        Ok(Sessions::of(&parts.extensions)?.optional()?.cloned())
    }
}

impl<S: Send + Sync, C: DeserializeOwned> FromRequestParts<S> for PrivateClaims<C> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let session = Sessions::of(&parts.extensions)?.session()?;
        Ok(Self(session.claims()?))
    }
}

impl<S: Send + Sync, const SECONDS: u32> FromRequestParts<S> for RecentLogin<SECONDS> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let sessions = Sessions::of(&parts.extensions)?;
        let session = sessions.session()?;
        session.require_login_within_at(TimeDelta::seconds(SECONDS.into()), sessions.settings().now())?;
        Ok(Self(session.clone()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FreshSession {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(Sessions::of(&parts.extensions)?.fresh().await?.clone()))
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response::<Body>()
    }
}

impl IntoResponseParts for SetSession {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.extensions_mut().insert(self.change());
        Ok(response)
    }
}

impl IntoResponseParts for EndSession {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.extensions_mut().insert(self.change());
        Ok(response)
    }
}

impl IntoResponse for SetSession {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl IntoResponse for EndSession {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}
