//! Who logs others out, purges, and rotates keys: the one thread that changes the ring.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::Revocation;
use hallpass::key::{Key, KeyId, LocalKey, SecretKey};

use crate::chance::Chance;
use crate::clock::noon;
use crate::figures::Figure;
use crate::handles::Handles;
use crate::world::{ABSOLUTE, ISSUER, LEEWAY, LIFETIME, SUBJECTS, World};

/// So often are keys rotated.
const ROTATION: TimeDelta = TimeDelta::seconds(30);

pub(crate) struct Operator {
    /// The clock, when it last did something.
    seen: DateTime<Utc>,
    rotated: DateTime<Utc>,
    /// Keys that issue no more, and whether something ends them: the earliest first.
    former: Vec<Former>,
    current: KeyId,
}

struct Former {
    id: KeyId,
    since: DateTime<Utc>,
    is_ended: bool,
}

impl Operator {
    pub(crate) fn new(world: &World) -> Self {
        Self { seen: noon(), rotated: noon(), former: Vec::new(), current: world.keys.set().current().unwrap().id() }
    }

    /// Once in a tick something may end, so that most sessions live for a while.
    pub(crate) fn step(&mut self, world: &World, handles: &Handles, chance: &mut Chance, now: DateTime<Utc>) {
        if now == self.seen {
            if chance.once_in(8) {
                handles.denylist.purge_at(now);
                world.figures.count(Figure::Purges);
            }
            return handles.look_at_any(world, chance, now);
        }
        self.seen = now;
        let revoke = |what: Revocation| _ = handles.denylist.revoke_at(what, now).wait().unwrap();
        match chance.below(24) {
            _ if now - self.rotated >= ROTATION => self.rotate(world, handles, chance, now),
            0 => {
                world.everyone.end(|| revoke(Revocation::everyone()));
                world.figures.count(Figure::Cutoffs);
            }
            1..8 => {
                let number = chance.below(SUBJECTS as u64) as usize;
                world.subjects[number].end(|| revoke(Revocation::subject(ISSUER, World::subject(number))));
                world.figures.count(Figure::Cutoffs);
            }
            8..10 => self.end_a_key(world, handles, chance, now),
            _ => {}
        }
    }

    /// To a key of the other kind, now and then.
    fn rotate(&mut self, world: &World, handles: &Handles, chance: &mut Chance, now: DateTime<Utc>) {
        let next = if chance.once_in(4) {
            Key::from(SecretKey::generate().unwrap())
        } else {
            Key::from(LocalKey::generate().unwrap())
        };
        let id = next.id();
        world.add_key(id);
        // Whatever it has issued has expired by then.
        let until = now + LIFETIME + LEEWAY * 3;
        let mut set = world.keys.set().with_next(next).unwrap().rotated(until).unwrap();
        // Nor is there a session left that it had a hand in.
        let is_gone = |former: &Former| now - former.since > LIFETIME + ABSOLUTE + LEEWAY * 3;
        for former in self.former.extract_if(.., |former| is_gone(former)) {
            set = set.without(former.id).unwrap();
            handles.denylist.forget_key_at(&former.id, now);
        }
        world.keys.replace(set);
        world.figures.count(Figure::Rotations);
        self.former.push(Former { id: self.current, since: now, is_ended: false });
        (self.current, self.rotated) = (id, now);
    }

    /// Of one that leaked, after others took its place: by the list, or by the ring.
    fn end_a_key(&mut self, world: &World, handles: &Handles, chance: &mut Chance, now: DateTime<Utc>) {
        let Some(former) = self.former.iter_mut().rev().find(|former| !former.is_ended) else { return };
        former.is_ended = true;
        let id = former.id;
        world.end_key(id, || {
            if chance.once_in(2) {
                handles.denylist.revoke_at(id, now).wait().unwrap();
            } else {
                world.keys.replace(world.keys.set().with_retired(id).unwrap());
            }
        });
        world.figures.count(Figure::KeysEnded);
    }
}
