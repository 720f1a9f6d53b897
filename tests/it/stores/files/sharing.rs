//! One process writes a file.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use hallpass::store::{RedbStore, StoreErrorKind};
use hallpass::testing::internal::redb_store_on;
use hallpass::{Denylist, RevokeError};
use redb::backends::InMemoryBackend;

use super::{Place, fill, has_all, header, refused, token};
use crate::support::{chain, noon};

/// What another process is to open.
const FILE: &str = "HALLPASS_TEST_FILE_TO_HOLD";
const OPENED: &str = "it is open";

/// Another process, in which a file is open, or why it is not.
struct Other {
    process: Child,
    said: String,
}

impl Other {
    fn opens(path: PathBuf) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "stores::files::sharing::holds_a_file_open", "--nocapture", "--include-ignored"])
            .env(FILE, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap).skip_while(|line| !line.starts_with("opening: "));
        let said = lines.next().unwrap().trim_start_matches("opening: ").to_owned();
        Self { process, said }
    }

    /// Lets it close the file and end.
    fn end(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

#[test]
#[ignore = "what another process does for the tests below"]
fn holds_a_file_open() {
    let Some(path) = env::var_os(FILE) else { return };
    match Denylist::builder().open_at(path, noon()) {
        Ok(denylist) => {
            println!("\nopening: {OPENED}");
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            drop(denylist);
        }
        Err(error) => println!("\nopening: {error}"),
    }
}

#[test]
fn a_second_opener_is_told_that_it_is_in_use() {
    let place = Place::new();
    fill(&place);
    let denylist = place.open();
    assert_eq!(refused(&place.path()), StoreErrorKind::InUse);
    let other = Other::opens(place.path());
    assert!(other.said.contains("in use by another process"), "{}", other.said);
    other.end();
    assert!(has_all(&denylist));
    drop(denylist);
    // And is let in as soon as it is not.
    drop(place.open());
}

#[test]
fn another_process_holds_it_until_it_ends() {
    let place = Place::new();
    fill(&place);
    let other = Other::opens(place.path());
    assert_eq!(other.said, OPENED);
    assert_eq!(refused(&place.path()), StoreErrorKind::InUse);
    other.end();
    assert!(has_all(&place.open()));
}

/// redb's own default would be to go on without them.
#[test]
fn where_nothing_can_be_locked_there_is_an_error() {
    // It is one that has no locks.
    let store = redb_store_on(|builder| builder.create_with_backend(InMemoryBackend::new()), header());
    let error = store.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Io);
    assert!(chain(&error).contains("does not support"), "{}", chain(&error));
}

#[test]
fn who_only_reads_disturbs_nobody_and_revokes_nothing() {
    let place = Place::new();
    fill(&place);
    let reader = RedbStore::open_read_only(place.path()).unwrap();
    let denylist = place.open();
    let beside = RedbStore::open_read_only(place.path()).unwrap();
    denylist.revoke_at(token(1000), noon()).wait().unwrap();
    assert!(has_all_and_one(&denylist));
    for reader in [&reader, &beside] {
        let copy = Denylist::builder().copy_of(reader).unwrap();
        let error = copy.revoke_at(token(1001), noon()).wait().unwrap_err();
        assert!(matches!(&error, RevokeError::NotSafe(error) if error.kind() == StoreErrorKind::ReadOnly), "{error}");
    }
}

fn has_all_and_one(denylist: &Denylist) -> bool {
    denylist.stats().ids == super::TOKENS as usize + 1 && denylist.store_error().is_none()
}
