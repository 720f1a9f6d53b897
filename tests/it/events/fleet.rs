//! What is written of a list that several processes share.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread::sleep;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use hallpass::store::Header;
use hallpass::testing::{Failing, MemoryEngine};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Revocation};
use tracing::Level;

use super::listener::{Event, heard, written};
use super::scenes::first;
use crate::fleet::{Site, soon};
use crate::losing::Losing;
use crate::support::ISSUER;

fn named(events: Vec<Event>, name: &str) -> Vec<Event> {
    events.into_iter().filter(|event| event.name == name).collect()
}

#[test]
fn that_stale_sessions_are_accepted_is_told_once_a_spell_at_the_first_of_them_though_the_engine_hangs() {
    let site = Site::new();
    let mut told = Vec::new();
    let ((), events) = heard(|| {
        let server = site.server_with(|builder| {
            builder.staleness_bound(TimeDelta::seconds(1)).dangerously_accept_stale(TimeDelta::seconds(30))
        });
        let token = server.issuer.login("alice").unwrap();
        for _ in 0..2 {
            site.engine.hang(true);
            sleep(Duration::from_millis(1_200));
            let (_, events) = heard(|| [(); 3].map(|()| server.verifier.verify(token.as_str()).unwrap()));
            told.push(named(events, "denylist_stale_accepted"));
            site.engine.hang(false);
            server.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
            assert!(server.verifier.verify(token.as_str()).is_ok());
        }
    });
    assert_eq!(named(events, "denylist_stale_accepted"), [], "not by anybody else");
    let once = || vec![written(Level::ERROR, "denylist_stale_accepted", &[])];
    assert_eq!(told, [once(), once()]);
}

#[test]
fn a_loss_is_told_once_however_often_the_new_epoch_fails() {
    let ((), events) = heard(|| {
        let header = Header::new(TimeLimits::default(), Utc::now()).unwrap();
        let store = Arc::new(Losing { store: MemoryEngine::new().open(header).unwrap(), failures: AtomicU32::new(0) });
        let builder = Denylist::builder().staleness_bound(TimeDelta::seconds(1));
        let denylist = builder.open_shared(Arc::clone(&store)).unwrap();
        store.failures.store(4, Ordering::SeqCst);
        soon(|| store.failures.load(Ordering::SeqCst) == 0);
        denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
    });
    let told = |name: &str| events.iter().filter(|event| event.name == name).count();
    assert_eq!((told("denylist_store_lost"), told("denylist_started_anew")), (1, 1), "{events:?}");
}

#[test]
fn what_could_not_be_shared_before_the_list_was_dropped_is_counted_and_told() {
    let lost = |is_back: bool| {
        let site = Site::new();
        let ((), events) = heard(|| {
            let server = site.server_with(|builder| builder);
            server.store.cut_off(true);
            for what in [first().into(), first().into(), Revocation::subject(ISSUER, "alice")] {
                assert!(server.denylist.revoke(what).wait().is_err());
            }
            assert!(server.issuer.login("bob").is_ok(), "which is noted, and is no revocation");
            server.store.cut_off(!is_back);
            drop(server);
        });
        named(events, "denylist_revocations_lost")
    };
    assert_eq!(lost(false), [written(Level::ERROR, "denylist_revocations_lost", &[("count", "2")])]);
    assert_eq!(lost(true), [], "the last attempt is made at the end");
}

#[test]
fn an_engine_that_is_away_is_told_once_and_so_is_that_it_is_back() {
    let site = Site::new();
    let ((), events) = heard(|| {
        let server = site.server_with(|builder| builder);
        site.engine.fail(Failing::Before, 0);
        sleep(Duration::from_millis(2_200));
        site.engine.fail(Failing::Never, 0);
        // The next look may still be answered with the failure.
        while server.denylist.catch_up(Duration::from_secs(5)).wait().is_err() {}
    });
    let told = events.iter().map(|event| &*event.name);
    let told = told.filter(|name| ["denylist_behind", "denylist_caught_up"].contains(name));
    // After a read that failed, this engine's connection stays unusable until something is written: another spell.
    assert_eq!(told.take(2).collect::<Vec<_>>(), ["denylist_behind", "denylist_caught_up"]);
}

