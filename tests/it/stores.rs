//! What a list keeps, and in what.

mod clocks;
mod conformance;
mod contents;
mod files;
mod purging;
mod reopening;
mod restart;
mod rows;
mod saving;

use std::path::PathBuf;
use std::time::Duration;

use hallpass::store::Header;
use hallpass::testing::MemoryEngine;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, TokenId};
use tempfile::TempDir;

use crate::file_rows::{RECORDS, database, put_last, put_rows, row, rows};
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

/// A list over an engine that all lists of a test share.
fn list(engine: &MemoryEngine) -> Denylist {
    Denylist::builder().open_store_at(engine.open(header()).unwrap(), noon()).unwrap()
}

/// The nth of many ids.
fn id(n: u32) -> TokenId {
    TokenId::from_bytes(u128::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

/// Waits until it is so, for as long as a slow machine may take.
#[track_caller]
fn until(what: impl Fn() -> bool) {
    for _ in 0..2000 {
        if what() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it does not come to be");
}
