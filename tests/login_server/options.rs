//! The server's options, and its files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, Instant};

use hallpass::key::{KeySet, LocalKey};

use crate::http::Cookie;
use crate::server::{self, Server};

#[test]
fn the_keys_are_made_once_beside_the_denylist_and_nobody_else_reads_them() {
    let mut server = Server::start(&[]);
    let path = server.folder().join("denylist.redb.keys");
    let keys = fs::read(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let token = server.login("alice");
    server.kill_and_start_again();
    assert_eq!(fs::read(&path).unwrap(), keys);
    assert!(server.lives(&token));
}

#[test]
fn a_file_of_keys_is_used_and_a_cookie_of_other_keys_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.keys");
    KeySet::issuing(LocalKey::generate().unwrap()).save(&path).unwrap();
    let server = Server::start(&["--keys", path.to_str().unwrap()]);
    assert!(!server.folder().join("denylist.redb.keys").exists());
    let token = server.login("alice");
    assert!(server.lives(&token));

    let foreign = Server::start(&[]).login("alice");
    let response = server.me(&foreign);
    // Another process, which has been told of a newer key, may know it.
    assert_eq!((response.status, response.cookie()), (401, Cookie::Kept));
}

#[test]
fn a_session_ends_at_its_absolute_timeout_however_busy_it_is() {
    let server = Server::start(&["--lifetime", "2s", "--absolute", "3s", "--leeway", "0s", "--grace", "0s"]);
    let begin = Instant::now();
    let mut token = server.login("alice");
    loop {
        let response = server.me(&token);
        let elapsed = begin.elapsed();
        if response.status == 401 {
            assert_eq!(response.cookie(), Cookie::Removed);
            assert!(elapsed >= Duration::from_millis(2900), "{elapsed:?}");
            break;
        }
        assert!(elapsed < Duration::from_millis(3500), "{elapsed:?}");
        if let Cookie::Set(successor) = response.cookie() {
            token = successor;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_second_server_on_the_same_file_says_what_is_wrong_and_the_first_goes_on() {
    let server = Server::start(&[]);
    let token = server.login("alice");
    let second = server::fails(server.folder(), &[]);
    assert!(!second.status.success());
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(error.contains("denylist.redb") && error.contains("another process"), "{error}");
    assert!(server.lives(&token));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for options in [
        ["--lifetime", "0s"],
        ["--lifetime", "soon"],
        ["--lifetime", "365days"],
        ["--absolute", "0s"],
        ["--leeway", "1h"],
        ["--grace", "1h"],
        ["--keys", "/nowhere/app.keys"],
        ["--listen", "nowhere"],
    ] {
        let output = server::fails(folder.path(), &options);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{options:?}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("listening"), "{options:?}");
    }
}

#[test]
fn a_url_in_the_variable_stands_for_the_denylist_and_its_password_shows_nowhere() {
    let url = "postgres://canary:passw0rd@127.0.0.1:1/canary";
    for options in [&["--help"][..], &["--listen", "nowhere"], &["--listen", "127.0.0.1:0"]] {
        let output = server::alone().args(options).env("HALLPASS_DENYLIST", url).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains("passw0rd"), "{said}");
        // An engine, and no file: it was read.
        assert!(said.contains("HALLPASS_DENYLIST") || said.contains("nowhere") || said.contains("--keys"), "{said}");
    }
}
