//! `hallpass denylist`: what is in a denylist, and what may leave it.

mod counts;
mod list;
mod revoked_keys;
mod stats;

use clap::{Args, Subcommand};
use hallpass::key::KeyId;
use hallpass::time::TimeLimits;
use serde_json::json;

pub(crate) use self::counts::Counts;
pub(crate) use self::revoked_keys::RevokedKeys;
use crate::failure::Failure;
use crate::list_file::Place;
use crate::screen::Form;
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
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        match self {
            Self::List(file) => list::run(&file.denylist, form),
            Self::Stats(file) => stats::run(&file.denylist),
            Self::Purge(file) => purge(&file),
            Self::ForgetKey { id, file } => forget_key(&file, id, form),
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

fn forget_key(file: &File, id: KeyId, form: Form) -> Result<(), Failure> {
    let denylist = list_file::list(&file.denylist, TimeLimits::default().leeway())?;
    denylist.forget_key(&id).ok_or(Failure::KeyNotRevoked { id })?.wait()?;
    match form {
        Form::Text => Ok(()),
        Form::Json => Ok(screen::object(&json!({ "forgotten": id.to_string() }))?),
    }
}
