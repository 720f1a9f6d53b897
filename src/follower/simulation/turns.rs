//! What a process does by itself: its two threads.

use super::engine::Call;
use super::process::Under;
use super::world::{Turn, Who, World};
use crate::follower::{Action, Event, Left, Next, vouches_from};
use crate::record::Fact;

impl World {
    /// The thread that follows: a step, what it says, and what comes next.
    pub(super) fn step(&mut self, number: usize, event: Event) -> Result<(), String> {
        let listed = self.listed(number);
        let process = &mut self.processes[number];
        let now = process.moment(self.at);
        let Some(live) = process.live.as_mut() else { return Ok(()) };
        let (actions, mut next) = live.follower.step(event, now);
        // Whatever the engine has lost or another list holds, until all of it is read nothing is accepted.
        live.is_whole &= !matches!(next, Next::BeginEpoch(_));
        let dated = live.follower.dated(now);
        let (mut heard, mut told) = (false, Vec::new());
        for action in actions {
            told.push(format!("{action:?}"));
            live.is_whole &= !matches!(action, Action::Adopt { .. });
            live.is_whole |= matches!(action, Action::Whole { .. });
            live.was_whole |= live.is_whole;
            if let Action::Adopt { header, .. } = &action {
                self.history.anew.push((self.at, header.vouches_from().timestamp_micros()));
            }
            match live.gathering.apply(action, &live.set, &live.freshness, dated) {
                Left::TellAll { mut keep } => {
                    // What a map gives has no order of its own.
                    keep.sort_by_key(|record| format!("{record:?}"));
                    keep.into_iter().for_each(|record| live.saver.add(record, None));
                }
                Left::Answer(Ok(())) => {
                    heard = true;
                    if live.is_settled && !live.saver.is_failing() {
                        live.set.known_by(dated.expired);
                    }
                }
                Left::Answer(Err(_)) => live.asking.clear(),
                Left::StartOver => {
                    live.is_whole = false;
                    next = live.follower.begin_again();
                }
                Left::WriteAgain => live.saver.until = self.at,
                Left::Nothing | Left::Tell(_) | Left::Malformed(_) => {}
            }
        }
        self.tell(|_| format!("process {number}: {} then {next:?}", told.join(", ")));
        if heard && let Some(live) = self.live(number) {
            live.heard = live.looked.1;
            let (subjects, looked) = (std::mem::take(&mut live.asking), live.looked.1);
            for subject in subjects {
                self.login(number, subject, Some(looked))?;
            }
        }
        self.still_lists(number, &listed)?;
        self.save(number);
        self.act(number, next);
        Ok(())
    }

    pub(super) fn act(&mut self, number: usize, next: Next) {
        let process = &mut self.processes[number];
        let moment = process.moment(self.at);
        let Some(live) = process.live.as_mut() else { return };
        let call = match next {
            Next::Look(since) => {
                if !live.follower.is_amid_pages() {
                    live.asking.append(&mut live.asked);
                    live.looked.1 = self.at;
                    live.is_settled = !live.saver.is_failing();
                }
                (live.under, live.looked.0) = (Under::Look, moment);
                Call::Look(since)
            }
            Next::Read(since) => {
                live.under = Under::Read;
                Call::Read(since)
            }
            Next::BeginEpoch(known) => {
                live.under = Under::Epoch;
                let now = live.follower.dated(moment).engine;
                let from = vouches_from(&known, &live.set, now);
                Call::BeginEpoch { known, now, from }
            }
            Next::Wait(longest) | Next::Pause(longest) => {
                live.waits = true;
                process.following += 1;
                // Whoever has asked by now is not made to wait for longer than the engine is.
                let is_due = !live.asked.is_empty() && matches!(next, Next::Wait(_));
                let pause = if is_due { 0 } else { i64::try_from(longest.as_micros()).unwrap() };
                let who = Who { process: number, number: process.following, saves: false };
                return self.after(pause, Turn::Woken { who });
            }
        };
        self.call(number, false, call);
    }

    /// The thread that writes.
    pub(super) fn save(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let moment = process.moment(self.at);
        let Some(live) = process.live.as_mut() else { return };
        if self.at < live.saver.until {
            let pause = live.saver.until - self.at;
            return self.after(pause, Turn::Save(number));
        }
        if let Some(call) = live.saver.next(moment.wall, live.follower.dated(moment).engine) {
            self.call(number, true, call);
        }
    }

    /// Keys that are in the engine are safe, whoever has published them.
    pub(super) fn keys_published(&mut self) {
        for key in 0..=self.newest_key {
            if self.is_key_in_engine(key) {
                self.history.key_published(key, self.at);
            }
        }
    }

    fn is_key_in_engine(&self, key: usize) -> bool {
        let id = super::workload::key_id(key);
        self.engine.records().any(|record| matches!(record.fact, Fact::Key { id: listed, .. } if listed == id))
    }

    pub(super) fn keys_lost(&mut self) {
        let lost: Vec<bool> = (0..=self.newest_key).map(|key| !self.is_key_in_engine(key)).collect();
        self.history.lost = self.at;
        self.history.keys_lost(|key| lost[key]);
    }
}
