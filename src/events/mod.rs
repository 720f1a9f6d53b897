//! What happened, for the log and for counters: in OWASP's vocabulary, never a token, and ids and
//! subjects only under a keyed hash. `docs/EVENTS.md` lists all of it.

mod chain;
mod counters;
#[cfg(feature = "metrics")]
pub(crate) mod gauges;
mod listener;
mod outcome;

use std::error::Error;
#[cfg(any(feature = "redb", feature = "postgres", feature = "redis"))]
use std::fmt::Display;

use tracing::{error, info, warn};

use self::chain::Chain;
use self::counters::{VERIFICATIONS, count};
pub(crate) use self::listener::Listener;
pub(crate) use self::outcome::Outcome;
use crate::claims::Claims;
use crate::key::{EventKey, KeyId};
use crate::revocation::Revocation;

/// Why a token was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Login,
    Renewal,
    StepUp,
    PrivilegeChange,
}

impl Occasion {
    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Renewal => "renewal",
            Self::StepUp => "step_up",
            Self::PrivilegeChange => "privilege_change",
        }
    }
}

/// Writes events. Without a key they name nobody.
///
/// What a macro is given is computed only if somebody listens.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    key: Option<EventKey>,
}

/// An event about a revocation. Each has the fields that say what is revoked, and no others.
macro_rules! about {
    ($events:ident, $level:ident, $event:literal, $what:ident, $by:ident) => {
        $level!(
            target: "hallpass", event = $event, kind = $what.kind(), user = $events.user_of($what, $by),
            session = $events.session_of($what), token = $events.token_of($what),
            except = $events.except_of($what), key = key_of($what)
        )
    };
}

impl Events {
    pub(crate) const NAMELESS: &'static Self = &Self { key: None };

    pub(crate) fn with_key(key: EventKey) -> Self {
        Self { key: Some(key) }
    }

    /// A token was issued.
    pub(crate) fn issued(&self, claims: &Claims, occasion: Occasion) {
        let name = occasion.name();
        count("hallpass_tokens_issued_total", "occasion", name);
        match occasion {
            Occasion::Renewal => info!(
                target: "hallpass", event = "session_renewed",
                user = self.user(claims), session = self.session(claims), generation = claims.generation
            ),
            _ => info!(
                target: "hallpass", event = "session_created",
                user = self.user(claims), session = self.session(claims), occasion = name
            ),
        }
        info!(
            target: "hallpass", event = "authn_token_created",
            user = self.user(claims), session = self.session(claims), token = self.token(claims), occasion = name
        );
    }

    /// A token was accepted.
    pub(crate) fn accepted() {
        counters::count_accepted();
    }

    /// A token was refused, and nothing in it is to be believed.
    pub(crate) fn refused(outcome: Outcome, reason: &dyn Error) {
        let outcome = outcome.name();
        count(VERIFICATIONS, "outcome", outcome);
        warn!(target: "hallpass", event = "input_validation_fail", outcome, reason = display(Chain(reason)));
    }

    /// A request did not say which token it means.
    #[cfg(feature = "tower")]
    pub(crate) fn ambiguous(reason: &dyn Error) {
        warn!(target: "hallpass", event = "input_validation_fail", outcome = "ambiguous", reason = display(Chain(reason)));
    }

    /// The layer for the web stands where it can do no good: a mistake of the program's.
    #[cfg(feature = "tower")]
    pub(crate) fn layer_misplaced(reason: &dyn Error) {
        error!(target: "hallpass", event = "session_layer_misplaced", reason = display(Chain(reason)));
    }

    /// A request could not be answered as it should: with which status, and why.
    #[cfg(feature = "tower")]
    pub(crate) fn request_failed(status: u16, reason: &dyn Error) {
        match status {
            500 => {
                error!(target: "hallpass", event = "session_request_failed", status, reason = display(Chain(reason)))
            }
            _ => warn!(target: "hallpass", event = "session_request_failed", status, reason = display(Chain(reason))),
        }
    }

