//! Sessions on the web: a [tower](https://docs.rs/tower-layer) layer (feature `tower`), and extractors for axum 0.8
//! (feature `axum`).
//!
#![cfg_attr(feature = "axum", doc = include_str!("axum.md"))]
#![doc = include_str!("../../docs/WEB.md")]

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
