//! Over files that are not what they should be.

use std::path::Path;

use chrono::Utc;
use hallpass::TokenId;
use redb::Database;

use super::super::service::{Service, done, text};
use super::super::{Run, hallpass};
use super::{reading, writing};
use crate::file_rows::{put_last, row};

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let service = Service::new();
    std::fs::remove_file(&service.list).unwrap();
    for run in reading(&service).into_iter().chain(writing(&service)) {
        run.fails(1, "denylist.redb: there is no denylist");
    }
    let names: Vec<_> = std::fs::read_dir(service.desk.path("")).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(names.len(), 1, "the key alone: {names:?}");
}

#[test]
fn a_file_of_somebody_elses_is_left_as_it_is() {
    let service = Service::new();
    let database = Database::create(service.desk.path("other")).unwrap();
    drop(database);
    let other = std::fs::read(service.desk.path("other")).unwrap();
    let prose = b"Dear diary, ".repeat(1000);
    for bytes in [&other, &prose] {
        std::fs::write(&service.list, bytes).unwrap();
        for run in reading(&service).into_iter().chain(writing(&service)) {
            run.fails(1, "denylist.redb: not a denylist");
        }
        assert_eq!(&service.bytes(), bytes);
    }
}

#[test]
fn a_damaged_file_is_one_line_and_exit_code_1() {
    let service = Service::new();
    service.put_ids((0..2000).map(|n| (n, Utc::now())));
    let whole = service.bytes();
    let mut altered = whole.clone();
    // Two bytes in each page but the first, where redb begins.
    for at in (4096..altered.len()).step_by(4096) {
        altered[at] ^= 0x55;
        altered[at + 100] ^= 0x55;
    }
    for bytes in [&[][..], &whole[..whole.len() / 2], &altered] {
        std::fs::write(&service.list, bytes).unwrap();
        for run in reading(&service).into_iter().chain(writing(&service)) {
            run.fails(1, "denylist.redb: ");
        }
        assert_eq!(&service.bytes(), bytes);
    }
}

#[test]
fn a_file_that_was_not_closed_is_mended_by_whatever_writes() {
    let service = Service::new();
    let token = service.issue(&[]);
    let server = service.runs();
    server.revoke(text(&service.accepts(&token)["sid"]).parse::<TokenId>().unwrap()).wait().unwrap();
    // As a crash leaves it: what is on the disk while the server runs.
    let torn = service.bytes();
    drop(server);
    for mend in
        [&["denylist", "purge", "--denylist", &service.list][..], &["revoke", "--denylist", &service.list, "everyone"]]
    {
        std::fs::write(&service.list, &torn).unwrap();
        for run in reading(&service) {
            run.fails(1, "was not closed properly: open it for writing once");
        }
        assert_eq!(hallpass(mend).code, 0);
        service.refuses(&token, "is revoked");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_full_disk_has_not_taken_is_not_called_revoked() {
    let service = Service::new();
    let token = service.issue(&[]);
    // Nothing can be written beyond the first 8 KiB of a file, as if the disk were full.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.args([
        "-c",
        script,
        "sh",
        env!("CARGO_BIN_EXE_hallpass"),
        "revoke",
        "--denylist",
        &service.list,
        "everyone",
    ]);
    // Where coverage is measured, its counters would be such a file.
    command.env("LLVM_PROFILE_FILE", "/dev/null");
    let run = Run::of(command.output().unwrap(), b"");
    run.fails(1, "whether it is on the disk is not known, so do it again: ");
    // Again, with room.
    done(service.revoke(&["everyone"]));
    service.refuses(&token, "a cutoff for everyone");
}

#[test]
fn what_a_newer_version_wrote_is_not_passed_over_and_what_nobody_can_read_is_told() {
    let service = Service::new();
    let put = |record: &[u8]| put_last(Path::new(&service.list), &row(&[record]));
    put(b"\x01certainly not a record");
    let remark = "hallpass: records of the denylist that can't be read: 1; what they revoked is not known\n";
    let token = service.issue(&[]);
    for run in [service.denylist(&["list"]), service.verify(&token, &[])] {
        assert_eq!((run.code, &*run.stderr), (0, remark));
    }
    assert_eq!(service.stats()["malformed"], 1);
    put(b"\x02of another age");
    for run in reading(&service).into_iter().chain(writing(&service).into_iter().take(5)) {
        run.fails(1, "denylist.redb: a denylist of format 2, which a newer hallpass wrote");
    }
}
