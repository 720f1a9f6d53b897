//! The world: what happens next, and to whom.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::engine::{Answer, Call, Engine, LIMIT, failing};
use super::history::History;
use super::process::{Live, Process, Under};
use super::random::Random;
use super::{EPOCH, LEEWAY, LIFETIME, SECOND};
use crate::follower::Event;
use crate::store::{Header, StoreError};
use crate::time::{TimeLimits, from_micros};

/// What may go wrong in a run, and how it is set up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) processes: usize,
    pub(super) bound: i64,
    /// Until when things go wrong; then all must come to be well.
    pub(super) ends: i64,
    /// Between two things that happen to the list, on average.
    pub(super) pace: i64,
    pub(super) faults: bool,
    pub(super) losses: bool,
    pub(super) clocks: bool,
    /// Whether clocks that are far ahead make cutoffs too.
    pub(super) far_cutoffs: bool,
    pub(super) late_commits: bool,
}

impl Plan {
    pub(super) fn of(seed: u64) -> Self {
        let mut random = Random::new(!seed);
        // Long enough, now and then, for entries to expire and to be purged.
        let is_long = random.once_in(12);
        Self {
            processes: 3 + random.below(3),
            bound: random.between(1, 6) * SECOND,
            ends: if is_long { 500 } else { random.between(15, 45) } * SECOND,
            pace: if is_long { SECOND } else { SECOND / 10 },
            faults: !random.once_in(8),
            losses: random.once_in(2),
            clocks: random.once_in(2),
            far_cutoffs: random.once_in(4),
            late_commits: random.once_in(2),
        }
    }
}

/// How long all takes to be well once nothing goes wrong any more: half of it until nobody who logs in has to wait for a
/// cutoff that stands ahead of his process's clock.
const SETTLING: i64 = 40 * SECOND;

pub(super) enum Turn {
    /// A call reaches the engine.
    Reach {
        who: Who,
        call: Call,
    },
    Commit {
        who: Who,
        call: u64,
    },
    Answered {
        who: Who,
        answer: Result<Answer, StoreError>,
    },
    Woken {
        who: Who,
    },
    /// The saver of a process looks what there is to do.
    Save(usize),
    Open(usize),
    Work,
    Fault,
    Mend(Mend),
    /// Everybody logs in everywhere: whose clock was wrong before vouches anew.
    Settle,
}

/// What is put right again.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mend {
    Cut(usize),
    Engine,
    Replicas,
    Old,
    Clock(usize),
    Network,
}

/// Whose call, in which life, and by which of its two threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Who {
    pub(super) process: usize,
    pub(super) number: u64,
    pub(super) saves: bool,
}

pub(super) struct World {
    pub(super) at: i64,
    pub(super) plan: Plan,
    pub(super) random: Random,
    pub(super) engine: Engine,
    pub(super) processes: Vec<Process>,
    pub(super) history: History,
    pub(super) limits: TimeLimits,
    pub(super) newest_key: usize,
    /// How much longer everything takes.
    pub(super) slowness: i64,
    turns: BTreeMap<(i64, u64), Turn>,
    count: u64,
    is_told: bool,
}

impl World {
    pub(super) fn new(seed: u64, plan: Plan, is_told: bool) -> Self {
        let mut random = Random::new(seed);
        let limits = TimeLimits::new(TimeDelta::microseconds(LIFETIME), TimeDelta::microseconds(LEEWAY)).unwrap();
        let header = Header::new(limits, from_micros(EPOCH - 60 * SECOND)).unwrap();
        let processes = (0..plan.processes).map(|_| {
            let beyond = if random.once_in(4) { 2 * SECOND } else { 0 };
            Process::new(random.between(-LEEWAY / 2, LEEWAY / 2), beyond)
        });
        let processes = processes.collect();
        let history = History { anew: vec![(0, header.vouches_from().timestamp_micros())], ..History::default() };
        let (engine, turns) = (Engine::new(header), BTreeMap::new());
        let mut world = Self {
            at: 0,
            plan,
            random,
            engine,
            processes,
            history,
            limits,
            newest_key: 0,
            slowness: 1,
            turns,
            count: 0,
            is_told,
        };
        (0..plan.processes).for_each(|process| world.after(process as i64, Turn::Open(process)));
        world.after(SECOND / 10, Turn::Work);
        if plan.faults {
            world.after(SECOND, Turn::Fault);
        }
        world
    }

