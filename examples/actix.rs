//! hallpass from actix-web: no layer, the core alone. What it takes is an extractor and two handlers.
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
use actix_web::error::{ErrorInternalServerError, ErrorServiceUnavailable, ErrorUnauthorized};
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{App, Error, FromRequest, HttpRequest, HttpResponse, HttpServer, web};
use hallpass::{Denylist, Issuer, KeyRing, Session, Verifier, VerifyError};

const ISSUER: &str = "https://app.example";
const COOKIE: &str = "__Host-session";

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
    let sessions = request.app_data::<web::Data<Sessions>>().ok_or_else(|| ErrorInternalServerError(""))?;
    let cookie = request.cookie(COOKIE).ok_or_else(|| ErrorUnauthorized(""))?;
    // In memory, so it may stand between two lines of a handler.
    sessions.verifier.verify(cookie.value()).map_err(|why| match why {
        // Not the visitor's fault: the cookie stays.
        VerifyError::StatusUnknown => unavailable(),
        // The reason is in the log; the visitor is told nothing.
        _ => ErrorUnauthorized(""),
    })
}

fn unavailable() -> Error {
    let error = ErrorServiceUnavailable("");
    let mut response = error.error_response();
    response.headers_mut().insert(RETRY_AFTER, 5.into());
    actix_web::error::InternalError::from_response(error, response).into()
}

#[derive(serde::Deserialize)]
struct Form {
    user: String,
}

/// After the password was checked, which is left out here.
async fn login(sessions: web::Data<Sessions>, form: web::Form<Form>) -> Result<HttpResponse, Error> {
    let token = sessions.issuer.login(&form.user).map_err(ErrorInternalServerError)?;
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
    sessions.denylist.revoke(&session).await.map_err(|_| unavailable())?;
    Ok(HttpResponse::NoContent()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Clear-Site-Data", "\"cache\", \"storage\""))
        .cookie(cookie("").max_age(Duration::ZERO).finish())
        .finish())
}

/// The one that is set and the one that removes it must have the same attributes.
fn cookie(value: &str) -> actix_web::cookie::CookieBuilder<'_> {
    Cookie::build(COOKIE, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
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
        assert_eq!((copy.name(), copy.secure(), copy.http_only()), (COOKIE, Some(true), Some(true)));
        let send = |request: TestRequest| call_service(&app, request.cookie(copy.clone()).to_request());
        assert_eq!(send(TestRequest::get().uri("/me")).await.status(), 200);
        let logout = send(TestRequest::post().uri("/logout")).await;
        assert_eq!(logout.status(), 204);
        let removal = logout.response().cookies().next().unwrap().into_owned();
        assert_eq!((removal.value(), removal.max_age()), ("", Some(Duration::ZERO)));
        assert_eq!(send(TestRequest::get().uri("/me")).await.status(), 401);
        assert_eq!(send(TestRequest::post().uri("/logout")).await.status(), 401);
    }
}
