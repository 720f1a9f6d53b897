//! What a list keeps, and in what.

mod conformance;
mod contents;
mod files;
mod purging;
mod restart;
mod saving;

use std::path::PathBuf;

use hallpass::Denylist;
use hallpass::store::Header;
use hallpass::time::TimeLimits;
use tempfile::TempDir;

use crate::support::noon;

fn header() -> Header {
    Header::new(TimeLimits::default(), noon()).unwrap()
}

/// A folder for one file, gone after the test.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("denylist.redb")
    }

    /// In memory, where there is such a folder, for what is opened many times and need not outlast anything.
    fn in_memory() -> Self {
        Self { folder: TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap() }
    }

    /// The names of all that is in the folder.
    fn names(&self) -> Vec<String> {
        let entries = self.folder.path().read_dir().unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn open(&self) -> Denylist {
        Denylist::builder().open_at(self.path(), noon()).unwrap()
    }
}
