//! The power is cut after every step of a trace, and the disk holds whatever it may then.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;

use crate::FEW;
use crate::chance::Chance;
use crate::images::{Synced, whole};
use crate::kept::{Deed, Kept};
use crate::look::{list, look};
use crate::parallel::{each, processors};
use crate::plan::{Act, noon, plan, records};
use crate::run::Trace;

/// So many things are done in each trace.
const ACTS: usize = 40;
/// So many images are made for each step: one with everything written, and others by chance.
const IMAGES: u64 = 5;

/// What was looked at.
#[derive(Default)]
pub(crate) struct Cuts {
    pub(crate) traces: u64,
    /// Of how many steps, and after how many of them the power was cut.
    pub(crate) steps: u64,
    pub(crate) cuts: u64,
    pub(crate) images: AtomicU64,
    /// Those among them from a cut during the recovery from another cut, or during the first commit after it.
    pub(crate) recoveries: AtomicU64,
}

/// Cuts traces until there were so many images.
pub(crate) fn run(images: u64, seed: u64) -> Result<Cuts, String> {
    let mut cuts = Cuts::default();
    while cuts.images.load(Ordering::Relaxed) < images {
        let left = images - cuts.images.load(Ordering::Relaxed);
        let number = seed.wrapping_add(cuts.traces);
        let plan = plan(&mut Chance::new(number, 0), if images < FEW { ACTS / 2 } else { ACTS });
        let trace = Trace::of(&plan).map_err(|why| format!("seed {number}, without a cut: {why}"))?;
        every_step(&trace, number, left, &mut cuts)?;
        cuts.traces += 1;
    }
    Ok(cuts)
}

/// Every step from when the store was there, or some of them if fewer images are wanted.
fn every_step(trace: &Trace, seed: u64, images: u64, cuts: &mut Cuts) -> Result<(), String> {
    let (begin, end) = (trace.journal.begin(), trace.log.len());
    let stride = 1 + (end - begin) * IMAGES as usize / images as usize;
    let steps: Vec<_> = (begin..=end).step_by(stride).collect();
    cuts.steps += (end - begin + 1) as u64;
    cuts.cuts += steps.len() as u64;
    each(&steps, processors(), |&step| {
        one_step(trace, step, seed, cuts)
            .map_err(|why| format!("seed {seed}, power cut after step {step} of {end}, {why}"))
    })
}

fn one_step(trace: &Trace, step: usize, seed: u64, cuts: &Cuts) -> Result<(), String> {
    let mut chance = Chance::new(seed, step as u64);
    let log = &trace.log[..step];
    let synced = Synced::after(&trace.first, log, &mut chance);
    for number in 0..IMAGES {
        let image = if number == 0 { whole(&trace.first, log) } else { synced.any(&mut chance) };
        one_image(trace, step, image, &mut chance, cuts).map_err(|why| format!("image {number}: {why}"))?;
    }
    Ok(())
}

fn one_image(trace: &Trace, step: usize, image: Vec<u8>, chance: &mut Chance, cuts: &Cuts) -> Result<(), String> {
    cuts.images.fetch_add(1, Ordering::Relaxed);
    let kept = look(image.clone(), &trace.journal, step)?;
    if chance.one_in(4) {
        list(image.clone(), &trace.journal, step)?;
    }
    if chance.one_in(16) { again(image, &kept, chance, cuts) } else { Ok(()) }
}

/// Opens it, appends, and cuts the power once more after every step of that. What was found the first time must
/// be found again.
fn again(image: Vec<u8>, kept: &Kept, chance: &mut Chance, cuts: &Cuts) -> Result<(), String> {
    let append = Act::Do(Deed::Append(records(chance, 2, noon() + TimeDelta::days(9))));
    let trace = Trace::on(image, &[append]).map_err(|why| format!("going on: {why}"))?;
    let found = &trace.journal.allows(0)[0];
    if **found != *kept {
        return Err(format!("looked at again, it holds {}", found.unlike(kept)));
    }
    for step in 0..=trace.log.len() {
        let image = Synced::after(&trace.first, &trace.log[..step], chance).any(chance);
        cuts.images.fetch_add(1, Ordering::Relaxed);
        cuts.recoveries.fetch_add(1, Ordering::Relaxed);
        look(image, &trace.journal, step).map_err(|why| format!("after step {step} of going on: {why}"))?;
    }
    Ok(())
}
