//! Connections that are held open while the engine is away.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hallpass::{Denylist, End, Issuer, KeyRing, Verifier};
use tokio::time::timeout;

use super::{ISSUER, Server, Site};

/// A server that knows nothing any more after 1.5 seconds, and the end of a session there.
fn held(site: &Site) -> (Server, hallpass::Ended) {
    let server = site.server_with(|builder| {
        builder.staleness_bound(TimeDelta::seconds(1)).dangerously_accept_stale(TimeDelta::milliseconds(500))
    });
    let token = server.issuer.login("alice").unwrap();
    let ended = server.denylist.ended(&server.verifier.verify(token.as_str()).unwrap());
    (server, ended)
}

fn run<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(what)
}

#[test]
fn whoever_holds_a_connection_open_learns_in_time_that_nothing_is_known_though_the_engine_hangs() {
    let site = Site::new();
    let (server, mut ended) = held(&site);
    run(async {
        assert!(timeout(Duration::from_secs(2), &mut ended).await.is_err(), "it is looked at again, and is fresh");
        site.engine.hang(true);
        let hangs = Instant::now();
        assert_eq!(timeout(Duration::from_secs(5), &mut ended).await, Ok(End::Unknown));
        // From the start of the last look that was answered, up to a fifth of the bound before.
        let after = hangs.elapsed();
        assert!(after > Duration::from_millis(1_200) && after < Duration::from_millis(1_700), "{after:?}");
    });
    site.engine.hang(false);
    drop(server);
}

#[test]
fn a_list_of_this_process_alone_is_not_looked_at_again_and_again() {
    let (keys, alone) = (KeyRing::generate_local().unwrap(), Denylist::in_memory().unwrap());
    let token = Issuer::new(&keys, ISSUER, &alone).login("bob").unwrap();
    let session = Verifier::new(&keys, ISSUER, &alone).verify(token.as_str()).unwrap();
    let polls = std::cell::Cell::new(0);
    run(async {
        let mut ended = std::pin::pin!(alone.ended(&session));
        let counting = std::future::poll_fn(|context| {
            polls.set(polls.get() + 1);
            ended.as_mut().poll(context)
        });
        assert!(timeout(Duration::from_millis(500), counting).await.is_err());
    });
    assert!(polls.get() <= 3, "{polls:?}");
}
