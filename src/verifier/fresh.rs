//! Verifying by what the engine itself knows, for what calls for more than the staleness bound promises.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Verifier;
use crate::session::{Session, VerifyError};
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
        let session = match self.verify(token) {
            Err(VerifyError::StatusUnknown) => {
                self.catch_up(limit).await?;
                return self.verify(token);
            }
            session => session?,
        };
        self.confirm(&session, limit, now).await?;
        Ok(session)
    }

    /// Whether a session that was admitted is still good by what the engine knows now.
    pub(crate) async fn confirm(
        &self,
        session: &Session,
        limit: Duration,
        now: impl Fn() -> DateTime<Utc>,
    ) -> Result<(), VerifyError> {
        self.catch_up(limit).await?;
        let good = self.revocations.still_good(session, now()).map(drop);
        good.inspect_err(|error| self.revocations.events().refused_authentic(session, error.outcome()))
    }

    async fn catch_up(&self, limit: Duration) -> Result<(), VerifyError> {
        match self.revocations.denylist() {
            Some(denylist) => denylist.catch_up(limit).await.map_err(|_| VerifyError::StatusUnknown),
            None => Ok(()),
        }
    }
}
