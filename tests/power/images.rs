//! What a disk may hold after a power cut.
//!
//! - What was synced is there.
//! - Of what was written after that, any part may be: a write whole, not at all, or torn. A **sector** of 512 bytes
//!   is written whole or not at all, by whichever of the writes to it came last of those that reached the disk.
//!   redb's header with its two commit slots is 320 bytes at the very beginning, within one sector.
//! - A new length may have been set or not. It is what a journal keeps in order: each is an old or a new one.
//!   What would lie beyond it is not there, and room that was made is zero until it is written.
//! - After a sync that **failed**, what it was to write is there or not, and is never written later; what is not
//!   even read any more is not there. A new length is still to come: the operating system knows it.

use crate::chance::Chance;
use crate::disk::Step;

pub(crate) const SECTOR: usize = 512;

/// The disk after these steps, had everything been written in order, and was written.
pub(crate) fn whole(first: &[u8], log: &[Step]) -> Vec<u8> {
    let mut disk = first.to_vec();
    log.iter().for_each(|step| land(&mut disk, step, |_| true));
    disk
}

/// A disk of which nothing more is known than what is above.
pub(crate) fn any(first: &[u8], log: &[Step], chance: &mut Chance) -> Vec<u8> {
    let Synced { mut disk, pending } = Synced::after(first, log, chance);
    some(&mut disk, &pending, chance);
    disk
}

/// What has been synced, and what has not.
pub(crate) struct Synced<'a> {
    disk: Vec<u8>,
    pending: Vec<&'a Step>,
}

impl<'a> Synced<'a> {
    pub(crate) fn after(first: &[u8], log: &'a [Step], chance: &mut Chance) -> Self {
        let (mut disk, mut pending) = (first.to_vec(), Vec::new());
        for step in log {
            match step {
                Step::Sync => pending.drain(..).for_each(|step| land(&mut disk, step, |_| true)),
                Step::FailedSync { forgets } => {
                    let (resized, written): (Vec<_>, Vec<_>) =
                        pending.into_iter().partition(|step| matches!(step, Step::Resize(_)));
                    if !forgets {
                        some(&mut disk, &written, chance);
                    }
                    pending = resized;
                }
                Step::Write { .. } | Step::Resize(_) => pending.push(step),
            }
        }
        Self { disk, pending }
    }

    pub(crate) fn any(&self, chance: &mut Chance) -> Vec<u8> {
        let mut disk = self.disk.clone();
        some(&mut disk, &self.pending, chance);
        disk
    }
}

/// Some of the steps reach the disk: none, nearly none, about half, nearly all; and some of those in part.
fn some(disk: &mut Vec<u8>, pending: &[&Step], chance: &mut Chance) {
    let reaches = chance.one_of(&[0, 1, 4, 8, 8, 12, 15, 16]);
    let torn = chance.one_of(&[0, 2, 8, 16]);
    for step in pending {
        if chance.below(16) >= reaches {
            continue;
        }
        if chance.below(16) >= torn {
            land(disk, step, |_| true);
            continue;
        }
        let (cut, way) = (chance.below(9), chance.below(3));
        land(disk, step, |sector| match way {
            0 => sector < cut,
            1 => sector >= cut,
            _ => chance.one_in(2),
        });
    }
}

/// A step reaches the disk, a write in those sectors, counted from its beginning, that do.
fn land(disk: &mut Vec<u8>, step: &Step, mut reaches: impl FnMut(usize) -> bool) {
    match step {
        Step::Resize(len) => disk.resize(*len, 0),
        Step::Write { at, data } => {
            let (mut at, mut data) = (*at, &data[..]);
            for sector in 0.. {
                let here = data.len().min(SECTOR - at % SECTOR);
                if here == 0 || at + here > disk.len() {
                    break;
                }
                if reaches(sector) {
                    disk[at..at + here].copy_from_slice(&data[..here]);
                }
                (at, data) = (at + here, &data[here..]);
            }
        }
        Step::Sync | Step::FailedSync { .. } => {}
    }
}
