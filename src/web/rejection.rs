//! Why a request was refused, and what the client is told.

use std::sync::Arc;

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::cookie::CookieError;
use super::presented::{Ambiguity, Transport};
use crate::claims::PrivateClaimsError;
use crate::denylist::RevokeError;
use crate::events::Events;
use crate::issuer::{IssueError, RenewError};
use crate::session::{LoginTooOld, VerifyError};
use crate::store::StoreError;

/// After how many seconds a client may ask again where nobody knows when it will do.
const RETRY_SECONDS: i64 = 5;

const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");
const INVALID_REQUEST: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_request\"");

/// Why a request was refused. For the log: the client sees a status, and the same one for all that means "log in".
///
/// It is in the extensions of each response that it makes. Handlers may return it: what the methods of
/// [`Sessions`](super::Sessions) fail with is one.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// No token came. 401.
    #[error("nobody is logged in")]
    NotLoggedIn,
    /// A cookie came, where a bearer token was to be renewed. 401.
    #[error("the session came in a cookie, which the layer renews, and no bearer token")]
    NotBearer,
    /// A token came, and is not good. 401.
    #[error("the token is refused")]
    Refused {
        /// How it came.
        by: Transport,
        /// What was wrong.
        #[source]
        why: VerifyError,
    },
    /// Whether the session is revoked could not be known when the request came, or by a [fresh](super::Sessions::fresh)
    /// look. 503.
    #[error("whether the session is revoked can't be known now")]
    StatusUnknown,
    /// What was revoked elsewhere could not be asked for, so that no session begins. 503.
    #[error("what was revoked elsewhere can't be known now")]
    NotCaughtUp(#[source] StoreError),
    /// Which token is meant can't be known. 400.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguity),
    /// The person logged in too long ago. 401, with what RFC 9470 says.
    #[error(transparent)]
    LoginTooOld(#[from] LoginTooOld),
    /// The session has not the private claims that the handler asks for. 401: a new login makes new ones.
    #[error("the session's private claims are not those that the handler asks for")]
    Claims(#[source] Arc<PrivateClaimsError>),
    /// Private claims can't be written. 500.
    #[error("private claims can't be written")]
    Unwritable(#[source] Arc<PrivateClaimsError>),
    /// The session could not be renewed now. 409; 401 when it is over, and 503 when that can't be known; or as
    /// [`Issue`](Self::Issue).
    #[error(transparent)]
    Renew(RenewError),
    /// No token could be issued. 503 if the clock is behind or wrong, else 500.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// What was to be revoked is not safe, or whether the session that asks is over can't be known. 503; in force here
    /// perhaps, and to be asked for again. 401 when that session is over, and 500 for a key that no token names.
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    /// The cookie could not be made. 500.
    #[error(transparent)]
    Cookie(#[from] CookieError),
    /// The layer can't issue. 500.
    #[error("this layer only verifies")]
    VerifyOnly,
    /// The layer has no denylist, so that no session can be ended. 500.
    #[error("this layer has no denylist")]
    NoDenylist,
    /// The layer was given an issuer and a verifier that are not of one name, one audience, one implicit assertion and one
    /// denylist, or a verifier that does not know the issuer's current key. 500.
    #[error("the layer's issuer and verifier don't belong together")]
    Mismatch,
    /// No `SessionLayer` is around the handler. 500.
    #[error("no SessionLayer is around the handler")]
    NoLayer,
    /// A `SessionLayer` is around another one. 500.
    #[error("a SessionLayer is around another one")]
    NestedLayers,
}

impl Rejection {
    pub(super) fn refused(by: Transport, why: VerifyError) -> Self {
        match why {
            VerifyError::StatusUnknown => Self::StatusUnknown,
            why => Self::Refused { by, why },
        }
    }

    /// The status that the client is told.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Renew(RenewError::NotLive(VerifyError::StatusUnknown)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Revoke(RevokeError::NotLive(why)) if **why == VerifyError::StatusUnknown => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::NotLoggedIn
            | Self::NotBearer
            | Self::Refused { .. }
            | Self::LoginTooOld(_)
            | Self::Claims(_)
            | Self::Renew(RenewError::NotLive(_))
            | Self::Revoke(RevokeError::NotLive(_)) => StatusCode::UNAUTHORIZED,
            Self::Ambiguous(_) => StatusCode::BAD_REQUEST,
            Self::Renew(RenewError::Issue(IssueError::ClockBehind { .. } | IssueError::ClockWrong))
            | Self::StatusUnknown
            | Self::NotCaughtUp(_)
            | Self::Issue(IssueError::ClockBehind { .. } | IssueError::ClockWrong)
            | Self::Revoke(RevokeError::Full { .. } | RevokeError::NotSafe(_) | RevokeError::NotShared(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Renew(RenewError::Issue(_) | RenewError::NoDenylist)
            | Self::Revoke(RevokeError::NotForTokens { .. })
            | Self::Unwritable(_)
            | Self::Issue(_)
            | Self::Cookie(_)
            | Self::VerifyOnly
            | Self::NoDenylist
            | Self::Mismatch
            | Self::NoLayer
            | Self::NestedLayers => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Renew(_) => StatusCode::CONFLICT,
        }
    }

    /// The response: the status, what the client must know, and this in the extensions.
    #[must_use]
    pub fn response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        self.add_headers(response.headers_mut());
        response.extensions_mut().insert(self.clone());
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        match self.status() {
            StatusCode::UNAUTHORIZED => drop(headers.insert(WWW_AUTHENTICATE, self.challenge())),
            StatusCode::BAD_REQUEST => drop(headers.insert(WWW_AUTHENTICATE, INVALID_REQUEST)),
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(RETRY_AFTER, self.retry_seconds().into())),
            _ => {}
        }
    }

    /// After how many seconds it may do to ask again.
    fn retry_seconds(&self) -> i64 {
        let (Self::Issue(why) | Self::Renew(RenewError::Issue(why))) = self else { return RETRY_SECONDS };
        let IssueError::ClockBehind { until, now } = why else { return RETRY_SECONDS };
        let wait = until.signed_duration_since(now);
        // No sooner than that, so that a fraction is a second more.
        wait.num_seconds().saturating_add((wait.subsec_nanos() > 0).into()).max(RETRY_SECONDS)
    }

    /// A bearer token that was good when it came is not any more, or not for this.
    pub(super) fn challenge_bearer(&self, headers: &mut HeaderMap) {
        if self.status() == StatusCode::UNAUTHORIZED && self.challenge() == BEARER {
            headers.insert(WWW_AUTHENTICATE, INVALID_TOKEN);
        }
    }

    /// Writes an event, unless one was written when it came to be, or nothing has happened.
    pub(super) fn tell(&self) {
        match self {
            Self::NotLoggedIn | Self::Refused { .. } | Self::StatusUnknown | Self::Ambiguous(_) => {}
            Self::NoLayer | Self::NestedLayers | Self::Mismatch => {}
            _ => Events::request_failed(self.status().as_u16(), self),
        }
    }

    /// RFC 6750, 3: no error code for whoever did not use a bearer token.
    fn challenge(&self) -> HeaderValue {
        match self {
            Self::Refused { by: Transport::Bearer, .. } => INVALID_TOKEN,
            Self::LoginTooOld(LoginTooOld { max_age, .. }) => {
                let max_age = max_age.num_seconds().max(0);
                let text = format!("Bearer error=\"insufficient_user_authentication\", max_age=\"{max_age}\"");
                HeaderValue::try_from(text).unwrap_or(BEARER)
            }
            _ => BEARER,
        }
    }
}

impl From<RenewError> for Rejection {
    fn from(error: RenewError) -> Self {
        match error {
            RenewError::Revoke(error) => error.into(),
            error => Self::Renew(error),
        }
    }
}

impl From<PrivateClaimsError> for Rejection {
    fn from(error: PrivateClaimsError) -> Self {
        match error {
            PrivateClaimsError::Unreadable(_) => Self::Claims(Arc::new(error)),
            _ => Self::Unwritable(Arc::new(error)),
        }
    }
}
