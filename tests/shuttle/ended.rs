//! Waiting for a session's end, against its end: whoever waits has seen it, or is woken.
//!
//! The wait has a timer, which runs on the real clock and beside the scheduler. It fires after a minute, and
//! touches nothing here but a bell; so these races are at the real time.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use hallpass::{Denylist, End, Ended, Issuer, KeyRing, Revocation, Session, Verifier};

use crate::explore::{Left, explore, together};
use crate::world::ISSUER;

#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Looks twice, as when the task was moved between: the bell of the last look is the one that must ring.
fn wait(mut ended: Pin<Box<Ended>>, waiting: &Left<(Pin<Box<Ended>>, Arc<Bell>)>) {
    let mut bell = Arc::default();
    for _ in 0..2 {
        bell = Arc::new(Bell::default());
        if let Poll::Ready(end) = ended.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&bell)))) {
            assert_eq!(end, End::Revoked);
            return;
        }
    }
    waiting.leave((ended, bell));
}

/// One begins to wait at that moment, one waits already, and one gives up.
fn is_seen_or_wakes(what: fn(&Session) -> Revocation) {
    let keys = KeyRing::generate_local().unwrap();
    let denylist = Denylist::in_memory().unwrap();
    let token = Issuer::new(&keys, ISSUER, &denylist).login("alice").unwrap();
    let session = Verifier::new(&keys, ISSUER, &denylist).verify(token.as_str()).unwrap();
    let waiting = Left::default();
    wait(Box::pin(denylist.ended(&session)), &waiting);
    let early = Mutex::new(Some(denylist.ended(&session)));
    together([&|| wait(Box::pin(denylist.ended(&session)), &waiting), &|| drop(early.lock().unwrap().take()), &|| {
        denylist.revoke(what(&session)).wait().unwrap();
    }]);
    for (mut ended, bell) in waiting.all() {
        assert!(bell.0.load(Ordering::SeqCst), "nobody was woken");
        let seen = ended.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(seen, Poll::Ready(End::Revoked));
    }
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn logout() {
    explore(1000, || is_seen_or_wakes(|session| session.session_id().into()));
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn log_out_everywhere() {
    explore(1000, || {
        is_seen_or_wakes(|session| Revocation::Subject {
            issuer: session.issuer().to_owned(),
            subject: session.subject().to_owned(),
            except: None,
        });
    });
}

#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn a_key() {
    explore(1000, || is_seen_or_wakes(|session| session.key_id().into()));
}
