//! A disk that notes what is done to it, and fails when it is told to.
//!
//! What is read from it is what the operating system has in its memory: everything that was written, synced or
//! not. What it holds after a power cut is the affair of `images.rs`.

use std::io;
use std::ops::{Bound, RangeInclusive};
use std::sync::{Arc, Mutex, MutexGuard};

use hallpass::store::{Header, RedbStore, StoreError};
use hallpass::testing::internal::redb_store_on;
use redb::{BackendError, StorageBackend};

use crate::images::SECTOR;

/// Clones are one disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// What is read.
    content: Vec<u8>,
    /// What was there when it was last synced, and the lengths that it was given since.
    synced: Vec<u8>,
    lengths: Vec<usize>,
    log: Vec<Step>,
    fault: Option<Fault>,
    calls: [u64; 4],
    failed: u64,
}

/// What was done.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write {
        at: usize,
        data: Vec<u8>,
    },
    Resize(usize),
    Sync,
    /// What was written and not synced by then is clean for the operating system, and never written any more. It is
    /// still read as if it were there, or, once the memory was needed for something else, is not.
    FailedSync {
        forgets: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Write,
    Sync,
    Resize,
}

impl Call {
    pub(crate) const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Sync, Self::Resize];
}

/// The call of this kind that fails, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    pub(crate) number: u64,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Once,
    /// It is a sync, and what it was to write is not read any more.
    Forgetting,
    /// With all that follow.
    FromThenOn,
}

impl Fault {
    /// All ways in which one of these calls may fail.
    pub(crate) fn of(call: Call, numbers: RangeInclusive<u64>) -> impl Iterator<Item = Self> {
        let ways = [How::Once, How::FromThenOn, How::Forgetting];
        let ways = if call == Call::Sync { &ways[..] } else { &ways[..2] }.to_vec();
        numbers.flat_map(move |number| ways.clone().into_iter().map(move |how| Self { call, number, how }))
    }

    /// A number of its own.
    pub(crate) fn seed(self) -> u64 {
        self.number << 4 | (self.call as u64) << 2 | self.how as u64
    }
}

impl Disk {
    /// A disk that holds this, all of it safe.
    pub(crate) fn holding(content: Vec<u8>) -> Self {
        Self { state: Arc::new(Mutex::new(State { synced: content.clone(), content, ..State::default() })) }
    }

    /// The store on it, which is made if it is empty.
    pub(crate) fn open(&self, new: Header) -> Result<RedbStore, StoreError> {
        let disk = self.clone();
        redb_store_on(move |builder| builder.create_with_backend(disk.clone()), new)
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        self.state().content.clone()
    }

    pub(crate) fn log(&self) -> Vec<Step> {
        self.state().log.clone()
    }

    /// How much has been done.
    pub(crate) fn steps(&self) -> usize {
        self.state().log.len()
    }

    /// How many calls of each kind there were.
    pub(crate) fn calls(&self, call: Call) -> u64 {
        self.state().calls[call as usize]
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.state().fault = Some(fault);
    }

    pub(crate) fn heal(&self) {
        self.state().fault = None;
    }

    /// How many calls have failed.
    pub(crate) fn failed(&self) -> u64 {
        self.state().failed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Counts a call, and says whether it fails.
    fn call(&self, call: Call) -> (MutexGuard<'_, State>, io::Result<()>) {
        let mut state = self.state();
        state.calls[call as usize] += 1;
        let number = state.calls[call as usize];
        let fails = state.fault.is_some_and(|fault| {
            fault.call == call && (number == fault.number || fault.how == How::FromThenOn && number > fault.number)
        });
        state.failed += u64::from(fails);
        (state, if fails { Err(io::Error::other("the disk fails")) } else { Ok(()) })
    }
}

impl State {
    fn write(&mut self, at: usize, data: &[u8]) {
        self.content[at..at + data.len()].copy_from_slice(data);
        self.log.push(Step::Write { at, data: data.to_vec() });
    }

    fn sync(&mut self) {
        self.synced.clone_from(&self.content);
        self.lengths.clear();
        self.log.push(Step::Sync);
    }

    fn fail_to_sync(&mut self) {
        let forgets = self.fault.is_some_and(|fault| fault.how == How::Forgetting);
        if forgets {
            self.content.clone_from(&self.synced);
            self.lengths.iter().for_each(|len| self.content.resize(*len, 0));
        }
        self.log.push(Step::FailedSync { forgets });
    }
}

fn range(offset: u64, len: usize, content: &[u8]) -> io::Result<usize> {
    let at = usize::try_from(offset).map_err(io::Error::other)?;
    // Also of writing: redb makes room before it writes.
    if at + len > content.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(at)
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().content.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (state, result) = self.call(Call::Read);
        result?;
        let at = range(offset, out.len(), &state.content)?;
        out.copy_from_slice(&state.content[at..at + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let (mut state, result) = self.call(Call::Resize);
        result?;
        let len = usize::try_from(len).map_err(io::Error::other)?;
        state.content.resize(len, 0);
        state.lengths.push(len);
        state.log.push(Step::Resize(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut state, result) = self.call(Call::Sync);
        match result {
            Ok(()) => state.sync(),
            Err(_) => state.fail_to_sync(),
        }
        result
    }

    /// What fails has written half of its sectors.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (mut state, result) = self.call(Call::Write);
        let at = range(offset, data.len(), &state.content)?;
        let written = if result.is_ok() { data.len() } else { data.len() / SECTOR / 2 * SECTOR };
        state.write(at, &data[..written]);
        result
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
