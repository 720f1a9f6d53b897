//! `hallpass key`: make a key, show what may be shown of one, and change the keys of a set.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use hallpass::key::{Key, KeyId, LocalKey, SecretKey};
use serde::Serialize;

use crate::failure::Failure;
use crate::rotation::RotationCommand;
use crate::screen::Form;
use crate::{arguments, screen};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a secret key and print it as PASERK, or write it to a file
    Generate {
        /// A key for encrypted tokens (v4.local) instead of signed ones (v4.public)
        #[arg(long)]
        local: bool,
        /// Write the key to this new file, readable by its owner alone, instead of printing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the public half of a secret key: all that a service needs that only verifies
    Public {
        /// A file with a key or a key set, whose current key is meant
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Print the id by which tokens name a key (kid)
    Id {
        /// A file with a key or a key set, whose current key is meant
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    #[command(flatten)]
    Rotation(RotationCommand),
}

impl KeyCommand {
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        match self {
            Self::Generate { local, out } => {
                let key = if local { Key::from(LocalKey::generate()?) } else { SecretKey::generate()?.into() };
                generated(&key, out.as_deref(), form)
            }
            Self::Public { key: path } => {
                let public = match current(&path)? {
                    Key::Secret(key) => key.public_key().clone(),
                    Key::Public(key) => key,
                    _ => return Err(Failure::NoPublicHalf { path }),
                };
                let paserk = public.to_paserk();
                match form {
                    Form::Text => Ok(screen::result(&paserk)?),
                    Form::Json => show(public.id(), Some(&paserk), None),
                }
            }
            Self::Id { key: path } => {
                let id = current(&path)?.id();
                match form {
                    Form::Text => Ok(screen::result(&id.to_string())?),
                    Form::Json => show(id, None, None),
                }
            }
            Self::Rotation(command) => command.run(form),
        }
    }
}

/// A new key is printed, which is what it was made for, or it is written and only named.
fn generated(key: &Key, out: Option<&Path>, form: Form) -> Result<(), Failure> {
    let paserk = match key {
        Key::Local(key) => key.to_paserk(),
        Key::Secret(key) => key.to_paserk(),
        _ => return Ok(()),
    };
    if let Some(path) = out {
        write_new(path, &paserk)?;
    }
    match (form, out) {
        (Form::Text, None) => Ok(screen::result(&paserk)?),
        (Form::Text, Some(_)) => Ok(()),
        (Form::Json, None) => show(key.id(), Some(&paserk), None),
        (Form::Json, Some(path)) => show(key.id(), None, Some(path)),
    }
}

/// A key as a JSON object.
fn show(id: KeyId, key: Option<&str>, file: Option<&Path>) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Shown<'a> {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    }
    let file = file.map(|path| path.display().to_string());
    Ok(screen::object(&Shown { id: id.to_string(), key, file })?)
}

fn current(path: &Path) -> Result<Key, Failure> {
    arguments::keys(path)?.current().cloned().ok_or_else(|| Failure::NoCurrentKey { path: path.to_owned() })
}

/// Writes a secret to a file that was not there before, and returns when it is on the disk: a key that
/// is lost takes every token with it, and so does one that is overwritten.
fn write_new(path: &Path, secret: &str) -> Result<(), Failure> {
    let write = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::Exists { path: path.to_owned() },
        _ => Failure::Write { path: path.to_owned(), source },
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(write)?;
    // Two writes, so that no second copy of the secret is made in memory.
    file.write_all(secret.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(path))
        .map_err(|error| {
            // Half a key would only stand in the way of the next attempt. The first error is the one
            // that matters.
            let _ = fs::remove_file(path);
            write(error)
        })
}

/// A new file is durable when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
