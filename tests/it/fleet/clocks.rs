//! Clocks that differ, or were wrong for a moment.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use hallpass::store::{Cursor, Header, Store as _, pages};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, IssueError, Revocation, RevokeError, SessionId};

use super::{ISSUER, Site, is_revoked, is_unknown, soon};

#[test]
fn a_clock_that_differs_from_the_engines_is_not_gone_by() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let token = one.issuer.login("alice").unwrap();
    for ahead in [3_600, -3_600, 0] {
        site.engine.set_clock_ahead(TimeDelta::seconds(ahead));
        soon(|| is_unknown(&one, token.as_str()) == (ahead != 0));
        soon(|| one.verifier.verify(token.as_str()).is_ok() == (ahead == 0));
    }
    // Within half the leeway all is well: any two processes are within the leeway of each other then.
    site.engine.set_clock_ahead(TimeDelta::seconds(4));
    two.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
    assert!(two.verifier.verify(token.as_str()).is_ok());
}

#[test]
fn what_claims_to_be_from_next_year_counts_as_made_now() {
    let site = Site::new();
    let server = site.server();
    let token = server.issuer.login("alice").unwrap();
    let next_year = Utc::now() + TimeDelta::days(365);
    let store = site.engine.open(Header::new(TimeLimits::default(), next_year).unwrap()).unwrap();
    let wrong = Denylist::builder().open_store_at(store, next_year).unwrap();
    wrong.revoke_at(Revocation::Everyone { except: None }, next_year).wait().unwrap();
    soon(|| is_revoked(&server, token.as_str()));
    let later = server.issuer.login("alice").unwrap();
    assert!(server.verifier.verify(later.as_str()).is_ok());
}

/// Whoever reads it then has had no part of the time for which it is in force.
#[test]
fn what_is_shared_late_is_kept_for_as_long_as_what_is_shared_at_once() {
    let site = Site::new();
    let one = site.server();
    let session = one.verifier.verify(one.issuer.login("alice").unwrap().as_str()).unwrap();
    one.store.cut_off(true);
    let revoked = Utc::now();
    assert!(matches!(one.denylist.revoke(&session).wait(), Err(RevokeError::NotShared(_))));
    std::thread::sleep(Duration::from_millis(1_500));
    one.store.cut_off(false);
    soon(|| one.denylist.store_error().is_none());
    let store = site.engine.open(Header::new(TimeLimits::default(), Utc::now()).unwrap()).unwrap();
    let retention = store.header().unwrap().retention();
    let records = pages(&store, Cursor::start(), 100).flat_map(|page| page.unwrap().records);
    let latest = records.filter_map(|record| record.kept_until(retention)).max().unwrap();
    assert!(latest - retention >= revoked + TimeDelta::milliseconds(1_400), "{latest} {revoked}");
}

/// It is told everything again, and neither takes back what the others have made nor has anyone log in again.
#[test]
fn a_process_whose_clock_was_wrong_for_a_moment_troubles_nobody() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let token = one.issuer.login("alice").unwrap();
    two.denylist.revoke(Revocation::subject(ISSUER, "bob")).wait().unwrap();
    let ahead = Utc::now() + TimeDelta::seconds(7_200);
    assert!(matches!(one.issuer.login_at("carol", ahead), Err(IssueError::ClockWrong)));
    one.denylist.revoke_at(SessionId::from_bytes([7; 16]), ahead).wait().unwrap();
    soon(|| one.verifier.verify(token.as_str()).is_ok());
    assert!(one.issuer.login("carol").is_ok());
    let three = site.server();
    for server in [&one, &two, &three] {
        soon(|| server.verifier.verify(token.as_str()).is_ok());
        soon(|| (server.denylist.stats().subjects, server.denylist.stats().ids) == (1, 1));
    }
}

/// Of a key that two processes speak of, what one has not heard of is not forgotten by it, however far ahead its clock is.
#[test]
fn a_clock_that_is_ahead_forgets_no_key_that_others_have_yet_to_revoke() {
    let site = Site::new();
    let [one, two] = [(); 2].map(|()| site.server());
    let key = "k4.lid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    one.denylist.revoke(Revocation::Key(key)).wait().unwrap();
    soon(|| two.denylist.stats().keys == 1);
    two.store.cut_off(true);
    one.denylist.forget_key_at(&key, Utc::now() + TimeDelta::seconds(600)).unwrap().wait().unwrap();
    assert_eq!(one.denylist.stats().keys, 0);
    assert!(matches!(two.denylist.revoke(Revocation::Key(key)).wait(), Err(RevokeError::NotShared(_))));
    two.store.cut_off(false);
    soon(|| two.denylist.store_error().is_none());
    two.denylist.catch_up(Duration::from_secs(5)).wait().unwrap();
    soon(|| one.denylist.stats().keys == 1);
    assert_eq!((two.denylist.stats().keys, site.server().denylist.stats().keys), (1, 1));
}
