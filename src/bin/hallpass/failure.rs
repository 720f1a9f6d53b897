//! Why a command did not do what it was asked to, and the exit code that says so.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hallpass::inspect::UnverifiedError;
use hallpass::key::{KeyError, KeyFileError, KeyId, KeySetError};
use hallpass::store::StoreError;
use hallpass::time::TimeLimitsError;
use hallpass::{DenylistError, ForgetError, IssueError, PrivateClaimsError, RevokeError, TimeoutsError, VerifyError};

use crate::screen::{Form, OutputError};
use crate::standard_input::InputError;
use crate::text;

/// The token was refused.
const REFUSED: u8 = 2;
/// Anything else went wrong.
const FAILED: u8 = 1;
/// The doctor has warnings, and no errors.
const WARNED: u8 = 3;
/// The doctor has found errors.
const AILING: u8 = 4;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("refused")]
    Refused(#[source] VerifyError),
    /// Whether the token is good could not be found out: the token is not refused.
    #[error(transparent)]
    NotVerified(VerifyError),
    #[error("refused")]
    NotAToken(#[from] UnverifiedError),
    #[error("refused")]
    NoToken(#[source] InputError),
    #[error(transparent)]
    Input(InputError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    #[error("--key takes the name of a file that holds the key, not a key or a token")]
    NotAFileName,
    #[error("{}: no key in it is current", path.display())]
    NoCurrentKey { path: PathBuf },
    #[error("{}: a local key has no public half", path.display())]
    NoPublicHalf { path: PathBuf },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    KeySet(#[from] KeySetError),
    #[error("no deadline can be so far away")]
    NoSuchDeadline,
    #[error("{}: exists already, and is left as it is", path.display())]
    Exists { path: PathBuf },
    #[error("{}: can't be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the claim {name:?} is given twice")]
    ClaimTwice { name: String },
    #[error(transparent)]
    Claims(#[from] PrivateClaimsError),
    #[error(transparent)]
    Limits(#[from] TimeLimitsError),
    #[error(transparent)]
    Timeouts(#[from] TimeoutsError),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: in use by another process: while that runs, it alone can revoke or change anything here", path.display())]
    InUse { path: PathBuf },
    #[error(transparent)]
    Denylist(DenylistError),
    #[error(transparent)]
    Revoke(RevokeError),
    #[error("whether it is on the disk is not known, so do it again")]
    NotSafe(#[source] StoreError),
    #[error("not revoked anywhere, as far as is known, so do it again")]
    NotShared(#[source] StoreError),
    #[error("revoked everywhere still, as far as is known, so do it again")]
    NotForgotten(#[source] StoreError),
    #[error(transparent)]
    Forget(ForgetError),
    #[error("the key {id} is not revoked")]
    KeyNotRevoked { id: KeyId },
    #[error("warnings: {warnings}")]
    Warnings { warnings: u64 },
    #[error("errors: {errors}, warnings: {warnings}")]
    Errors { errors: u64, warnings: u64 },
    #[error("a mistake in hallpass itself has stopped it")]
    Panic,
}

impl Failure {
    /// Says what happened and what led to it, in one line, and with which code to exit.
    pub(crate) fn report(self, form: Form) -> ExitCode {
        match &self {
            // Whoever read our output has gone, on purpose as a rule (`| head`): nobody waits for a word.
            Self::Output(OutputError(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
            failure => form.fail(&text::chain(failure), failure.outcome()),
        }
        ExitCode::from(match self {
            Self::Refused(_) | Self::NotAToken(_) | Self::NoToken(_) => REFUSED,
            Self::Warnings { .. } => WARNED,
            Self::Errors { .. } => AILING,
            _ => FAILED,
        })
    }

    /// What the verification of a token came to, in the words of [`VerifyError::outcome`].
    fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Refused(error) | Self::NotVerified(error) => Some(error.outcome()),
            Self::NotAToken(_) | Self::NoToken(_) => Some("malformed"),
            _ => None,
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::StatusUnknown => Self::NotVerified(error),
            error => Self::Refused(error),
        }
    }
}

impl From<DenylistError> for Failure {
    fn from(error: DenylistError) -> Self {
        match error {
            DenylistError::Store(error) => Self::Store(error),
            error => Self::Denylist(error),
        }
    }
}

impl From<ForgetError> for Failure {
    fn from(error: ForgetError) -> Self {
        match error {
            // Nor is "forgotten here".
            ForgetError::NotShared(error) => Self::NotForgotten(error),
            ForgetError::NotSafe(error) => Self::NotSafe(error),
            error => Self::Forget(error),
        }
    }
}

impl From<RevokeError> for Failure {
    fn from(error: RevokeError) -> Self {
        match error {
            // "In force here" is of no use to anyone when this process ends.
            RevokeError::NotSafe(error) => Self::NotSafe(error),
            RevokeError::NotShared(error) => Self::NotShared(error),
            error => Self::Revoke(error),
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Io(_) => Self::Input(error),
            error => Self::NoToken(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use hallpass::store::StoreErrorKind;

    use super::*;

    #[test]
    fn nothing_is_said_to_be_in_force_here_when_the_process_ends() {
        let error =
            || StoreError::new(StoreErrorKind::Io).at("db.example:5432/sessions").because("no answer within 5 s");
        for (failure, begins) in [
            (Failure::from(RevokeError::NotSafe(error())), "whether it is on the disk is not known, so do it again: "),
            (RevokeError::NotShared(error()).into(), "not revoked anywhere, as far as is known, so do it again: "),
            (ForgetError::NotShared(error()).into(), "revoked everywhere still, as far as is known, so do it again: "),
        ] {
            let expected = format!("{begins}db.example:5432/sessions: can't be read or written: no answer within 5 s");
            assert_eq!(text::chain(&failure), expected);
            assert_eq!(failure.report(Form::Text), ExitCode::from(FAILED));
        }
    }
}
