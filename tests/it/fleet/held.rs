//! Connections that are held open while the engine is away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hallpass::{Denylist, End, Issuer, KeyRing, Revocation, RevocationRequest, Session, Verifier};
use tokio::time::timeout;

use super::{ISSUER, Server, Site, within};

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
        let _hanging = site.hang();
        let hangs = Instant::now();
        assert_eq!(timeout(Duration::from_secs(5), &mut ended).await, Ok(End::Unknown));
        // From the start of the last look that was answered, up to a fifth of the bound before.
        let after = hangs.elapsed();
        assert!(after > Duration::from_millis(1_200) && after < Duration::from_millis(1_700), "{after:?}");
    });
    drop(server);
}

/// How often a session's end is looked at in half a second in which nothing happens.
fn looks(list: &Denylist, session: &Session) -> usize {
    let mut ended = std::pin::pin!(list.ended(session));
    let mut polls = 0;
    run(async {
        let counting = std::future::poll_fn(|context| {
            polls += 1;
            ended.as_mut().poll(context)
        });
        assert!(timeout(Duration::from_millis(500), counting).await.is_err());
    });
    polls
}

#[test]
fn a_list_of_this_process_alone_is_not_looked_at_again_and_again() {
    let (keys, alone) = (KeyRing::generate_local().unwrap(), Denylist::in_memory().unwrap());
    let token = Issuer::new(&keys, ISSUER, &alone).login("bob").unwrap();
    let session = Verifier::new(&keys, ISSUER, &alone).verify(token.as_str()).unwrap();
    let polls = looks(&alone, &session);
    assert!(polls <= 3, "{polls}");
}

/// Its looks at the engine, seldom enough not to be heard here, and its staleness are minutes away.
fn seldom(site: &Site) -> Server {
    site.server_with(|builder| builder.staleness_bound(TimeDelta::seconds(60)))
}

#[test]
fn nor_is_a_list_that_many_share_before_what_it_knows_may_be_stale() {
    let server = seldom(&Site::new());
    let token = server.issuer.login("bob").unwrap();
    let polls = looks(&server.denylist, &server.verifier.verify(token.as_str()).unwrap());
    assert!(polls <= 3, "{polls}");
}

/// How a session ends for which somebody waits while something is done, if they are told at once: by themselves they look
/// again within a minute.
fn told_at_once(ended: hallpass::Ended, act: impl FnOnce()) -> End {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| (run(ended), Instant::now()));
        // Until they wait.
        std::thread::sleep(Duration::from_millis(100));
        act();
        let done = Instant::now();
        let (end, told) = waiting.join().unwrap();
        assert!(told < done + Duration::from_secs(10), "{:?}", told - done);
        end
    })
}

#[test]
fn whoever_waits_for_a_sessions_end_is_told_at_once_that_the_clock_is_wrong() {
    let site = Site::new();
    let server = seldom(&site);
    let token = server.issuer.login("alice").unwrap();
    let ended = server.denylist.ended(&server.verifier.verify(token.as_str()).unwrap());
    let end = told_at_once(ended, || {
        site.engine.set_clock_ahead(TimeDelta::seconds(300));
        server.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
    });
    assert_eq!(end, End::Unknown);
}

/// By the engine's news, and not when what is known may have become stale.
#[test]
fn whoever_waits_for_a_sessions_end_is_told_at_once_though_it_ends_elsewhere() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| seldom(&site));
    let session = |subject: &str| one.verifier.verify(one.issuer.login(subject).unwrap().as_str()).unwrap();
    let (by_id, by_subject, by_everyone) = (session("alice"), session("bob"), session("carol"));
    let ends: [(&Session, RevocationRequest<'_>); 3] = [
        (&by_id, (&by_id).into()),
        (&by_subject, by_subject.everywhere()),
        (&by_everyone, Revocation::Everyone { except: None }.into()),
    ];
    for (session, what) in ends {
        let end = told_at_once(two.denylist.ended(session), || assert!(one.denylist.revoke(what).wait().is_ok()));
        assert_eq!(end, End::Revoked);
    }
}

#[test]
fn a_list_that_is_given_up_lets_go_of_its_engine() {
    let Server { store, denylist, issuer, verifier } = seldom(&Site::new());
    drop((denylist, issuer, verifier));
    within(Duration::from_secs(5), || Arc::strong_count(&store) == 1);
}
