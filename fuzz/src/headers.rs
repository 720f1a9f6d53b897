//! The headers of a request, as a layer reads them: which credential counts, and what is answered.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Ready, ready};
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use hallpass::web::{Rejection, SessionCookie, SessionLayer, Sessions, Transport};
use hallpass::{Session, SessionId, VerifyError};
use http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;

use super::accepted::is_rightly_accepted;
use super::judge::{self, Terms};
use super::world::{GOOD, WORLD, keys, names, noon, seal};

const NAME: &[u8] = b"__Host-session";
/// So many characters of a token in a row are no accident.
const WINDOW: usize = 20;
const REMOVAL: &str = "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";

/// Stand for the bytes 1 to 8, which no header can have.
static TOKENS: LazyLock<[String; 8]> = LazyLock::new(|| {
    let by = |(paserk, id): (&str, &str), payload: &str| {
        seal(paserk, payload.as_bytes(), names(id).as_bytes()).expect("a payload")
    };
    let older = GOOD.replace("12:15:00Z", "12:09:00Z").replace("12:00:00Z", "11:54:00Z");
    let expired = GOOD.replace("12:15:00Z", "11:55:00Z").replace("12:00:00Z", "11:45:00Z");
    let revoked = GOOD.replace(r#""sid":"AAECAwQFBgcICQoLDA0ODw""#, r#""sid":"IiIiIiIiIiIiIiIiIiIiIg""#);
    let bobs = GOOD.replace("alice", "bob").replace("AAECAwQF", "QQECAwQF");
    [
        by(keys::SIGNING, GOOD),
        by(keys::ENCRYPTING, &bobs),
        // It is time to renew it.
        by(keys::ENCRYPTING, &older),
        by(keys::ENCRYPTING, &expired),
        by(keys::SIGNING, &revoked),
        by(keys::RETIRED_SIGNING, GOOD),
        by(keys::FOREIGN_ENCRYPTING, GOOD),
        by(keys::SIGNING, GOOD).replacen("public", "local", 1),
    ]
});

/// Lines that begin with a `C` are `Cookie` headers, those with an `A` `Authorization` headers; the bytes 1 to 8 stand for
/// tokens, good and dead ones.
///
/// The layer accepts exactly what a second reading of the headers finds, and answers as `docs/WEB.md` says. Says whether
/// anything was accepted.
pub fn headers(data: &[u8]) -> bool {
    let headers = headers_of(&expanded(data));
    let presented = presented(&headers);
    let said = match &presented {
        Ok(Some((_, token))) => {
            std::str::from_utf8(token).ok().filter(|token| judge::token(token, &Terms::at_noon(None)).is_ok())
        }
        _ => None,
    };
    let maybe = answer(&headers, Handler::Optional);
    let required = answer(&headers, Handler::Required);
    for response in [&maybe, &required] {
        is_silent(response, &headers);
        is_cookie_right(response, &presented, said);
    }
    match (&presented, said) {
        (Err(()), _) => {
            for response in [maybe, required] {
                assert_eq!(response.status(), 400);
                assert_eq!(one(&response, WWW_AUTHENTICATE).as_deref(), Some("Bearer error=\"invalid_request\""));
                assert!(matches!(response.extensions().get(), Some(Rejection::Ambiguous(_))));
            }
        }
        (Ok(presented), None) => {
            assert_eq!(maybe.status(), 200);
            assert!(maybe.body().is_none());
            assert_eq!(required.status(), 401);
            let is_bearer = presented.is_some_and(|(by, _)| by == Transport::Bearer);
            let challenge = if is_bearer { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            assert_eq!(one(&required, WWW_AUTHENTICATE).as_deref(), Some(challenge));
        }
        (Ok(_), Some(token)) => {
            for response in [maybe, required] {
                assert_eq!(response.status(), 200);
                let session = response.body().as_ref().expect("it is good");
                is_rightly_accepted(&WORLD.verifier, &Terms::at_noon(None), token, session);
                let kept = one(&response, CACHE_CONTROL);
                assert!(matches!(kept.as_deref(), Some("no-store" | "private")), "{kept:?}");
            }
        }
    }
    said.is_some()
}

/// The bytes with tokens in them.
pub(super) fn expanded(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    for byte in data {
        match byte.checked_sub(1).and_then(|token| TOKENS.get(usize::from(token))) {
            Some(token) => bytes.extend(token.as_bytes()),
            None => bytes.push(*byte),
        }
    }
    bytes
}

fn headers_of(bytes: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let (name, value) = match line {
            [b'C', value @ ..] => (COOKIE, value),
            [b'A', value @ ..] => (AUTHORIZATION, value),
            _ => continue,
        };
        // What can't be in a header does not come this far.
        let _ = HeaderValue::from_bytes(value).map(|value| headers.append(name, value));
    }
    headers
}

type Presented<'a> = Result<Option<(Transport, &'a [u8])>, ()>;

