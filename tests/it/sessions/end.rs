//! A session's end as a future, by the wall's clock.

use std::time::{Duration, Instant};

use hallpass::{Denylist, End, Issuer, KeyRing, Revocation, Session, Timeouts, Verifier};

use crate::support::{ISSUER, seconds};

struct Now {
    keys: KeyRing,
    denylist: Denylist,
    issuer: Issuer,
    verifier: Verifier,
}

/// Tokens that live for a second, and clocks that don't differ.
fn short() -> Now {
    let denylist = Denylist::builder().leeway(seconds(0)).in_memory().unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist).timeouts(Timeouts::default().idle(seconds(1))).unwrap();
    Now { verifier: Verifier::new(&keys, ISSUER, &denylist), issuer, denylist, keys }
}

fn usual() -> Now {
    let denylist = Denylist::in_memory().unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    Now { verifier: Verifier::new(&keys, ISSUER, &denylist), issuer, denylist, keys }
}

impl Now {
    fn login(&self, subject: &str) -> Session {
        self.verifier.verify(self.issuer.login(subject).unwrap().as_str()).unwrap()
    }

    fn renew(&self, session: &Session) -> Session {
        self.verifier.verify(self.issuer.renew(session).unwrap().as_str()).unwrap()
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("not within 20 s")
}

async fn not_yet(future: impl Future<Output = End>) {
    assert!(tokio::time::timeout(Duration::from_millis(50), future).await.is_err());
}

#[tokio::test]
async fn each_kind_of_revocation_wakes_whom_it_concerns_and_nobody_else() {
    let now = usual();
    for kind in 0..6 {
        let (session, bystander) = (now.login("alice"), now.login("bob"));
        let (ended, others) = (now.denylist.ended(&session), now.denylist.ended(&bystander));
        let waiting = tokio::spawn(ended);
        tokio::task::yield_now().await;
        let request = match kind {
            0 => (&session).into(),
            1 => session.token_id().into(),
            2 => session.everywhere(),
            3 => bystander.other(session.session_id()),
            4 => Revocation::Everyone { except: Some(bystander.session_id()) }.into(),
            _ => Revocation::Everyone { except: None }.into(),
        };
        now.denylist.revoke(request).await.unwrap();
        assert_eq!(soon(waiting).await.unwrap(), End::Revoked);
        if kind < 5 {
            not_yet(others).await;
        } else {
            assert_eq!(soon(others).await, End::Revoked);
        }
    }
}

#[tokio::test]
async fn the_key_and_a_replay_end_it_too() {
    let now = usual();
    let session = now.login("alice");
    let ended = now.denylist.ended(&session);
    now.denylist.revoke(session.key_id()).await.unwrap();
    assert_eq!(soon(ended).await, End::Revoked);

    let denylist = Denylist::builder().grace(seconds(0)).leeway(seconds(0)).in_memory().unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let now = Now { verifier: Verifier::new(&keys, ISSUER, &denylist), issuer, denylist, keys };
    let stolen = now.issuer.login("alice").unwrap();
    let session = now.verifier.verify(stolen.as_str()).unwrap();
    let waiting = tokio::spawn(now.denylist.ended(&now.renew(&session)));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(now.verifier.verify(stolen.as_str()).is_err());
    assert_eq!(soon(waiting).await.unwrap(), End::Revoked);
}

#[tokio::test]
async fn it_expires_with_its_token_and_not_before() {
    let now = short();
    let begun = Instant::now();
    let session = now.login("alice");
    assert_eq!(soon(now.denylist.ended(&session)).await, End::Expired);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(990), "{took:?}");
    // And at once when it has.
    assert_eq!(soon(now.denylist.ended(&session)).await, End::Expired);
}

#[tokio::test]
async fn a_renewal_extends_it_once_its_successor_is_used() {
    let now = short();
    let (used, unused) = (now.login("alice"), now.login("alice"));
    let begun = Instant::now();
    let waiting = tokio::spawn(now.denylist.ended(&used));
    let not_extended = tokio::spawn(now.denylist.ended(&unused));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let successor = now.renew(&used);
    drop(now.issuer.renew(&unused).unwrap());
    assert_eq!(soon(not_extended).await.unwrap(), End::Expired);
    assert!(begun.elapsed() < Duration::from_millis(1450), "{:?}", begun.elapsed());
    assert_eq!(soon(waiting).await.unwrap(), End::Expired);
    assert!(begun.elapsed() >= Duration::from_millis(1490), "{:?}", begun.elapsed());
    assert!(chrono::Utc::now() >= successor.expires_at());
}

