//! The clock has been an hour ahead and is set right: the next login makes the list vouch anew, while
//! others revoke.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::{IssueError, Revocation, VerifyError};

use crate::explore::{Happened, Left, explore, together};
use crate::world::{ISSUER, World, at, noon, session_id, token};

/// The right time: an hour before noon.
pub(crate) fn back() -> DateTime<Utc> {
    at(-3600)
}

/// The earliest moment at which a session begins when the list has begun to vouch at `back`.
fn earliest() -> DateTime<Utc> {
    back() + TimeDelta::seconds(20) + TimeDelta::microseconds(1)
}

/// Somebody has logged in at noon.
fn ahead() -> World {
    let world = World::new();
    let _ = world.issuer.login_at("alice", noon()).unwrap();
    world
}

/// Logs in at the right time, or a microsecond later: there is a cutoff as far ahead as one can be then.
pub(crate) fn log_in(world: &World, subject: &str) -> String {
    let token = match world.issuer.login_at(subject, back()) {
        Err(IssueError::ClockBehind { until, .. }) => {
            assert_eq!(until, back() + TimeDelta::microseconds(1));
            world.issuer.login_at(subject, until)
        }
        other => other,
    };
    token.unwrap().into_string()
}

/// An id that was acknowledged stays listed, whether before or after, and no longer than it must.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn an_id_against_a_list_that_vouches_anew() {
    let session = session_id(0);
    let token = token(session, 0, earliest(), back());
    explore(400, move || {
        let world = ahead();
        let over = Happened::default();
        together([
            &|| assert!(!world.is_revoked(&log_in(&world, "bob"), back())),
            &|| {
                world.denylist.revoke_at(session, back()).wait().unwrap();
                over.now();
            },
            &|| (0..2).for_each(|_| world.look_at(&token, &over, back())),
        ]);
        assert!(world.is_revoked(&token, back()));
        let last = back() + TimeDelta::minutes(15) + TimeDelta::seconds(9);
        world.denylist.purge_at(last);
        assert!(world.is_revoked(&token, last));
        world.denylist.purge_at(back() + TimeDelta::minutes(22));
        assert_eq!(world.denylist.stats().ids, 0);
    });
}

/// A cutoff ends the sessions that began before it was asked for. Those it has ended stay ended, though
/// others log in, and though it was asked for while the list began to vouch anew.
fn a_cutoff_holds(what: &Revocation) {
    let world = ahead();
    let (begun, before, meanwhile) = (Happened::default(), Left::default(), Left::default());
    together([
        &|| {
            let token = log_in(&world, "bob");
            if begun.already() {
                meanwhile.leave(token);
            } else {
                before.leave(token);
            }
        },
        &|| {
            begun.now();
            world.denylist.revoke_at(what.clone(), back()).wait().unwrap();
        },
        &|| match world.verifier.verify_at(&log_in(&world, "carol"), back()) {
            Ok(_) | Err(VerifyError::Revoked { .. }) => {}
            Err(other) => panic!("{other}"),
        },
    ]);
    let (mut ended, meanwhile) = (before.all(), meanwhile.all());
    ended.extend(meanwhile.into_iter().filter(|token| world.is_revoked(token, back())));
    // The first in the same microsecond, and the others later.
    assert!(!world.is_revoked(&log_in(&world, "bob"), back()));
    for late in [0, 1, 2] {
        let now = back() + TimeDelta::milliseconds(late);
        assert!(ended.iter().all(|token| world.is_revoked(token, now)));
        let token = world.issuer.login_at("bob", now + TimeDelta::milliseconds(1)).unwrap();
        assert!(!world.is_revoked(token.as_str(), now));
    }
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_subject_against_a_list_that_vouches_anew() {
    let what = Revocation::Subject { issuer: ISSUER.to_owned(), subject: "bob".to_owned(), except: None };
    explore(400, move || a_cutoff_holds(&what));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn everyone_against_a_list_that_vouches_anew() {
    explore(400, || a_cutoff_holds(&Revocation::Everyone { except: None }));
}

/// Two logins find the clock far behind, one of them a second later: the list begins to vouch anew once,
/// and the session that began first lives. If the later one is first, the other has to wait for it.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_logins_find_the_clock_far_behind() {
    explore(4000, || {
        let world = ahead();
        let later = back() + TimeDelta::seconds(1);
        let new = Left::default();
        together([
            &|| match world.issuer.login_at("bob", back()) {
                Ok(token) => new.leave(token),
                Err(other) => assert_eq!(other, IssueError::ClockBehind { until: later, now: back() }),
            },
            &|| new.leave(world.issuer.login_at("carol", later).unwrap()),
        ]);
        assert!(new.all().iter().all(|token| !world.is_revoked(token.as_str(), later)));
    });
}