    pub(super) fn run(&mut self) -> Result<(), String> {
        self.tell(|world| format!("{:?}", world.plan));
        while let Some(((at, _), turn)) = self.turns.pop_first() {
            if self.at < self.plan.ends && at >= self.plan.ends {
                self.at = self.plan.ends;
                self.mend_all();
                self.after(SETTLING / 2, Turn::Settle);
            }
            if at >= self.plan.ends + SETTLING {
                break;
            }
            if self.count > 1_000_000 {
                return Err(format!("no end of turns at {at}"));
            }
            self.at = at;
            self.turn(turn).map_err(|error| format!("after {} s: {error}", at as f64 / 1e6))?;
        }
        self.at = self.plan.ends + SETTLING;
        self.all_is_well()
    }

    pub(super) fn tell(&self, what: impl FnOnce(&Self) -> String) {
        if self.is_told {
            eprintln!("{:>12.6} {}", self.at as f64 / 1e6, what(self));
        }
    }

    pub(super) fn after(&mut self, pause: i64, turn: Turn) {
        self.count += 1;
        self.turns.insert((self.at + pause, self.count), turn);
    }

    fn turn(&mut self, turn: Turn) -> Result<(), String> {
        // What a process that stands still has coming happens to it later, in the same order.
        let whose = match &turn {
            Turn::Answered { who, .. } | Turn::Woken { who } => Some(who.process),
            Turn::Save(process) | Turn::Open(process) => Some(*process),
            _ => None,
        };
        if let Some(process) = whose.map(|process| &self.processes[process]).filter(|one| one.is_paused(self.at)) {
            let pause = process.paused_until - self.at;
            self.after(pause, turn);
            return Ok(());
        }
        match turn {
            Turn::Reach { who, call } => self.reach(who, call),
            Turn::Commit { who, call } => self.commit(who, call),
            Turn::Answered { who, answer } => return self.answered(who, answer),
            Turn::Woken { who } if self.is_awaited(who) => {
                if let Some(live) = self.live(who.process).filter(|live| live.waits) {
                    live.waits = false;
                    let asked = !live.asked.is_empty();
                    return self.step(who.process, Event::Woken { asked });
                }
            }
            Turn::Woken { .. } => {}
            Turn::Save(process) => self.save(process),
            Turn::Open(process) => self.call(process, false, Call::Header),
            Turn::Work => return self.work(),
            Turn::Fault => self.fault(),
            Turn::Mend(mend) => self.mend(mend),
            Turn::Settle => {
                self.all_can_tell()?;
                self.log_in_everywhere()?;
            }
        }
        Ok(())
    }

    pub(super) fn live(&mut self, process: usize) -> Option<&mut Live> {
        self.processes[process].live.as_mut()
    }

    fn is_awaited(&self, who: Who) -> bool {
        let process = &self.processes[who.process];
        who.number == if who.saves { process.saving } else { process.following }
    }

    fn latency(&mut self) -> i64 {
        self.random.between(200, 10_000) * self.slowness
    }

    pub(super) fn call(&mut self, process: usize, saves: bool, call: Call) {
        let one = &mut self.processes[process];
        let number = if saves { &mut one.saving } else { &mut one.following };
        *number += 1;
        let who = Who { process, number: *number, saves };
        let latency = self.latency();
        self.after(latency, Turn::Reach { who, call });
        self.after(LIMIT, Turn::Answered { who, answer: Err(failing("no answer in time")) });
    }