#[tokio::test]
async fn whoever_waits_by_a_predecessor_waits_for_the_successor_too() {
    let now = short();
    let session = now.login("alice");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let successor = now.renew(&session);
    assert_eq!(soon(now.denylist.ended(&session)).await, End::Expired);
    assert!(chrono::Utc::now() >= successor.expires_at());
}

#[tokio::test]
async fn a_key_that_is_revoked_after_a_renewal_ends_the_wait() {
    let now = usual();
    let session = now.login("alice");
    let waiting = tokio::spawn(now.denylist.ended(&session));
    let keys = now.keys.set().with_next(hallpass::key::LocalKey::generate().unwrap()).unwrap();
    now.keys.replace(keys.rotated(chrono::Utc::now() + seconds(3600)).unwrap());
    tokio::time::sleep(Duration::from_millis(5)).await;
    let successor = now.renew(&session);
    assert_ne!(successor.key_id(), session.key_id());
    not_yet(now.denylist.ended(&session)).await;
    now.denylist.revoke(successor.key_id()).await.unwrap();
    // It may be the successor's, so the client is to come again.
    assert_eq!(soon(waiting).await.unwrap(), End::Unknown);
    assert_eq!(soon(now.denylist.ended(&successor)).await, End::Revoked);
}

/// It can't be the key of the token that is used last: this is that token.
#[tokio::test]
async fn another_key_that_is_revoked_ends_no_wait_for_a_session_that_was_renewed() {
    let now = usual();
    let session = now.login("alice");
    let successor = now.renew(&session);
    let another = KeyRing::generate_local().unwrap().set().current().unwrap().id();
    let waiting = now.denylist.ended(&successor);
    now.denylist.revoke(another).await.unwrap();
    not_yet(waiting).await;
}

#[tokio::test]
async fn what_can_not_be_known_is_unknown() {
    let now = usual();
    let session = now.login("alice");
    now.denylist.revoke(hallpass::SessionId::from_bytes([1; 16])).await.unwrap();
    now.denylist.purge_at(chrono::Utc::now() + seconds(3600));
    assert_eq!(soon(now.denylist.ended(&session)).await, End::Unknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_may_wait_and_all_are_told() {
    let now = usual();
    let sessions: Vec<Session> = (0..10).map(|n| now.login(&format!("user {n}"))).collect();
    let waiting: Vec<_> =
        (0..100_000).map(|n| tokio::spawn(now.denylist.ended(&sessions[n % sessions.len()]))).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    now.denylist.revoke(sessions[3].everywhere()).await.unwrap();
    now.denylist.revoke(Revocation::Everyone { except: None }).await.unwrap();
    for ended in waiting {
        assert_eq!(soon(ended).await.unwrap(), End::Revoked);
    }
}

#[test]
fn whoever_stops_waiting_leaves_nothing_behind_and_no_runtime_is_needed() {
    let now = usual();
    let session = now.login("alice");
    for _ in 0..1000 {
        drop(now.denylist.ended(&session));
    }
    assert_eq!(now.denylist.stats().waiting, 0);
    let ended = now.denylist.ended(&session);
    assert_eq!(now.denylist.stats().waiting, 1);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(ended));
        std::thread::sleep(Duration::from_millis(20));
        now.denylist.revoke(&session).wait().unwrap();
        assert_eq!(waiting.join().unwrap(), End::Revoked);
    });
}

/// Of some program's own runtime. It ends neither the call that wakes nor the waits of others.
#[test]
fn a_waker_that_panics_keeps_nobody_asleep() {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    struct Bell {
        rung: AtomicU32,
        is_broken: bool,
    }
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.rung.fetch_add(1, Ordering::SeqCst);
            assert!(!self.is_broken, "a waker that panics: the test means it");
        }
    }
    let now = usual();
    let session = now.login("alice");
    let bells = [false, true, false].map(|is_broken| Arc::new(Bell { rung: AtomicU32::new(0), is_broken }));
    let mut waits = [(); 3].map(|()| Box::pin(now.denylist.ended(&session)));
    for (wait, bell) in waits.iter_mut().zip(&bells) {
        assert!(pin!(wait).poll(&mut Context::from_waker(&Waker::from(Arc::clone(bell)))).is_pending());
    }
    now.denylist.revoke(&session).wait().unwrap();
    // Once at least: whoever waits is woken by a timer too, now and then.
    assert!(bells.iter().all(|bell| bell.rung.load(Ordering::SeqCst) >= 1));
    for wait in &mut waits {
        assert_eq!(pin!(wait).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(End::Revoked));
    }
}

/// The smallest runtime: a thread that is unparked.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
