//! A session's end as a future.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_timer::Delay;

use super::Denylist;
use super::watch::Watched;
use crate::claims::Claims;
use crate::key::KeyId;
use crate::revocation::Status;
use crate::session::{Session, facts};
use crate::time::now;

/// A waiter looks at the clock at least this often, since timers don't notice when it is set.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// It was taken back.
    Revoked,
    /// Its token expired, and no successor was used here.
    Expired,
    /// Whether it was taken back can't be known now. Close what hangs on it, and let the client come again.
    Unknown,
}

/// A session's end: ready when it has ended. From [`Denylist::ended`].
///
/// Under any async runtime; dropping it ends the wait.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Ended {
    denylist: Denylist,
    claims: Claims,
    key_id: KeyId,
    number: u64,
    /// The keys that were revoked when the waiting began.
    revoked_keys: BTreeSet<KeyId>,
    nap: Delay,
}

impl Denylist {
    /// The end of a session, for whatever holds a connection open: a WebSocket, a stream of events.
    ///
    /// Ready with [`End::Revoked`] as soon as the session, its token, its subject, everyone, or the key is
    /// revoked here; with [`End::Expired`] when its token's `exp` and the leeway have passed. When the
    /// session is renewed and a successor used here, the successor's `exp` counts (of parallel successors that
    /// of the first that was used); and when any key is revoked after that, the answer is [`End::Unknown`],
    /// since it may be the successor's. So it is as soon as this process can't know what was revoked elsewhere
    /// ([`DenylistBuilder::staleness_bound`](crate::DenylistBuilder::staleness_bound)). A key that is merely retired in
    /// the ring is not noticed. After the clock was set, ends may be noticed up to a minute late.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use hallpass::{Denylist, End, Issuer, KeyRing, Verifier};
    /// # let keys = KeyRing::generate()?;
    /// # let denylist = Denylist::in_memory()?;
    /// # let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    /// # let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    /// # let session = verifier.verify(issuer.login("alice")?.as_str())?;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let ended = denylist.ended(&session);
    /// denylist.revoke(&session).await?;
    /// assert_eq!(ended.await, End::Revoked); // close the connection
    /// # Ok(()) }) }
    /// ```
    pub fn ended(&self, session: &Session) -> Ended {
        let claims = session.registered().clone();
        let watched = Watched {
            ids: [claims.session_id.to_bytes(), claims.token_id.to_bytes()],
            subject: self.shared.set.subject_key(&claims.issuer, &claims.subject),
        };
        let number = self.shared.watch.enter(watched);
        Ended {
            denylist: self.clone(),
            claims,
            key_id: session.key_id(),
            number,
            revoked_keys: self.shared.set.keys(),
            nap: Delay::new(Duration::ZERO),
        }
    }
}

impl Ended {
    /// Whether the session has ended, or for how long it goes on unless something happens.
    fn look(&self, now: DateTime<Utc>) -> Result<TimeDelta, End> {
        match self.denylist.status_at(&facts(&self.claims, self.key_id), now) {
            Status::Listed(_) => return Err(End::Revoked),
            Status::Unknown => return Err(End::Unknown),
            Status::NotListed => {}
        }
        let set = &self.denylist.shared.set;
        // Of the first tokens of each generation that were used here, the last to expire.
        let renewed = set.expires_at(self.claims.session_id).unwrap_or(i64::MIN);
        let expires_at = self.claims.expires_at.timestamp_micros().max(renewed);
        // Which key signed that one is not noted. It may be one that was revoked meanwhile.
        if renewed > self.claims.expires_at.timestamp_micros() && !set.keys().is_subset(&self.revoked_keys) {
            return Err(End::Unknown);
        }
        let accepted_for = expires_at.saturating_sub(now.timestamp_micros());
        let left = TimeDelta::microseconds(accepted_for).checked_add(&self.denylist.limits().leeway());
        let left = left.filter(|left| *left > TimeDelta::zero()).ok_or(End::Expired)?;
        // The thread that follows an engine may be waiting for it when freshness runs out, and wakes nobody then.
        Ok(left.min(self.denylist.shared.known_for(now)))
    }
}

impl Future for Ended {
    type Output = End;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<End> {
        loop {
            // First listen, then look: what is revoked in between wakes.
            self.denylist.shared.watch.listen(self.number, context.waker());
            let left = match self.look(now()) {
                Ok(left) => left,
                Err(end) => return Poll::Ready(end),
            };
            self.nap.reset(left.to_std().unwrap_or(LONGEST_NAP).min(LONGEST_NAP));
            if Pin::new(&mut self.nap).poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.denylist.shared.watch.leave(self.number);
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ended").field("session_id", &self.claims.session_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::issuer::Issuer;
    use crate::key::KeyRing;
    use crate::verifier::Verifier;

    #[test]
    fn a_session_is_over_at_the_moment_at_which_its_token_is_accepted_no_more() {
        let (denylist, keys) = (Denylist::in_memory().unwrap(), KeyRing::generate_local().unwrap());
        let token = Issuer::new(&keys, "https://app.example", &denylist).login("alice").unwrap();
        let session = Verifier::new(&keys, "https://app.example", &denylist).verify(token.as_str()).unwrap();
        let ended = denylist.ended(&session);
        let over = session.expires_at() + denylist.limits().leeway();
        let microsecond = TimeDelta::microseconds(1);
        assert_eq!((ended.look(over - microsecond), ended.look(over)), (Ok(microsecond), Err(End::Expired)));
    }
}
