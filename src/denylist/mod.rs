//! The denylist: the handle that an application holds.

mod admit;
mod batch;
mod builder;
mod catching_up;
mod ended;
mod following;
mod forget;
#[cfg(feature = "metrics")]
mod gauges;
mod keeping;
mod open;
mod revocations;
mod revoke;
mod saver;
mod saving;
mod shared;
mod stats;
mod view;
mod watch;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use self::following::Following;
use self::keeping::Keeping;
use self::watch::{Wake, Watch};
use crate::denyset::{DenySet, Full, Listed};
use crate::events::Events;
use crate::follower::Known;
use crate::key::KeyId;
use crate::revocation::{EntryKind, Revocation, Status, TokenFacts};
use crate::session::{RevocationRequest, Session, VerifyError};
use crate::store::{StoreError, StoreErrorKind};
use crate::time::{TimeLimits, now};

pub use builder::{DenylistBuilder, DenylistError};
pub use catching_up::CatchingUp;
pub use ended::{End, Ended};
pub(crate) use following::Spell;
pub use forget::{ForgetError, Forgetting};
pub(crate) use revocations::{BeginError, Revocations};
pub use revoke::{RevokeError, Revoking};
pub use saving::Receipt;
pub use stats::DenylistStats;

/// What was taken back, kept until no token it forbids could be valid anyway.
///
/// A cheap handle: clones share one list. Every answer comes from this process's memory; a list that was
/// opened from a file (`Denylist::open`) keeps there what was revoked, so that it survives restarts and crashes. When
/// the last handle is dropped, what is still on its way is written first, and the file is closed: this blocks for as
/// long as the store takes. What can't be written then is lost, and the event `denylist_revocations_lost` says how much.
///
/// - **It vouches from its creation on.** A new list knows nothing of what was revoked before, so no
///   session begun before it passes. A list that is lost, or is in memory alone, logs everyone out once; it
///   never lets a revoked token live.
/// - **It owns the [`TimeLimits`]**: issuers and verifiers that hold it take the longest lifetime of a
///   token and the leeway from it, so that no token can outlive the entry that forbids it.
/// - **It refuses to forget.** At capacity, revoking is an error; a live entry is never evicted.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hallpass::{Denylist, Issuer, KeyRing, Verifier, VerifyError};
///
/// let keys = KeyRing::generate()?;
/// let denylist = Denylist::in_memory()?;
/// let issuer = Issuer::new(&keys, "https://app.example", &denylist);
/// let verifier = Verifier::new(&keys, "https://app.example", &denylist);
///
/// let phone = issuer.login("alice")?;
/// let laptop = issuer.login("alice")?;
///
/// // Log out everywhere else:
/// let session = verifier.verify(laptop.as_str())?;
/// denylist.revoke(session.elsewhere()).wait()?;
///
/// assert!(verifier.verify(laptop.as_str()).is_ok());
/// assert!(matches!(verifier.verify(phone.as_str()), Err(VerifyError::Revoked { .. })));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Denylist {
    shared: Arc<Shared>,
    _held: Arc<Held>,
}

/// What all handles hold, and nobody else: the thread that follows may hold the list itself for a moment longer, and the
/// last handle is to wait for what is still to be written all the same.
struct Held(Arc<Shared>);

struct Shared {
    set: DenySet,
    keeping: Keeping,
    /// How it keeps up with others who use the store, if any do.
    following: Option<Arc<Following>>,
    watch: Watch,
    events: Events,
    limits: TimeLimits,
    grace: TimeDelta,
    capacity: usize,
    /// Records that could not be read when the list was opened.
    malformed: u64,
}

impl Denylist {
    fn new(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { _held: Arc::new(Held(Arc::clone(&shared))), shared }
    }

    /// A new, empty list in this process's memory, with the default limits.
    ///
    /// # Errors
    /// [`DenylistError`] when the system's random generator fails.
    pub fn in_memory() -> Result<Self, DenylistError> {
        Self::builder().in_memory()
    }

    /// A list with other limits or another capacity.
    pub fn builder() -> DenylistBuilder {
        DenylistBuilder::default()
    }

