//! A small disk of one test's own.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const SIZE: &str = "size=2m";

/// A disk in memory, unmounted when it is dropped.
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let disk = Self { folder: TempDir::new().unwrap() };
        run(Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(disk.folder.path()));
        disk
    }

    /// The file of the list.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("denylist.redb")
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Writes another file until only so many bytes are left, or a page less.
    pub(crate) fn fill(&self, left: u64) {
        let mut filler = File::create(self.filler()).unwrap();
        while filler.write(&[1; 4096]).is_ok_and(|written| written > 0) {}
        let len = filler.metadata().unwrap().len();
        filler.set_len(len.saturating_sub(left)).unwrap();
    }

    /// Takes that other file away.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    /// Lets it be only read, which the system refuses while a file on it is open to be written.
    pub(crate) fn try_protect(&self) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,ro"]).arg(self.folder.path()).output().unwrap().status.success()
    }

    pub(crate) fn unprotect(&self) {
        run(Command::new("mount").args(["-o", "remount,rw"]).arg(self.folder.path()));
    }

    /// The names of all that is on it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.folder.path().read_dir().unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(self.folder.path()));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
