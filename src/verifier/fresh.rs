//! Verifying by what the engine itself knows, for what calls for more than the staleness bound promises.

use std::time::Duration;

#[cfg(feature = "tower")]
use chrono::{DateTime, Utc};

use super::{Accepted, Refusal, Verifier};
use crate::session::{Session, VerifyError};
#[cfg(feature = "tower")]
use crate::session::{check_key, check_prior_keys};
use crate::store::StoreError;
use crate::time::now;

impl Verifier {
    /// Verifies a token by all that was revoked anywhere, and acknowledged, before this was called: for changing a
    /// password, moving money, and the like. The engine itself is asked, by one round trip that all who ask meanwhile
    /// share; where the list is this process's alone, this is [`verify`](Self::verify).
    ///
    /// A token that is not good by what is known here asks nobody.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`VerifyError::StatusUnknown`] when the engine could not be asked within the limit.
    pub async fn verify_fresh(&self, token: &str, limit: Duration) -> Result<Session, VerifyError> {
        let session = match self.judge(token.as_bytes(), || token, now()) {
            Ok(Accepted { session, .. }) | Err(Refusal { session: Some(session), why: VerifyError::StatusUnknown }) => {
                session
            }
            refused => return self.told(refused),
        };
        let judged = match self.catch_up(limit).await {
            Ok(()) => self.judge(token.as_bytes(), || token, now()),
            Err(error) => return Err(self.not_caught_up(&session, &error)),
        };
        self.told(judged)
    }

    /// Whether a session that was admitted is still good by what the engine knows now: one more verification.
    #[cfg(feature = "tower")]
    pub(crate) async fn confirm(
        &self,
        session: &Session,
        limit: Duration,
        now: impl Fn() -> DateTime<Utc>,
    ) -> Result<(), VerifyError> {
        let confirmed = match self.catch_up(limit).await {
            Ok(()) => self.still_good(session, now()),
            Err(error) => return Err(self.not_caught_up(session, &error)),
        };
        let judged = confirmed.map(|()| Accepted { session: session.clone(), stale: None });
        self.told(judged.map_err(|why| Refusal { session: Some(session.clone()), why })).map(drop)
    }

    /// The ring may have been replaced since, too.
    #[cfg(feature = "tower")]
    fn still_good(&self, session: &Session, now: DateTime<Utc>) -> Result<(), VerifyError> {
        let set = self.keys.peek();
        check_key(&set, session.key_id(), now)?;
        check_prior_keys(&set, session)?;
        self.revocations.still_good(session, now).map(drop)
    }

    async fn catch_up(&self, limit: Duration) -> Result<(), StoreError> {
        match self.revocations.denylist() {
            Some(denylist) => denylist.catch_up(limit).await,
            None => Ok(()),
        }
    }

    /// Tells why no more is known of a session than before.
    fn not_caught_up(&self, session: &Session, error: &StoreError) -> VerifyError {
        let why = VerifyError::StatusUnknown;
        self.revocations.events().refused_authentic(session, why.kind(), Some(error));
        why
    }
}
