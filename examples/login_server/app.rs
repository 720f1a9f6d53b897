//! The routes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hallpass::web::{EndSession, Rejection, SessionLayer, Sessions};
use hallpass::{Denylist, Issuer, Session, Verifier};
use tower_http::csrf::CsrfLayer;

use crate::form::Credentials;
use crate::{answer, events, page, replay, users};

pub(crate) struct App {
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
    pub(crate) denylist: Denylist,
    /// Where it listens itself.
    pub(crate) address: SocketAddr,
}

pub(crate) fn app(app: App, sessions: SessionLayer) -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/login", post(login))
        .route("/token", post(token))
        .route("/renew", post(renew))
        .route("/logout", post(logout))
        .route("/logout/others", post(logout_others))
        .route("/logout/everywhere", post(logout_everywhere))
        .route("/password", post(password))
        .route("/replay", post(replay::replay))
        .route("/events", get(events::events))
        .with_state(Arc::new(app))
        .layer(sessions)
        // The page needs nobody, and may be kept by anybody.
        .route("/", get(page::index))
        .route("/style.css", get(page::style))
        .route("/app.js", get(page::script))
        // What other sites send goes no further, but for GET, which changes nothing here.
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn(page::with_headers))
}

async fn me(State(app): State<Arc<App>>, session: Session) -> impl IntoResponse {
    #[allow(clippy::disallowed_methods, reason = "a program reads the clock")]
    answer::session(&session, &app.issuer, chrono::Utc::now())
}

async fn login(sessions: Sessions, credentials: Credentials) -> Result<Response, Rejection> {
    if !users::check(&credentials.user, &credentials.password) {
        return Ok(answer::wrong_password());
    }
    Ok((sessions.login(&credentials.user).await?, StatusCode::NO_CONTENT).into_response())
}

/// A bearer token, for programs. A browser's page would have to keep it where any script can read it.
async fn token(sessions: Sessions, headers: HeaderMap, credentials: Credentials) -> Result<Response, Rejection> {
    if headers.contains_key("sec-fetch-mode") {
        return Ok(answer::forbidden("bearer tokens are for programs: pages use /login"));
    }
    if !users::check(&credentials.user, &credentials.password) {
        return Ok(answer::wrong_password());
    }
    Ok(answer::bearer(&sessions.login_bearer(&credentials.user).await?))
}

async fn renew(sessions: Sessions) -> Result<Response, Rejection> {
    Ok(answer::bearer(&sessions.renew_bearer()?))
}

async fn logout(sessions: Sessions) -> Result<(EndSession, StatusCode), Rejection> {
    Ok((sessions.logout().await?, StatusCode::NO_CONTENT))
}

async fn logout_others(sessions: Sessions) -> Result<StatusCode, Rejection> {
    sessions.logout_elsewhere().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn logout_everywhere(sessions: Sessions) -> Result<(EndSession, StatusCode), Rejection> {
    Ok((sessions.logout_everywhere().await?, StatusCode::NO_CONTENT))
}

/// Changes no password, since there is none to change; but does what belongs to it: a new session, and no other.
async fn password(sessions: Sessions, session: Session) -> Result<Response, Rejection> {
    Ok((sessions.login_alone(session.subject()).await?, StatusCode::NO_CONTENT).into_response())
}
