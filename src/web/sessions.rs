//! One request's session, and what can be done with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{Extensions, HeaderMap};

use super::begun::Old;
use super::presented::{Transport, presented};
use super::rejection::Rejection;
use super::settings::Settings;
use crate::denylist::Denylist;
use crate::events::Events;
use crate::issuer::Issuer;
use crate::session::{Session, VerifyError};
use crate::sync::atomic::{AtomicBool, Ordering};

/// A request waits no longer for an engine that does not answer.
const LONGEST_CATCHING_UP: Duration = Duration::from_secs(2);

/// One request's session, and what can be done with it: the layer puts it into the request's extensions, and
/// [`Sessions::of`] finds it there. For axum it is an extractor.
#[derive(Clone)]
pub struct Sessions {
    visit: Arc<Visit>,
}

struct Visit {
    settings: Arc<Settings>,
    session: Result<Session, Rejection>,
    transport: Option<Transport>,
    /// What the token was known by, if it was refused: its session may not be known.
    content: Option<Old>,
    /// When the request came, and how many sessions had begun by then.
    arrived: DateTime<Utc>,
    begun: u64,
    /// Whether anything was made of the session.
    used: AtomicBool,
    /// Whether the handler was given a token to pass on.
    gave: AtomicBool,
}

impl Sessions {
    /// Those of the request whose extensions these are.
    ///
    /// # Errors
    /// [`Rejection::NoLayer`] when no [`SessionLayer`](super::SessionLayer) is around.
    pub fn of(extensions: &Extensions) -> Result<&Self, Rejection> {
        extensions.get().ok_or_else(|| {
            let rejection = Rejection::NoLayer;
            Events::layer_misplaced(&rejection);
            rejection
        })
    }

    /// Looks at a request: in memory, and nowhere else.
    pub(super) fn look(settings: &Arc<Settings>, headers: &HeaderMap) -> Self {
        let (arrived, begun) = (settings.now(), settings.begun.count());
        let (session, transport, content) = match presented(headers, settings.cookie.full_name()) {
            Ok(None) => (Err(Rejection::NotLoggedIn), None, None),
            Ok(Some((by, token))) => {
                let session = settings.verifier.verify_bytes_at(token, arrived);
                let content = session.is_err().then(|| Old::content(token));
                (session.map_err(|why| Rejection::refused(by, why)), Some(by), content)
            }
            Err(ambiguity) => {
                Events::ambiguous(&ambiguity);
                (Err(ambiguity.into()), None, None)
            }
        };
        let settings = Arc::clone(settings);
        let (used, gave) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { visit: Arc::new(Visit { settings, session, transport, content, arrived, begun, used, gave }) }
    }

    /// The session.
    ///
    /// # Errors
    /// [`Rejection`] says why there is none.
    pub fn session(&self) -> Result<&Session, Rejection> {
        let session = self.visit.session.as_ref().map_err(Clone::clone)?;
        self.visit.used.store(true, Ordering::Relaxed);
        Ok(session)
    }

    /// The session, or `None` when there is none: nothing came, or a token that is not good.
    ///
    /// # Errors
    /// [`Rejection::StatusUnknown`] when that can't be known, and [`Rejection::Ambiguous`].
    pub fn optional(&self) -> Result<Option<&Session>, Rejection> {
        match self.session() {
            Ok(session) => Ok(Some(session)),
            Err(Rejection::NotLoggedIn | Rejection::Refused { .. }) => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }

    /// The session, by all that was revoked anywhere before this call: for what calls for more than the staleness bound of
    /// a [shared list](crate::DenylistBuilder::open_shared) promises. Where the list is this process's alone, this is
    /// [`session`](Self::session).
    ///
    /// # Errors
    /// [`Rejection`]; [`Rejection::StatusUnknown`] when the engine could not be asked within 2 seconds.
    pub async fn fresh(&self) -> Result<&Session, Rejection> {
        let (session, settings) = (self.session()?, self.settings());
        let confirmed = settings.verifier.confirm(session, LONGEST_CATCHING_UP, || settings.now()).await;
        let by = self.visit.transport.unwrap_or(Transport::Cookie);
        confirmed.map_err(|why| Rejection::refused(by, why))?;
        Ok(session)
    }

    /// Once this process knows all that was revoked anywhere before this call.
    pub(super) async fn caught_up(&self) -> Result<(), Rejection> {
        match self.settings().verifier.denylist() {
            Some(denylist) => denylist.catch_up(LONGEST_CATCHING_UP).await.map_err(Rejection::NotCaughtUp),
            None => Ok(()),
        }
    }

    /// How the token came, good or not, if one did.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.visit.transport
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.visit.settings
    }

