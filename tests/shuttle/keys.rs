//! A ring is replaced while tokens are shown, which a verifier keeps with what it found of their keys.

use hallpass::VerifyError;

use crate::explore::{Happened, explore, together};
use crate::world::{World, noon};

/// What was kept by the set before must not count as found in the one after.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_key_is_retired_while_its_token_is_shown_for_the_first_time() {
    explore(1500, || {
        let (world, over) = (World::new(), Happened::default());
        let token = world.issuer.login_at("alice", noon()).unwrap();
        let key_id = world.keys.set().current().unwrap().id();
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
    });
}
