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

    fn open(&self) -> Denylist {
        Denylist::builder().open_at(self.path(), noon()).unwrap()
    }
}
