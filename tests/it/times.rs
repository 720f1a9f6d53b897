//! Every boundary of the times, to the microsecond.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::{Denylist, DenylistBuilder, SessionId, Verifier, VerifyError};

use crate::support::{ISSUER, World, noon, payload, seconds};

/// Verifies a payload with these times at noon plus `now` microseconds, with a leeway in seconds. Times
/// are microseconds from noon.
fn verify(leeway: i64, times: &[(&str, i64)], now: i64) -> Result<(), VerifyError> {
    verify_with(Denylist::builder().leeway(seconds(leeway)), times, now)
}

fn verify_with(builder: DenylistBuilder, times: &[(&str, i64)], now: i64) -> Result<(), VerifyError> {
    let world = World::new();
    let denylist = builder.in_memory_at(noon() - TimeDelta::hours(1)).unwrap();
    let verifier = Verifier::new(&world.keys, ISSUER, &denylist);
    let texts: Vec<(&str, String)> =
        times.iter().map(|(claim, at)| (*claim, format!("\"{}\"", written(at_micros(*at))))).collect();
    let changes: Vec<(&str, Option<&str>)> = texts.iter().map(|(claim, text)| (*claim, Some(text.as_str()))).collect();
    verifier.verify_at(&world.sealed(payload(&changes).as_bytes()), at_micros(now)).map(|_| ())
}

fn at_micros(micros: i64) -> DateTime<Utc> {
    noon() + TimeDelta::microseconds(micros)
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// The payload's `sid`.
fn session_id() -> SessionId {
    "AAECAwQFBgcICQoLDA0ODw".parse().unwrap()
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
/// The payload's `exp`.
const EXP: i64 = 15 * MINUTE;

#[test]
fn a_token_is_accepted_until_just_before_its_expiry_and_the_leeway() {
    for leeway in [0, 1, 10, 60] {
        let end = EXP + leeway * SECOND;
        assert_eq!(verify(leeway, &[], end - 1), Ok(()));
        for now in [end, end + 1] {
            let expected =
                VerifyError::Expired { expires_at: at_micros(EXP), now: at_micros(now), leeway: seconds(leeway) };
            assert_eq!(verify(leeway, &[], now), Err(expected));
        }
    }
}

#[test]
fn a_token_is_accepted_from_its_iat_less_the_leeway_on() {
    for leeway in [0, 1, 10, 60] {
        let begin = -leeway * SECOND;
        assert_eq!(verify(leeway, &[], begin), Ok(()));
        let expected = VerifyError::IssuedAhead {
            session_id: session_id(),
            issued_at: noon(),
            now: at_micros(begin - 1),
            leeway: seconds(leeway),
        };
        assert_eq!(verify(leeway, &[], begin - 1), Err(expected));
    }
}

#[test]
fn a_token_is_accepted_from_its_nbf_less_the_leeway_on() {
    for leeway in [0, 1, 10, 60] {
        let begin = MINUTE * 5 - leeway * SECOND;
        assert_eq!(verify(leeway, &[("nbf", MINUTE * 5)], begin), Ok(()));
        let expected = VerifyError::NotYetValid {
            session_id: session_id(),
            not_before: at_micros(MINUTE * 5),
            now: at_micros(begin - 1),
            leeway: seconds(leeway),
        };
        assert_eq!(verify(leeway, &[("nbf", MINUTE * 5)], begin - 1), Err(expected));
    }
}

#[test]
fn a_token_lives_at_most_as_long_as_the_denylist_remembers() {
    assert_eq!(verify(10, &[("exp", EXP)], 0), Ok(()));
    let expected =
        VerifyError::LivesTooLong { lifetime: TimeDelta::microseconds(EXP + 1), longest: TimeDelta::minutes(15) };
    assert_eq!(verify(10, &[("exp", EXP + 1)], 0), Err(expected));
    for exp in [0, -1, -EXP] {
        let expected = VerifyError::ExpiresBeforeIssued { issued_at: noon(), expires_at: at_micros(exp) };
        assert_eq!(verify(10, &[("exp", exp)], -2 * EXP), Err(expected.clone()));
        assert_eq!(verify(10, &[("exp", exp)], 0), Err(expected));
    }
    assert_eq!(verify(10, &[("exp", 1)], 0), Ok(()));
}

#[test]
fn a_session_begins_at_most_two_leeways_and_a_microsecond_after_its_token() {
    for leeway in [0, 10, 60] {
        let furthest = 2 * leeway * SECOND + 1;
        assert_eq!(verify(leeway, &[("auth_time", furthest)], 0), Ok(()));
        let expected = VerifyError::AuthTimeAhead {
            auth_time: at_micros(furthest + 1),
            issued_at: noon(),
            leeway: seconds(leeway),
        };
        assert_eq!(verify(leeway, &[("auth_time", furthest + 1)], 0), Err(expected));
    }
}

#[test]
fn a_leeway_and_a_longest_lifetime_count_to_the_microsecond() {
    let (leeway, longest) = (1_500_001, 10 * MINUTE + 999_999);
    let [lasts, ahead] = [longest, leeway].map(TimeDelta::microseconds);
    let verify =
        |exp, now| verify_with(Denylist::builder().leeway(ahead).longest_lifetime(lasts), &[("exp", exp)], now);
    assert_eq!(verify(longest, longest + leeway - 1), Ok(()));
    assert!(matches!(verify(longest, longest + leeway), Err(VerifyError::Expired { .. })));
    assert_eq!(verify(longest, -leeway), Ok(()));
    assert!(matches!(verify(longest, -leeway - 1), Err(VerifyError::IssuedAhead { .. })));
    assert!(matches!(verify(longest + 1, 0), Err(VerifyError::LivesTooLong { .. })));
}

#[test]
fn the_first_and_the_last_dates_do_no_harm() {
    let world = World::new();
    let dates = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00.000000001Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
    ];
    let moments = [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, noon(), DateTime::<Utc>::MAX_UTC];
    let mut refusals = 0;
    for exp in dates {
        for iat in dates {
            for other in dates {
                let text = |date: &str| format!("\"{date}\"");
                let token = world.sealed(
                    payload(&[
                        ("exp", Some(&text(exp))),
                        ("iat", Some(&text(iat))),
                        ("nbf", Some(&text(other))),
                        ("auth_time", Some(&text(other))),
                    ])
                    .as_bytes(),
                );
                for now in moments {
                    refusals += usize::from(world.verifier.verify_at(&token, now).is_err());
                }
            }
        }
    }
    assert_eq!(refusals, 5 * 5 * 5 * 4);
}

#[test]
fn verify_is_verify_at_now() {
    let keys = hallpass::KeyRing::generate().unwrap();
    let denylist = Denylist::in_memory().unwrap();
    let issuer = hallpass::Issuer::new(&keys, ISSUER, &denylist)
        .timeouts(hallpass::Timeouts::default().idle(seconds(1)))
        .unwrap();
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    let token = issuer.login("alice").unwrap();
    assert!(verifier.verify(token.as_str()).is_ok());
    let early = token.registered().issued_at() - seconds(11);
    assert!(matches!(verifier.verify_at(token.as_str(), early), Err(VerifyError::IssuedAhead { .. })));
    let past = issuer.login_at("alice", Utc::now() - TimeDelta::hours(1));
    assert!(matches!(
        verifier.verify(past.unwrap().as_str()),
        Err(VerifyError::Expired { .. }) | Err(VerifyError::AuthTimeAhead { .. })
    ));
}
