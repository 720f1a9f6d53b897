//! Disks that are full and disks that may only be read, for real. `tests/disks/run` runs these tests, where it may
//! mount small disks of their own; an ordinary run says that it leaves them out.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod disk;

use std::fs;
use std::time::Duration;

use disk::Disk;
use hallpass::store::{RedbStore, StoreErrorKind};
use hallpass::{Denylist, DenylistError, Issuer, KeyRing, RevokeError, Token, Verifier, VerifyError};

const ISSUER: &str = "https://app.example";

/// A list in a file, and the keys that outlast it.
struct Server {
    keys: KeyRing,
    denylist: Denylist,
    acknowledged: Vec<Token>,
    /// What is in force here alone.
    refused: Vec<Token>,
    /// Why, in the end.
    error: String,
}

impl Server {
    fn start(disk: &Disk) -> Self {
        let denylist = Denylist::open(disk.path()).unwrap();
        let keys = KeyRing::generate_local().unwrap();
        Self { keys, denylist, acknowledged: Vec::new(), refused: Vec::new(), error: String::new() }
    }

    /// Someone logs in and out, which takes effect here whatever the disk does. Whether it is safe.
    fn revoke(&mut self) -> bool {
        let token = Issuer::new(&self.keys, ISSUER, &self.denylist).login("alice").unwrap();
        let session = Verifier::new(&self.keys, ISSUER, &self.denylist).verify(token.as_str()).unwrap();
        let result = self.denylist.revoke(&session).wait();
        assert!(is_refused(&self.keys, &self.denylist, &token));
        match result {
            Ok(_) => self.acknowledged.push(token),
            Err(RevokeError::NotSafe(error)) => {
                assert_eq!(error.kind(), StoreErrorKind::Io, "{error}");
                self.refused.push(token);
                self.error = format!("{error:?}");
            }
            Err(error) => panic!("{error}"),
        }
        self.refused.is_empty()
    }

    /// Revokes until the disk is full.
    fn revoke_until_it_fails(&mut self) {
        while self.revoke() {
            assert!(self.acknowledged.len() < 100_000, "the disk takes everything");
        }
    }

