//! Sessions for tests of handlers, under a clock of the test's own.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::tokens::SpareKeys;
use crate::denylist::Denylist;
use crate::issuer::{Issuer, Login};
use crate::key::{Key, KeyRing, Purpose};
use crate::session::Session;
use crate::sync::atomic::{AtomicI64, Ordering};
use crate::time::{from_micros, micros, now};
use crate::token::Token;
use crate::verifier::Verifier;

/// A session for the test of a handler, in one line.
///
/// ```
/// let session = hallpass::testing::session("alice");
/// assert_eq!(session.subject(), "alice"); // handler(session).await
/// ```
///
/// # Panics
/// When there is no such login.
#[must_use]
pub fn session<'a>(login: impl Into<Login<'a>>) -> Session {
    Fixture::new().session(login)
}

/// Keys, a denylist in memory, and what uses them, under a clock that the test sets.
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Router, body::Body, http::Request, routing::get};
/// use hallpass::{Session, testing::Fixture};
/// use tower::ServiceExt as _;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let fixture = Fixture::new();
/// let app: Router = Router::new()
///     .route("/me", get(async |session: Session| session.subject().to_owned()))
///     .layer(fixture.layer());
/// let request = Request::get("/me").header("cookie", fixture.cookie("alice"));
/// let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
/// assert_eq!(response.status(), 200);
///
/// fixture.advance(chrono::TimeDelta::minutes(16));
/// // ... and so on: that cookie has expired.
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The keys: encrypted tokens, unless [others](Self::with_keys) were given.
    pub keys: KeyRing,
    /// The list.
    pub denylist: Denylist,
    /// Issues for `https://app.example`.
    pub issuer: Issuer,
    /// Verifies what `issuer` issues.
    pub verifier: Verifier,
    /// For tokens of keys that are refused.
    pub(super) spare: Arc<SpareKeys>,
    micros: Arc<AtomicI64>,
}

#[allow(clippy::unwrap_used, reason = "a test that can't begin has failed")]
impl Fixture {
    /// A new one, whose clock stands at the moment that it is.
    ///
    /// # Panics
    /// When the system's random generator fails.
    #[must_use]
    pub fn new() -> Self {
        Self::at(now())
    }

    /// A new one, whose clock stands at this moment.
    ///
    /// # Panics
    /// When the system's random generator fails.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self::with_keys(KeyRing::generate_local().unwrap(), now)
    }

    /// A new one with these keys, whose clock stands at this moment.
    ///
    /// # Panics
    /// When the system's random generator fails.
    #[must_use]
    pub fn with_keys(keys: KeyRing, now: DateTime<Utc>) -> Self {
        let purpose = keys.set().current().map_or(Purpose::Local, Key::purpose);
        let spare = Arc::new(SpareKeys::beside(purpose).unwrap());
        // A list that is new has its first sessions begin the leeway later, and logins would not be as old as they seem.
        let before = now.checked_sub_signed(TimeDelta::hours(1)).unwrap_or(now);
        let denylist = Denylist::builder().in_memory_at(before).unwrap();
        let issuer = Issuer::new(&keys, "https://app.example", &denylist);
        let verifier = Verifier::new(&keys, "https://app.example", &denylist);
        Self { keys, denylist, issuer, verifier, spare, micros: Arc::new(AtomicI64::new(now.timestamp_micros())) }
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// Sets the clock.
    pub fn set_now(&self, now: DateTime<Utc>) {
        self.micros.store(now.timestamp_micros(), Ordering::SeqCst);
    }

    /// Sets the clock so much later, or earlier.
    pub fn advance(&self, by: TimeDelta) {
        self.micros.fetch_add(micros(by), Ordering::SeqCst);
    }

    /// A token of a new session.
    ///
    /// # Panics
    /// When there is no such login.
    pub fn token<'a>(&self, login: impl Into<Login<'a>>) -> Token {
        self.issuer.login_at(login, self.now()).unwrap()
    }

    /// A new session.
    ///
    /// # Panics
    /// When there is no such login.
    #[must_use]
    pub fn session<'a>(&self, login: impl Into<Login<'a>>) -> Session {
        self.verifier.verify_at(self.token(login).as_str(), self.now()).unwrap()
    }
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "tower")]
pub(super) mod web {
    use super::{Arc, Fixture, Login, Ordering, from_micros};
    use crate::web::{SessionCookie, SessionLayer};

    impl Fixture {
        /// A layer with everything as it is unless set, under this clock.
        #[must_use]
        pub fn layer(&self) -> SessionLayer {
            let micros = Arc::clone(&self.micros);
            SessionLayer::new(&self.issuer, &self.verifier).clock(move || from_micros(micros.load(Ordering::SeqCst)))
        }

        /// A `Cookie` header with a new session, for that layer.
        ///
        /// # Panics
        /// When there is no such login.
        #[must_use]
        pub fn cookie<'a>(&self, login: impl Into<Login<'a>>) -> String {
            cookie_header(self.token(login).as_str())
        }

        /// An `Authorization` header with a new session.
        ///
        /// # Panics
        /// When there is no such login.
        #[must_use]
        pub fn bearer<'a>(&self, login: impl Into<Login<'a>>) -> String {
            bearer_header(self.token(login).as_str())
        }
    }

    /// A `Cookie` header with this token, for a layer whose cookie has the usual name.
    #[must_use]
    pub fn cookie_header(token: &str) -> String {
        format!("{}={token}", SessionCookie::new().full_name())
    }

    /// An `Authorization` header with this token.
    #[must_use]
    pub fn bearer_header(token: &str) -> String {
        format!("Bearer {token}")
    }
}
