//! What the doctor finds in the file of a denylist.

use std::fs;
use std::path::Path;

use hallpass::TokenId;

use super::{findings, finds, finds_nothing, ills, says, service};
use crate::file_rows::{put_last, row};

#[test]
fn a_file_that_is_none_is_an_error_of_its_kind() {
    let service = service();
    let whole = service.bytes();
    let list = ["--denylist", &service.list];
    for (bytes, finding) in [
        (&b""[..], "a damaged denylist: an empty file"),
        (&whole[..whole.len() / 2], "a damaged denylist"),
        (&b"Dear diary, ".repeat(1000), "not a denylist"),
    ] {
        fs::write(&service.list, bytes).unwrap();
        finds(&list, "list", "error", finding);
        assert_eq!(service.bytes(), bytes);
    }
    fs::remove_file(&service.list).unwrap();
    finds(&list, "list", "error", "there is no denylist");
    assert!(!fs::exists(&service.list).unwrap());
    // Whose permissions are nobody's affair here.
    fs::create_dir(&service.list).unwrap();
    finds(&list, "list", "error", "not a denylist: not a file");
}

#[test]
fn whether_a_server_has_it_open_is_said_and_so_is_whether_one_has_died() {
    let service = service();
    let list = ["--denylist", &service.list];
    assert!(says(&finds_nothing(&list), "list-in-use").starts_with("no process has it open"));
    let server = service.runs();
    server.revoke(TokenId::from_bytes([7; 16])).wait().unwrap();
    let found = finds_nothing(&list);
    assert!(says(&found, "list-in-use").starts_with("a process has it open"));
    assert!(says(&found, "list-records").starts_with("ids 1,"));
    // As a crash leaves it.
    let torn = service.bytes();
    drop(server);
    assert!(says(&finds_nothing(&list), "list-in-use").starts_with("no process has it open"));
    fs::write(&service.list, &torn).unwrap();
    finds(&list, "list", "error", "was not closed properly");
    assert_eq!(service.bytes(), torn, "and it is not mended by looking");
}

#[test]
#[cfg(unix)]
fn a_file_that_others_may_read_is_a_warning_and_one_that_they_may_write_an_error() {
    let service = service();
    for (mode, level, finding) in [
        (0o644, "warning", "mode 0644: others may read who was logged out when"),
        (0o660, "error", "mode 0660: others may write it"),
        (0o400, "error", "mode 0400: its owner may not write it"),
    ] {
        super::set_mode(&service.list, mode);
        finds(&["--denylist", &service.list], "list-permissions", level, finding);
    }
}

#[test]
fn records_that_nobody_can_read_are_an_error_and_so_are_those_of_a_newer_version() {
    let service = service();
    let put = |record: &[u8]| put_last(Path::new(&service.list), &row(&[record]));
    put(b"\x01certainly not a record");
    finds(&["--denylist", &service.list], "list-records", "error", "; 1 can't be read");
    put(b"\x02of another age");
    let (code, found) = findings(&["--denylist", &service.list, "--key", &service.key]);
    assert_eq!(code, 4);
    let ills = ills(&found);
    assert_eq!((ills.len(), ills[0].0), (1, "list-records"), "{ills:?}");
    assert!(ills[0].2.contains("which a newer hallpass wrote"), "{ills:?}");
    // The keys are looked at all the same, but for whether they are revoked.
    assert!(says(&found, "key-current").ends_with(" issues"));
    assert!(!found.iter().any(|finding| finding["check"] == "key-revoked"));
}
