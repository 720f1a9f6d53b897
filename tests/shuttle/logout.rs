//! Renewing against everything that ends sessions: no token of theirs is accepted by a verification that
//! begins after the revocation returned, the successor of a renewal at the same moment included.

use hallpass::{IssueError, RenewError, Revocation, Session, VerifyError};

use crate::explore::{Happened, Left, explore, together};
use crate::world::{ISSUER, World, at, noon};

/// Renews, uses the successor, and leaves it; a session that is over is not renewed.
fn renew(world: &World, session: &Session, over: &Happened, successors: &Left<String>) {
    let was_over = over.already();
    match world.issuer.renew_at(session, noon()) {
        Ok(token) => {
            assert!(!was_over, "renewed after the revocation returned");
            world.look(token.as_str(), over);
            successors.leave(token.into_string());
        }
        Err(RenewError::NotLive(VerifyError::Revoked { .. })) => {}
        // Between the look at the session and the look at the current key.
        Err(RenewError::Issue(IssueError::KeyRevoked { key_id })) => assert_eq!(key_id, session.key_id()),
        Err(other) => panic!("{other}"),
    }
}

/// Alice's session is renewed and used while this ends it.
fn ends_what_is_renewed(world: &World, end: impl Fn(&World, &Session) + Sync) {
    let (token, session) = world.session("alice");
    let (over, successors) = (Happened::default(), Left::default());
    together([
        &|| renew(world, &session, &over, &successors),
        &|| {
            end(world, &session);
            over.now();
        },
        &|| (0..2).for_each(|_| world.look(token.as_str(), &over)),
    ]);
    for token in successors.all().iter().map(String::as_str).chain([token.as_str()]) {
        assert!(world.is_revoked(token, noon()));
    }
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn logout() {
    explore(1500, || {
        ends_what_is_renewed(&World::new(), |world, session| {
            world.denylist.revoke_at(session, noon()).wait().unwrap();
        });
    });
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn log_out_everywhere() {
    explore(1500, || {
        let world = World::new();
        let (_, phone) = world.session("alice");
        ends_what_is_renewed(&world, |world, _| {
            world.denylist.revoke_at(phone.everywhere(), noon()).wait().unwrap();
        });
        assert!(world.denylist.revoke_at(phone.everywhere(), noon()).wait().is_err());
        assert!(!world.is_revoked(world.issuer.login_at("alice", noon()).unwrap().as_str(), noon()));
    });
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn log_out_everyone() {
    explore(1500, || {
        ends_what_is_renewed(&World::new(), |world, _| world.revoke(Revocation::Everyone { except: None }));
    });
}

/// The key leaked, and a rotation is under way: what another key signed in its place dies as well.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_key_with_a_rotation_between() {
    explore(1500, || {
        let world = World::new();
        let (token, session) = world.session("alice");
        let (over, successors) = (Happened::default(), Left::default());
        together([
            &|| world.keys.replace(world.keys.set().rotated(at(3600)).unwrap()),
            &|| (0..2).for_each(|_| renew(&world, &session, &over, &successors)),
            &|| {
                world.revoke(session.key_id());
                over.now();
            },
            &|| world.look(token.as_str(), &over),
        ]);
        for token in successors.all().iter().map(String::as_str).chain([token.as_str()]) {
            assert!(world.is_revoked(token, noon()));
        }
        assert!(!world.is_revoked(world.issuer.login_at("alice", noon()).unwrap().as_str(), noon()));
    });
}

/// Whoever logs out everywhere else stays, and so does what their session is renewed into meanwhile.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn log_out_elsewhere() {
    explore(1500, || {
        let world = World::new();
        let (here_token, here) = world.session("alice");
        let (there_token, there) = world.session("alice");
        let (never, over) = (Happened::default(), Happened::default());
        let (stays, goes) = (Left::default(), Left::default());
        together([
            &|| renew(&world, &here, &never, &stays),
            &|| renew(&world, &there, &over, &goes),
            &|| {
                world.denylist.revoke_at(here.elsewhere(), noon()).wait().unwrap();
                over.now();
            },
            &|| {
                assert!(!world.is_revoked(here_token.as_str(), noon()));
                world.look(there_token.as_str(), &over);
            },
        ]);
        let stays = stays.all();
        assert_eq!(stays.len(), 1);
        assert!([here_token.as_str(), &stays[0]].iter().all(|token| !world.is_revoked(token, noon())));
        for token in goes.all().iter().map(String::as_str).chain([there_token.as_str()]) {
            assert!(world.is_revoked(token, noon()));
        }
    });
}

/// A login that returned before "log out everywhere" began is over after it, and one that begins after it
/// returned is not, though all of it is in one microsecond.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn logging_in_against_log_out_everywhere() {
    let everywhere = || Revocation::Subject { issuer: ISSUER.to_owned(), subject: "alice".to_owned(), except: None };
    explore(1500, move || {
        let world = World::new();
        let (begun, returned, before) = (Happened::default(), Happened::default(), Left::default());
        let log_in = || {
            let was_over = returned.already();
            let token = world.issuer.login_at("alice", noon()).unwrap();
            if !begun.already() {
                before.leave(token);
            } else if was_over {
                assert!(!world.is_revoked(token.as_str(), noon()));
            }
        };
        // One is made already, so that a session begins ahead of the clock.
        world.revoke(everywhere());
        together([&log_in, &|| (0..2).for_each(|_| log_in()), &|| {
            begun.now();
            world.revoke(everywhere());
            returned.now();
        }]);
        assert!(before.all().iter().all(|token| world.is_revoked(token.as_str(), noon())));
        assert!(!world.is_revoked(world.issuer.login_at("alice", noon()).unwrap().as_str(), noon()));
    });
}
