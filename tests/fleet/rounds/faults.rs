//! What befalls an engine, and the wires to it.

use std::thread::sleep;
use std::time::Duration;

use super::engine::Engine;
use super::fleet::Fleet;
use super::random::Random;
use crate::proxy::Mode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// All its processes are killed, and run again.
    Killed,
    /// Stopped without a goodbye, and run again.
    Crashed,
    /// Stands still, for less than the staleness bound.
    FrozenShortly,
    /// For longer.
    FrozenLong,
    ConnectionsEnded,
    /// Connections break in the midst of what is asked or answered, again and again.
    Cut,
    /// One process reaches nobody, and isn't told.
    Blackhole,
    Slow,
    /// Every byte comes alone.
    Sliced,
    /// Somebody else's transaction stays open.
    Held,
    /// A replica takes over that lacks what was acknowledged last.
    TakenOver,
    /// An old backup takes its place.
    Restored,
}

impl Fault {
    pub(crate) const ALL: [Self; 12] = [
        Self::Killed,
        Self::Crashed,
        Self::FrozenShortly,
        Self::FrozenLong,
        Self::ConnectionsEnded,
        Self::Cut,
        Self::Blackhole,
        Self::Slow,
        Self::Sliced,
        Self::Held,
        Self::TakenOver,
        Self::Restored,
    ];

    /// Whether the engine loses what it has acknowledged: everyone has to log in again then.
    pub(super) fn is_a_loss(self) -> bool {
        matches!(self, Self::TakenOver | Self::Restored)
    }

    /// Lets it happen, and gives when all was mended again. `acknowledge` waits until a few more revocations were
    /// acknowledged.
    pub(super) fn strike(
        self,
        engine: &mut dyn Engine,
        fleet: &Fleet,
        random: &mut Random,
        acknowledge: impl Fn(),
    ) -> i64 {
        let mut rest = |from: i64, to: i64| sleep(millis(random.between(from, to)));
        match self {
            Self::Killed => {
                engine.kill();
                rest(50, 2_500);
                engine.run();
            }
            Self::Crashed => {
                engine.crash();
                rest(50, 2_500);
                engine.run();
            }
            Self::FrozenShortly => {
                engine.freeze();
                rest(200, 800);
                engine.thaw();
            }
            Self::FrozenLong => {
                engine.freeze();
                rest(1_500, 4_000);
                engine.thaw();
            }
            Self::ConnectionsEnded => {
                for _ in 0..4 {
                    engine.end_connections();
                    rest(20, 300);
                }
                engine.end_connections();
            }
            Self::Cut => {
                for _ in 0..12 {
                    let proxy = &fleet.members[random.below(fleet.members.len())].proxy;
                    let after = random.below(1_500);
                    let is_asked = random.once_in(2);
                    proxy.set(if is_asked { Mode::CutAsked(after) } else { Mode::CutAnswered(after / 5) });
                    sleep(millis(random.between(50, 250)));
                    proxy.set(Mode::Pass);
                }
            }
            Self::Blackhole => {
                let proxy = &fleet.members[random.below(fleet.members.len())].proxy;
                proxy.set(Mode::Blackhole);
                sleep(millis(random.between(500, 4_000)));
                proxy.set(Mode::Pass);
            }
            Self::Slow | Self::Sliced => {
                let delay = random.between(5, 60).unsigned_abs();
                let mode = if self == Self::Slow { Mode::Slow(delay) } else { Mode::Sliced };
                fleet.members.iter().for_each(|member| member.proxy.set(mode));
                sleep(millis(random.between(1_000, 3_000)));
                fleet.members.iter().for_each(|member| member.proxy.set(Mode::Pass));
            }
            Self::Held => {
                engine.hold();
                acknowledge();
                rest(1_000, 2_500);
                engine.let_go();
            }
            Self::TakenOver => {
                engine.replicate();
                acknowledge();
                engine.take_over();
                fleet.members.iter().for_each(|member| member.proxy.lead_to(engine.port()));
            }
            Self::Restored => {
                engine.back_up();
                acknowledge();
                engine.restore();
            }
        }
        fleet.clock.now()
    }
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.unsigned_abs())
}
