//! One round: a fleet at work, a fault, and what is so in the end.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hallpass::status::EntryKind;

use super::engine::Engine;
use super::faults::Fault;
use super::fleet::{Converged, Fleet};
use super::history::{Begun, History, Said, Wrong};
use super::random::Random;
use super::work::{Ending, Work};

const REVOKERS: usize = 5;
/// Of each list, before the fault and after it.
const AROUND: Duration = Duration::from_millis(500);
/// By then all must be well again. The calls that were under way when a wire swallowed them end after 5 s by themselves.
const LIMIT: Duration = Duration::from_secs(12);

/// What a round has come to.
pub(super) struct Outcome {
    pub(super) history: History,
    pub(super) converged: Option<Converged>,
    /// Sessions that nobody has revoked, and that all accept in the end.
    pub(super) alive: usize,
    pub(super) wrong: Wrong,
}

pub(super) fn round(engine: &mut dyn Engine, fault: Fault, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    engine.begin();
    let fleet = Fleet::open(engine);
    let work = Work::over(&fleet);
    let mut history = History::default();
    let mut violations = Vec::new();
    let (converged, all_heard) = thread::scope(|scope| {
        let ending = Ending(&work);
        let mut busy = Vec::new();
        for name in 0..REVOKERS {
            let (random, work) = (Random::new(random.next()), &work);
            busy.push(scope.spawn(move || work.revoke(name, random)));
        }
        for on in 0..fleet.members.len() {
            let (random, work) = (Random::new(random.next()), &work);
            busy.push(scope.spawn(move || work.verify(on, random)));
        }
        thread::sleep(AROUND);
        let mended = fault.strike(engine, &fleet, &mut random, || work.acknowledge(10));
        let converged = fleet.converge(mended, LIMIT);
        let all_heard = converged.as_ref().map_or(i64::MAX, |converged| mended + converged.reading);
        thread::sleep(AROUND);
        drop(ending);
        busy.into_iter().for_each(|busy| history.join(busy.join().expect("works to the end")));
        (converged, all_heard)
    });
    let converged = converged.map_err(|error| violations.push(error)).ok();
    if let Err(error) = fleet.settle(LIMIT) {
        violations.push(error);
    }
    let alive = in_the_end(engine, &work, fault, &mut history, &mut violations);
    let sessions = work.sessions();
    let mut wrong = history.wrong(&sessions, fault.is_a_loss().then_some(all_heard));
    wrong.found.splice(0..0, violations);
    Outcome { history, converged, alive, wrong }
}

/// Everyone is asked about everything, and a newcomer too, who knows what the engine knows. Gives how many sessions live.
fn in_the_end(
    engine: &dyn Engine,
    work: &Work<'_>,
    fault: Fault,
    history: &mut History,
    violations: &mut Vec<String>,
) -> usize {
    let before = work.sessions();
    let fresh: Vec<Arc<Begun>> =
        (0..work.fleet.members.len()).map(|on| work.log_in(on, "somebody who comes last")).collect();
    let (newcomer, verifier) = work.fleet.newcomer(engine);
    let members = work.fleet.members.iter().map(|member| (&member.denylist, &member.verifier));
    let everyone: Vec<_> = members.chain([(&newcomer, &verifier)]).collect();
    let (mut alive, mut ended_anew) = (0, 0);
    for session in before.iter().chain(&fresh) {
        let mut said = Vec::new();
        for (on, (denylist, verifier)) in everyone.iter().enumerate() {
            let mut answer = work.ask(session, on, verifier);
            if answer.as_ref().is_ok_and(|verified| verified.said == Said::Unknown) {
                // A slow disk may keep a look waiting for longer than the bound: that is no fault in the list.
                let _ = denylist.catch_up(LIMIT).wait();
                answer = work.ask(session, on, verifier);
            }
            match answer {
                Ok(verified) => {
                    said.push(verified.said);
                    history.finally.push(verified);
                }
                Err(strange) => violations.push(strange),
            }
        }
        let all = |expected: Said| said.iter().all(|said| *said == expected);
        alive += usize::from(all(Said::Accepted));
        ended_anew += usize::from(all(Said::Revoked(EntryKind::Everyone)));
        if session.number >= before.len() && !all(Said::Accepted) {
            violations.push(format!("a new session is not accepted in the end: {said:?}"));
        }
    }
    if fault.is_a_loss() && ended_anew == 0 {
        violations.push("nobody has noticed that the engine has lost something".to_owned());
    }
    if !fault.is_a_loss() && alive <= fresh.len() {
        violations.push("of those who were there before nobody is accepted in the end".to_owned());
    }
    alive
}
