//! Two timeouts at once, the levels of NIST SP 800-63B-4, and the policy in effect.

use chrono::TimeDelta;
use hallpass::policy::{Advice, AssuranceLevel, MAX_ABSOLUTE_TIMEOUT};
use hallpass::{Denylist, Issuer, KeyRing, RenewError, Timeouts, TimeoutsError, VerifyError};

use super::{at, login, micros, renew, verify};
use crate::support::{ISSUER, World, noon, seconds};

fn world(timeouts: Timeouts) -> World {
    let world = World::local();
    World { issuer: world.issuer.timeouts(timeouts).unwrap(), ..world }
}

fn issuer(longest: TimeDelta) -> Issuer {
    let denylist = Denylist::builder().longest_lifetime(longest).in_memory_at(noon()).unwrap();
    Issuer::new(&KeyRing::generate_local().unwrap(), ISSUER, &denylist)
}

#[test]
fn whichever_timeout_comes_first_ends_the_session_and_no_renewal_passes_the_absolute_one() {
    let world = world(Timeouts::default().idle(seconds(600)).absolute(seconds(1500)));
    let (_, mut session) = login(&world);
    assert_eq!(session.expires_at(), at(600));
    let mut after = 0;
    let ended = loop {
        after += 7;
        match world.issuer.renew_at(&session, at(after)) {
            Ok(token) => session = verify(&world, &token, after).unwrap(),
            Err(why) => break why,
        }
        assert_eq!(session.auth_time(), noon());
        assert_eq!(session.expires_at(), at(1500.min(after + 600)));
    };
    assert_eq!(ended, RenewError::NoMoreTime { expires_at: at(1500) });
    // Where nothing more can be had, the token lives for what it has left.
    assert_eq!(after, 910);
    let last = world.issuer.renew_at(&session, at(1499)).unwrap_err();
    assert_eq!(last, RenewError::NoMoreTime { expires_at: at(1500) });
}

#[test]
fn a_token_is_refused_a_leeway_after_the_absolute_timeout() {
    let world = world(Timeouts::default().absolute(seconds(1000)));
    let (_, session) = login(&world);
    let token = renew(&world, &session, 500);
    assert!(world.verifier.verify_at(token.as_str(), at(1010) - micros(1)).is_ok());
    assert!(matches!(verify(&world, &token, 1010), Err(VerifyError::Expired { .. })));
}

#[test]
fn a_first_token_ends_with_the_absolute_timeout_too() {
    let world = world(Timeouts::default().absolute(seconds(60)));
    assert_eq!(login(&world).1.expires_at(), at(60));
}

#[test]
fn idleness_ends_a_session_between_idle_less_renew_after_and_idle() {
    let world = world(Timeouts::default());
    assert_eq!((world.issuer.policy().shortest_idle(), world.issuer.policy().idle()), (seconds(600), seconds(900)));
    for last_use in [0, 1, 299, 300, 600, 899] {
        let (token, session) = login(&world);
        let session = verify(&world, &token, last_use).unwrap_or(session);
        let token = match world.issuer.renewal_is_due_at(&session, at(last_use)) {
            true => renew(&world, &session, last_use),
            false => token,
        };
        let lasts = token.registered().expires_at() - at(last_use);
        assert!(lasts > seconds(600) && lasts <= seconds(900), "{last_use}: {lasts}");
    }
}

#[test]
fn the_presets_are_those_of_the_standard() {
    let day = TimeDelta::days(1);
    let policy = |timeouts: Timeouts| *issuer(TimeDelta::days(30)).timeouts(timeouts).unwrap().policy();
    let aal1 = policy(Timeouts::aal1());
    assert_eq!((aal1.absolute(), aal1.idle()), (day * 30, day * 30));
    let aal2 = policy(Timeouts::aal2());
    assert_eq!((aal2.absolute(), aal2.idle()), (day, TimeDelta::hours(1)));
    let aal3 = policy(Timeouts::aal3());
    assert_eq!((aal3.absolute(), aal3.idle()), (TimeDelta::hours(12) - seconds(31), TimeDelta::minutes(15)));
    for (policy, level) in [(aal1, AssuranceLevel::Aal1), (aal2, AssuranceLevel::Aal2), (aal3, AssuranceLevel::Aal3)] {
        assert_eq!(policy.level(), Some(level));
        assert!(policy.advice().is_empty());
    }
    // Under the usual list no token lives longer than 15 minutes.
    let usual = issuer(TimeDelta::minutes(15)).timeouts(Timeouts::aal2()).unwrap();
    assert_eq!(usual.policy().idle(), TimeDelta::minutes(15));
    assert_eq!((usual.policy().leeway(), usual.policy().grace()), (seconds(10), Some(seconds(30))));
}

