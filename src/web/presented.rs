//! Where a request carries a token: in our cookie, or as a bearer token; nowhere else.
//!
//! Headers are read as bytes, since cookies of others may be anything. Several `Cookie` headers are one, as HTTP/2
//! splits them (RFC 9113, 8.2.3). The query string is never read (RFC 9700, 4.3.2).

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use memchr::memchr;

/// How a token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// In the session's cookie.
    Cookie,
    /// In the `Authorization` header (RFC 6750, 2.1).
    Bearer,
}

/// A request that does not say which token it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ambiguity {
    /// The session's cookie twice.
    #[error("the session's cookie came twice")]
    TwoCookies,
    /// Two bearer tokens.
    #[error("two bearer tokens came")]
    TwoBearers,
    /// A cookie and a bearer token.
    #[error("a cookie and a bearer token came")]
    TwoTransports,
    /// A bearer header without exactly one token in it.
    #[error("the bearer header holds not exactly one token")]
    MalformedBearer,
}

/// The token's bytes as they came, if one did.
pub(super) fn presented<'a>(
    headers: &'a HeaderMap,
    cookie_name: &str,
) -> Result<Option<(Transport, &'a [u8])>, Ambiguity> {
    let (mut cookie, mut bearer_token) = (None, None);
    let (mut are_two_cookies, mut are_two_bearers) = (false, false);
    for (name, header) in headers {
        if *name == COOKIE {
            for value in named(header.as_bytes(), cookie_name.as_bytes()) {
                are_two_cookies |= cookie.replace(value).is_some();
            }
        } else if *name == AUTHORIZATION
            && let Some(token) = bearer(header.as_bytes())
        {
            are_two_bearers |= bearer_token.replace(token).is_some();
        }
    }
    if are_two_cookies {
        return Err(Ambiguity::TwoCookies);
    }
    if are_two_bearers {
        return Err(Ambiguity::TwoBearers);
    }
    match (cookie, bearer_token) {
        (Some(_), Some(_)) => Err(Ambiguity::TwoTransports),
        (Some(cookie), None) => Ok(Some((Transport::Cookie, cookie))),
        (None, Some(bearer)) => bearer.map(|token| Some((Transport::Bearer, token))),
        (None, None) => Ok(None),
    }
}

/// The values of all cookies of this name.
fn named<'a>(header: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(header);
    let pairs = std::iter::from_fn(move || {
        let now = rest?;
        let end = memchr(b';', now).unwrap_or(now.len());
        let (pair, behind) = now.split_at_checked(end)?;
        rest = behind.split_first().map(|(_, rest)| rest);
        Some(pair)
    });
    pairs.filter_map(move |pair| pair.trim_ascii().strip_prefix(name)?.strip_prefix(b"="))
}

/// The token of a bearer header, whatever the case of `Bearer` (RFC 9110, 11.1); `None` for another scheme.
fn bearer(header: &[u8]) -> Option<Result<&[u8], Ambiguity>> {
    let header = header.trim_ascii();
    let (scheme, token) = match header.iter().position(u8::is_ascii_whitespace) {
        Some(space) => header.split_at_checked(space)?,
        None => (header, &[][..]),
    };
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return None;
    }
    // A blank of another kind is no part of the grammar (RFC 9110, 11.4).
    let token = token.iter().position(|byte| *byte != b' ').and_then(|at| token.get(at..)).unwrap_or_default();
    let is_one = !token.is_empty() && !token.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b',');
    Some(is_one.then_some(token).ok_or(Ambiguity::MalformedBearer))
}
