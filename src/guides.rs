//! How to begin, step by step. These pages are documentation alone: no program can name this module.
//!
//! | | |
//! |---|---|
//! | `axum` | from nothing to a login and a logout, on axum |
//! | `verify_only` | services that hold public keys, and can issue nothing |
//! | `keys` | rotating keys without downtime, and after a leak |
//! | `moving` | from tower-sessions, axum-login, and JWT |
//! | `logout` | here, everywhere, elsewhere; connections that stay open |
//! | `fleet` | several processes, one list |
//!
//! Testing handlers and fuzzing claims has a page of its own, the module
//! [`testing`](https://docs.rs/hallpass/latest/hallpass/testing/index.html).
//!
//! They stand in `docs/guides` too. Each is here if the features that its programs need are on.

#[cfg(all(feature = "axum", feature = "redb"))]
#[doc = include_str!("../docs/guides/axum.md")]
pub mod axum {}

#[cfg(any(feature = "postgres", feature = "redis"))]
#[cfg(feature = "axum")]
#[doc = include_str!("../docs/guides/fleet.md")]
pub mod fleet {}

#[doc = include_str!("../docs/guides/keys.md")]
pub mod keys {}

#[cfg(all(feature = "axum", feature = "testing"))]
#[doc = include_str!("../docs/guides/logout.md")]
pub mod logout {}

#[cfg(all(feature = "axum", feature = "testing"))]
#[doc = include_str!("../docs/guides/moving.md")]
pub mod moving {}

#[cfg(any(feature = "postgres", feature = "redis"))]
#[cfg(feature = "axum")]
#[doc = include_str!("../docs/guides/verify_only.md")]
pub mod verify_only {}