/// The one credential, by RFC 6265 (5.4) and RFC 6750 (2.1); an error where there are more, or less than one where one is
/// announced.
fn presented(headers: &HeaderMap) -> Presented<'_> {
    let mut found = Vec::new();
    for header in headers.get_all(COOKIE) {
        for pair in header.as_bytes().split(|byte| *byte == b';').map(trimmed) {
            let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
            if pair[..equals] == *NAME {
                found.push(Ok((Transport::Cookie, &pair[equals + 1..])));
            }
        }
    }
    for header in headers.get_all(AUTHORIZATION) {
        let header = trimmed(header.as_bytes());
        let scheme = header.iter().take_while(|byte| !is_blank(byte)).count();
        if !header[..scheme].eq_ignore_ascii_case(b"Bearer") {
            continue;
        }
        // As many spaces as anybody likes, and then one token: commas are for lists.
        let behind = &header[scheme..];
        let spaces = behind.iter().take_while(|byte| **byte == b' ').count();
        let token = &behind[spaces..];
        let is_one = !token.is_empty() && !token.iter().any(|byte| is_blank(byte) || *byte == b',');
        found.push(if is_one { Ok((Transport::Bearer, token)) } else { Err(()) });
    }
    match found[..] {
        [] => Ok(None),
        [one] => one.map(Some),
        _ => Err(()),
    }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let begin = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(begin, |last| last + 1);
    &bytes[begin..end]
}

/// Nobody who sees the answer sees what was sent.
fn is_silent(response: &Response<Option<Session>>, sent: &HeaderMap) {
    for sent in sent.values().flat_map(|value| value.as_bytes().split(|byte| b" \t;,=".contains(byte))) {
        for said in response.headers().values().map(HeaderValue::as_bytes).filter(|_| sent.len() > 30) {
            assert!(!said.windows(sent.len()).any(|said| said == sent), "echoed: {response:?}");
        }
    }
    let Some(why) = response.extensions().get::<Rejection>().filter(|why| !is_about_parties(why)) else { return };
    for told in told(why).iter().flat_map(|word| word.as_bytes().windows(WINDOW)) {
        let is_sent = |sent: &HeaderValue| sent.as_bytes().windows(WINDOW).any(|sent| sent == told);
        assert!(!sent.values().any(is_sent), "told: {why:?}");
    }
}

/// Names the issuer or the audience of a token, which is authentic.
fn is_about_parties(why: &Rejection) -> bool {
    matches!(why, Rejection::Refused { why: VerifyError::Issuer { .. } | VerifyError::Audience { .. }, .. })
}

/// The words that are said of it and long enough to hold a part of a token, apart from the ids of the ring's keys, and of
/// tokens and sessions, which whoever sends an authentic token may send in the clear besides.
fn told(why: &Rejection) -> Vec<String> {
    let mut said = format!("{why:?}");
    let mut link: Option<&dyn Error> = Some(why);
    while let Some(error) = link {
        said += &format!(" {error}");
        link = error.source();
    }
    for (_, id) in keys::ALL {
        said = said.replace(id, "");
    }
    let is_of_token = |said: char| said.is_ascii_alphanumeric() || "-_.".contains(said);
    let words = said.split(|said| !is_of_token(said)).filter(|word| word.len() >= WINDOW);
    words.filter(|word| word.parse::<SessionId>().is_err()).map(str::to_owned).collect()
}

/// One at the most, and only for whoever sent one: a removal of what is dead, or a successor of what is good.
fn is_cookie_right(response: &Response<Option<Session>>, presented: &Presented<'_>, good: Option<&str>) {
    let Some(cookie) = one(response, SET_COOKIE) else { return };
    assert!(matches!(presented, Ok(Some((Transport::Cookie, _)))), "nobody sent one: {cookie}");
    assert_eq!(one(response, CACHE_CONTROL).as_deref(), Some("no-store"));
    let Some(token) = good else { return assert_eq!(cookie, REMOVAL) };
    let successor = cookie.strip_prefix("__Host-session=").and_then(|rest| rest.split(';').next()).expect("ours");
    let [old, new] = [token, successor].map(|token| WORLD.verifier.verify_at(token, noon()).expect("both are good"));
    is_rightly_accepted(&WORLD.verifier, &Terms::at_noon(None), successor, &new);
    assert_eq!(new.session_id(), old.session_id());
    // Or behind the newest of its session that was used, if that is later.
    assert!(new.generation() > old.generation());
    assert_ne!(new.token_id(), old.token_id());
}

/// The value of a header that is there once at the most.
fn one(response: &Response<Option<Session>>, name: HeaderName) -> Option<String> {
    let values: Vec<&HeaderValue> = response.headers().get_all(&name).iter().collect();
    assert!(values.len() <= 1, "{name} twice: {response:?}");
    values.first().map(|value| value.to_str().expect("text").to_owned())
}

/// What stands behind the layer: it answers with the session, and lets whoever has none in or not.
#[derive(Clone, Copy)]
enum Handler {
    Optional,
    Required,
}

impl Service<Request<()>> for Handler {
    type Response = Response<Option<Session>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let sessions = Sessions::of(request.extensions()).expect("there is a layer");
        let session = match self {
            Self::Optional => sessions.optional(),
            Self::Required => sessions.session().map(Some),
        };
        let response = match session {
            Ok(session) => Response::new(session.cloned()),
            Err(rejection) => rejection.response(),
        };
        ready(Ok(response))
    }
}

fn answer(headers: &HeaderMap, handler: Handler) -> Response<Option<Session>> {
    static LAYER: LazyLock<SessionLayer> = LazyLock::new(|| {
        SessionLayer::new(&WORLD.issuer, &WORLD.verifier).cookie(SessionCookie::new().readable()).clock(noon)
    });
    let mut request = Request::new(());
    *request.headers_mut() = headers.clone();
    let answer = pin!(LAYER.layer(handler).call(request));
    match answer.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("it waits, and for nothing"),
    }
}