    /// A session goes on with the cookie that it has, since no new one could be made.
    #[cfg(feature = "tower")]
    pub(crate) fn cookie_not_renewed(reason: &dyn Error) {
        error!(target: "hallpass", event = "session_cookie_not_renewed", reason = display(Chain(reason)));
    }

    /// An authentic token was refused; with what kept its status from being known, if it was asked for.
    pub(crate) fn refused_authentic(&self, claims: &Claims, outcome: Outcome, cause: Option<&dyn Error>) {
        count(VERIFICATIONS, "outcome", outcome.name());
        match outcome {
            Outcome::Expired => info!(
                target: "hallpass", event = "session_expired",
                user = self.user(claims), session = self.session(claims), token = self.token(claims), reason = "timeout"
            ),
            Outcome::Revoked => warn!(
                target: "hallpass", event = "session_use_after_expire",
                user = self.user(claims), session = self.session(claims), token = self.token(claims), reason = "revoked"
            ),
            Outcome::StatusUnknown => warn!(
                target: "hallpass", event = "session_status_unknown",
                user = self.user(claims), session = self.session(claims), token = self.token(claims),
                reason = cause.map(|cause| display(Chain(cause)))
            ),
            // `reused` says it, and what became of the session.
            Outcome::Replayed => {}
            Outcome::Malformed
            | Outcome::Key
            | Outcome::Inauthentic
            | Outcome::NotForUs
            | Outcome::Times
            | Outcome::NotYetValid
            | Outcome::Superseded => warn!(
                target: "hallpass", event = "input_validation_fail",
                user = self.user(claims), session = self.session(claims), token = self.token(claims),
                outcome = outcome.name()
            ),
        }
    }

    /// A token was shown long after a successor of it was used. `ended` says whether its session could
    /// be ended.
    pub(crate) fn reused(&self, claims: &Claims, ended: bool) {
        count("hallpass_replays_total", "ended", if ended { "true" } else { "false" });
        error!(
            target: "hallpass", event = "authn_token_reuse", severity = "critical",
            user = self.user(claims), session = self.session(claims), token = self.token(claims),
            generation = claims.generation, ended
        );
    }

    /// Something was revoked, perhaps because a session asked for it.
    pub(crate) fn revoked(&self, what: &Revocation, by: Option<&Claims>) {
        count("hallpass_revocations_total", "kind", what.kind());
        match what {
            Revocation::Everyone { .. } | Revocation::Key(_) => {
                about!(self, warn, "authn_token_revoked", what, by);
            }
            _ => about!(self, info, "authn_token_revoked", what, by),
        }
    }

    /// Something was to be revoked, and there was no room for it.
    pub(crate) fn revoke_failed(&self, what: &Revocation, by: Option<&Claims>) {
        count("hallpass_revocations_failed_total", "kind", what.kind());
        about!(self, error, "authn_token_revoke_failed", what, by);
    }

    /// A key that was revoked is so no more.
    pub(crate) fn key_forgotten(key: &KeyId) {
        warn!(target: "hallpass", event = "authn_key_forgotten", key = display(key));
    }

    /// The list vouches anew, and everyone must log in again: the clock has stepped back by far, records could not be
    /// read, or a shared store is in a new epoch.
    pub(crate) fn started_anew() {
        warn!(target: "hallpass", event = "denylist_started_anew");
    }

    /// There was no list at this place (a file, or an engine without the password), so that a new one was made.
    #[cfg(any(feature = "redb", feature = "postgres", feature = "redis"))]
    pub(crate) fn list_created(place: impl Display) {
        warn!(target: "hallpass", event = "denylist_created", place = display(place));
    }

    /// A list is being opened: in which phase, and how far it is (percent of a repair, or records that were read).
    pub(crate) fn opening(phase: &'static str, done: u64) {
        info!(target: "hallpass", event = "denylist_opening", phase, done);
    }

