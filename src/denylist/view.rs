//! What is known as of one moment, and how fresh that is.

use chrono::{DateTime, Utc};

use super::{Shared, Spell};
use crate::denyset::Look;
use crate::follower::Known;
use crate::record::KnownSubject;
use crate::revocation::{Status, TokenFacts};

/// One look at the set, and whether what it does not list is not revoked anywhere.
pub(super) struct View<'a> {
    pub(super) look: Look<'a>,
    known: Known,
    /// In which spell, if what is known is stale.
    pub(super) stale: Option<Spell>,
}

impl Shared {
    #[inline]
    pub(super) fn view(&self, now: DateTime<Utc>) -> View<'_> {
        // Before the set is looked at: it may grow fresher meanwhile, and never less fresh.
        let following = self.following.as_ref();
        let (known, stale) = following.map_or((Known::Fresh, None), |following| following.known(now));
        View { look: self.set.look(), known, stale }
    }
}

impl View<'_> {
    /// What the set says, if that is fresh enough; what it lists is revoked however old it is.
    #[inline]
    pub(super) fn status(
        &self,
        token: &TokenFacts<'_>,
        subject: Option<&KnownSubject>,
        now: DateTime<Utc>,
        is_enough: impl Fn(Known) -> bool,
    ) -> Status {
        match self.look.status(token, subject, now.timestamp_micros()) {
            Status::NotListed if !is_enough(self.known) => Status::Unknown,
            status => status,
        }
    }
}
