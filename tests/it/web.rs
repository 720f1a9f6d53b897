//! Sessions on the web: what requests may carry, what is answered, and what is set. In process, without a socket.

mod answers;
mod attributes;
mod authorization;
mod bearer;
mod broken;
mod caching;
mod cookies;
mod fleet;
mod late;
mod login;
mod logout;
mod orders;
mod removal;
mod renewal;
mod safe;

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hallpass::testing::{Fixture, MemoryEngine};
use hallpass::web::{EndSession, FreshSession, PrivateClaims, RecentLogin, Rejection, SessionLayer, Sessions};
use hallpass::{Session, TokenId};
use serde::Deserialize;
use tower::{Layer as _, ServiceExt as _};

use crate::events::listener::heard;
use crate::support::{noon, seconds};

const NAME: &str = "__Host-session";

/// What `/claims` asks for.
#[derive(Deserialize)]
struct Roles {
    role: String,
}

/// Every piece that there is, each behind a route of its own.
fn app(layer: SessionLayer) -> Router {
    type Answer<T> = Result<T, Rejection>;
    Router::new()
        .route("/open", get(async || "open"))
        .route("/me", get(async |session: Session| session.subject().to_owned()))
        .route(
            "/maybe",
            get(async |session: Option<Session>| session.map_or("nobody".to_owned(), |s| s.subject().to_owned())),
        )
        .route("/claims", get(async |PrivateClaims(roles): PrivateClaims<Roles>| roles.role))
        .route("/fresh", get(async |FreshSession(session): FreshSession| session.subject().to_owned()))
        .route("/recent", get(async |RecentLogin(session): RecentLogin<300>| session.subject().to_owned()))
        .route(
            "/login/{who}",
            post(async |sessions: Sessions, Path(who): Path<String>| -> Answer<_> {
                Ok((sessions.login(&who).await?, "welcome"))
            }),
        )
        .route(
            "/alone/{who}",
            post(async |sessions: Sessions, Path(who): Path<String>| sessions.login_alone(&who).await),
        )
        .route(
            "/bearer/{who}",
            post(async |sessions: Sessions, Path(who): Path<String>| -> Answer<_> {
                Ok(sessions.login_bearer(&who).await?.as_str().to_owned())
            }),
        )
        .route(
            "/renew",
            post(async |sessions: Sessions| -> Answer<_> { Ok(sessions.renew_bearer()?.as_str().to_owned()) }),
        )
        .route("/logout", post(async |sessions: Sessions| -> Answer<EndSession> { sessions.logout().await }))
        .route("/everywhere", post(async |sessions: Sessions| sessions.logout_everywhere().await))
        .route("/elsewhere", post(async |sessions: Sessions| sessions.logout_elsewhere().await))
        .layer(layer)
}

/// Under no runtime, so that a handler may wait for something in a request of a test that waits.
fn run<T>(work: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        thread::park();
    }
}

/// A fixture whose clock stands at noon, and its site.
fn site() -> (Fixture, Router) {
    let fixture = Fixture::at(noon());
    let app = app(fixture.layer());
    (fixture, app)
}

/// A request without a body.
fn request<V>(method: &str, path: &str, headers: &[(HeaderName, V)]) -> Request<Body>
where
    V: Clone + TryInto<HeaderValue>,
{
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        let value = value.clone().try_into().unwrap_or_else(|_| panic!("no value of a header"));
        request.headers_mut().append(name, value);
    }
    request
}

fn answer(app: &Router, request: Request<Body>) -> Response<Body> {
    run(app.clone().oneshot(request)).unwrap()
}

/// A GET with one cookie header.
fn get_with(app: &Router, path: &str, cookie: &str) -> Response<Body> {
    answer(app, request("GET", path, &[(COOKIE, cookie)]))
}

/// A POST with one cookie header.
fn post_with(app: &Router, path: &str, cookie: &str) -> Response<Body> {
    answer(app, request("POST", path, &[(COOKIE, cookie)]))
}

/// A POST of somebody who has nothing yet.
fn post_bare(app: &Router, path: &str) -> Response<Body> {
    answer(app, request::<&str>("POST", path, &[]))
}

