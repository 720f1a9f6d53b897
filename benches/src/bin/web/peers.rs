//! What others do for each request, in front of the same answer.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::routing::get;
use chrono::Utc;
use hallpass::Session;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};
use tower_sessions::session::Id;
use tower_sessions::{MemoryStore, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike as _, Config, Pool};

use crate::answer;
use crate::server::{around, listen};
use crate::shared::{ISSUER, Shared};

const COOKIE: &str = "id";

/// What a session or a token says, as much as hallpass' own.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    iat: i64,
    auth_time: i64,
    jti: String,
    sid: String,
    r#gen: u64,
}

impl Claims {
    fn of(session: &Session) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: session.subject().to_owned(),
            exp: session.expires_at().timestamp(),
            iat: session.issued_at().timestamp(),
            auth_time: session.auth_time().timestamp(),
            jti: session.token_id().to_string(),
            sid: session.session_id().to_string(),
            r#gen: u64::from(session.generation()),
        }
    }
}

pub(crate) async fn stored_in_memory(shared: Arc<Shared>) {
    stored(shared, MemoryStore::default()).await;
}

/// Six connections, as the store's own documentation has them.
pub(crate) async fn stored_in_redis(shared: Arc<Shared>, url: &str) {
    let pool = Pool::new(Config::from_url(url).unwrap(), None, None, None, 6).unwrap();
    drop(pool.connect());
    pool.wait_for_connect().await.unwrap();
    stored(shared, RedisStore::new(pool)).await;
}

/// With its layer around all others, as ours.
async fn stored(shared: Arc<Shared>, store: impl SessionStore + Clone) {
    let session = tower_sessions::Session::new(None, Arc::new(store.clone()), None);
    session.insert("claims", Claims::of(&shared.session)).await.unwrap();
    session.save().await.unwrap();
    let id: Id = session.id().unwrap();
    let me = async |State(shared): State<Arc<Shared>>, session: tower_sessions::Session| {
        let claims: Option<Claims> = session.get("claims").await.unwrap();
        let claims = claims.ok_or(StatusCode::UNAUTHORIZED)?;
        assert_eq!(claims.sub, shared.session.subject());
        Ok::<_, StatusCode>(answer::session(&shared.session, &shared.issuer, Utc::now()))
    };
    let router = around(Router::new().route("/me", get(me)).with_state(shared));
    listen(router.layer(SessionManagerLayer::new(store)), &format!("{COOKIE}={id}")).await;
}

/// Verifies tokens, and asks whether one was revoked.
struct Asking {
    shared: Arc<Shared>,
    key: DecodingKey,
    validation: Validation,
    connection: MultiplexedConnection,
}

pub(crate) async fn asking_redis(shared: Arc<Shared>, url: &str) {
    let secret = [7; 32];
    let key = EncodingKey::from_secret(&secret).unwrap();
    let token = encode(&Header::new(Algorithm::HS256), &Claims::of(&shared.session), &key).unwrap();
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    let connection = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let asking = Asking { shared, key: DecodingKey::from_secret(&secret).unwrap(), validation, connection };
    let me = async |State(asking): State<Arc<Asking>>, claims: Claims| {
        assert_eq!(claims.sub, asking.shared.session.subject());
        answer::session(&asking.shared.session, &asking.shared.issuer, Utc::now())
    };
    let router = around(Router::new().route("/me", get(me)).with_state(Arc::new(asking)));
    listen(router, &format!("{COOKIE}={token}")).await;
}

impl FromRequestParts<Arc<Asking>> for Claims {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, asking: &Arc<Asking>) -> Result<Self, StatusCode> {
        let cookies = parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
        let token = cookies.and_then(|text| text.strip_prefix("id=")).ok_or(StatusCode::UNAUTHORIZED)?;
        let decoded = decode::<Self>(token, &asking.key, &asking.validation);
        let claims = decoded.map_err(|_| StatusCode::UNAUTHORIZED)?.claims;
        let mut command = redis::cmd("EXISTS");
        let mut connection = asking.connection.clone();
        let asked = command.arg(&claims.sid).query_async::<bool>(&mut connection).await;
        let is_revoked = asked.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        if is_revoked { Err(StatusCode::UNAUTHORIZED) } else { Ok(claims) }
    }
}
