//! Handles of the one list, and what anybody does with them: look at a token.

use chrono::{DateTime, Utc};
use hallpass::store::Header;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Issuer, Timeouts, Verifier, VerifyError};

use crate::chance::Chance;
use crate::figures::Figure;
use crate::life::Life;
use crate::world::{ABSOLUTE, ISSUER, LEEWAY, LIFETIME, SLOTS, World};

#[derive(Clone)]
pub(crate) struct Handles {
    pub(crate) denylist: Denylist,
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
}

impl Handles {
    /// The store is made by whoever opens it first.
    pub(crate) fn open(world: &World) -> Self {
        let now = world.clock.now();
        let header = Header::new(TimeLimits::new(LIFETIME, LEEWAY).unwrap(), now).unwrap();
        let store = world.engine.open(header).unwrap();
        let denylist = Denylist::builder().longest_lifetime(LIFETIME).leeway(LEEWAY).open_store_at(store, now).unwrap();
        let timeouts = Timeouts::default().absolute(ABSOLUTE);
        let issuer = Issuer::new(&world.keys, ISSUER, &denylist).timeouts(timeouts).unwrap();
        let verifier = Verifier::new(&world.keys, ISSUER, &denylist);
        Self { denylist, issuer, verifier }
    }

    pub(crate) fn look_at_any(&self, world: &World, chance: &mut Chance, now: DateTime<Utc>) {
        let slot = world.slots[chance.below(SLOTS as u64) as usize].lock().clone();
        if let Some(life) = slot {
            self.look(world, &life, now);
        }
    }

    /// The properties that there are. Says whether it was accepted.
    pub(crate) fn look(&self, world: &World, life: &Life, now: DateTime<Utc>) -> bool {
        let was_over = life.is_over();
        match self.verifier.verify_at(&life.token, now) {
            Ok(session) => {
                assert!(!was_over, "accepted, and what ends it was acknowledged: {session:?}");
                assert_eq!(session.registered(), life.session.registered());
                world.figures.count(Figure::Accepted);
                true
            }
            Err(why @ (VerifyError::Revoked { .. } | VerifyError::KeyRetired { .. })) => {
                assert!(life.is_asked(), "nobody has asked for that: {why}");
                world.figures.count(Figure::Revoked);
                false
            }
            // Its key may be past by then, or gone.
            Err(why @ (VerifyError::Expired { .. } | VerifyError::KeyPast { .. } | VerifyError::UnknownKey)) => {
                assert!(now >= life.session.expires_at() + LEEWAY, "{why}");
                world.figures.count(Figure::Expired);
                false
            }
            Err(other) => panic!("{other}"),
        }
    }
}