    /// Takes something back: `&session` is logout; a [`RevocationRequest`] lists what else there is.
    ///
    /// In force in this process before this returns, unless it is an error, and whether the result is
    /// waited for or not. Wait for the result, by `.await` or by `.wait()`, to know whether it is safe.
    ///
    /// Revoking again, or an id that is unknown or expired, succeeds. What a session asks for is done only
    /// if its token is still good: else it is [`RevokeError::NotLive`]. Its own end is done whatever the moment
    /// (its token expired, superseded, not valid yet, or of unknown status), since the session may go on by another
    /// token; and if it was ended before, that succeeds. Only a token that was taken back itself, or by its key,
    /// ends nothing.
    pub fn revoke<'a>(&self, what: impl Into<RevocationRequest<'a>>) -> Revoking {
        self.revoke_at(what, now())
    }

    /// Like [`revoke`](Self::revoke), as of a moment that the caller names.
    ///
    /// An entry never counts as made before the latest login, revocation or purge, so a moment that has
    /// passed does no harm. A cutoff stands the leeway after the moment, or at the latest `auth_time` of any
    /// session begun here, whichever is later.
    pub fn revoke_at<'a>(&self, what: impl Into<RevocationRequest<'a>>, now: DateTime<Utc>) -> Revoking {
        let RevocationRequest { what, by } = what.into();
        let now = self.shared.corrected(now);
        if let Revocation::Key(id) = what
            && !id.is_for_tokens()
        {
            return Revoking::refused(RevokeError::NotForTokens { id });
        }
        if let Some(session) = by {
            let is_logout = what == session.session_id().into();
            // Whoever wants to leave is not asked whether they are still here, or already, or the newest.
            let refused = if is_logout { self.taken_back(session, now) } else { self.still_good(session, now).err() };
            match refused {
                None => {}
                Some(_) if is_logout && self.shared.set.lists_session_of(&session.facts()) => {
                    // Over it is; whoever ended it may not have made it safe yet.
                    let keep = |record| self.shared.keeping.keep(record, now);
                    let id = session.session_id().to_bytes();
                    return self.shared.set.keep_again(id, now.timestamp_micros(), keep).into();
                }
                Some(why) => return Revoking::refused(why.into()),
            }
        }
        match self.list_and_tell(&what, by, now) {
            Ok((_, revoking)) => revoking,
            Err(error) => Revoking::refused(error),
        }
    }

    /// Ends a session that must not have been ended yet: of a logout and of whoever replaces the session at
    /// the same moment, one comes first.
    pub(crate) fn end(&self, session: &Session, now: DateTime<Utc>) -> Result<Revoking, RevokeError> {
        let (token_id, session_id) = (session.token_id(), session.session_id());
        match self.list_and_tell(&session_id.into(), Some(session), now)? {
            (Listed::Now, revoking) => Ok(revoking),
            (Listed::Before, _) => Err(VerifyError::Revoked { token_id, session_id, by: EntryKind::Id }.into()),
        }
    }

    /// Says when all that was revoked here so far is safe.
    #[cfg(feature = "tower")]
    pub(crate) fn settled(&self, now: DateTime<Utc>) -> Revoking {
        self.shared.set.handed_over();
        self.shared.keeping.settled(now).into()
    }

    /// Whether all that was revoked here is safe now.
    #[cfg(feature = "tower")]
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self.shared.keeping.pending(), Ok(None))
    }

    fn list_and_tell(
        &self,
        what: &Revocation,
        by: Option<&Session>,
        now: DateTime<Utc>,
    ) -> Result<(Listed, Revoking), RevokeError> {
        let by = by.map(Session::registered);
        let listed = self.list(what, now);
        match &listed {
            Ok((Listed::Now, _)) => self.shared.events.revoked(what, by),
            Ok((Listed::Before, _)) => {}
            Err(_) => self.shared.events.revoke_failed(what, by),
        }
        Ok(listed?)
    }

    /// Lists it, hands it to whatever keeps it, and wakes whom it concerns.
    fn list(&self, what: &Revocation, now: DateTime<Utc>) -> Result<(Listed, Revoking), Full> {
        let shared = &self.shared;
        let keep = |record| shared.keeping.keep(record, now);
        let (listed, saving) = shared.set.revoke(what, now.timestamp_micros(), keep)?;
        shared.watch.wake(match what {
            Revocation::Token(id) => Wake::Id(id.to_bytes()),
            Revocation::Session(id) => Wake::Id(id.to_bytes()),
            Revocation::Subject { issuer, subject, .. } => Wake::Subject(shared.set.subject_key(issuer, subject)),
            Revocation::Everyone { .. } | Revocation::Key(_) => Wake::All,
        });
        Ok((listed, saving.into()))
    }

    /// What the list says about the facts of an authentic token. Memory only; changes nothing.
    ///
    /// A [`Verifier`](crate::Verifier) asks this for each token; ask it yourself for tokens of another
    /// making.
    pub fn status(&self, token: &TokenFacts<'_>) -> Status {
        self.status_at(token, now())
    }

    /// Like [`status`](Self::status), as of a moment that the caller names.
    #[inline]
    pub fn status_at(&self, token: &TokenFacts<'_>, now: DateTime<Utc>) -> Status {
        self.shared.view(now).status(token, None, now, |known| known != Known::Unknown)
    }

    /// Forgets that a key was revoked; `None` if it was not. Only when nobody holds the key any more.
    ///
    /// Done in this process before this returns; what is returned says when it is safe. It takes back what this process
    /// knows of: if the key is revoked elsewhere at the same moment, it stays so.
    pub fn forget_key(&self, id: &KeyId) -> Option<Forgetting> {
        self.forget_key_at(id, now())
    }

    /// Like [`forget_key`](Self::forget_key), as of a moment that the caller names: that of the [`Receipt`].
    pub fn forget_key_at(&self, id: &KeyId, now: DateTime<Utc>) -> Option<Forgetting> {
        let record = self.shared.set.forget_key(id)?;
        Events::key_forgotten(id);
        Some(Forgetting::new(self.shared.keeping.keep(record, now)))
    }

    /// Drops every entry that no token can outlive, here at once and in the store soon. Both happen by
    /// themselves, a little at a time; call it after a flood to have the memory back sooner.
    pub fn purge(&self) {
        self.purge_at(now());
    }

    /// Like [`purge`](Self::purge), as of a moment that the caller names. A moment that is still to
    /// come makes the list forget too early; until it has come, the answer is [`Status::Unknown`], but for what was
    /// signed with a revoked key.
    pub fn purge_at(&self, now: DateTime<Utc>) {
        self.shared.set.purge(now.timestamp_micros());
        self.shared.keeping.purge(now);
    }

    /// Whether this is a handle to the same list.
    #[cfg(feature = "tower")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// The limits that every issuer and verifier with this list keeps.
    #[must_use]
    pub fn limits(&self) -> TimeLimits {
        self.shared.limits
    }

    /// For how long a token is still good after a successor of it was used.
    #[must_use]
    pub fn grace(&self) -> TimeDelta {
        self.shared.grace
    }
}

impl Shared {
    /// For how long what is known now counts at the most; without end where nobody else writes.
    fn known_for(&self, now: DateTime<Utc>) -> TimeDelta {
        self.following.as_ref().map_or(TimeDelta::MAX, |following| following.known_for(now))
    }

    /// The moment by the clock that all processes go by.
    fn corrected(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.following.as_ref().map_or(now, |following| following.corrected(now))
    }

    /// A token was issued: now and then the moment is kept, so that after a restart nothing that is revoked counts as
    /// made before it.
    fn keep_issued(&self) {
        self.set.keep_issued(|record| self.keeping.keep_quietly(record));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Shared { set, keeping, following, .. } = &*self.0;
        if let Some(following) = following {
            following.end();
        }
        // What is kept of the latest moment lags behind it; here is the time to make good for it.
        if let Some(record) = set.latest_issued() {
            keeping.keep_quietly(record);
        }
        keeping.close();
    }
}

/// What is said when a thread that works on a store is no more.
fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Poisoned).because("it has panicked, and is not called again: restart the process")
}

impl fmt::Debug for Denylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denylist").field("limits", &self.limits()).field("stats", &self.stats()).finish()
    }
}