    /// Records of a store could not be read, at an opening or, where it is shared, at any time: something that was
    /// revoked may not be.
    pub(crate) fn records_malformed(count: u64) {
        error!(target: "hallpass", event = "denylist_records_malformed", count);
    }

    /// What others revoke can't be read now.
    pub(crate) fn fell_behind(reason: &dyn Error) {
        error!(target: "hallpass", event = "denylist_behind", reason = display(Chain(reason)));
    }

    /// What others revoke can be read again.
    pub(crate) fn caught_up() {
        warn!(target: "hallpass", event = "denylist_caught_up");
    }

    /// Sessions are accepted though it can't be known whether others have revoked them: the first of a spell was.
    pub(crate) fn accepting_stale() {
        error!(target: "hallpass", event = "denylist_stale_accepted");
    }

    /// One was.
    pub(crate) fn stale_accepted() {
        count("hallpass_verifications_stale_total", "outcome", "accepted");
    }

    /// A shared store has lost something that it acknowledged, or may have.
    pub(crate) fn store_lost() {
        error!(target: "hallpass", event = "denylist_store_lost");
    }

    /// The clock of this process differs from the engine's by more than half the leeway: nothing is accepted.
    pub(crate) fn clock_differs(behind_micros: i64) {
        let behind_seconds = behind_micros.div_euclid(1_000_000);
        error!(target: "hallpass", event = "denylist_clock_differs", behind_seconds);
    }

    /// The store has failed: what is revoked is in force here, and not safe.
    pub(crate) fn store_failed(reason: &dyn Error) {
        error!(target: "hallpass", event = "denylist_store_failed", reason = display(Chain(reason)));
    }

    /// The store is usable again, and so many records that had failed are safe.
    pub(crate) fn store_recovered(records: usize) {
        warn!(target: "hallpass", event = "denylist_store_recovered", records = records as u64);
    }

    /// A list was given up while its store was failing, or lacked something: so many revocations, if any, are in force
    /// nowhere any more.
    pub(crate) fn revocations_lost(count: usize) {
        if count > 0 {
            error!(target: "hallpass", event = "denylist_revocations_lost", count = count as u64);
        }
    }

    /// Whom a revocation names, or else who asks for it.
    fn user_of(&self, what: &Revocation, by: Option<&Claims>) -> Option<String> {
        match what {
            Revocation::Subject { issuer, subject, .. } => self.name([issuer.as_bytes(), subject.as_bytes()]),
            _ => self.user(by?),
        }
    }

    fn session_of(&self, what: &Revocation) -> Option<String> {
        match what {
            Revocation::Session(id) => self.name([&id.to_bytes(), b""]),
            _ => None,
        }
    }

    fn token_of(&self, what: &Revocation) -> Option<String> {
        match what {
            Revocation::Token(id) => self.name([&id.to_bytes(), b""]),
            _ => None,
        }
    }

    fn except_of(&self, what: &Revocation) -> Option<String> {
        match what {
            Revocation::Subject { except, .. } | Revocation::Everyone { except } => {
                self.name([&(*except)?.to_bytes(), b""])
            }
            _ => None,
        }
    }

    fn user(&self, claims: &Claims) -> Option<String> {
        self.name([claims.issuer.as_bytes(), claims.subject.as_bytes()])
    }

    fn session(&self, claims: &Claims) -> Option<String> {
        self.name([&claims.session_id.to_bytes(), b""])
    }

    fn token(&self, claims: &Claims) -> Option<String> {
        self.name([&claims.token_id.to_bytes(), b""])
    }

    fn name(&self, parts: [&[u8]; 2]) -> Option<String> {
        self.key.as_ref().map(|key| key.name(parts))
    }
}

/// The ids of keys are public.
fn key_of(what: &Revocation) -> Option<String> {
    match what {
        Revocation::Key(id) => Some(id.to_string()),
        _ => None,
    }
}
