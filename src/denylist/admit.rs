//! Whether a token is good now: its times, what is listed, and how it stands to its successors.

use chrono::{DateTime, Utc};

use super::view::View;
use super::{Denylist, Spell};
use crate::denyset::{Listed, Presented, Standing};
use crate::follower::Known;
use crate::record::Fact;
use crate::revocation::{Revocation, Status};
use crate::session::{Session, VerifyError, times};
use crate::time::from_micros;

impl Denylist {
    /// Admits an authentic token that someone shows, or says why not: the last step of every verification.
    ///
    /// Notes the first use of the token's generation, which retires the generations before it. A token
    /// that was retired long ago ends its session: two hold it, and nobody can tell who is the thief.
    ///
    /// Where it is admitted on the strength of what is stale, it says in which spell: to be told once it is accepted.
    pub(crate) fn admit(&self, session: &Session, now: DateTime<Utc>) -> Result<Option<Spell>, VerifyError> {
        let view = self.shared.view(now);
        self.check(&view, session, now, |known| known != Known::Unknown)?;
        let (token_id, session_id) = (session.token_id(), session.session_id());
        let token = Presented {
            session: session_id,
            generation: session.generation(),
            issued_at: session.issued_at().timestamp_micros(),
            expires_at: session.expires_at().timestamp_micros(),
        };
        match view.look.present(token, now.timestamp_micros()) {
            Standing::Newest | Standing::InGrace => Ok(view.stale),
            Standing::FirstUse { at } => {
                let (session, generation, expires_at) = (token.session, token.generation, token.expires_at);
                self.shared.keeping.keep_behind(Fact::FirstUse { session, generation, at, expires_at });
                Ok(view.stale)
            }
            Standing::Unknown => Err(VerifyError::StatusUnknown),
            Standing::Superseded { retired_at } => {
                Err(VerifyError::Superseded { token_id, session_id, retired_at: from_micros(retired_at), now })
            }
            Standing::Replayed { retired_at } => {
                let listed = self.list(&Revocation::Session(session_id), now);
                // A copy ends nothing but in itself.
                let ended = listed.is_ok() && !self.shared.keeping.is_copy();
                // Of several who find out at the same moment, one tells. Nobody waits for the store here.
                if !listed.is_ok_and(|(listed, _)| listed == Listed::Before) {
                    self.shared.events.reused(session, ended);
                }
                let retired_at = from_micros(retired_at);
                Err(VerifyError::Replayed { token_id, session_id, retired_at, now, ended })
            }
        }
    }

    /// Whether a session that was admitted before is still good, and the newest generation of it that was
    /// used: the first step of whatever is done by it.
    ///
    /// Notes nothing and ends nothing. Nobody has shown a token: a handler that took its time, or a connection
    /// that stays open, holds a proof that was good, and is no thief.
    pub(crate) fn still_good(&self, session: &Session, now: DateTime<Utc>) -> Result<u32, VerifyError> {
        // Nothing is done by a session on the strength of what may be stale.
        self.check(&self.shared.view(now), session, now, |known| known == Known::Fresh)?;
        let (token_id, session_id) = (session.token_id(), session.session_id());
        match self.shared.set.standing(session_id, session.generation(), now.timestamp_micros()) {
            (Standing::Newest | Standing::FirstUse { .. } | Standing::InGrace, newest) => Ok(newest),
            (Standing::Unknown, _) => Err(VerifyError::StatusUnknown),
            (Standing::Superseded { retired_at } | Standing::Replayed { retired_at }, _) => {
                Err(VerifyError::Superseded { token_id, session_id, retired_at: from_micros(retired_at), now })
            }
        }
    }

    /// Why a session's token is refused if it, or more, was taken back: at whatever moment, and however it stands to its
    /// successors.
    pub(super) fn taken_back(&self, session: &Session, now: DateTime<Utc>) -> Option<VerifyError> {
        let (token_id, session_id) = (session.token_id(), session.session_id());
        match self.status_at(&session.facts(), now) {
            Status::Listed(by) => Some(VerifyError::Revoked { token_id, session_id, by }),
            Status::NotListed | Status::Unknown => None,
        }
    }

    /// Times, and what is listed. Of a token that is still to come it is asked too whether it was taken back: whoever shows
    /// one may end its session, and a thief of its key may not.
    fn check(
        &self,
        view: &View<'_>,
        session: &Session,
        now: DateTime<Utc>,
        is_enough: impl Fn(Known) -> bool,
    ) -> Result<(), VerifyError> {
        let early = match times::check(session, self.limits(), now) {
            Ok(()) => None,
            Err(why @ (VerifyError::NotYetValid { .. } | VerifyError::IssuedAhead { .. })) => Some(why),
            Err(why) => return Err(why),
        };
        let (token_id, session_id) = (session.token_id(), session.session_id());
        match (view.status(&session.facts(), session.known_subject(), now, is_enough), early) {
            (Status::Listed(by), _) => Err(VerifyError::Revoked { token_id, session_id, by }),
            // Refused either way: and by this whoever was given a token by a clock far ahead may still log in anew.
            (Status::NotListed | Status::Unknown, Some(why)) => Err(why),
            (Status::NotListed, None) => Ok(()),
            (Status::Unknown, None) => Err(VerifyError::StatusUnknown),
        }
    }
}
