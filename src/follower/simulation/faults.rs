//! What goes wrong, and how it is mended.

use super::SECOND;
use super::world::{Mend, Turn, World};

impl World {
    pub(super) fn fault(&mut self) {
        if self.at >= self.plan.ends {
            return;
        }
        let process = self.random.below(self.plan.processes);
        let least = SECOND / 20;
        let long = if self.random.once_in(3) { 12 * SECOND } else { 2 * SECOND };
        let pause = self.random.between(least, long);
        let fault = self.random.below(13);
        self.tell(|_| format!("fault {fault} of process {process} for {} s", pause as f64 / 1e6));
        // Now and then for longer than entries are kept.
        let is_long = self.plan.ends >= 400 * SECOND && self.random.once_in(8);
        let pause = if is_long && fault < 2 { self.random.between(250, 450) * SECOND } else { pause };
        match fault {
            0 | 1 => {
                self.processes[process].is_cut_off = true;
                self.after(pause, Turn::Mend(Mend::Cut(process)));
            }
            2 => {
                self.engine.is_up = false;
                self.engine.restart();
                self.after(pause, Turn::Mend(Mend::Engine));
            }
            3 => {
                self.engine.set_accepts(false);
                self.after(pause, Turn::Mend(Mend::Replicas));
            }
            4 => self.processes[process].paused_until = (self.at + pause).min(self.plan.ends),
            5 => self.restart(process),
            6 => {
                self.slowness = self.random.between(2, 400);
                self.after(pause, Turn::Mend(Mend::Network));
            }
            // Failovers: without a loss, when all that is acknowledged is confirmed, or with one.
            7 => self.fail_over(0, pause),
            8 if self.plan.losses => {
                let lacks = 1 + self.random.below(20);
                self.fail_over(lacks, pause);
            }
            9 if self.plan.losses => self.engine.back_up(),
            10 if self.plan.losses && self.random.once_in(2) => {
                self.engine.restore();
                self.keys_lost();
            }
            10 if self.plan.losses && self.random.once_in(2) => {
                self.engine.evict();
                self.keys_lost();
            }
            11 | 12 if self.plan.clocks && self.processes[process].clock_rests_until <= self.at => {
                // Not again before a look has found out about it.
                self.processes[process].clock_rests_until = self.at + pause + 15 * SECOND;
                // Not by minutes ahead: what is revoked then, before the next look, stands so far ahead for everyone.
                let far = [11, 7_200, 172_800, -11, -90, -900, -7_200, -172_800];
                self.processes[process].jumped = far[self.random.below(far.len())] * SECOND;
                self.after(pause, Turn::Mend(Mend::Clock(process)));
            }
            _ => {}
        }
        let pause = self.random.between(SECOND / 4, 5 * SECOND);
        self.after(pause, Turn::Fault);
    }

    fn fail_over(&mut self, lacks: usize, pause: i64) {
        self.engine.fail_over(lacks);
        if lacks > 0 {
            self.keys_lost();
        }
        for process in 0..self.plan.processes {
            self.processes[process].is_on_old = self.random.once_in(3);
        }
        self.after(pause, Turn::Mend(Mend::Old));
    }

    fn restart(&mut self, process: usize) {
        self.processes[process].restart(self.at);
        self.after(SECOND / 10, Turn::Open(process));
    }

    pub(super) fn mend(&mut self, mend: Mend) {
        self.tell(|_| format!("mended: {mend:?}"));
        match mend {
            Mend::Cut(process) => self.processes[process].is_cut_off = false,
            Mend::Engine => self.engine.is_up = true,
            Mend::Replicas => self.engine.set_accepts(true),
            Mend::Old => {
                self.engine.forget_old();
                self.processes.iter_mut().for_each(|process| process.is_on_old = false);
            }
            Mend::Clock(process) => self.processes[process].jumped = 0,
            Mend::Network => self.slowness = 1,
        }
    }

    pub(super) fn mend_all(&mut self) {
        [Mend::Engine, Mend::Replicas, Mend::Old, Mend::Network].into_iter().for_each(|mend| self.mend(mend));
        for process in 0..self.plan.processes {
            [Mend::Cut(process), Mend::Clock(process)].into_iter().for_each(|mend| self.mend(mend));
        }
    }
}
