//! The example of a login server, from outside: as a process, over sockets, as browsers, programs and thieves see it.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod bearer;
mod cookies;
mod copies;
mod cross_site;
mod endings;
mod http;
mod http2;
mod login;
mod options;
mod renewal;
mod server;
mod stream;

/// Whatever changes something.
const POSTS: [&str; 8] =
    ["/login", "/token", "/renew", "/logout", "/logout/others", "/logout/everywhere", "/password", "/replay"];
const GETS: [&str; 5] = ["/", "/style.css", "/app.js", "/me", "/events"];
