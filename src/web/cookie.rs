//! The session's cookie: its name, its attributes, and how it is written.

use std::fmt;

use ::cookie::Cookie;
use ::cookie::time::Duration;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;

use crate::token::Token;

/// The longest cookie that every browser keeps, in bytes: name and value (RFC 6265bis, 5.6). A longer one is
/// dropped in silence.
pub const MAX_COOKIE_LEN: usize = 4096;

/// A browser takes a cookie of such a name only over HTTPS, for one host and all of its paths (RFC 6265bis, 4.1.3.2).
const PREFIX: &str = "__Host-";

/// Which requests from other sites carry the cookie (RFC 6265bis, 4.1.2.7). `None` is not offered: it would be
/// all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SameSite {
    /// Following a link carries it; other requests of other sites don't.
    #[default]
    Lax,
    /// None do: whoever follows a link arrives as nobody.
    Strict,
}

/// A session's cookie that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// No browser would keep it.
    #[error("the cookie is {len} bytes long, name and value, more than {MAX_COOKIE_LEN}: keep fewer claims in it")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The token is signed, so that whoever reads the cookie reads its claims.
    #[error(
        "the token is v4.public, readable for whoever has the cookie: issue v4.local, or choose SessionCookie::readable"
    )]
    Readable,
    /// The cookie can't be a header.
    #[error("the cookie can't be written as a header")]
    Unwritable,
}

/// A name that no cookie can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cookie's name is 1 to 64 letters, digits, or any of !#$%&'*+-.^_`|~, and does not begin with __")]
#[non_exhaustive]
pub struct CookieNameError;

/// How the session's cookie looks.
///
/// `__Host-session`, `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`, no `Domain`, gone with the browser's session,
/// its content encrypted (`v4.local`), unless set otherwise.
///
/// ```
/// use hallpass::web::{SameSite, SessionCookie};
///
/// let cookie = SessionCookie::new().name("shop")?.same_site(SameSite::Strict).persistent();
/// assert_eq!(cookie.full_name(), "__Host-shop");
/// # Ok::<(), hallpass::web::CookieNameError>(())
/// ```
#[derive(Clone)]
pub struct SessionCookie {
    name: String,
    same_site: SameSite,
    is_persistent: bool,
    is_readable: bool,
    is_secure: bool,
}

impl SessionCookie {
    /// The cookie as it is unless set otherwise.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: format!("{PREFIX}session"),
            same_site: SameSite::Lax,
            is_persistent: false,
            is_readable: false,
            is_secure: true,
        }
    }

    /// Another name, behind `__Host-`: for two applications on one host.
    ///
    /// # Errors
    /// [`CookieNameError`] when it is not 1 to 64 characters of an HTTP token (RFC 9110, 5.6.2), or begins with `__`,
    /// as the names do with which browsers have their ways (RFC 6265bis, 4.1.3).
    pub fn name(self, name: &str) -> Result<Self, CookieNameError> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(is_token) || name.starts_with("__") {
            return Err(CookieNameError);
        }
        let prefix = if self.is_secure { PREFIX } else { "" };
        Ok(Self { name: format!("{prefix}{name}"), ..self })
    }

    /// Which requests from other sites carry it.
    #[must_use]
    pub fn same_site(self, same_site: SameSite) -> Self {
        Self { same_site, ..self }
    }

    /// It outlives the browser: with a `Max-Age` for as long as its token may be good. That ends no session; the
    /// token's own times do.
    #[must_use]
    pub fn persistent(self) -> Self {
        Self { is_persistent: true, ..self }
    }

    /// Its content may be signed in place of encrypted (`v4.public`): whoever has the cookie, or a copy of the
    /// browser's files, can read the claims.
    #[must_use]
    pub fn readable(self) -> Self {
        Self { is_readable: true, ..self }
    }

    /// Without `Secure` and without `__Host-`, so that anybody on the way can **read the cookie and use it**, and
    /// other hosts of the domain can set it. For development over plain HTTP on another machine than one's own:
    /// on `localhost` browsers take the cookie as it is, but for Safari.
    #[must_use]
    pub fn dangerously_over_plain_http(self) -> Self {
        let name = self.name.strip_prefix(PREFIX).unwrap_or(&self.name).to_owned();
        Self { name, is_secure: false, ..self }
    }

    /// The name as the browser knows it.
    #[must_use]
    pub fn full_name(&self) -> &str {
        &self.name
    }

    /// The header that sets it, for a token that is good until `exp` and the leeway.
    pub(super) fn set(&self, token: &Token, now: DateTime<Utc>, leeway: TimeDelta) -> Result<HeaderValue, CookieError> {
        let text = token.as_str();
        let len = self.name.len().saturating_add(text.len());
        if len > MAX_COOKIE_LEN {
            return Err(CookieError::TooLong { len });
        }
        if !self.is_readable && !text.starts_with("v4.local.") {
            return Err(CookieError::Readable);
        }
        let left = token.registered().expires_at().signed_duration_since(now).checked_add(&leeway);
        let left = left.map_or(0, |left| left.num_seconds().saturating_add(1)).max(1);
        self.written(text, self.is_persistent.then(|| Duration::seconds(left)))
    }

    /// The header that removes it: the same attributes, or browsers would keep it.
    pub(super) fn removal(&self) -> Result<HeaderValue, CookieError> {
        self.written("", Some(Duration::ZERO))
    }

    fn written(&self, value: &str, max_age: Option<Duration>) -> Result<HeaderValue, CookieError> {
        let mut cookie = Cookie::build((&*self.name, value))
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(match self.same_site {
                SameSite::Lax => ::cookie::SameSite::Lax,
                SameSite::Strict => ::cookie::SameSite::Strict,
            })
            .build();
        cookie.set_max_age(max_age);
        HeaderValue::try_from(cookie.to_string()).map_err(|_| CookieError::Unwritable)
    }
}

impl Default for SessionCookie {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCookie").field("name", &self.name).finish_non_exhaustive()
    }
}
