//! What every token that is issued must be: dated so that verifiers read it, and no longer than they look at.

use std::sync::Arc;

use super::IssueError;
use crate::claims::{Claims, PrivateClaimsError, write_payload};
use crate::time::is_writable;
use crate::token::MAX_TOKEN_LEN;

/// The payload of these claims, and of the private ones beside them.
pub(crate) fn payload(claims: &Claims, private: Option<&str>) -> Result<String, IssueError> {
    let dates = [Some(claims.issued_at), Some(claims.expires_at), Some(claims.auth_time), claims.not_before];
    if !dates.into_iter().flatten().all(is_writable) {
        return Err(IssueError::Date);
    }
    write_payload(claims, private).map_err(|error| IssueError::Json(Arc::new(PrivateClaimsError::Unwritable(error))))
}

pub(crate) fn within_length(text: String) -> Result<String, IssueError> {
    match text.len() {
        len if len > MAX_TOKEN_LEN => Err(IssueError::TooLong { len, max: MAX_TOKEN_LEN }),
        _ => Ok(text),
    }
}
