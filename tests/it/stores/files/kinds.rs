//! What is no file of a denylist's at all.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use hallpass::store::{RedbStore, StoreErrorKind};

use super::{Place, fill, has_all, is_refused, refused, refused_to_readers};

#[test]
fn an_empty_file_is_damaged_and_stays_empty() {
    let place = Place::new();
    fs::write(place.path(), b"").unwrap();
    is_refused(&place.path(), StoreErrorKind::Damaged);
}

#[test]
fn what_anybody_may_have_written_is_foreign() {
    let place = Place::new();
    let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect();
    let zeroes = vec![0; 70_000];
    for bytes in [&noise, &noise[..5000], &zeroes, &b"SQLite format 3\0".repeat(512)] {
        fs::write(place.path(), bytes).unwrap();
        is_refused(&place.path(), StoreErrorKind::Foreign);
    }
}

#[test]
fn what_is_too_short_to_tell_is_refused() {
    let place = Place::new();
    for bytes in [&b"\n"[..], b"k4.local.", b"redb", &[0; 319]] {
        fs::write(place.path(), bytes).unwrap();
        let kind = refused(&place.path());
        assert!([StoreErrorKind::Foreign, StoreErrorKind::Damaged].contains(&kind), "{kind:?}");
        is_refused(&place.path(), kind);
    }
}

#[test]
fn a_folder_a_pipe_and_a_socket_are_foreign_and_nobody_waits_for_them() {
    let place = Place::new();
    let (folder, pipe, socket) =
        (place.folder.path().join("folder"), place.folder.path().join("pipe"), place.folder.path().join("socket"));
    fs::create_dir(&folder).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _listener = UnixListener::bind(&socket).unwrap();
    for path in [folder, pipe, socket] {
        assert_eq!(refused(&path), StoreErrorKind::Foreign);
        assert_eq!(refused_to_readers(&path), StoreErrorKind::Foreign);
    }
    assert_eq!(place.names(), ["folder", "pipe", "socket"]);
}

#[test]
fn a_link_leads_to_the_file_and_one_that_leads_nowhere_is_an_error() {
    let place = Place::new();
    fill(&place);
    let linked = Place::new();
    symlink(place.path(), linked.path()).unwrap();
    assert!(has_all(&linked.open()));

    let nowhere = Place::new();
    symlink(nowhere.folder.path().join("nowhere"), nowhere.path()).unwrap();
    assert_eq!(refused(&nowhere.path()), StoreErrorKind::Missing);
    assert_eq!(refused_to_readers(&nowhere.path()), StoreErrorKind::Missing);
    assert_eq!(nowhere.names(), ["denylist.redb"]);
}

#[test]
fn without_permission_it_is_an_error() {
    let place = Place::new();
    fill(&place);
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(place.path()).is_ok() {
        println!("left out: whoever runs this may read everything");
        return;
    }
    assert_eq!(refused(&place.path()), StoreErrorKind::Io);
    assert_eq!(refused_to_readers(&place.path()), StoreErrorKind::Io);
    // Whoever may only read can't revoke, and is told so when opening.
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(refused(&place.path()), StoreErrorKind::Io);
    RedbStore::open_read_only(place.path()).unwrap();
}
