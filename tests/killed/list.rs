//! A list whose process is killed, and what is known about it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::Denylist;
use hallpass::key::{KeyId, SecretKey};
use hallpass::store::{Cursor, RedbStore, Store as _, StoreErrorKind};
use tempfile::TempDir;

use crate::acknowledged::Acknowledged;
use crate::chance::Chance;
use crate::child::Orders;
use crate::clock::{Clock, LEEWAY};
use crate::figures::Figures;

const SIGKILL: i32 = 9;

/// When a child is killed: so soon after its start at the latest, or after its first acknowledgement.
const EARLY: u64 = 25_000;
const LATE: u64 = 60_000;

/// A child that acknowledges nothing for so long is no good.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct List {
    folder: TempDir,
    clock: DateTime<Utc>,
    /// The epoch and the making of the list, once anybody has seen them.
    origin: Option<([u8; 16], DateTime<Utc>)>,
    acknowledged: Vec<Acknowledged>,
    /// All that ever was.
    in_all: u64,
    /// Whether the last kill was not followed by a look.
    is_overdue: bool,
    other_key: KeyId,
}

impl List {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            clock: "2026-11-23T12:00:00Z".parse().unwrap(),
            origin: None,
            acknowledged: Vec::new(),
            in_all: 0,
            is_overdue: false,
            other_key: SecretKey::generate().unwrap().id(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("denylist.redb")
    }

    /// Runs a child, kills it, and looks for what it and those before it have acknowledged; one time in two that is
    /// left to the next time, so that children open what a kill has left, too.
    pub(crate) fn kill_once(&mut self, is_early: bool, chance: &mut Chance, figures: &mut Figures) {
        let clock = Clock::start(self.clock);
        let child = Orders { path: self.path(), base: self.clock, seed: chance.next() }.give();
        let after = if is_early || chance.once_in(8) {
            After::Start(Duration::from_micros(chance.below_below(EARLY)))
        } else {
            After::First(Duration::from_micros(chance.below(LATE)))
        };
        let lines = killed(child, after, figures);
        self.clock = clock.now() + TimeDelta::microseconds(1);

        figures.kills += 1;
        figures.early += u64::from(lines.is_empty());
        figures.acknowledged += lines.len() as u64;
        self.in_all += lines.len() as u64;
        for line in lines {
            match Acknowledged::from_line(&line) {
                Some(acknowledged) => self.acknowledged.push(acknowledged),
                None => figures.unexpected(&format!("the line {line:?}")),
            }
        }
        self.is_overdue = !self.is_overdue && chance.once_in(2);
        if !self.is_overdue {
            self.look(figures);
        }
    }

    /// Looks for everything once more. How many records are in the file.
    pub(crate) fn end(mut self, figures: &mut Figures) {
        let records = self.look(figures);
        figures.purged += self.in_all.saturating_sub(records);
    }

    /// Opens the list and looks for all that was acknowledged and can't have expired.
    fn look(&mut self, figures: &mut Figures) -> u64 {
        let unchecked = self.acknowledged.iter().filter(|known| !known.counts(self.clock) && !known.is_checked).count();
        figures.unchecked += unchecked as u64;
        self.acknowledged.retain(|known| known.counts(self.clock));

        let begin = Instant::now();
        let store = match RedbStore::open_existing(self.path()) {
            Ok(store) => store,
            // Its child was killed before it had made it.
            Err(error) if error.kind() == StoreErrorKind::Missing && self.origin.is_none() && self.in_all == 0 => {
                return 0;
            }
            Err(error) => {
                figures.lost += self.acknowledged.len() as u64;
                figures.unexpected(&error.to_string());
                return 0;
            }
        };
        let opening = begin.elapsed();
        self.is_the_same(&store, figures);
        let records = count(&store);

        let begin = Instant::now();
        let list = match Denylist::builder().leeway(LEEWAY).open_store_at(store, self.clock) {
            Ok(list) => list,
            Err(error) => {
                figures.unexpected(&error.to_string());
                return records;
            }
        };
        figures.opened(opening + begin.elapsed());
        figures.most_records = figures.most_records.max(records);
        figures.largest_file = figures.largest_file.max(self.path().metadata().unwrap().len());
        if list.stats().malformed > 0 {
            figures.unexpected("records that can't be read");
        }
        for known in &mut self.acknowledged {
            figures.looks += 1;
            known.is_checked = true;
            if !known.is_listed(&list, self.other_key, self.clock) {
                figures.lost += 1;
            }
        }
        records
    }

    /// Nobody has put another list in its place.
    fn is_the_same(&mut self, store: &RedbStore, figures: &mut Figures) {
        let header = store.header().unwrap();
        let origin = (header.epoch(), header.created());
        if *self.origin.get_or_insert(origin) != origin {
            figures.unexpected("another list in its place");
        }
    }
}

fn count(store: &RedbStore) -> u64 {
    let (mut records, mut cursor) = (0, Cursor::start());
    loop {
        let page = store.read(&cursor, 10_000).unwrap();
        records += page.records.len() as u64;
        if page.is_last {
            return records;
        }
        cursor = page.cursor;
    }
}

/// When to kill.
enum After {
    Start(Duration),
    /// The first acknowledgement.
    First(Duration),
}

/// Kills a child when it is time. What it has told by then.
fn killed(mut child: Child, after: After, figures: &mut Figures) -> Vec<String> {
    let out = child.stdout.take().unwrap();
    let (first, first_came) = mpsc::channel();
    let reading = thread::spawn(move || lines(out, &first));
    match after {
        After::Start(pause) => thread::sleep(pause),
        After::First(pause) => {
            // It has ended by itself if nothing comes, which its status tells.
            if first_came.recv_timeout(PATIENCE).is_err() {
                figures.unexpected("nothing is acknowledged");
            }
            thread::sleep(pause);
        }
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    if status.signal() != Some(SIGKILL) {
        figures.unexpected(&format!("the child ended by itself: {status}"));
    }
    reading.join().unwrap()
}

/// Every whole line. A line is written in one piece, and so is there or not.
fn lines(out: ChildStdout, first: &mpsc::Sender<()>) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(out).lines() {
        lines.push(line.unwrap());
        if lines.len() == 1 {
            let _ = first.send(());
        }
    }
    lines
}
