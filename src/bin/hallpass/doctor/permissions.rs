//! Who else may read or write a file.

use std::path::Path;

use super::report::Report;
use crate::screen::OutputError;

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Keys by which anybody could log in as anybody.
    Secrets,
    /// Who was logged out when, as far as names can be guessed.
    Private,
    /// Public keys: nobody else may write them, and anybody may read them.
    Public,
}

/// Where the system has no such bits nothing is said.
#[cfg(not(unix))]
pub(super) fn look(_: &mut Report, _: &'static str, _: &Path, _: Holds) -> Result<(), OutputError> {
    Ok(())
}

#[cfg(unix)]
pub(super) fn look(report: &mut Report, check: &'static str, path: &Path, holds: Holds) -> Result<(), OutputError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = match std::fs::metadata(path) {
        Ok(about) => about.permissions().mode() & 0o7777,
        Err(error) => return report.error(check, &format!("{}: {error}", path.display()), "make it readable"),
    };
    let (others_read, others_write) = (mode & 0o044 != 0, mode & 0o022 != 0);
    let shown = |what: &str| format!("{}: mode {mode:04o}{what}", path.display());
    match holds {
        _ if others_write => report.error(
            check,
            &shown(": others may write it"),
            "chmod go-w, and find out whether somebody has written it",
        ),
        Holds::Secrets if mode & 0o004 != 0 => report.error(
            check,
            &shown(": everyone here may read secret keys"),
            "chmod 600; if anybody may have read it, rotate, and revoke what it held",
        ),
        // As the secrets of Kubernetes are mounted for a group.
        Holds::Secrets if others_read => report.warning(
            check,
            &shown(": its group may read secret keys"),
            "chmod 600, unless the server reads it by that group and is alone there",
        ),
        Holds::Private if mode & 0o200 == 0 => {
            report.error(check, &shown(": its owner may not write it, so nothing can be revoked"), "chmod u+w")
        }
        Holds::Private if others_read => {
            report.warning(check, &shown(": others may read who was logged out when"), "chmod 600")
        }
        _ => report.ok(check, &shown("")),
    }
}