    fn reach(&mut self, who: Who, call: Call) {
        let process = &self.processes[who.process];
        let (is_reached, is_on_old) = (self.engine.is_up && !process.is_cut_off, process.is_on_old);
        if !is_reached {
            if self.random.once_in(2) {
                self.after(1_000, Turn::Answered { who, answer: Err(failing("can't be reached")) });
            }
            return;
        }
        self.tell(|_| format!("{who:?}: {call:?}"));
        let answer = match call {
            Call::Append(records) => match self.engine.begin(records, is_on_old) {
                Ok(call) => {
                    let is_late = self.plan.late_commits && self.at < self.plan.ends && self.random.once_in(4);
                    let pause = if is_late { self.random.between(100_000, 5_000_000) } else { self.latency() };
                    return self.after(pause, Turn::Commit { who, call });
                }
                Err(error) => Err(error),
            },
            call => {
                if let Call::BeginEpoch { from, .. } = &call {
                    self.history.anew.push((self.at, *from));
                }
                self.engine.execute(call, self.at, is_on_old)
            }
        };
        self.answer(who, answer);
    }

    fn commit(&mut self, who: Who, call: u64) {
        match self.engine.commit(call) {
            None => self.after(50_000, Turn::Commit { who, call }),
            Some(false) => self.answer(who, Err(failing("given up"))),
            Some(true) => {
                self.answer(who, Ok(Answer::Done));
                for process in 0..self.plan.processes {
                    let one = &self.processes[process];
                    let (is_cut_off, number) = (one.is_cut_off, one.following);
                    if !is_cut_off && !self.random.once_in(4) {
                        let latency = self.latency();
                        self.after(latency, Turn::Woken { who: Who { process, number, saves: false } });
                    }
                }
            }
        }
    }

    /// The answer goes on its way, and is lost there now and then.
    fn answer(&mut self, who: Who, answer: Result<Answer, StoreError>) {
        let is_lost = self.plan.faults && self.at < self.plan.ends && self.random.once_in(30);
        if !is_lost && !self.processes[who.process].is_cut_off {
            let latency = self.latency();
            self.after(latency, Turn::Answered { who, answer });
        }
    }

    fn answered(&mut self, who: Who, answer: Result<Answer, StoreError>) -> Result<(), String> {
        if !self.is_awaited(who) {
            return Ok(());
        }
        let (bound, limits, at) = (self.plan.bound, self.limits, self.at);
        let process = &mut self.processes[who.process];
        if who.saves {
            process.saving += 1;
            let Some(live) = process.live.as_mut() else { return Ok(()) };
            let (is_done, safe) = (answer.is_ok(), live.saver.ended(answer.is_ok(), at));
            safe.into_iter().for_each(|number| {
                self.history.revoked[number].safe.get_or_insert(at);
            });
            self.tell(|_| format!("{who:?}: saved {is_done}"));
            self.keys_published();
            self.save(who.process);
            return Ok(());
        }
        process.following += 1;
        let Some(live) = process.live.as_mut() else {
            match answer {
                Ok(Answer::Header(header)) => {
                    process.open(header, limits, bound, at, &mut self.random);
                    let next = process.live.as_ref().map(|live| live.follower.begin());
                    next.into_iter().for_each(|next| self.act(who.process, next));
                }
                _ => self.after(SECOND / 2, Turn::Open(who.process)),
            }
            return Ok(());
        };
        let began = live.looked.0;
        let event = match (answer, live.under) {
            (Ok(Answer::Looked(look)), _) => Event::Looked { began, look: Ok(look) },
            (Ok(Answer::Read(page)), _) => Event::Read(Ok(page)),
            (Ok(_), _) => Event::Begun(Ok(())),
            (Err(error), Under::Look) => Event::Looked { began, look: Err(error) },
            (Err(error), Under::Read) => Event::Read(Err(error)),
            (Err(error), Under::Epoch) => Event::Begun(Err(error)),
        };
        self.step(who.process, event)
    }
}
