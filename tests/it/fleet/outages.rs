//! An engine that can't be reached, hangs, or answers late; and what is accepted meanwhile.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use hallpass::store::Header;
use hallpass::testing::Failing;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, RevokeError};

use super::{Site, is_revoked, is_unknown, soon, within};

#[test]
fn a_process_that_hears_nothing_knows_it_within_the_bound_and_says_so_until_it_has_caught_up() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let [token, other] = [(); 2].map(|()| one.issuer.login("alice").unwrap());
    let session = one.verifier.verify(token.as_str()).unwrap();
    assert!(two.verifier.verify(token.as_str()).is_ok());
    two.store.cut_off(true);
    let acknowledged = Instant::now();
    one.denylist.revoke(&session).wait().unwrap();
    loop {
        let after = acknowledged.elapsed();
        if two.verifier.verify(token.as_str()).is_err() {
            break;
        }
        assert!(after < Duration::from_millis(1_000), "accepted past the bound");
    }
    assert!(is_unknown(&two, token.as_str()) && is_unknown(&two, other.as_str()));
    assert!(one.verifier.verify(other.as_str()).is_ok());
    // It renews nothing, and begins no new life for what it can't judge.
    two.store.cut_off(false);
    within(Duration::from_secs(2), || two.verifier.verify(other.as_str()).is_ok());
    assert!(is_revoked(&two, token.as_str()));
}

#[test]
fn an_engine_that_hangs_is_noticed_too() {
    let site = Site::new();
    let server = site.server();
    let token = server.issuer.login("alice").unwrap();
    assert!(server.verifier.verify(token.as_str()).is_ok());
    let hanging = site.hang();
    within(Duration::from_millis(1_100), || is_unknown(&server, token.as_str()));
    drop(hanging);
    within(Duration::from_secs(2), || server.verifier.verify(token.as_str()).is_ok());
}

#[test]
fn what_is_revoked_while_the_engine_is_away_is_in_force_here_and_shared_when_it_is_back() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let token = one.issuer.login("alice").unwrap();
    let session = one.verifier.verify(token.as_str()).unwrap();
    one.store.cut_off(true);
    let error = one.denylist.revoke(&session).wait().unwrap_err();
    assert!(matches!(error, RevokeError::NotShared(_)), "{error:?}");
    assert_eq!(error.to_string(), "in force here, not shared yet");
    assert!(is_revoked(&one, token.as_str()));
    assert!(two.verifier.verify(token.as_str()).is_ok());
    assert!(one.denylist.stats().unsaved >= 1);
    one.store.cut_off(false);
    soon(|| is_revoked(&two, token.as_str()));
    soon(|| one.denylist.stats().unsaved == 0);
    assert!(one.denylist.revoke(&session).wait().is_ok());
}

#[test]
fn an_answer_that_is_lost_is_no_acknowledgement_and_asking_again_does_no_harm() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let token = one.issuer.login("alice").unwrap();
    let session = one.verifier.verify(token.as_str()).unwrap();
    site.engine.fail(Failing::After, 0);
    let revoking = one.denylist.revoke(&session).wait();
    site.engine.fail(Failing::Never, 0);
    assert!(matches!(revoking, Err(RevokeError::NotShared(_))), "{revoking:?}");
    soon(|| is_revoked(&two, token.as_str()));
    soon(|| one.denylist.revoke(&session).wait().is_ok());
}

#[test]
fn stale_sessions_are_accepted_by_a_loud_name_alone_for_so_long_and_renew_nothing() {
    let site = Site::new();
    let lax = site.server_with(|builder| {
        builder.staleness_bound(TimeDelta::seconds(1)).dangerously_accept_stale(TimeDelta::milliseconds(1_500))
    });
    let strict = site.server();
    let token = lax.issuer.login("alice").unwrap();
    let session = lax.verifier.verify(token.as_str()).unwrap();
    [&lax, &strict].into_iter().for_each(|server| server.store.cut_off(true));
    within(Duration::from_millis(1_100), || is_unknown(&strict, token.as_str()));
    std::thread::sleep(Duration::from_millis(100));
    let accepted = Instant::now();
    assert!(lax.verifier.verify(token.as_str()).is_ok());
    assert!(lax.issuer.renew(&session).is_err());
    assert!(matches!(lax.denylist.revoke(session.elsewhere()).wait(), Err(RevokeError::NotLive(_))));
    within(Duration::from_millis(1_600), || is_unknown(&lax, token.as_str()));
    assert!(accepted.elapsed() > Duration::from_millis(900));
}

#[test]
fn a_bound_below_a_second_or_above_a_minute_is_refused() {
    let site = Site::new();
    let open = |bound, beyond| {
        let store = site.engine.open(Header::new(TimeLimits::default(), Utc::now()).unwrap()).unwrap();
        let builder = Denylist::builder().staleness_bound(TimeDelta::milliseconds(bound));
        builder.dangerously_accept_stale(TimeDelta::milliseconds(beyond)).open_shared(store).map(drop)
    };
    for (bound, beyond) in [(999, 0), (60_001, 0), (30_000, 30_001), (5_000, -1)] {
        let error = open(bound, beyond).unwrap_err().to_string();
        assert!(error.starts_with("a staleness bound of "), "{error}");
    }
    assert_eq!([open(1_000, 59_000), open(60_000, 0)], [Ok(()), Ok(())]);
}

#[test]
fn after_a_long_outage_what_was_revoked_meanwhile_is_shared_as_soon_as_the_engine_is_read_again() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let token = one.issuer.login("alice").unwrap();
    let session = one.verifier.verify(token.as_str()).unwrap();
    site.engine.fail(Failing::Before, 0);
    assert!(matches!(one.denylist.revoke(&session).wait(), Err(RevokeError::NotShared(_))));
    // By now the pauses of the thread that writes are seconds long.
    std::thread::sleep(Duration::from_millis(3_400));
    site.engine.fail(Failing::Never, 0);
    within(Duration::from_millis(1_500), || is_revoked(&two, token.as_str()) && one.denylist.store_error().is_none());
}