    /// Whether the handler asked for the session, and there is one.
    pub(super) fn is_used(&self) -> bool {
        self.visit.used.load(Ordering::Relaxed)
    }

    /// Whether the handler was given a token to pass on.
    pub(super) fn gave_token(&self) -> bool {
        self.visit.gave.load(Ordering::Relaxed)
    }

    pub(super) fn gives_token(&self) {
        self.visit.gave.store(true, Ordering::Relaxed);
    }

    /// The session whose cookie is due for renewal, and who renews it.
    pub(super) fn to_renew(&self) -> Option<(&Session, &Issuer)> {
        let (session, issuer) = (self.visit.session.as_ref().ok()?, self.settings().issuer.as_ref()?);
        let is_due = || issuer.renewal_is_due_at(session, self.visit.arrived);
        (self.transport() == Some(Transport::Cookie) && is_due()).then_some((session, issuer))
    }

    /// Why the token that came was refused.
    pub(super) fn refusal(&self) -> Option<&VerifyError> {
        match &self.visit.session {
            Err(Rejection::Refused { why, .. }) => Some(why),
            _ => None,
        }
    }

    /// What the cookie is known by when it is replaced or removed, if one came.
    pub(super) fn old(&self) -> Option<Old> {
        if self.visit.transport != Some(Transport::Cookie) {
            return None;
        }
        let session_id = match &self.visit.session {
            Ok(session) => Some(session.session_id()),
            Err(_) => self.refusal().and_then(VerifyError::session_id),
        };
        session_id.map(Old::Session).or(self.visit.content)
    }

    /// Whether the cookie is dead and to be removed: not if a newer one may have been set meanwhile, which a late
    /// answer would remove, nor while its end may not be safe, since whoever wants to be sure of it must ask again.
    pub(super) fn is_to_be_removed(&self) -> bool {
        let (Some(why), Some(old)) = (self.refusal().filter(|why| why.is_final()), self.old()) else { return false };
        let settings = self.settings();
        let (now, grace) = (settings.now(), settings.grace());
        let is_newer_set = settings.begun.is_old(old, now, grace)
            // Or by a login since the request came, of whomever; or by a renewal, at the last moment, of a request
            // beside this one.
            || settings.begun.count() != self.visit.begun
            || matches!(why, VerifyError::Expired { expires_at, now, leeway }
                if now.signed_duration_since(*expires_at) < leeway.checked_add(&grace).unwrap_or(*leeway));
        let was_ended = matches!(why, VerifyError::Revoked { .. } | VerifyError::Replayed { .. });
        let is_safe = || settings.verifier.denylist().is_none_or(Denylist::is_settled);
        !is_newer_set && (!was_ended || is_safe())
    }

    /// Whether a login has set another cookie in the place of this one.
    pub(super) fn is_replaced(&self) -> bool {
        let (settings, visit) = (self.settings(), &self.visit);
        let (now, grace) = (settings.now(), settings.grace());
        // What is remembered may be younger than the request.
        let was_long = now.signed_duration_since(visit.arrived).abs() >= grace;
        (was_long && settings.begun.count() != visit.begun)
            || self.old().is_some_and(|old| settings.begun.is_replaced(old, now, grace))
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("session", &self.visit.session)
            .field("transport", &self.visit.transport)
            .finish_non_exhaustive()
    }
}
