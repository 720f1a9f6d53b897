//! The file of a denylist: whether it is one, who may read it, and who has it open.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use hallpass::store::RedbStore;

use super::permissions::{self, Holds};
use super::remedy;
use super::report::Report;
use crate::screen::OutputError;
use crate::text;

/// Gives the store if it can be looked at.
pub(super) fn look(report: &mut Report, path: &Path) -> Result<Option<RedbStore>, OutputError> {
    let store = match RedbStore::open_read_only(path) {
        Ok(store) => store,
        Err(error) => {
            report.error("list", &text::chain(&error), remedy::of_file(error.kind()))?;
            if path.is_file() {
                permissions::look(report, "list-permissions", path, Holds::Private)?;
            }
            return Ok(None);
        }
    };
    report.ok("list", &format!("{}: a denylist that can be read", path.display()))?;
    permissions::look(report, "list-permissions", path, Holds::Private)?;
    match is_held(path) {
        Ok(true) => report.ok("list-in-use", "a process has it open for writing, which alone can revoke")?,
        Ok(false) => report.ok("list-in-use", "no process has it open for writing: `hallpass revoke` can")?,
        Err(error) => report.error("list-in-use", &format!("{}: {error}", path.display()), "make it readable")?,
    }
    Ok(Some(store))
}

/// Whether somebody has a file that can be read open for writing. redb says so in the byte behind its magic number, of
/// which the second bit means that a writer is alive, or has died and left the file open (its docs/design.md); and that
/// one could not be read. No lock is taken, which would be in the way of a server that starts.
fn is_held(path: &Path) -> io::Result<bool> {
    const MAGIC: usize = 9;
    const OPEN: u8 = 0b10;
    let mut begin = [0; MAGIC + 1];
    File::open(path)?.read_exact(&mut begin)?;
    Ok(begin.last().is_some_and(|flags| flags & OPEN != 0))
}
