//! Listing ids that lie in one part of the list, whose delta of 64 is about to be full: while it is
//! rebuilt and swapped, nothing that was acknowledged is missed, and the counts are right in the end.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::status::EntryKind;
use hallpass::{Revocation, RevokeError, TokenId};

use crate::explore::{Happened, Left, explore, together};
use crate::world::{World, at, id, noon};

const ALICE: &str = "alice";

fn is_listed(world: &World, n: u8) -> bool {
    match world.listed(id(n), ALICE, noon()) {
        Some(EntryKind::Id) => true,
        None => false,
        Some(other) => panic!("{other}"),
    }
}

fn list(world: &World, ids: impl IntoIterator<Item = u8>, now: DateTime<Utc>) {
    for n in ids {
        world.denylist.revoke_at(id(n), now).wait().unwrap();
    }
}

/// Lists them one by one, and notes each that was acknowledged.
fn list_more(world: &World, ids: [u8; 3], acknowledged: &[Happened]) {
    for n in ids {
        list(world, [n], noon());
        acknowledged[usize::from(n)].now();
    }
}

fn look(world: &World, ids: impl IntoIterator<Item = u8>, acknowledged: &[Happened]) {
    for n in ids {
        let was_acknowledged = acknowledged[usize::from(n)].already();
        assert!(is_listed(world, n) || !was_acknowledged, "{n} was acknowledged and is not listed");
    }
}

/// None is acknowledged yet but so many.
fn acknowledged(listed: u8) -> Vec<Happened> {
    let all: Vec<Happened> = (0..100).map(|_| Happened::default()).collect();
    all[..usize::from(listed)].iter().for_each(Happened::now);
    all
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_fill_a_part_and_a_third_looks() {
    explore(1500, || {
        let world = World::new();
        list(&world, 0..62, noon());
        let acknowledged = acknowledged(62);
        together([
            &|| list_more(&world, [62, 63, 64], &acknowledged),
            // One of them twice.
            &|| list_more(&world, [65, 62, 66], &acknowledged),
            &|| look(&world, [62, 65, 63, 0, 64, 66], &acknowledged),
        ]);
        assert!((0..67).all(|n| is_listed(&world, n)));
        assert!((67..72).all(|n| !is_listed(&world, n)));
        assert_eq!(world.denylist.stats().ids, 67);
    });
}

/// 30 have expired, so that whoever purges, or lists one, leaves them out.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn what_has_expired_leaves_meanwhile() {
    explore(1500, || {
        let world = World::new();
        list(&world, 70..100, at(-1800));
        list(&world, 0..30, noon());
        let acknowledged = acknowledged(30);
        together([
            &|| list_more(&world, [30, 31, 32], &acknowledged),
            &|| list_more(&world, [33, 31, 34], &acknowledged),
            &|| world.denylist.purge_at(noon()),
            &|| look(&world, [30, 33, 31, 0, 32, 34], &acknowledged),
        ]);
        world.denylist.purge_at(noon());
        assert!((0..35).all(|n| is_listed(&world, n)));
        assert_eq!(world.denylist.stats().ids, 35);
    });
}

/// Room for four more, and five arrive, one of them twice.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn the_last_places() {
    explore(1500, || {
        let world = World::with_capacity(66);
        list(&world, 0..62, noon());
        let acknowledged = acknowledged(62);
        let list_if_there_is_room = |ids: [u8; 3]| {
            for n in ids {
                match world.denylist.revoke_at(id(n), noon()).wait() {
                    Ok(_) => acknowledged[usize::from(n)].now(),
                    Err(RevokeError::Full { capacity: 66 }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        };
        together([&|| list_if_there_is_room([62, 63, 64]), &|| list_if_there_is_room([65, 63, 66]), &|| {
            look(&world, [62, 65, 63, 0, 64, 66], &acknowledged)
        }]);
        assert!((0..67).all(|n| is_listed(&world, n) == acknowledged[usize::from(n)].already()));
        assert_eq!(acknowledged.iter().filter(|listed| listed.already()).count(), 66);
        assert_eq!(world.denylist.stats().ids, 66);
    });
}

/// One place, and two ids of different parts, whose writers don't wait for each other.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn the_last_place_of_all() {
    explore(1500, || {
        let world = World::with_capacity(1);
        let places = Left::default();
        let list = |first: u8| places.leave(world.denylist.revoke_at(TokenId::from_bytes([first; 16]), noon()).wait());
        together([&|| list(1), &|| list(200)]);
        assert_eq!(places.all().iter().filter(|place| place.is_ok()).count(), 1);
        assert_eq!(world.denylist.stats().ids, 1);
    });
}

/// All change the picture that everybody reads: none undoes what another did.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_part_a_key_and_everyone_change_at_once() {
    explore(1000, || {
        let world = World::new();
        list(&world, 0..64, noon());
        let (token, session) = world.session(ALICE);
        let over = Happened::default();
        together([
            // The 65th swaps the part.
            &|| list(&world, [64], noon()),
            &|| {
                world.revoke(session.key_id());
                over.now();
            },
            &|| {
                world.revoke(Revocation::Everyone { except: Some(session.session_id()) });
            },
            &|| world.look(token.as_str(), &over),
        ]);
        assert_eq!(world.denylist.stats().keys, 1);
        assert!(world.is_revoked(token.as_str(), noon()));
        assert!(world.denylist.forget_key(&session.key_id()).is_some());
        assert!(!world.is_revoked(token.as_str(), noon()));
        assert_eq!(world.listed(id(99), ALICE, noon()), Some(EntryKind::Everyone));
        let later = noon() + TimeDelta::minutes(1);
        assert!((0..65).all(|n| world.listed(id(n), ALICE, later) == Some(EntryKind::Id)));
    });
}
