//! `hallpass key list`, `next`, `rotate`, `retire` and `tidy`: the keys of a set, in the file that the servers read. Each
//! writes the file anew, in one step, or leaves it as it is.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Subcommand;
use hallpass::key::{Key, KeyId, KeySet, KeyState, LocalKey, SecretKey};
use hallpass::time::to_rfc3339;
use serde::Serialize;

use crate::failure::Failure;
use crate::screen::Form;
use crate::{arguments, clock, screen};

#[derive(Debug, Subcommand)]
pub(crate) enum RotationCommand {
    /// Print the id of each key of a set, and what it may do
    List {
        /// A file with a key set
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Add a new key that verifies already, and issues after the next rotation
    Next {
        /// The file with the key set, or with the one key there is
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// A key for encrypted tokens (v4.local); without it, one of the current key's kind
        #[arg(long)]
        local: bool,
    },
    /// Let the next key issue, and the current one only verify for a while, its secret half forgotten
    Rotate {
        /// The file with the key set
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// For how long: longer than any token lives, and the leeway
        #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = arguments::duration)]
        verify_for: TimeDelta,
    },
    /// Refuse a key from now on, whatever it signed; in the servers too, once they have the file
    Retire {
        /// The file with the key set
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The id of the key (kid)
        #[arg(value_name = "KID")]
        id: KeyId,
    },
    /// Drop the keys that are past their deadline
    Tidy {
        /// The file with the key set
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

/// What has become of a key, or what it may do.
#[derive(Default, Serialize)]
struct Shown {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl RotationCommand {
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        match self {
            Self::List { key } => arguments::keys(&key)?.states().try_for_each(|(id, state)| list(id, state, form)),
            Self::Next { key: file, local } => {
                let set = arguments::keys(&file)?;
                let is_local = local || matches!(set.current(), Some(Key::Local(_)));
                let key = if is_local { Key::from(LocalKey::generate()?) } else { SecretKey::generate()?.into() };
                let id = key.id();
                save(&set.with_next(key)?, &file)?;
                told(id, form)
            }
            Self::Rotate { key: file, verify_for } => {
                let until = clock::now().checked_add_signed(verify_for).ok_or(Failure::NoSuchDeadline)?;
                let set = arguments::keys(&file)?.rotated(until)?;
                save(&set, &file)?;
                set.current().map_or(Ok(()), |current| told(current.id(), form))
            }
            Self::Retire { key: file, id } => {
                save(&arguments::keys(&file)?.with_retired(id)?, &file)?;
                done(id, form)
            }
            Self::Tidy { key: file } => tidy(&file, form),
        }
    }
}

fn tidy(file: &Path, form: Form) -> Result<(), Failure> {
    let (set, now) = (arguments::keys(file)?, clock::now());
    let is_past = |state: &KeyState| matches!(state, KeyState::VerifyOnly { until } if *until <= now);
    let past: Vec<KeyId> = set.states().filter(|(_, state)| is_past(state)).map(|(id, _)| id).collect();
    if past.is_empty() {
        return Ok(());
    }
    save(&past.iter().try_fold(set, |set, id| set.without(*id))?, file)?;
    past.into_iter().try_for_each(|id| done(id, form))
}

fn save(set: &KeySet, file: &Path) -> Result<(), Failure> {
    Ok(set.save(file)?)
}

fn list(id: KeyId, state: KeyState, form: Form) -> Result<(), Failure> {
    let (state, until) = match state {
        KeyState::Next => ("next", None),
        KeyState::Current => ("current", None),
        KeyState::VerifyOnly { until } => ("verify-only", Some(to_rfc3339(until))),
        KeyState::Retired => ("retired", None),
        _ => ("unknown", None),
    };
    match form {
        Form::Json => screen::object(&Shown { id: id.to_string(), state: Some(state), until })?,
        Form::Text => screen::result(format!("{id} {state} {}", until.unwrap_or_default()).trim_end())?,
    }
    Ok(())
}

/// The key that is new, or issues now.
fn told(id: KeyId, form: Form) -> Result<(), Failure> {
    match form {
        Form::Json => screen::object(&Shown { id: id.to_string(), ..Shown::default() })?,
        Form::Text => screen::result(&id.to_string())?,
    }
    Ok(())
}

/// The key that was meant: who asked for text knows it.
fn done(id: KeyId, form: Form) -> Result<(), Failure> {
    match form {
        Form::Json => told(id, form),
        Form::Text => Ok(()),
    }
}
