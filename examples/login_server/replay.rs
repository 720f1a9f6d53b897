//! What the whole project is about: a copy of the cookie, sent after logout.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hallpass::Session;
use hallpass::web::{SessionCookie, Sessions};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::App;

/// Keeps a copy of the request's cookie, logs its session out, and sends the copy to this server.
pub(crate) async fn replay(
    State(app): State<Arc<App>>,
    _: Session,
    sessions: Sessions,
    headers: HeaderMap,
) -> Result<Response, hallpass::web::Rejection> {
    let Some(copy) = copied(&headers) else {
        return Ok((StatusCode::BAD_REQUEST, Json(json!({ "error": "no cookie came" }))).into_response());
    };
    let (logout, replayed) = match tried(app.address, &copy).await {
        Ok(answers) => answers,
        Err(error) => return Ok((StatusCode::BAD_GATEWAY, Json(json!({ "error": error.to_string() }))).into_response()),
    };
    // What the server's log says of the copy; the thief is told nothing of it.
    let reason = app.verifier.verify(&copy).err().map(|error| error.to_string());
    let answer = json!({
        "kept": format!("{}…", copy.chars().take(24).collect::<String>()),
        "length": copy.len(),
        "logout": logout.status,
        "replayed": {
            "status": replayed.status,
            "www_authenticate": replayed.challenge,
            "body": replayed.body,
            "reason": reason,
        },
    });
    // It has ended; what is left is the cookie.
    Ok((sessions.logout().await?, Json(answer)).into_response())
}

fn copied(headers: &HeaderMap) -> Option<String> {
    let cookie = SessionCookie::new();
    let name = cookie.full_name().as_bytes();
    // The cookies of others may be any bytes.
    let mut pairs = headers.get_all(COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let ours = pairs.find_map(|pair| pair.trim_ascii().strip_prefix(name)?.strip_prefix(b"="));
    ours.and_then(|token| str::from_utf8(token).ok()).map(str::to_owned)
}

/// The browser's logout, and then the thief's request.
async fn tried(to: SocketAddr, token: &str) -> Result<(Answer, Answer), Box<dyn Error + Send + Sync>> {
    Ok((send(to, "POST /logout", token).await?, send(to, "GET /me", token).await?))
}

struct Answer {
    status: u16,
    challenge: String,
    body: String,
}

/// A request of its own, over the network.
async fn send(to: SocketAddr, what: &str, token: &str) -> Result<Answer, Box<dyn Error + Send + Sync>> {
    let mut stream = TcpStream::connect(to).await?;
    let cookie = SessionCookie::new();
    let name = cookie.full_name();
    let request = format!("{what} HTTP/1.1\r\nHost: {to}\r\nCookie: {name}={token}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let challenges = headers.filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"));
    let challenge = challenges.map(|(_, value)| value).collect::<Vec<_>>().join(", ");
    Ok(Answer { status, challenge, body: body.to_owned() })
}
