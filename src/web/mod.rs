//! Sessions on the web: a [tower](https://docs.rs/tower-layer) layer (feature `tower`), and extractors for axum 0.8
//! (feature `axum`).
//!
//! ```text
//! request  ──► SessionLayer ── cookie or bearer ──► Verifier (memory only) ──► Sessions, in the request's extensions
//! handler  ──► Session, Option<Session>, PrivateClaims<C>, RecentLogin<S>, Sessions
//! response ◄── SessionLayer ◄── SetSession or EndSession; or a renewed cookie; or a dead one's removal: one at most
//! ```
//!
#![cfg_attr(feature = "axum", doc = include_str!("axum.md"))]
//! ## Which answer
//!
//! | | status | headers |
//! |---|---|---|
//! | nobody is logged in, whatever the reason | 401 | `WWW-Authenticate: Bearer`, with `error="invalid_token"` if a bearer token was refused (RFC 6750, 3.1) |
//! | two transports at once, a cookie or a header twice, a header that makes no sense | 400 | `WWW-Authenticate: Bearer error="invalid_request"` |
//! | the login is too long ago (`RecentLogin`) | 401 | `error="insufficient_user_authentication"` (RFC 9470, 3) |
//! | the private claims are not those that the handler asks for (`PrivateClaims`) | 401 | `WWW-Authenticate: Bearer` |
//! | a bearer token can't be renewed now ([`Sessions::renew_bearer`]) | 409 | |
//! | it is unknown what is revoked; the end of a session is not safe; the denylist is full | 503 | `Retry-After`; the cookie is kept |
//! | a layer is missing, stands twice or was put together wrongly; only verifies; a cookie or token can't be made | 500 | |
//!
//! The body is empty. The reason, a [`Rejection`], is in the response's extensions, and in the log.
//!
//! ## Which cookie
//!
//! `__Host-session`, with `Secure`, `HttpOnly`, `SameSite=Lax` and `Path=/` (OWASP, Session Management Cheat Sheet;
//! ASVS 5.0, V3.3); [`SessionCookie`] changes what may be changed. The layer renews it when its token is due, without
//! writing anything anywhere, and removes it when it is malformed, expired or revoked, unless a newer one may be there.
//! A cookie whose key is not known, or whose time is still to come, is refused and left alone: another process may know
//! better; and so is one that a login of this process has just replaced, since the answer to a request that was on its
//! way would remove the new one.
//!
//! Whatever sets it carries `Cache-Control: no-store`; what was answered to a session carries `private`, unless
//! the handler says something else; the end of a session carries `Clear-Site-Data: "cache", "storage"`.
//!
//! `docs/WEB.md` has all of it with its sources, and how late answers, stores that fail and tests are dealt with.
//!
//! ## What is left to others
//!
//! Cross-site requests: put a layer in front that refuses them, such as tower-http's `CsrfLayer` (feature `csrf`).
//! `SameSite=Lax` alone stops neither a page of a sibling domain nor an old browser. Limits on how often somebody
//! may try a password.

mod actions;
mod answer;
#[cfg(feature = "axum")]
mod axum;
mod begun;
mod change;
mod cookie;
mod future;
mod layer;
mod presented;
mod rejection;
mod sessions;
mod settings;

#[cfg(feature = "axum")]
pub use self::axum::{FreshSession, PrivateClaims, RecentLogin};
pub use change::{EndSession, SetSession};
pub use cookie::{CookieError, CookieNameError, MAX_COOKIE_LEN, SameSite, SessionCookie};
pub use future::SessionFuture;
pub use layer::{SessionLayer, SessionService};
pub use presented::{Ambiguity, Transport};
pub use rejection::Rejection;
pub use sessions::Sessions;
