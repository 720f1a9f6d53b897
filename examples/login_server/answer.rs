//! What is answered as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use hallpass::time::to_rfc3339;
use hallpass::{Issuer, Session, Token};
use serde_json::{Value, json};

/// A session, taken apart.
pub(crate) fn session(session: &Session, issuer: &Issuer, now: DateTime<Utc>) -> Json<Value> {
    let policy = issuer.policy();
    let until = session.auth_time().checked_add_signed(policy.absolute());
    Json(json!({
        "sub": session.subject(),
        "sid": session.session_id().to_string(),
        "gen": session.generation(),
        "jti": session.token_id().to_string(),
        "iat": to_rfc3339(session.issued_at()),
        "exp": to_rfc3339(session.expires_at()),
        "accepted_until": session.expires_at().checked_add_signed(policy.leeway()).map(to_rfc3339),
        "auth_time": to_rfc3339(session.auth_time()),
        "now": to_rfc3339(now),
        "renew_after_seconds": policy.renew_after().as_seconds_f64(),
        "absolute_until": until.map(to_rfc3339),
    }))
}

/// A bearer token, as OAuth 2.0 answers one (RFC 6749, 5.1).
pub(crate) fn bearer(token: &Token) -> Response {
    let lifetime = token.registered().expires_at().signed_duration_since(token.registered().issued_at());
    let body = json!({
        "access_token": token.as_str(),
        "token_type": "Bearer",
        "expires_in": lifetime.num_seconds(),
    });
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// One answer, whether it is the name or the password that is wrong.
pub(crate) fn wrong_password() -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": "Wrong user or password." }))).into_response()
}

pub(crate) fn forbidden(why: &str) -> Response {
    (StatusCode::FORBIDDEN, Json(json!({ "error": why }))).into_response()
}
