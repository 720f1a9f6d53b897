//! A ring is replaced while tokens are shown, which a verifier keeps with what it found of their keys.

use hallpass::key::KeyId;
use hallpass::{Token, VerifyError};

use crate::explore::{Happened, explore, together};
use crate::world::{World, at, noon};

/// What was found in the set before must not count as found in the one after.
fn retire_while_it_is_shown(world: &World, key_id: KeyId, token: &Token) {
    let over = Happened::default();
    let look = || {
        let was_over = over.already();
        match world.verifier.verify_at(token.as_str(), noon()) {
            Ok(_) => assert!(!was_over, "accepted after its key was retired"),
            Err(why) => assert_eq!(why, VerifyError::KeyRetired { key_id }),
        }
    };
    together([&|| (0..2).for_each(|_| look()), &|| {
        world.keys.replace(world.keys.set().with_retired(key_id).unwrap());
        over.now();
    }]);
    look();
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_key_is_retired_while_its_token_is_shown_for_the_first_time() {
    explore(1500, || {
        let world = World::new();
        let token = world.issuer.login_at("alice", noon()).unwrap();
        retire_while_it_is_shown(&world, world.keys.set().current().unwrap().id(), &token);
    });
}

/// After another change of the ring, by which it is looked at anew.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_key_is_retired_while_its_token_is_shown_once_more() {
    explore(1500, || {
        let world = World::new();
        let (token, _) = world.session("alice");
        world.keys.replace((*world.keys.set()).clone());
        retire_while_it_is_shown(&world, world.keys.set().current().unwrap().id(), &token);
    });
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn an_earlier_key_is_retired_while_what_was_renewed_from_it_is_shown() {
    explore(1500, || {
        let world = World::new();
        let (_, session) = world.session("alice");
        world.keys.replace(world.keys.set().rotated(at(3600)).unwrap());
        let token = world.issuer.renew_at(&session, noon()).unwrap();
        retire_while_it_is_shown(&world, session.key_id(), &token);
    });
}