    /// The store mends itself once it can.
    fn wait_until_all_is_safe(&self) {
        for _ in 0..1000 {
            if self.denylist.store_error().is_none() && self.denylist.stats().unsaved == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not come to be: {:?}", self.denylist.store_error());
    }

    /// Whether a server that starts now with a copy of the file refuses these.
    fn is_in_a_copy(&self, disk: &Disk, tokens: &[Token]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("denylist.redb");
        // An attempt to write may come between.
        while fs::copy(disk.path(), &copy).unwrap() == 0 || fs::read(&copy).unwrap() != fs::read(disk.path()).unwrap() {
        }
        let denylist = Denylist::open(copy).unwrap();
        tokens.iter().all(|token| is_refused(&self.keys, &denylist, token))
    }

    /// The list is given up, and opened again.
    fn restart(&mut self, disk: &Disk) {
        self.stop();
        self.denylist = Denylist::open(disk.path()).unwrap();
    }

    fn stop(&mut self) {
        self.denylist = Denylist::in_memory().unwrap();
    }

    fn refuses_all(&self) -> bool {
        self.acknowledged.iter().chain(&self.refused).all(|token| is_refused(&self.keys, &self.denylist, token))
    }
}

/// Whether it is listed by name, and not as begun before anybody vouched.
fn is_refused(keys: &KeyRing, denylist: &Denylist, token: &Token) -> bool {
    let by_name = |error| matches!(error, VerifyError::Revoked { by: hallpass::status::EntryKind::Id, .. });
    Verifier::new(keys, ISSUER, denylist).verify(token.as_str()).is_err_and(by_name)
}

fn kind(result: Result<Denylist, DenylistError>) -> StoreErrorKind {
    match result {
        Err(DenylistError::Store(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
#[ignore = "needs disks of its own: tests/disks/run"]
fn a_disk_that_fills_up_loses_nothing_and_all_is_safe_once_there_is_room() {
    let disk = Disk::new();
    let mut server = Server::start(&disk);
    (0..200).for_each(|_| assert!(server.revoke()));
    disk.fill(64 * 1024);
    server.revoke_until_it_fails();
    assert!(server.error.contains("No space left"), "{}", server.error);
    // It stays in force here, and nothing is said to be safe.
    (0..50).for_each(|_| assert!(!server.revoke()));
    assert!(server.refuses_all());
    assert!(server.denylist.store_error().is_some() && server.denylist.stats().unsaved > 0);
    assert!(server.is_in_a_copy(&disk, &server.acknowledged), "it was acknowledged");

    disk.make_room();
    server.wait_until_all_is_safe();
    assert!(server.is_in_a_copy(&disk, &server.acknowledged) && server.is_in_a_copy(&disk, &server.refused));
    server.restart(&disk);
    assert!(server.refuses_all());
    server.refused.clear();
    assert!(server.revoke());
}

#[test]
#[ignore = "needs disks of its own: tests/disks/run"]
fn a_list_that_is_given_up_while_the_disk_is_full_has_kept_what_it_acknowledged() {
    let disk = Disk::new();
    let mut server = Server::start(&disk);
    disk.fill(64 * 1024);
    server.revoke_until_it_fails();
    server.stop();
    disk.make_room();
    server.refused.clear();
    server.restart(&disk);
    assert!(server.refuses_all());
}

#[test]
#[ignore = "needs disks of its own: tests/disks/run"]
fn on_a_full_disk_no_list_is_made_and_nothing_is_left_of_it() {
    let disk = Disk::new();
    let mut failed = 0;
    for pages in 0..64 {
        disk.fill(pages * 4096);
        match Denylist::open(disk.path()) {
            Ok(_) => break,
            failure => assert_eq!(kind(failure), StoreErrorKind::Io),
        }
        assert_eq!(disk.names(), ["filler"], "{pages} pages were left");
        failed += 1;
    }
    assert!((1..64).contains(&failed), "{failed}");
    disk.make_room();
    assert!(Server::start(&disk).revoke());
    assert_eq!(disk.names(), ["denylist.redb"]);
}

#[test]
#[ignore = "needs disks of its own: tests/disks/run"]
fn a_disk_that_may_only_be_read_all_of_a_sudden_is_one_that_fails() {
    let disk = Disk::new();
    let mut server = Server::start(&disk);
    (0..200).for_each(|_| assert!(server.revoke()));
    disk.fill(64 * 1024);
    // The system lets it happen only while the file is closed, which it is between attempts to write.
    server.revoke_until_it_fails();
    while !disk.try_protect() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_secs(1));
    (0..50).for_each(|_| assert!(!server.revoke()));
    assert!(server.error.to_lowercase().contains("read-only"), "{}", server.error);
    assert!(server.refuses_all());
    assert!(server.is_in_a_copy(&disk, &server.acknowledged), "it was acknowledged");

    disk.unprotect();
    disk.make_room();
    server.wait_until_all_is_safe();
    server.restart(&disk);
    assert!(server.refuses_all());
}

#[test]
#[ignore = "needs disks of its own: tests/disks/run"]
fn on_a_disk_that_may_only_be_read_a_list_is_read_and_none_is_opened_or_made() {
    let disk = Disk::new();
    assert!(disk.try_protect());
    assert_eq!(kind(Denylist::open(disk.path())), StoreErrorKind::Io);
    assert!(disk.names().is_empty());

    disk.unprotect();
    let mut server = Server::start(&disk);
    (0..200).for_each(|_| assert!(server.revoke()));
    server.stop();
    let before = fs::read(disk.path()).unwrap();
    assert!(disk.try_protect());
    assert_eq!(kind(Denylist::open(disk.path())), StoreErrorKind::Io);
    assert!(fs::read(disk.path()).unwrap() == before);
    let store = RedbStore::open_read_only(disk.path()).unwrap();
    let copy = Denylist::builder().copy_of(&store).unwrap();
    assert!(server.acknowledged.iter().all(|token| is_refused(&server.keys, &copy, token)));

    disk.unprotect();
    drop(store);
    server.restart(&disk);
    assert!(server.refuses_all());
}
