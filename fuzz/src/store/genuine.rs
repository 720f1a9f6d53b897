//! Genuine files: of a list that was closed properly, and of one whose process was killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use hallpass::store::{Header, Record, RedbStore, Store as _};

use super::super::world::noon;

/// A file in memory, where there is a place for that, under a name that nobody else has.
pub(super) struct File(PathBuf);

impl File {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(folder.join(format!("hallpass-fuzz-{process}-{number}.redb")))
    }

    pub(super) fn with(bytes: &[u8]) -> Self {
        let file = Self::new();
        fs::write(file.path(), bytes).expect("a place for files");
        file
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).expect("it is there")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.path());
    }
}

/// A file, and what is in it.
pub(super) struct Genuine {
    pub(super) image: Vec<u8>,
    /// The same as when the process that writes it is killed.
    pub(super) unclean: Vec<u8>,
    pub(super) header: Header,
    pub(super) records: Vec<Record>,
    /// Where anything but zeros is, in steps of 16 bytes.
    pub(super) used: Vec<usize>,
}

pub(super) static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let file = File::new();
    let (header, hour) = (header(), TimeDelta::hours(1));
    let store = RedbStore::open(file.path(), header).expect("a new file");
    let append = |records: &[Record]| store.append(records).expect("there is room");
    append(&(0..8).map(|n| id(n, -3600)).collect::<Vec<_>>());
    append(&[key(1), key(2)]);
    append(&(8..64).map(|n| id(n, n.into())).collect::<Vec<_>>());
    store.purge(noon() + TimeDelta::minutes(1) - hour / 2, 100).expect("there is something to drop");
    append(&[subject(3), first_use(4)]);
    append(&[everyone()]);
    let unclean = file.bytes();
    let records = super::all(&store).expect("just written");
    let header = store.header().expect("just written");
    assert!(records.len() == 61 && header.purged().is_some());
    drop(store);
    let image = file.bytes();
    let used = (0..image.len()).step_by(16).filter(|&at| image[at..at + 16] != [0; 16]).collect();
    Genuine { image, unclean, header, records, used }
});

pub(super) fn header() -> Header {
    let mut bytes = vec![0, 1];
    let lifetime = 15 * 60 * 1_000_000_i64;
    for number in [moment(-7200), moment(-7190), lifetime] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend([0x5e; 16]);
    bytes.extend([0xe9; 16]);
    Header::from_bytes(&bytes).expect("a header")
}

fn record(kind: u8, fields: &[&[u8]]) -> Record {
    Record::from_bytes(&[&[1, kind], &*fields.concat()].concat()).expect("a record")
}

pub(super) fn id(n: u8, seconds: i64) -> Record {
    record(1, &[&[n; 16], &moment(seconds).to_be_bytes()])
}

fn subject(n: u8) -> Record {
    record(2, &[&[n; 16], &moment(65).to_be_bytes(), &moment(75).to_be_bytes()])
}

fn everyone() -> Record {
    record(3, &[&moment(70).to_be_bytes(), &moment(80).to_be_bytes(), &[5; 16], &moment(60).to_be_bytes()])
}

fn key(n: u8) -> Record {
    record(4, &[&[0], &[n; 33], &moment(0).to_be_bytes()])
}

fn first_use(n: u8) -> Record {
    record(6, &[&[n; 16], &7_u32.to_be_bytes(), &moment(66).to_be_bytes(), &moment(900).to_be_bytes()])
}

fn moment(seconds: i64) -> i64 {
    (noon() + TimeDelta::seconds(seconds)).timestamp_micros()
}
