//! What is written of a list's store.

use hallpass::store::Header;
use hallpass::testing::{Failing, MemoryEngine};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Issuer, KeyRing};
use tracing::Level;

use super::listener::{heard, written};
use crate::support::{ISSUER, noon};

fn list(engine: &MemoryEngine) -> Denylist {
    let store = engine.open(Header::new(TimeLimits::default(), noon()).unwrap()).unwrap();
    Denylist::builder().open_store_at(store, noon()).unwrap()
}

#[test]
fn the_opening_of_a_whole_store_tells_how_far_it_is_and_nothing_else() {
    let (_list, events) = heard(|| list(&MemoryEngine::new()));
    assert_eq!(events, [written(Level::INFO, "denylist_opening", &[("phase", "load"), ("done", "0")])]);
}

/// It would wake somebody.
#[test]
fn nothing_is_lost_with_a_list_that_has_only_noted_something_while_its_store_failed() {
    let engine = MemoryEngine::new();
    let ((), events) = heard(|| {
        let denylist = list(&engine);
        engine.fail(Failing::Before, 0);
        let issuer = Issuer::new(&KeyRing::generate_local().unwrap(), ISSUER, &denylist);
        assert!(issuer.login_at("alice", noon()).is_ok());
    });
    let is_written = |name: &str| events.iter().any(|event| event.name == name);
    assert!(is_written("denylist_store_failed") && !is_written("denylist_revocations_lost"), "{events:?}");
}