#[test]
fn a_clock_that_differs_is_told_once_each_time_however_often_it_is_looked_at() {
    let site = Site::new();
    let ((), events) = heard(|| {
        let server = site.server_with(|builder| builder.staleness_bound(TimeDelta::seconds(60)));
        for ahead in [300, 300, 300, 0, 0, 300, 300] {
            site.engine.set_clock_ahead(TimeDelta::seconds(ahead));
            server.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
        }
    });
    assert_eq!(named(events, "denylist_clock_differs").len(), 2);
}

/// The thread that follows holds the list while it wakes whom it has news for.
#[test]
fn whoever_drops_a_shared_list_waits_for_its_last_revocations_whatever_the_thread_that_follows_is_at() {
    struct Holding(Mutex<Option<(Sender<()>, Receiver<()>)>>);

    impl Wake for Holding {
        fn wake(self: Arc<Self>) {
            if let Some((reached, go_on)) = self.0.lock().unwrap().take() {
                reached.send(()).unwrap();
                let _ = go_on.recv();
            }
        }
    }

    let site = Site::new();
    let (reached, is_reached) = channel();
    let (go_on, may_go_on) = channel();
    let holding = Waker::from(Arc::new(Holding(Mutex::new(Some((reached, may_go_on))))));
    let ((), events) = heard(|| {
        let server = site.server_with(|builder| builder);
        site.engine.hang(true);
        let mut catching_up = server.denylist.catch_up(Duration::from_secs(60));
        assert!(Pin::new(&mut catching_up).poll(&mut Context::from_waker(&holding)).is_pending());
        site.engine.hang(false);
        is_reached.recv_timeout(Duration::from_secs(30)).unwrap();
        server.store.cut_off(true);
        let _unheard = server.denylist.revoke(first());
        drop(server);
    });
    go_on.send(()).unwrap();
    assert_eq!(
        named(events, "denylist_revocations_lost"),
        [written(Level::ERROR, "denylist_revocations_lost", &[("count", "1")])]
    );
}

/// By what they come to in the end, however often they look.
#[cfg(feature = "metrics")]
#[test]
fn a_verification_afresh_is_counted_once() {
    use super::counters::{counted, once};

    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server_with(|builder| builder.staleness_bound(TimeDelta::seconds(60))));
    let token = one.issuer.login("alice").unwrap();
    let session = one.verifier.verify(token.as_str()).unwrap();
    let fresh = || {
        let fresh = two.verifier.verify_fresh(token.as_str(), Duration::from_secs(5));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        counted(|| drop(runtime.block_on(fresh)))
    };
    assert_eq!(fresh(), once(["hallpass_verifications_total{outcome=accepted}"]));
    two.store.cut_off(true);
    assert_eq!(fresh(), once(["hallpass_verifications_total{outcome=status_unknown}"]));
    two.store.cut_off(false);
    one.denylist.revoke(&session).wait().unwrap();
    assert_eq!(fresh(), once(["hallpass_verifications_total{outcome=revoked}"]));
}

/// By the session that is accepted: not by whoever asks about one, waits for its end, or looks before asking the engine.
#[cfg(feature = "metrics")]
#[test]
fn a_stale_acceptance_is_counted_once_and_by_nothing_else() {
    use std::collections::BTreeMap;

    use hallpass::status::Status;

    use super::counters::{counted, once};

    let site = Site::new();
    let server = site.server_with(|builder| {
        builder.staleness_bound(TimeDelta::seconds(1)).dangerously_accept_stale(TimeDelta::seconds(30))
    });
    let token = server.issuer.login("alice").unwrap();
    let session = server.verifier.verify(token.as_str()).unwrap();
    site.engine.hang(true);
    sleep(Duration::from_millis(1_200));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let asked = || {
        assert_eq!(server.denylist.status(&session.facts()), Status::NotListed);
        let ended = server.denylist.ended(&session);
        assert!(runtime.block_on(async { tokio::time::timeout(Duration::from_millis(50), ended).await }).is_err());
    };
    let fresh = server.verifier.verify_fresh(token.as_str(), Duration::from_millis(100));
    let (asked, fresh) = (counted(asked), counted(|| drop(runtime.block_on(fresh))));
    let accepted = counted(|| drop(server.verifier.verify(token.as_str())));
    // First, for whatever fails from here on.
    site.engine.hang(false);
    assert_eq!(asked, BTreeMap::new());
    assert_eq!(fresh, once(["hallpass_verifications_total{outcome=status_unknown}"]));
    let stale = "hallpass_verifications_stale_total{outcome=accepted}";
    assert_eq!(accepted, once(["hallpass_verifications_total{outcome=accepted}", stale]));
}