#[test]
fn what_should_be_is_reported() {
    let hour = TimeDelta::hours(1);
    let issuer = issuer(TimeDelta::days(1));
    let advice = |timeouts: Timeouts| issuer.clone().timeouts(timeouts).unwrap().policy().advice();
    let (level, should) = (AssuranceLevel::Aal2, TimeDelta::hours(24));
    let asked = Timeouts::aal2().absolute(should + micros(1)).idle(hour + micros(1));
    let told = [
        Advice::Absolute { level, actual: should + micros(1), should },
        Advice::Idle { level, actual: hour + micros(1), should: hour },
    ];
    assert_eq!(advice(asked), told);
    let told = Advice::Idle { level: AssuranceLevel::Aal3, actual: hour, should: hour / 4 };
    assert_eq!(advice(Timeouts::aal3().idle(hour)), [told]);
    let days = TimeDelta::days(31);
    let told = Advice::Absolute { level: AssuranceLevel::Aal1, actual: days, should: TimeDelta::days(30) };
    assert_eq!(advice(Timeouts::aal1().absolute(days)), [told]);
    assert!(advice(Timeouts::default().absolute(days)).is_empty());
}

#[test]
fn what_shall_be_is_enforced_on_every_clock() {
    let hours = TimeDelta::hours(12);
    let refused = issuer(TimeDelta::hours(13)).timeouts(Timeouts::aal3().absolute(hours + micros(1))).unwrap_err();
    let level = AssuranceLevel::Aal3;
    assert_eq!(refused, TimeoutsError::Level { given: hours + micros(1), level, longest: hours });
    // A login that stands as far ahead as it may, verified on the clock that is as far behind as it may.
    let denylist = Denylist::builder().longest_lifetime(TimeDelta::hours(13)).leeway(seconds(60)).in_memory_at(noon());
    let denylist = denylist.unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist).timeouts(Timeouts::aal3().absolute(hours).idle(hours)).unwrap();
    denylist.revoke_at(hallpass::Revocation::Everyone { except: None }, at(60)).wait().unwrap();
    let token = issuer.login_at("alice", noon()).unwrap();
    assert_eq!(token.registered().auth_time(), at(120) + micros(1));
    let verifier = hallpass::Verifier::new(&keys, ISSUER, &denylist);
    assert!(verifier.verify_at(token.as_str(), noon() + hours - seconds(2)).is_ok());
    assert!(verifier.verify_at(token.as_str(), noon() + hours).is_err());
}

#[test]
fn timeouts_out_of_range_are_refused() {
    let issuer = issuer(TimeDelta::minutes(15));
    let with = |timeouts: Timeouts| issuer.clone().timeouts(timeouts).map(drop);
    let longest = seconds(900);
    for given in [seconds(0), seconds(-1), seconds(1) - micros(1), seconds(901), TimeDelta::MAX, TimeDelta::MIN] {
        assert_eq!(with(Timeouts::default().idle(given)), Err(TimeoutsError::Idle { given, longest }));
    }
    for given in [seconds(0), seconds(1) - micros(1), TimeDelta::days(400) + micros(1), TimeDelta::MAX, TimeDelta::MIN]
    {
        assert_eq!(with(Timeouts::default().absolute(given)), Err(TimeoutsError::Absolute { given }));
    }
    for given in [seconds(-1), longest, TimeDelta::MAX, TimeDelta::MIN] {
        let refused = TimeoutsError::RenewAfter { given, idle: longest };
        assert_eq!(with(Timeouts::default().renew_after(given)), Err(refused));
    }
    assert!(with(Timeouts::default().renew_after(seconds(0)).absolute(MAX_ABSOLUTE_TIMEOUT)).is_ok());
    assert!(with(Timeouts::default().idle(seconds(1)).absolute(seconds(1))).is_ok());
}

#[test]
fn the_policy_in_effect_can_be_printed() {
    let strict = issuer(TimeDelta::hours(2)).timeouts(Timeouts::aal3().idle(TimeDelta::minutes(30))).unwrap();
    let expected = "\
idle timeout      20 min to 30 min
absolute timeout  11 h 59 min 29 s
renewal due after 10 min
leeway            10 s
grace             30 s
level             AAL3 (NIST SP 800-63B-4)
advice            the idle timeout of 30 min should be at most 15 min for AAL3";
    assert_eq!(strict.policy().to_string(), expected);
}
