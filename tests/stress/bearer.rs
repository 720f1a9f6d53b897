//! Somebody who logs in, goes on and logs out, with some sessions of their own.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hallpass::{IssueError, RenewError, RevokeError, VerifyError};

use crate::BEARERS;
use crate::chance::Chance;
use crate::figures::Figure;
use crate::handles::Handles;
use crate::life::Life;
use crate::world::{SLOTS, SUBJECTS, World};

pub(crate) struct Bearer {
    number: usize,
}

impl Bearer {
    pub(crate) fn new(number: usize) -> Self {
        Self { number }
    }

    /// One step of one of their sessions.
    pub(crate) fn step(&mut self, world: &World, handles: &Handles, chance: &mut Chance, now: DateTime<Utc>) {
        let own = chance.below((SLOTS / BEARERS) as u64) as usize;
        let slot = &world.slots[own * BEARERS + self.number];
        let here = slot.lock().clone();
        let then = match here {
            None => log_in(world, handles, chance, now),
            Some(life) if !handles.look(world, &life, now) => {
                // Over; others may look at it for a while.
                Some(life).filter(|_| !chance.once_in(2))
            }
            // Whose it is has gone away without a word, and it expires.
            Some(life) if own == 0 => Some(life),
            Some(life) => match chance.below(8) {
                0 => {
                    log_out(world, handles, &life, now);
                    Some(life)
                }
                1 | 2 => renew(world, handles, life, now),
                _ => Some(life),
            },
        };
        *slot.lock() = then;
    }
}

/// A session that is accepted until somebody asks for its end, unless that happened meanwhile.
fn log_in(world: &World, handles: &Handles, chance: &mut Chance, now: DateTime<Utc>) -> Option<Arc<Life>> {
    let number = chance.below(SUBJECTS as u64) as usize;
    // Before it begins: what ends later ends it, and what has ended before does not.
    let cutoffs = [world.everyone.next(), world.subjects[number].next()];
    let keys_asked = world.keys_asked();
    let is_asked = || cutoffs.iter().any(|cause| cause.is_asked()) || world.keys_asked() > keys_asked;
    let token = match handles.issuer.login_at(World::subject(number), now) {
        Ok(token) => token.into_string(),
        Err(IssueError::KeyRevoked { .. }) if is_asked() => return None,
        Err(other) => panic!("{other}"),
    };
    world.figures.count(Figure::Logins);
    let session = match handles.verifier.verify_at(&token, now) {
        Ok(session) => session,
        Err(VerifyError::Revoked { .. } | VerifyError::KeyRetired { .. }) if is_asked() => return None,
        Err(other) => panic!("just logged in: {other}"),
    };
    let key = world.end_of_key(session.key_id());
    let life = Life { token, session, logout: Arc::default(), others: cutoffs.into_iter().chain([key]).collect() };
    // What is asked from here on comes after it has begun.
    (!life.is_asked()).then(|| Arc::new(life))
}

/// The successor is used at once, and so are predecessors by those who have just looked: both are good.
fn renew(world: &World, handles: &Handles, life: Arc<Life>, now: DateTime<Utc>) -> Option<Arc<Life>> {
    let (was_over, keys_asked) = (life.is_over(), world.keys_asked());
    let is_asked = || life.is_asked() || world.keys_asked() > keys_asked;
    let token = match handles.issuer.renew_at(&life.session, now) {
        Ok(token) => token.into_string(),
        Err(RenewError::NotLive(VerifyError::Revoked { .. } | VerifyError::KeyRetired { .. })) if life.is_asked() => {
            return Some(life);
        }
        Err(RenewError::Issue(IssueError::KeyRevoked { .. })) if is_asked() => return Some(life),
        // It has gone on for as long as it may.
        Err(RenewError::NoMoreTime { .. } | RenewError::TooManyKeys) => {
            log_out(world, handles, &life, now);
            return Some(life);
        }
        Err(other) => panic!("{other}"),
    };
    assert!(!was_over, "renewed, and what ends it was acknowledged");
    world.figures.count(Figure::Renewals);
    let session = match handles.verifier.verify_at(&token, now) {
        Ok(session) => session,
        Err(VerifyError::Revoked { .. } | VerifyError::KeyRetired { .. }) if is_asked() => return None,
        Err(other) => panic!("just renewed: {other}"),
    };
    assert_eq!(session.session_id(), life.session.session_id());
    let key = world.end_of_key(session.key_id());
    let others = life.others.iter().cloned().chain([key]).collect();
    let successor = Life { token, session, logout: Arc::clone(&life.logout), others };
    (!successor.is_asked()).then(|| Arc::new(successor))
}

fn log_out(world: &World, handles: &Handles, life: &Life, now: DateTime<Utc>) {
    let is_by_others = || life.others.iter().any(|cause| cause.is_asked());
    life.logout.end(|| match handles.denylist.revoke_at(&life.session, now).wait() {
        Ok(_) => {}
        // Whose key was taken back meanwhile can end nothing, and is over.
        Err(RevokeError::NotLive(why)) if matches!(*why, VerifyError::Revoked { .. }) && is_by_others() => {}
        Err(other) => panic!("{other}"),
    });
    world.figures.count(Figure::Logouts);
    assert!(!handles.look(world, life, now));
}
