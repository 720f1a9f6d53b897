//! What the layer for the web writes.

use std::convert::Infallible;
use std::future::{Future as _, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use axum::http::{Request, Response};
use hallpass::RenewError;
use hallpass::web::{CookieError, Rejection, SessionLayer, Sessions};
use tower::{Layer as _, ServiceExt as _};
use tracing::Level;

use super::listener::{Event, heard, written};
use super::scenes::world;
use crate::support::{World, noon, seconds};

/// What is written on a request with these headers, five minutes and more after noon.
fn asked(layer: &SessionLayer, headers: &[(HeaderName, String)]) -> Vec<Event> {
    heard(|| ask(&layer.clone().layer(service(true)), headers)).1
}

type Answer = std::future::Ready<Result<Response<()>, Infallible>>;

/// A handler, which may ask who it is.
fn service(
    asks: bool,
) -> impl tower::Service<Request<()>, Response = Response<()>, Error = Infallible, Future = Answer> + Clone {
    tower::service_fn(move |request: Request<()>| {
        let _ = asks.then(|| Sessions::of(request.extensions()).map(Sessions::transport));
        ready(Ok(Response::default()))
    })
}

fn ask<S>(service: &S, headers: &[(HeaderName, String)])
where
    S: tower::Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone,
{
    let mut request = Request::new(());
    for (name, value) in headers {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let mut answer = pin!(service.clone().oneshot(request));
    let Poll::Ready(answered) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits")
    };
    assert!(answered.is_ok());
}

fn layer(world: &World) -> SessionLayer {
    SessionLayer::new(&world.issuer, &world.verifier).clock(|| noon() + seconds(400))
}

/// Each of these once, for [`super::scenes::play_everything`].
pub(super) fn play() {
    let world = world();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let (cookie, bearer) = (format!("__Host-session={}", token.as_str()), format!("Bearer {}", token.as_str()));
    let layer = layer(&world);
    ask(&layer.layer(service(true)), &[(COOKIE, cookie.clone()), (AUTHORIZATION, bearer)]);
    ask(&layer.layer(service(true)), &[(COOKIE, cookie)]);
    ask(&service(true), &[]);
    ask(&layer.layer(refusing(Rejection::Renew(RenewError::TooManyKeys))), &[]);
    ask(&layer.layer(refusing(Rejection::Cookie(CookieError::Readable))), &[]);
}

/// A handler that answers with this.
fn refusing(
    rejection: Rejection,
) -> impl tower::Service<Request<()>, Response = Response<()>, Error = Infallible, Future = Answer> + Clone {
    tower::service_fn(move |_: Request<()>| ready(Ok(rejection.response())))
}

#[test]
fn what_a_handler_refuses_is_written_unless_it_was_before() {
    let layer = layer(&world());
    let told = |rejection: Rejection| heard(|| ask(&layer.layer(refusing(rejection)), &[])).1;
    let readable = told(CookieError::Readable.into());
    assert_eq!((readable.len(), readable[0].level), (1, Level::ERROR));
    assert_eq!(readable[0].name, "session_request_failed");
    assert!(readable[0].fields["reason"].contains("SessionCookie::readable"));
    let late = told(Rejection::Renew(RenewError::TooManyKeys));
    assert_eq!((late.len(), late[0].level), (1, Level::WARN));
    for quiet in [Rejection::NotLoggedIn, Rejection::StatusUnknown, Rejection::NestedLayers] {
        assert_eq!(told(quiet), []);
    }
}

#[test]
fn a_request_that_does_not_say_which_token_it_means_is_written_once_and_without_them() {
    let world = world();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let cookie = (COOKIE, format!("__Host-session={}", token.as_str()));
    let bearer = (AUTHORIZATION, format!("Bearer {}", token.as_str()));
    for (headers, reason) in [
        (vec![cookie.clone(), cookie.clone()], "the session's cookie came twice"),
        (vec![bearer.clone(), bearer.clone()], "two bearer tokens came"),
        (vec![cookie, bearer], "a cookie and a bearer token came"),
        (vec![(AUTHORIZATION, "Bearer a b".to_owned())], "the bearer header holds not exactly one token"),
    ] {
        let fields = [("outcome", "ambiguous"), ("reason", reason)];
        assert_eq!(asked(&layer(&world), &headers), [written(Level::WARN, "input_validation_fail", &fields)]);
    }
}

#[test]
fn a_layer_that_is_missing_or_stands_twice_is_an_error_each_time() {
    let world = world();
    let misplaced = |reason| [written(Level::ERROR, "session_layer_misplaced", &[("reason", reason)])];
    let (_, events) = heard(|| ask(&service(true), &[]));
    assert_eq!(events, misplaced("no SessionLayer is around the handler"));
    let (_, events) = heard(|| ask(&layer(&world).layer(layer(&world).layer(service(true))), &[]));
    assert_eq!(events, misplaced("a SessionLayer is around another one"));
    // Whoever does not ask needs none.
    let (_, events) = heard(|| ask(&service(false), &[]));
    assert_eq!(events, []);
}

/// A signed token, where none was to be readable in a cookie.
#[test]
fn a_cookie_that_could_not_be_renewed_is_an_error() {
    let world = world();
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let events = asked(&layer(&world), &[(COOKIE, format!("__Host-session={}", token.as_str()))]);
    let [failed] = &events[..] else { panic!("{events:?}: it was not renewed") };
    assert_eq!((failed.level, failed.name.as_str()), (Level::ERROR, "session_cookie_not_renewed"));
    assert!(failed.fields["reason"].contains("SessionCookie::readable"), "{failed:?}");
    assert!(!format!("{failed:?}").contains("v4.public."), "no token");
    // What is usual is not written.
    let bearer = [(AUTHORIZATION, format!("Bearer {}", token.as_str()))];
    assert_eq!(asked(&layer(&world), &bearer), []);
    assert_eq!(asked(&layer(&world), &[(COOKIE, "a=b".to_owned())]), []);
}
