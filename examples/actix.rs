//! hallpass from actix-web: no layer, the core alone. What it takes is an extractor and two handlers.
//!
//! Left out, and what the layer for tower does besides: renewing the cookie, removing a dead one, ending the old session
//! at a login, bearer tokens. Cross-site requests are the application's affair.
//!
//! ```text
//! cargo run --example actix
//! curl -i -c jar -d user=alice http://127.0.0.1:3001/login
//! curl -i -b jar http://127.0.0.1:3001/me
//! curl -i -b jar -X POST http://127.0.0.1:3001/logout
//! ```

#![allow(clippy::print_stdout)]

use std::future::{Ready, ready};

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, COOKIE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{App, Error, FromRequest, HttpRequest, HttpResponse, HttpServer, web};
use hallpass::{Denylist, Issuer, KeyRing, RevokeError, Session, Verifier, VerifyError};

const ISSUER: &str = "https://app.example";
const NAME: &str = "__Host-session";

/// What every handler may use: cheap handles.
#[derive(Clone)]
struct Sessions {
    issuer: Issuer,
    verifier: Verifier,
    denylist: Denylist,
}

/// A handler with this argument needs a session.
struct LoggedIn(Session);

impl FromRequest for LoggedIn {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(logged_in(request).map(Self))
    }
}

fn logged_in(request: &HttpRequest) -> Result<Session, Error> {
    let sessions =
        request.app_data::<web::Data<Sessions>>().ok_or_else(|| answer(StatusCode::INTERNAL_SERVER_ERROR))?;
    let token = token(request)?.ok_or_else(|| answer(StatusCode::UNAUTHORIZED))?;
    // In memory, so it may stand between two lines of a handler.
    sessions.verifier.verify(token).map_err(|why| match why {
        // Not the visitor's fault: the cookie stays.
        VerifyError::StatusUnknown => answer(StatusCode::SERVICE_UNAVAILABLE),
        // The reason is in the log; the visitor is told nothing.
        _ => answer(StatusCode::UNAUTHORIZED),
    })
}

/// Our cookie's content, read from bytes: those of others may be anything.
fn token(request: &HttpRequest) -> Result<Option<&str>, Error> {
    let pairs = request.headers().get_all(COOKIE).flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let mut ours = pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(NAME.as_bytes())?.strip_prefix(b"="));
    match (ours.next(), ours.next()) {
        // Which one is meant is not guessed.
        (Some(_), Some(_)) => Err(answer(StatusCode::BAD_REQUEST)),
        (token, _) => Ok(token.map(|token| str::from_utf8(token).unwrap_or("not a token"))),
    }
}

/// An answer without a word.
fn answer(status: StatusCode) -> Error {
    let mut response = HttpResponse::build(status);
    match status {
        StatusCode::UNAUTHORIZED => drop(response.insert_header((WWW_AUTHENTICATE, "Bearer"))),
        StatusCode::SERVICE_UNAVAILABLE => drop(response.insert_header((RETRY_AFTER, 5))),
        _ => {}
    }
    InternalError::from_response("", response.finish()).into()
}

#[derive(serde::Deserialize)]
struct Form {
    user: String,
}

/// After the password was checked, which is left out here.
async fn login(sessions: web::Data<Sessions>, form: web::Form<Form>) -> Result<HttpResponse, Error> {
    let token = sessions.issuer.login(&form.user).map_err(|_| answer(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(HttpResponse::NoContent()
        .insert_header((CACHE_CONTROL, "no-store"))
        .cookie(cookie(token.as_str()).finish())
        .finish())
}

async fn me(LoggedIn(session): LoggedIn) -> String {
    session.subject().to_owned()
}

async fn logout(sessions: web::Data<Sessions>, LoggedIn(session): LoggedIn) -> Result<HttpResponse, Error> {
    // Once this is `Ok`, no copy of the cookie is accepted any more.
    match sessions.denylist.revoke(&session).await {
        // Whoever took the token back was faster.
        Ok(_) | Err(RevokeError::NotLive(_)) => {}
        Err(_) => return Err(answer(StatusCode::SERVICE_UNAVAILABLE)),
    }
    Ok(HttpResponse::NoContent()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Clear-Site-Data", "\"cache\", \"storage\""))
        .cookie(cookie("").max_age(Duration::ZERO).finish())
        .finish())
}

/// The one that is set and the one that removes it must have the same attributes.
fn cookie(value: &str) -> actix_web::cookie::CookieBuilder<'_> {
    Cookie::build(NAME, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/login", web::post().to(login))
        .route("/me", web::get().to(me))
        .route("/logout", web::post().to(logout));
}

fn sessions() -> Result<Sessions, Box<dyn std::error::Error>> {
    let keys = KeyRing::generate_local()?;
    let denylist = Denylist::in_memory()?;
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    Ok(Sessions { issuer, verifier, denylist })
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions = web::Data::new(sessions()?);
    let server = HttpServer::new(move || App::new().app_data(sessions.clone()).configure(routes));
    println!("listening on http://127.0.0.1:3001");
    Ok(server.bind("127.0.0.1:3001")?.run().await?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service};

    use super::*;

    #[actix_web::test]
    async fn a_copied_cookie_is_refused_after_logout() {
        let app = init_service(App::new().app_data(web::Data::new(sessions().unwrap())).configure(routes)).await;
        let login = TestRequest::post().uri("/login").set_form([("user", "alice")]).to_request();
        let response = call_service(&app, login).await;
        let copy = response.response().cookies().next().unwrap().into_owned();
        assert_eq!((copy.name(), copy.secure(), copy.http_only()), (NAME, Some(true), Some(true)));
        let send = |request: TestRequest| call_service(&app, request.cookie(copy.clone()).to_request());
        assert_eq!(send(TestRequest::get().uri("/me")).await.status(), 200);
        let logout = send(TestRequest::post().uri("/logout")).await;
        assert_eq!(logout.status(), 204);
        let removal = logout.response().cookies().next().unwrap().into_owned();
        assert_eq!((removal.value(), removal.max_age()), ("", Some(Duration::ZERO)));
        assert_eq!(send(TestRequest::get().uri("/me")).await.status(), 401);
        assert_eq!(send(TestRequest::post().uri("/logout")).await.status(), 401);
        // Twice is not guessed, and what others have set is nobody's affair.
        let twice = TestRequest::get().uri("/me").insert_header(("cookie", format!("{NAME}=a; {NAME}=b")));
        assert_eq!(call_service(&app, twice.to_request()).await.status(), 400);
        let foreign = TestRequest::get().uri("/me").insert_header(("cookie", &b"a=\xff"[..]));
        assert_eq!(call_service(&app, foreign.to_request()).await.status(), 401);
    }
}
