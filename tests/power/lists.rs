//! A denylist whose disk fails: whoever revokes is told, what is revoked is in force all the same, and once the
//! disk is well the list recovers by itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hallpass::{Denylist, RevokeError, TokenId};

use crate::chance::Chance;
use crate::disk::{Call, Disk, Fault};
use crate::images::any;
use crate::look::is_listed;
use crate::parallel::each;
use crate::plan::{another_header, header, id, noon};

/// So many are revoked, one after the other.
const REVOKED: usize = 6;
/// Most of the time is spent waiting for the store to be reopened.
const THREADS: usize = 32;
/// So long a list may take to recover; it tries again after 100 ms, 200 ms, and so forth.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was tried.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) all: u64,
    pub(crate) faults: u64,
    /// So many revocations were not safe at first.
    pub(crate) not_safe: AtomicU64,
    pub(crate) images: AtomicU64,
}

/// Tries at most so many of the faults.
pub(crate) fn run(most: usize, seed: u64) -> Result<Lists, String> {
    let first = first()?;
    let faults = faults(&first)?;
    let chosen: Vec<_> = faults.iter().copied().step_by(faults.len().div_ceil(most)).collect();
    let lists = Lists { all: faults.len() as u64, faults: chosen.len() as u64, ..Lists::default() };
    each(&chosen, THREADS, |&fault| {
        with(&first, fault, seed, &lists).map_err(|why| format!("seed {seed}, a list, {fault:?}: {why}"))
    })?;
    Ok(lists)
}

/// A list that is empty, and was closed.
fn first() -> Result<Vec<u8>, String> {
    let disk = Disk::default();
    drop(disk.open(header()).map_err(|error| error.to_string())?);
    Ok(disk.content())
}

/// Every call that is made of the disk once the list is open, failing in every way.
fn faults(first: &[u8]) -> Result<Vec<Fault>, String> {
    let disk = Disk::holding(first.to_vec());
    let list = open(&disk)?;
    let before = Call::ALL.map(|call| disk.calls(call));
    for id in ids(0) {
        list.revoke_at(id, noon()).wait().map_err(|error| error.to_string())?;
    }
    let of = |(call, before)| Fault::of(call, before + 1..=disk.calls(call));
    Ok(Call::ALL.into_iter().zip(before).flat_map(of).collect())
}

fn open(disk: &Disk) -> Result<Denylist, String> {
    let store = disk.open(another_header()).map_err(|error| format!("it does not open: {error}"))?;
    let list = Denylist::builder().capacity(100_000).open_store_at(store, noon()).map_err(|error| error.to_string())?;
    // The first purge is made then, and calls are counted from here.
    while list.stats().purged.is_none() {
        sleep(Duration::from_micros(50));
    }
    Ok(list)
}

fn ids(seed: u64) -> Vec<TokenId> {
    let mut chance = Chance::new(seed, 2);
    (0..REVOKED).map(|_| id(&mut chance)).collect()
}

fn with(first: &[u8], fault: Fault, seed: u64, lists: &Lists) -> Result<(), String> {
    let mut chance = Chance::new(seed, fault.seed());
    let disk = Disk::holding(first.to_vec());
    let list = open(&disk)?;
    disk.fail(fault);
    let (mut safe, mut unsafe_) = (Vec::new(), 0);
    for id in ids(seed) {
        match list.revoke_at(id, noon()).wait() {
            Ok(_) => safe.push(id),
            Err(RevokeError::NotSafe(_)) => unsafe_ += 1,
            Err(other) => return Err(other.to_string()),
        }
        power_cut(&disk, first, &safe, &mut chance, lists)?;
    }
    if disk.failed() == 0 || unsafe_ == 0 {
        return Err("the disk did not fail".to_owned());
    }
    lists.not_safe.fetch_add(unsafe_, Ordering::Relaxed);
    in_force(&list, &ids(seed))?;
    if chance.one_in(2) {
        // While it lasts, the list tries in vain.
        sleep(Duration::from_millis(400));
    }
    disk.heal();
    recovered(&list)?;
    list.revoke_at(id(&mut chance), noon()).wait().map_err(|error| format!("once the disk is well: {error}"))?;
    for _ in 0..4 {
        power_cut(&disk, first, &ids(seed), &mut chance, lists)?;
    }
    in_force(&list, &ids(seed))
}

/// What came in while it recovered is written just after.
fn recovered(list: &Denylist) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let (error, unsaved) = (list.store_error(), list.stats().unsaved);
        match error {
            None if unsaved == 0 => return Ok(()),
            _ if begun.elapsed() <= PATIENCE => sleep(Duration::from_millis(5)),
            Some(error) => return Err(format!("it does not recover: {error}")),
            None => return Err(format!("it has recovered with {unsaved} unsaved")),
        }
    }
}

/// Cuts the power now: a list over what the disk holds lists these.
fn power_cut(disk: &Disk, first: &[u8], safe: &[TokenId], chance: &mut Chance, lists: &Lists) -> Result<(), String> {
    lists.images.fetch_add(1, Ordering::Relaxed);
    let image = any(first, &disk.log(), chance);
    in_force(&open(&Disk::holding(image))?, safe).map_err(|why| format!("after a power cut: {why}"))
}

fn in_force(list: &Denylist, ids: &[TokenId]) -> Result<(), String> {
    let begun = list_begun();
    let not = ids.iter().filter(|id| !is_listed(list, **id, begun)).count();
    if is_listed(list, id(&mut Chance::new(0, 3)), begun) {
        return Err("what nobody has revoked is listed".to_owned());
    }
    if not == 0 { Ok(()) } else { Err(format!("{not} of {} revocations are not listed", ids.len())) }
}

/// When a session has begun that a list vouches for.
fn list_begun() -> chrono::DateTime<chrono::Utc> {
    noon() + chrono::TimeDelta::minutes(1)
}
