//! A new session in place of an old one, against logout and against another restart: of those that end a
//! session, one comes first, and the others find it over.

use hallpass::{RenewError, Restarting, Session, VerifyError};

use crate::explore::{Happened, Left, explore, together};
use crate::world::{World, noon};

/// Keeps the new session's token, or finds that the old session is over already.
fn restart(restarted: Result<Restarting, RenewError>, new: &Left<String>) {
    match restarted {
        Ok(restarting) => {
            let token = restarting.wait().unwrap();
            new.leave(token.into_string());
        }
        Err(RenewError::NotLive(VerifyError::Revoked { .. })) => {}
        Err(other) => panic!("{other}"),
    }
}

fn step_up(world: &World, session: &Session, new: &Left<String>) {
    restart(world.issuer.step_up_at(session, "alice", noon()), new);
}

fn change_privilege(world: &World, session: &Session, new: &Left<String>) {
    restart(world.issuer.change_privilege_at(session, noon()), new);
}

/// A logout that returned before the restart began comes first. The old session is over in any case, and
/// a new one lives if there is one.
fn against_logout(kind: fn(&World, &Session, &Left<String>)) {
    let world = World::new();
    let (token, session) = world.session("alice");
    let (over, new) = (Happened::default(), Left::default());
    let is_too_late = Happened::default();
    together([
        &|| {
            if over.already() {
                is_too_late.now();
            }
            kind(&world, &session, &new);
        },
        &|| {
            world.denylist.revoke_at(session.session_id(), noon()).wait().unwrap();
            over.now();
        },
        &|| world.look(token.as_str(), &over),
    ]);
    let new = new.all();
    assert!(new.is_empty() || !is_too_late.already(), "a session that was over was restarted");
    assert!(world.is_revoked(token.as_str(), noon()));
    assert!(new.iter().all(|token| !world.is_revoked(token, noon())));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_change_of_privilege_against_logout() {
    explore(1500, || against_logout(change_privilege));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_step_up_against_logout() {
    explore(1500, || against_logout(step_up));
}

/// Two restarts of one session, and perhaps a logout: one alone begins a new session, or none after it.
fn one_alone(kinds: [fn(&World, &Session, &Left<String>); 2], logout: bool) {
    let world = World::new();
    let (token, session) = world.session("alice");
    let new = Left::default();
    together([&|| kinds[0](&world, &session, &new), &|| kinds[1](&world, &session, &new), &|| {
        if logout {
            world.denylist.revoke_at(session.session_id(), noon()).wait().unwrap();
        }
    }]);
    let new = new.all();
    assert!(new.len() == 1 || (logout && new.is_empty()), "{} new sessions", new.len());
    assert!(world.is_revoked(token.as_str(), noon()));
    assert!(new.iter().all(|token| !world.is_revoked(token, noon())));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_step_ups_at_once() {
    explore(1500, || one_alone([step_up, step_up], false));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_step_up_and_a_change_of_privilege_at_once() {
    explore(1500, || one_alone([step_up, change_privilege], false));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_changes_of_privilege_and_a_logout_at_once() {
    explore(1500, || one_alone([change_privilege, change_privilege], true));
}

/// Nobody logs in when a privilege changes, so "log out everywhere" ends what comes of it whichever is
/// first.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_change_of_privilege_against_log_out_everywhere() {
    explore(1500, || {
        let world = World::new();
        let (token, session) = world.session("alice");
        let (_, phone) = world.session("alice");
        let (over, new) = (Happened::default(), Left::default());
        together([
            &|| match world.issuer.change_privilege_at(&session, noon()) {
                // A cutoff that was made between two looks: the first found the session live.
                Err(RenewError::Spared) => {}
                restarted => restart(restarted, &new),
            },
            &|| {
                world.denylist.revoke_at(phone.everywhere(), noon()).wait().unwrap();
                over.now();
            },
            &|| (0..2).for_each(|_| world.look(token.as_str(), &over)),
        ]);
        assert!(new.all().iter().chain([&token.into_string()]).all(|token| world.is_revoked(token, noon())));
    });
}

/// A new login is needed for a step-up: one that returned before "log out everywhere" began is over after
/// it, and one that begins after it returned finds the old session over.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_step_up_against_log_out_everywhere() {
    explore(1500, || {
        let world = World::new();
        let (token, session) = world.session("alice");
        let (_, phone) = world.session("alice");
        let (begun, over) = (Happened::default(), Happened::default());
        let (new, is_first, is_last) = (Left::default(), Happened::default(), Happened::default());
        together([
            &|| {
                if over.already() {
                    is_last.now();
                }
                step_up(&world, &session, &new);
                if !begun.already() {
                    is_first.now();
                }
            },
            &|| {
                begun.now();
                world.denylist.revoke_at(phone.everywhere(), noon()).wait().unwrap();
                over.now();
            },
        ]);
        let new = new.all();
        assert!(world.is_revoked(token.as_str(), noon()));
        assert!(!is_last.already() || new.is_empty(), "a session that was over was restarted");
        assert!(!is_first.already() || new.iter().all(|token| world.is_revoked(token, noon())));
    });
}
