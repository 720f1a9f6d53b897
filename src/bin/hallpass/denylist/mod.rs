//! `hallpass denylist`: what is in a denylist, and what may leave it.

mod list;
mod revoked_keys;
mod stats;

use clap::{Args, Subcommand};
use hallpass::RevokeError;
use hallpass::key::KeyId;
use hallpass::store::{Cursor, Record, Store, pages};
use hallpass::time::TimeLimits;

use crate::failure::Failure;
use crate::list_file::Place;
use crate::{arguments, clock, list_file, screen};

/// So many records are read at once, or looked at for a purge.
const STEP: usize = 10_000;

#[derive(Debug, Subcommand)]
pub(crate) enum DenylistCommand {
    /// Print what is revoked, a JSON object a line
    List(File),
    /// Print how much is in it, and what was laid down when it was made
    Stats(File),
    /// Drop what has expired, and mend a file that was not closed properly; a file not while a server runs
    Purge(File),
    /// Let tokens of a revoked key pass again: only when nobody holds the key any more; in a file not while a server runs
    ForgetKey {
        /// The key's id (kid)
        #[arg(value_name = "KID")]
        id: KeyId,
        #[command(flatten)]
        file: File,
    },
}

#[derive(Debug, Args)]
pub(crate) struct File {
    /// The denylist, which must exist: its file, or the URL of its engine
    #[arg(long, env = arguments::DENYLIST, hide_env_values = true, value_name = "FILE|URL",
        value_parser = arguments::denylist())]
    denylist: Place,
}

impl DenylistCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(file) => list::run(&file.denylist),
            Self::Stats(file) => stats::run(&file.denylist),
            Self::Purge(file) => purge(&file),
            Self::ForgetKey { id, file } => forget_key(&file, id),
        }
    }
}

fn purge(file: &File) -> Result<(), Failure> {
    let store = list_file::writing(&file.denylist)?;
    let (now, mut dropped) = (clock::now(), 0_u64);
    loop {
        let purged = store.purge(now, STEP)?;
        dropped = dropped.saturating_add(purged.dropped);
        if !purged.more {
            return Ok(screen::result(&format!(r#"{{"dropped":{dropped}}}"#))?);
        }
    }
}

fn forget_key(file: &File, id: KeyId) -> Result<(), Failure> {
    let denylist = list_file::list(&file.denylist, TimeLimits::default().leeway())?;
    match denylist.forget_key(&id).ok_or(Failure::KeyNotRevoked { id })?.wait() {
        // It is no revocation that has failed.
        Err(RevokeError::NotShared(error)) => Err(Failure::NotForgotten(error)),
        done => Ok(done.map(drop)?),
    }
}

/// Shows all records, page by page, however many there are; gives how many can't be read.
fn each_page(store: &dyn Store, mut see: impl FnMut(&[Record]) -> Result<(), Failure>) -> Result<u64, Failure> {
    let mut malformed = 0_u64;
    for page in pages(store, Cursor::start(), STEP) {
        let page = page?;
        malformed = malformed.saturating_add(page.malformed);
        see(&page.records)?;
    }
    Ok(malformed)
}
