//! A key set in a file that only its owner can read.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use zeroize::Zeroizing;

use super::{KeySet, KeySetTextError};
use crate::disk::{create_new, sync_folder};

/// 64 keys and their comments fit many times over.
const MAX_FILE: usize = 64 * 1024;

/// Threads of a process would write to the same file beside the one they save to.
static SAVING: Mutex<()> = Mutex::new(());

/// A key file that can't be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The operating system says no.
    #[error("{}: can't be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is longer than a key set can be, or not UTF-8.
    #[error("{}: not a key set: longer than {MAX_FILE} bytes, or not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file's text is not a key set.
    #[error("{}: not a key set", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeySetTextError,
    },
}

impl KeySet {
    /// Reads a file that holds a key set or a single PASERK.
    ///
    /// # Errors
    /// [`KeyFileError`] when the file can't be read or is not a key set.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        let path = path.as_ref();
        // All of the room at once, and some to see the end: growing would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE.saturating_add(64)));
        File::open(path)
            .and_then(|file| file.take(MAX_FILE.saturating_add(1) as u64).read_to_end(&mut bytes))
            .map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= MAX_FILE);
        let text = text.ok_or_else(|| KeyFileError::NotText { path: path.to_owned() })?;
        Self::from_text(text).map_err(|source| KeyFileError::Text { path: path.to_owned(), source })
    }

    /// Writes the set to a file with mode 0600, replacing what was there as one step: whoever reads
    /// sees the old set or the new one, and a crash leaves one of them.
    ///
    /// # Errors
    /// [`KeyFileError::Io`] when the file can't be written, or not be known to be durable. It is then
    /// the old one or the new one, and whole.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), KeyFileError> {
        let path = path.as_ref();
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.new", std::process::id()));
        let beside = PathBuf::from(beside);
        let io = |source| KeyFileError::Io { path: path.to_owned(), source };
        let _saving = SAVING.lock();
        // What is left of a process that had this number and died is nobody's.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        let mut file = create_new(&beside).map_err(io)?;
        file.write_all(self.to_text().as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&beside, path))
            .and_then(|()| sync_folder(path))
            .map_err(|source| {
                // The first error is the one that matters.
                let _ = fs::remove_file(&beside);
                io(source)
            })
    }
}
