//! What waits for a store, against the thread that writes: whoever is told that something is safe is told the
//! truth, everyone is told something, and nothing is lost on the way.
//!
//! A wait for some seconds ends whenever the scheduler likes; one for a minute never does, so that a thread that
//! nobody wakes shows as a deadlock (see `src/sync.rs`).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use chrono::{DateTime, Utc};
use hallpass::store::Header;
use hallpass::testing::{Failing, MemoryEngine};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Revocation, Revoking};

use crate::clock::{back, log_in};
use crate::explore::{Left, explore, together};
use crate::world::{ISSUER, World, at, id, noon};

fn list(engine: &MemoryEngine) -> Denylist {
    list_at(engine, noon())
}

fn list_at(engine: &MemoryEngine, now: DateTime<Utc>) -> Denylist {
    let header = Header::new(TimeLimits::default(), at(-3600)).unwrap();
    Denylist::builder().open_store_at(engine.open(header).unwrap(), now).unwrap()
}

fn revoke(denylist: &Denylist, n: u8) -> Revoking {
    denylist.revoke_at(id(n), noon())
}

/// Whether a list that starts now knows all of these.
fn are_kept(engine: &MemoryEngine, numbers: impl IntoIterator<Item = u8>) -> bool {
    let denylist = list(engine);
    let mut ids = numbers.into_iter().map(id);
    ids.all(|id| crate::world::listed_in(&denylist, id, "alice", noon()).is_some())
}

/// At some moment the store takes nothing any more, as when the process is killed then: whoever was told that
/// it is safe by then was told the truth, and the list knows how many were not.
fn what_was_acknowledged_is_kept(failing: Failing) {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let told = Left::default();
    let ask = |n: u8| {
        if revoke(&denylist, n).wait().is_ok() {
            told.leave(n);
        }
    };
    together([&|| [0, 1].into_iter().for_each(ask), &|| ask(2), &|| [3, 4].into_iter().for_each(ask), &|| {
        engine.fail(failing, 0);
    }]);
    let told = told.all();
    assert_eq!(denylist.stats().unsaved, 5 - told.len());
    engine.fail(Failing::Before, 0);
    drop(denylist);
    engine.fail(Failing::Never, 0);
    assert!(are_kept(&engine, told), "acknowledged, and lost");
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_store_that_fails_from_some_moment_on() {
    explore(1000, || what_was_acknowledged_is_kept(Failing::Before));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_store_whose_answers_are_lost_from_some_moment_on() {
    explore(1000, || what_was_acknowledged_is_kept(Failing::After));
}

/// The store fails for a while. Whatever anyone was told then, all of it is written in the end, though the list is
/// given up at once.
fn what_has_failed_is_made_good(failing: Failing) {
    let engine = MemoryEngine::new();
    let denylist = list(&engine);
    let ask = |n: u8| drop(revoke(&denylist, n).wait());
    together([
        &|| {
            ask(0);
            drop(revoke(&denylist, 1));
        },
        &|| [2, 3].into_iter().for_each(ask),
        &|| {
            engine.fail(failing, 1);
            denylist.purge_at(noon());
            engine.fail(Failing::Never, 0);
        },
    ]);
    drop(denylist);
    assert!(are_kept(&engine, 0..4), "not made good");
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_store_that_fails_for_a_while() {
    explore(1000, || what_has_failed_is_made_good(Failing::Before));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_store_whose_answers_are_lost_for_a_while() {
    explore(1000, || what_has_failed_is_made_good(Failing::After));
}

/// When the store is usable again, the list says so by itself, and goes on to acknowledge.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn it_goes_on_when_the_store_does() {
    explore(1000, || {
        let engine = MemoryEngine::new();
        let denylist = list(&engine);
        engine.fail(Failing::Before, 0);
        together([&|| drop(revoke(&denylist, 0).wait()), &|| {
            drop(revoke(&denylist, 1).wait());
            engine.fail(Failing::Never, 0);
        }]);
        while revoke(&denylist, 2).wait().is_err() {
            crate::explore::go_on();
        }
        assert!(are_kept(&engine, 0..3), "acknowledged before what has failed was made good");
    });
}

#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn look(revoking: &mut Revoking, bell: &Arc<Bell>) -> bool {
    Pin::new(revoking).poll(&mut Context::from_waker(&Waker::from(Arc::clone(bell)))).is_ready()
}

/// Several tasks ask about one batch while it is written, two of them from two places; one gives up.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_task_sees_that_it_is_safe_or_is_woken() {
    explore(1500, || {
        let engine = MemoryEngine::new();
        let denylist = list(&engine);
        let waiting = Left::default();
        let wait = |n: u8| {
            let mut revoking = revoke(&denylist, n);
            let mut bell = Arc::default();
            for _ in 0..2 {
                bell = Arc::new(Bell::default());
                if look(&mut revoking, &bell) {
                    return;
                }
            }
            waiting.leave((revoking, bell));
        };
        together([&|| wait(0), &|| wait(1), &|| {
            let mut given_up = revoke(&denylist, 2);
            let _ = look(&mut given_up, &Arc::default());
        }]);
        // By then all is written.
        drop(denylist);
        for (mut revoking, bell) in waiting.all() {
            assert!(bell.0.load(Ordering::SeqCst), "nobody was woken");
            let seen = Pin::new(&mut revoking).poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(seen, Poll::Ready(Ok(_))));
        }
        assert!(are_kept(&engine, 0..3));
    });
}

/// The clock has been an hour ahead and is set right, so that the list vouches anew while others log in and end
/// sessions. What passed then passes after a restart, and nothing else.
fn a_restart_changes_nothing(what: &Revocation) {
    let engine = MemoryEngine::new();
    let world = World::with(list(&engine));
    let _ = world.issuer.login_at("alice", noon()).unwrap();
    let begun = Left::default();
    together([
        &|| begun.leave(log_in(&world, "bob")),
        &|| {
            let revoking = world.denylist.revoke_at(what.clone(), back());
            revoking.wait().unwrap();
        },
        &|| begun.leave(log_in(&world, "bob")),
    ]);
    let before: Vec<_> = begun.all().into_iter().map(|token| (world.is_revoked(&token, back()), token)).collect();
    drop(world);
    let world = World::with(list_at(&engine, back()));
    for (revoked, token) in before {
        assert_eq!(world.is_revoked(&token, back()), revoked);
    }
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_subject_against_a_list_that_vouches_anew() {
    let what = Revocation::Subject { issuer: ISSUER.to_owned(), subject: "bob".to_owned(), except: None };
    explore(2000, move || a_restart_changes_nothing(&what));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn everyone_against_a_list_that_vouches_anew() {
    explore(2000, || a_restart_changes_nothing(&Revocation::Everyone { except: None }));
}
