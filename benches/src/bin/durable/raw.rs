//! The primitives: an append and an fdatasync; and redb with keys in order, as the list's own are.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use redb::{Database, TableDefinition};

use crate::{Calls, present};

/// As many bytes as the record of an id has.
const RECORD: [u8; 26] = [7; 26];
const TABLE: TableDefinition<u64, &[u8]> = TableDefinition::new("records");

pub(crate) struct RawFile {
    file: File,
}

impl RawFile {
    pub(crate) fn new(folder: &Path) -> Self {
        let mut file = File::create(folder.join("raw")).unwrap();
        file.write_all(&RECORD.repeat(present())).unwrap();
        file.sync_all().unwrap();
        Self { file }
    }

    pub(crate) fn append(&mut self, at_once: usize, commits: usize, calls: &mut Calls) {
        let bytes = RECORD.repeat(at_once);
        measure(at_once, commits, calls, || {
            self.file.write_all(&bytes).unwrap();
            self.file.sync_data().unwrap();
        });
    }
}

pub(crate) struct BareRedb {
    database: Database,
    next: u64,
}

impl BareRedb {
    pub(crate) fn new(folder: &Path) -> Self {
        let database = Database::builder().set_cache_size(16 << 20).create(folder.join("bare.redb")).unwrap();
        let mut bare = Self { database, next: 0 };
        bare.commit(present());
        bare
    }

    pub(crate) fn append(&mut self, at_once: usize, commits: usize, calls: &mut Calls) {
        measure(at_once, commits, calls, || self.commit(at_once));
    }

    fn commit(&mut self, records: usize) {
        let mut transaction = self.database.begin_write().unwrap();
        transaction.set_two_phase_commit(true);
        {
            let mut table = transaction.open_table(TABLE).unwrap();
            for _ in 0..records {
                table.insert(self.next, &RECORD[..]).unwrap();
                self.next += 1;
            }
        }
        transaction.commit().unwrap();
    }
}

fn measure(at_once: usize, commits: usize, calls: &mut Calls, mut commit: impl FnMut()) {
    let begin = Instant::now();
    let times: Vec<f64> = (0..commits)
        .map(|_| {
            let begin = Instant::now();
            commit();
            begin.elapsed().as_nanos() as f64
        })
        .collect();
    calls.add(at_once * commits, begin.elapsed().as_secs_f64(), times);
}
