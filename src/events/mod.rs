//! What happened, for the log and for counters: in OWASP's vocabulary, never a token, and ids and
//! subjects only under a keyed hash. `docs/EVENTS.md` lists all of it.

mod counters;

use std::fmt;

use tracing::{error, info, warn};

use self::counters::count;
use crate::claims::Claims;
use crate::key::EventKey;
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

const VERIFICATIONS: &str = "hallpass_verifications_total";

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
        count(VERIFICATIONS, "outcome", "accepted");
    }

    /// A token was refused, and nothing in it is to be believed.
    pub(crate) fn refused(outcome: &'static str, reason: &dyn fmt::Display) {
        count(VERIFICATIONS, "outcome", outcome);
        warn!(target: "hallpass", event = "input_validation_fail", outcome, reason = display(reason));
    }

    /// An authentic token was refused.
    pub(crate) fn refused_authentic(&self, claims: &Claims, outcome: &'static str) {
        count(VERIFICATIONS, "outcome", outcome);
        match outcome {
            "expired" => info!(
                target: "hallpass", event = "session_expired",
                user = self.user(claims), session = self.session(claims), token = self.token(claims), reason = "timeout"
            ),
            "revoked" => warn!(
                target: "hallpass", event = "session_use_after_expire",
                user = self.user(claims), session = self.session(claims), token = self.token(claims), reason = "revoked"
            ),
            "status_unknown" => warn!(
                target: "hallpass", event = "session_status_unknown",
                user = self.user(claims), session = self.session(claims), token = self.token(claims)
            ),
            // `reused` says it, and what became of the session.
            "replayed" => {}
            _ => warn!(
                target: "hallpass", event = "input_validation_fail",
                user = self.user(claims), session = self.session(claims), token = self.token(claims), outcome
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

    /// Something was revoked.
    pub(crate) fn revoked(&self, what: &Revocation) {
        let kind = what.kind();
        count("hallpass_revocations_total", "kind", kind);
        match what {
            Revocation::Token(id) => {
                info!(target: "hallpass", event = "authn_token_revoked", kind, token = self.name([&id.to_bytes(), b""]));
            }
            Revocation::Session(id) => {
                info!(target: "hallpass", event = "authn_token_revoked", kind, session = self.name([&id.to_bytes(), b""]));
            }
            Revocation::Subject { issuer, subject, .. } => {
                let user = [issuer.as_bytes(), subject.as_bytes()];
                info!(target: "hallpass", event = "authn_token_revoked", kind, user = self.name(user));
            }
            Revocation::Everyone { .. } => warn!(target: "hallpass", event = "authn_token_revoked", kind),
            Revocation::Key(key) => warn!(target: "hallpass", event = "authn_token_revoked", kind, key = display(key)),
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
