//! First uses, replays, and the table of newest generations: requests that run beside each other are no
//! replay, and no replay is missed.

use chrono::TimeDelta;
use hallpass::{RenewError, VerifyError};

use crate::explore::{Happened, Left, explore, together};
use crate::world::{World, at, noon, session_id, token};

/// A token of the nth session, which began at noon.
fn of(n: u8, generation: u8) -> String {
    token(session_id(n), generation, noon(), noon())
}

fn accepts(world: &World, token: &str, now: i64) {
    world.verifier.verify_at(token, at(now)).unwrap();
}

/// The grace is 30 seconds and the leeway 10: until then the predecessor is no replay, and then it is one.
/// After it the session is over.
fn is_replayed_when_its_time_has_come(world: &World, old: &str, current: &[&str]) {
    let microsecond = TimeDelta::microseconds(1);
    let shown = |late| world.verifier.verify_at(old, noon() + late);
    shown(TimeDelta::seconds(30)).unwrap();
    for late in [TimeDelta::seconds(30) + microsecond, TimeDelta::seconds(40)] {
        let refused = shown(late).unwrap_err();
        assert!(matches!(refused, VerifyError::Superseded { retired_at, .. } if retired_at == noon()), "{refused}");
    }
    current.iter().for_each(|token| accepts(world, token, 40));
    let refused = shown(TimeDelta::seconds(40) + microsecond).unwrap_err();
    assert!(matches!(refused, VerifyError::Replayed { retired_at, .. } if retired_at == noon()), "{refused}");
    assert!(current.iter().chain([&old]).all(|token| world.is_revoked(token, at(41))));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_successors_and_their_predecessor_at_once() {
    explore(1500, || {
        let world = World::new();
        let (old, session) = world.session("alice");
        let [first, second] = [0, 1].map(|_| world.issuer.renew_at(&session, noon()).unwrap().into_string());
        together([
            &|| (0..2).for_each(|_| accepts(&world, &first, 0)),
            &|| (0..2).for_each(|_| accepts(&world, &second, 0)),
            &|| (0..2).for_each(|_| accepts(&world, old.as_str(), 0)),
        ]);
        assert_eq!((world.denylist.stats().sessions, world.denylist.stats().unnoted), (1, 0));
        is_replayed_when_its_time_has_come(&world, old.as_str(), &[&first, &second]);
    });
}

/// The newest one may arrive first. What the table says must not fall behind what is noted.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn several_generations_for_the_first_time_at_once() {
    explore(1500, || {
        let world = World::new();
        let tokens = [0, 1, 2, 3].map(|generation| of(0, generation));
        together([
            &|| accepts(&world, &tokens[0], 0),
            &|| accepts(&world, &tokens[1], 0),
            &|| accepts(&world, &tokens[2], 0),
            &|| accepts(&world, &tokens[3], 0),
        ]);
        assert_eq!(world.denylist.stats().sessions, 1);
        for old in &tokens[..3] {
            let refused = world.verifier.verify_at(old, at(31)).unwrap_err();
            assert!(matches!(refused, VerifyError::Superseded { .. }), "{refused}");
        }
        is_replayed_when_its_time_has_come(&world, &tokens[2], &[&tokens[3]]);
    });
}

/// Once a replay was refused, nothing of the session is accepted: not the current token, nor what it is
/// renewed into at that moment.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_replay_against_the_current_token() {
    explore(1500, || {
        let world = World::new();
        let [old, current] = [0, 1].map(|generation| of(0, generation));
        let session = world.verifier.verify_at(&current, noon()).unwrap();
        let (over, successors) = (Happened::default(), Left::default());
        let replay = || match world.verifier.verify_at(&old, at(41)).unwrap_err() {
            VerifyError::Replayed { .. } | VerifyError::Revoked { .. } => over.now(),
            other => panic!("{other}"),
        };
        together([&replay, &replay, &|| (0..2).for_each(|_| world.look_at(&current, &over, at(41))), &|| {
            let was_over = over.already();
            match world.issuer.renew_at(&session, at(41)) {
                Ok(token) => {
                    assert!(!was_over);
                    world.look_at(token.as_str(), &over, at(41));
                    successors.leave(token.into_string());
                }
                Err(RenewError::NotLive(VerifyError::Revoked { .. })) => {}
                Err(other) => panic!("{other}"),
            }
        }]);
        assert!(successors.all().iter().chain([&old, &current]).all(|token| world.is_revoked(token, at(41))));
        assert_eq!(world.denylist.stats().ids, 1);
    });
}

