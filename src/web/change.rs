//! Parts of a response that set or remove the session's cookie.
//!
//! They leave a note in the response's extensions; the layer writes the header, so that there is one at most.

use http::{HeaderValue, Response};

/// What the layer is to do with the cookie.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) cookie: HeaderValue,
    /// What the browser keeps of the session is to be cleared.
    pub(super) ends: bool,
}

/// Sets the session's cookie: a session has begun. From [`Sessions::login`](super::Sessions::login) and its kin; for
/// axum, a part of the response.
#[must_use = "put it into the response, or nobody is logged in"]
#[derive(Clone)]
pub struct SetSession {
    pub(super) cookie: HeaderValue,
}

impl SetSession {
    /// Adds it to a response.
    pub fn add_to<B>(self, response: &mut Response<B>) {
        response.extensions_mut().insert(self.change());
    }

    pub(super) fn change(self) -> Change {
        Change { cookie: self.cookie, ends: false }
    }
}

/// Removes the session's cookie, and what the browser has kept of the session's pages: the session has ended. From
/// [`Sessions::logout`](super::Sessions::logout) and its kin; for axum, a part of the response.
#[must_use = "put it into the response, or the browser keeps the cookie"]
#[derive(Clone)]
pub struct EndSession {
    pub(super) cookie: HeaderValue,
}

impl EndSession {
    /// Adds it to a response.
    pub fn add_to<B>(self, response: &mut Response<B>) {
        response.extensions_mut().insert(self.change());
    }

    pub(super) fn change(self) -> Change {
        Change { cookie: self.cookie, ends: true }
    }
}

/// A cookie may be a token.
macro_rules! debug_without_content {
    ($($type:ident),+) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        })+
    };
}
debug_without_content!(Change, SetSession, EndSession);
