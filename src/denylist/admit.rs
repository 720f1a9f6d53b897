//! Whether a token is good now: its times, what is listed, and how it stands to its successors.

use chrono::{DateTime, Utc};

use super::Denylist;
use crate::claims::Claims;
use crate::denyset::{Listed, Presented, Standing};
use crate::key::KeyId;
use crate::revocation::{Revocation, Status};
use crate::session::{VerifyError, facts, times};

impl Denylist {
    /// Admits an authentic token with these claims, or says why not. The last step of every verification,
    /// and the first of whatever is done by a session that was verified before.
    ///
    /// Notes the first use of the token's generation, which retires the generations before it. A token
    /// that was retired long ago ends its session: two hold it, and nobody can tell who is the thief.
    pub(crate) fn admit(&self, claims: &Claims, key_id: KeyId, now: DateTime<Utc>) -> Result<(), VerifyError> {
        times::check(claims, self.limits(), now)?;
        let (token_id, session_id) = (claims.token_id, claims.session_id);
        match self.status(&facts(claims, key_id), now) {
            Status::NotListed => {}
            Status::Listed(by) => return Err(VerifyError::Revoked { token_id, session_id, by }),
            Status::Unknown => return Err(VerifyError::StatusUnknown),
        }
        let token = Presented {
            session: session_id,
            generation: claims.generation,
            issued_at: claims.issued_at.timestamp_micros(),
            expires_at: claims.expires_at.timestamp_micros(),
        };
        let moment = |micros| DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MIN_UTC);
        match self.shared.set.present(token, now.timestamp_micros()) {
            Standing::Newest | Standing::InGrace => Ok(()),
            Standing::Unknown => Err(VerifyError::StatusUnknown),
            Standing::Superseded { retired_at } => {
                Err(VerifyError::Superseded { token_id, session_id, retired_at: moment(retired_at), now })
            }
            Standing::Replayed { retired_at } => {
                let listed = self.list(&Revocation::Session(session_id), now);
                // Of several who find out at the same moment, one tells.
                if listed != Ok(Listed::Before) {
                    self.shared.events.reused(claims, listed.is_ok());
                }
                let (retired_at, ended) = (moment(retired_at), listed.is_ok());
                Err(VerifyError::Replayed { token_id, session_id, retired_at, now, ended })
            }
        }
    }
}