/// Of two that carry the same old token to logout and to a page, logout is not held up by the other.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_replay_against_logout() {
    explore(1000, || {
        let world = World::new();
        let [old, current] = [0, 1].map(|generation| of(0, generation));
        let session = world.verifier.verify_at(&current, noon()).unwrap();
        let over = Happened::default();
        together([
            &|| assert!(world.verifier.verify_at(&old, at(41)).is_err()),
            &|| {
                world.denylist.revoke_at(&session, at(41)).wait().unwrap();
                over.now();
            },
            &|| world.look_at(&current, &over, at(41)),
        ]);
        assert!(world.is_revoked(&current, at(41)));
    });
}

/// The table has room for 16 sessions of a part at first. While it grows for the 17th, and for the 18th,
/// the others are used.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn the_table_grows_beside_its_readers() {
    const ROOM: u8 = 16;
    let news: Vec<String> = (0..ROOM + 2).map(|n| of(n, 1)).collect();
    let (olds, newer) = ([0, 1].map(|n| of(n, 0)), of(2, 2));
    explore(1000, move || {
        let world = World::with_capacity(64 * 100);
        let room = usize::from(ROOM);
        news[..room].iter().for_each(|token| accepts(&world, token, 0));
        let replayed = |token: &str| {
            let refused = world.verifier.verify_at(token, at(41)).unwrap_err();
            assert!(matches!(refused, VerifyError::Replayed { .. }), "{refused}");
        };
        together([
            &|| accepts(&world, &news[room], 41),
            &|| accepts(&world, &news[room + 1], 41),
            &|| accepts(&world, &newer, 41),
            &|| {
                accepts(&world, &news[3], 41);
                replayed(&olds[0]);
                accepts(&world, &news[4], 41);
                replayed(&olds[1]);
            },
        ]);
        let stats = world.denylist.stats();
        assert_eq!((stats.sessions, stats.unnoted, stats.ids), (room + 2, 0, 2));
        news[3..].iter().for_each(|token| accepts(&world, token, 41));
        let refused = world.verifier.verify_at(&news[2], at(41 + 41)).unwrap_err();
        assert!(matches!(refused, VerifyError::Replayed { .. }), "{refused}");
    });
}

/// What has expired leaves the table, and what has not stays, while first uses are noted.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn the_table_shrinks_beside_first_uses() {
    let began = || at(-1800);
    let expired: Vec<String> = (0..4).map(|n| token(session_id(n), 1, began(), began())).collect();
    let (old, current, newer) = (of(4, 0), of(4, 1), of(5, 1));
    let older = of(5, 0);
    explore(1000, move || {
        let world = World::new();
        for token in &expired {
            world.verifier.verify_at(token, began()).unwrap();
        }
        accepts(&world, &current, 0);
        together([&|| world.denylist.purge_at(at(41)), &|| accepts(&world, &newer, 41), &|| {
            accepts(&world, &current, 41);
            let refused = world.verifier.verify_at(&old, at(41)).unwrap_err();
            assert!(matches!(refused, VerifyError::Replayed { .. }), "{refused}");
        }]);
        world.denylist.purge_at(at(41));
        assert_eq!(world.denylist.stats().sessions, 2);
        let refused = world.verifier.verify_at(&older, at(41 + 41)).unwrap_err();
        assert!(matches!(refused, VerifyError::Replayed { .. }), "{refused}");
    });
}

/// Where a part has room for one session alone, one of two is noted: never both, and nobody is refused.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_first_uses_for_one_room() {
    let tokens = [0, 1].map(|n| of(n, 1));
    explore(1000, move || {
        let world = World::with_capacity(64);
        together([&|| accepts(&world, &tokens[0], 0), &|| accepts(&world, &tokens[1], 0)]);
        let stats = world.denylist.stats();
        assert_eq!((stats.sessions, stats.unnoted), (1, 1));
    });
}

/// A purge as of a moment that is still to come makes the list forget too early, and says so from then on.
/// A replay beside it is refused in either order: as one, or because it can't be known.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_replay_against_a_purge_ahead() {
    let [old, current] = [0, 1].map(|generation| of(0, generation));
    explore(3000, move || {
        let world = World::new();
        accepts(&world, &current, 0);
        together([&|| world.denylist.purge_at(at(1800)), &|| match world
            .verifier
            .verify_at(&old, at(41))
            .expect_err("a replay was accepted")
        {
            VerifyError::Replayed { .. } | VerifyError::StatusUnknown => {}
            other => panic!("{other}"),
        }]);
    });
}
