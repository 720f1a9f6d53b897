//! The layer: looks at each request, and finishes each response.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::cookie::SessionCookie;
use super::future::SessionFuture;
use super::rejection::Rejection;
use super::sessions::Sessions;
use super::settings::Settings;
use crate::events::Events;
use crate::issuer::Issuer;
use crate::verifier::Verifier;

/// Verifies the token of each request, in memory; keeps the session's cookie; and, after
/// [`require`](Self::require), lets nobody in who is not logged in.
///
/// One layer must be around a handler, and not two: the second would see what the first has seen, and answers 500.
/// Give public routes and those behind a login clones of one layer:
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// # use hallpass::{Denylist, Issuer, KeyRing, Verifier, web::SessionLayer};
/// # use axum::{Router, routing::get};
/// # let keys = KeyRing::generate_local()?;
/// # let denylist = Denylist::in_memory()?;
/// # let issuer = Issuer::new(&keys, "https://app.example", &denylist);
/// # let verifier = Verifier::new(&keys, "https://app.example", &denylist);
/// # async fn index() {}
/// # async fn account() {}
/// let sessions = SessionLayer::new(&issuer, &verifier);
/// let public = Router::new().route("/", get(index)).layer(sessions.clone());
/// let behind_login = Router::new().route("/account", get(account)).layer(sessions.require());
/// let app: Router = public.merge(behind_login);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SessionLayer {
    settings: Settings,
    is_required: bool,
}

impl SessionLayer {
    /// A layer that verifies with one, and renews and begins sessions with the other. Give both the same ring. A verifier
    /// that does not know the issuer's current key when the layer is put around a service is a loud 500
    /// ([`Rejection::Mismatch`]), and so is one with another name, audience, implicit assertion or denylist.
    #[must_use]
    pub fn new(issuer: &Issuer, verifier: &Verifier) -> Self {
        Self { settings: Settings::new(Some(issuer.clone()), verifier.clone()), is_required: false }
    }

    /// A layer that verifies and never renews, for a service that has public keys alone.
    #[must_use]
    pub fn verify_only(verifier: &Verifier) -> Self {
        Self { settings: Settings::new(None, verifier.clone()), is_required: false }
    }

    /// The session's cookie, if it is to be other than [`SessionCookie::new`].
    #[must_use]
    pub fn cookie(mut self, cookie: SessionCookie) -> Self {
        self.settings.cookie = cookie;
        self
    }

    /// Deny by default: whoever is not logged in gets no further, whether the handler asks or not.
    #[must_use]
    pub fn require(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Another clock than the wall's, for the whole layer.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> chrono::DateTime<chrono::Utc> + Send + Sync + 'static) -> Self {
        self.settings.clock = super::settings::Clock::new(clock);
        self
    }
}

impl fmt::Debug for SessionLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLayer")
            .field("cookie", &self.settings.cookie)
            .field("is_required", &self.is_required)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> SessionService<S> {
        let (settings, is_required) = (Arc::new(self.settings.clone()), self.is_required);
        SessionService { inner, fits: settings.fit(), settings, is_required }
    }
}

/// A service behind a [`SessionLayer`].
#[derive(Clone)]
pub struct SessionService<S> {
    inner: S,
    settings: Arc<Settings>,
    /// Whether its issuer and its verifier belong together; else it answers nothing but that.
    fits: bool,
    is_required: bool,
}

impl<S, A, B> Service<Request<A>> for SessionService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> SessionFuture<S::Future, B> {
        let misplaced = match request.extensions().get::<Sessions>() {
            Some(_) => Some(Rejection::NestedLayers),
            None if !self.fits => Some(Rejection::Mismatch),
            None => None,
        };
        if let Some(rejection) = misplaced {
            Events::layer_misplaced(&rejection);
            return SessionFuture::answered(rejection.response(), None);
        }
        let sessions = Sessions::look(&self.settings, request.headers());
        if self.is_required
            && let Err(rejection) = sessions.session()
        {
            return SessionFuture::answered(rejection.response(), Some(sessions));
        }
        request.extensions_mut().insert(sessions.clone());
        SessionFuture::handled(self.inner.call(request), sessions)
    }
}

impl<S: fmt::Debug> fmt::Debug for SessionService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
