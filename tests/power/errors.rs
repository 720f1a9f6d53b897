//! The disk fails at every call that a trace makes of it, once or from then on.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::chance::Chance;
use crate::disk::{Call, Disk, Fault};
use crate::images::any;
use crate::kept::Kept;
use crate::look::{list, look};
use crate::parallel::each;
use crate::plan::{Act, another_header, plan};
use crate::run::{Run, Trace};

/// So many things are done.
const ACTS: usize = 24;
/// Some of them wait for a list to try again.
const THREADS: usize = 8;

/// What was tried.
#[derive(Default)]
pub(crate) struct Errors {
    /// Of so many faults that there are.
    pub(crate) all: u64,
    pub(crate) faults: u64,
    /// So often something was refused, and the store recovered.
    pub(crate) refused: AtomicU64,
    pub(crate) images: AtomicU64,
}

/// What a disk holds at first, and what is done then.
struct Story {
    first: Vec<u8>,
    kept: Kept,
    plan: Vec<Act>,
    seed: u64,
}

/// Tries at most so many of the faults of one story.
pub(crate) fn run(most: usize, seed: u64) -> Result<Errors, String> {
    let mut chance = Chance::new(seed, 1);
    let disk = Disk::default();
    let mut before = Run::on(&disk)?;
    plan(&mut chance, 8).iter().try_for_each(|act| before.act(act))?;
    drop(before);
    let kept = disk.open(another_header()).and_then(|store| Kept::by(&store)).map_err(|error| error.to_string())?;
    let story = Story { first: disk.content(), kept, plan: plan(&mut chance, ACTS), seed };

    let faults = story.faults()?;
    let chosen: Vec<_> = faults.iter().copied().step_by(faults.len().div_ceil(most)).collect();
    let errors = Errors { all: faults.len() as u64, faults: chosen.len() as u64, ..Errors::default() };
    each(&chosen, THREADS, |&fault| {
        story.with(fault, &errors).map_err(|why| format!("seed {seed}, {fault:?}: {why}"))
    })?;
    Ok(errors)
}

impl Story {
    /// Every call of it, failing in every way.
    fn faults(&self) -> Result<Vec<Fault>, String> {
        let disk = Disk::holding(self.first.clone());
        let mut run = Run::knowing(&disk, self.kept.clone());
        self.plan.iter().try_for_each(|act| run.act(act))?;
        run.look()?;
        run.close();
        Ok(Call::ALL.into_iter().flat_map(|call| Fault::of(call, 1..=disk.calls(call))).collect())
    }

    fn with(&self, fault: Fault, errors: &Errors) -> Result<(), String> {
        let mut chance = Chance::new(self.seed, fault.seed());
        let disk = Disk::holding(self.first.clone());
        disk.fail(fault);
        let mut run = Run::knowing(&disk, self.kept.clone());
        let mut begin = None;
        for act in &self.plan {
            let before = disk.steps();
            let done = run.act(act);
            if disk.failed() > 0 {
                begin.get_or_insert(before);
            }
            let Err(why) = done else { continue };
            if disk.failed() == 0 {
                return Err(why);
            }
            errors.refused.fetch_add(1, Ordering::Relaxed);
            // As long as it lasts, others may try.
            for _ in 0..2 {
                let _ = run.recover().and_then(|()| run.act(act));
            }
            disk.heal();
            run.recover().map_err(|why| format!("once the disk is well: {why}"))?;
        }
        run.look()?;
        let trace = run.into_trace(self.first.clone());
        if disk.failed() == 0 {
            return Err("the disk did not fail".to_owned());
        }
        // At closing, if nothing else.
        let begin = begin.unwrap_or(trace.log.len());
        power_cuts(&trace, begin, &mut chance, errors)
    }
}

/// Cuts the power while that is done during which the disk failed, some time after, and at the end.
fn power_cuts(trace: &Trace, begin: usize, chance: &mut Chance, errors: &Errors) -> Result<(), String> {
    let end = trace.log.len();
    let soon = [0; 4].map(|_| begin + chance.below(12.min(end - begin + 1)));
    let later = [0; 4].map(|_| begin + chance.below(end - begin + 1));
    for step in soon.into_iter().chain(later).chain([end, end]) {
        errors.images.fetch_add(1, Ordering::Relaxed);
        let image = any(&trace.first, &trace.log[..step], chance);
        let told = |why| format!("power cut after step {step} of {end}: {why}");
        look(image.clone(), &trace.journal, step).map_err(told)?;
        list(image, &trace.journal, step).map_err(told)?;
    }
    Ok(())
}