fn with_bearer(app: &Router, method: &str, path: &str, bearer: &str) -> Response<Body> {
    answer(app, request(method, path, &[(AUTHORIZATION, bearer)]))
}

/// The answer of a handler that does something in the middle of the request.
fn during(layer: &SessionLayer, headers: &[(HeaderName, &str)], act: impl Fn(&Sessions) + Clone) -> Response<Body> {
    handled(layer, headers, move |sessions| {
        act(sessions);
        Response::default()
    })
}

/// The answer of a handler that gets at everything.
fn handled(
    layer: &SessionLayer,
    headers: &[(HeaderName, &str)],
    handle: impl Fn(&Sessions) -> Response<Body> + Clone,
) -> Response<Body> {
    let service = layer.layer(tower::service_fn(move |request: Request<Body>| {
        ready(Ok::<_, Infallible>(handle(Sessions::of(request.extensions()).unwrap())))
    }));
    run(service.oneshot(request("GET", "/", headers))).unwrap()
}

/// What is done, and the names of the events that are written meanwhile.
fn told<T>(act: impl FnOnce() -> T) -> (T, Vec<String>) {
    let (done, events) = heard(act);
    (done, events.into_iter().map(|event| event.name).collect())
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    let mut values = response.headers().get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap().to_owned());
    assert!(values.next().is_none(), "{name} twice");
    value
}

/// The `Set-Cookie` headers of our name.
fn set_cookies(response: &Response<Body>) -> Vec<String> {
    let cookies = response.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned());
    cookies.filter(|cookie| cookie.starts_with(NAME)).collect()
}

/// Nothing, or the one cookie that is set, as a `Cookie` header; it is not a removal.
fn new_cookie(response: &Response<Body>) -> Option<String> {
    let cookies = set_cookies(response);
    assert!(cookies.len() < 2, "{cookies:?}");
    let cookie = cookies.first()?.split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-session=v4.local."), "{cookie}");
    assert_eq!(header(response, "cache-control").unwrap(), "no-store");
    Some(cookie)
}

const REMOVAL: &str = "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";

/// Whether the cookie is removed.
fn is_removed(response: &Response<Body>) -> bool {
    let cookies = set_cookies(response);
    let is_removed = cookies.iter().any(|cookie| cookie.starts_with("__Host-session=;"));
    if is_removed {
        assert_eq!(cookies, [REMOVAL]);
        assert_eq!(header(response, "cache-control").unwrap(), "no-store");
    }
    is_removed
}

fn body(response: Response<Body>) -> String {
    String::from_utf8(run(to_bytes(response.into_body(), 10_000)).unwrap().into()).unwrap()
}

fn rejection(response: &Response<Body>) -> &Rejection {
    response.extensions().get().unwrap()
}

/// Makes it unknown what is revoked: the clock stands behind what was purged.
fn forget(fixture: &Fixture) {
    fixture.denylist.revoke_at(TokenId::from_bytes([9; 16]), fixture.now()).wait().unwrap();
    fixture.denylist.purge_at(fixture.now() + seconds(400 * 86_400));
}

fn cookie_header(cookie: &str) -> [(HeaderName, &str); 1] {
    [(COOKIE, cookie)]
}

/// Of whom a session is, as the site sees it.
fn who(app: &Router, cookie: &str) -> String {
    body(get_with(app, "/maybe", cookie))
}

fn into(part: impl IntoResponse) -> Response<Body> {
    part.into_response()
}

fn assert_status(response: &Response<Body>, status: u16) {
    assert_eq!(
        response.status(),
        StatusCode::from_u16(status).unwrap(),
        "{:?}",
        response.extensions().get::<Rejection>()
    );
}

/// An engine that hangs until this is dropped, also by a test that fails.
struct Hanging(MemoryEngine);

impl Hanging {
    fn of(engine: &MemoryEngine) -> Self {
        engine.hang(true);
        Self(engine.clone())
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.hang(false);
    }
}

/// The session of a cookie.
fn opened_id(fixture: &Fixture, cookie: &str) -> hallpass::SessionId {
    let (_, token) = cookie.split_once('=').unwrap();
    fixture.verifier.verify_at(token, fixture.now()).unwrap().session_id()
}
