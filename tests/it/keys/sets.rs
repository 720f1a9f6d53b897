//! The rules of a key set and its states.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{Key, KeyId, KeySet, KeySetError, KeyState, LocalKey, Purpose, SecretKey};

use crate::support::{noon, seconds};

fn secret() -> SecretKey {
    SecretKey::generate().unwrap()
}

fn until() -> DateTime<Utc> {
    noon() + seconds(60)
}

fn state(set: &KeySet, id: KeyId) -> Option<KeyState> {
    set.states().find(|(other, _)| *other == id).map(|(_, state)| state)
}

/// A set with a current key and as many others as are asked for.
fn set_of(keys: usize) -> KeySet {
    (1..keys).fold(KeySet::issuing(secret()), |set, _| set.with_verify_only(secret(), until()).unwrap())
}

#[test]
fn an_empty_set_has_no_current_key_and_nothing_to_rotate_to() {
    let empty = KeySet::default();
    assert!(empty.current().is_none());
    assert_eq!(empty.states().count(), 0);
    assert_eq!(empty.rotated(until()).unwrap_err(), KeySetError::NoNext);
}

#[test]
fn a_key_is_in_a_set_once_whatever_half_of_it() {
    let (current, next, past) = (secret(), secret(), secret());
    let set = KeySet::issuing(current.clone()).with_next(next.clone()).unwrap();
    let set = set.with_verify_only(past.clone(), until()).unwrap();
    for key in [current, next, past] {
        let duplicate = KeySetError::Duplicate { id: key.id() };
        for half in [Key::from(key.clone()), Key::from(key.public_key().clone())] {
            assert_eq!(set.with_verify_only(half.clone(), until()).unwrap_err(), duplicate);
            assert_eq!(set.with_next(half).unwrap_err(), duplicate);
        }
    }
}

#[test]
fn a_retired_key_does_not_come_back() {
    let (current, leaked) = (secret(), LocalKey::generate().unwrap());
    let set = KeySet::issuing(current).with_next(leaked.clone()).unwrap().with_retired(leaked.id()).unwrap();
    assert_eq!(set.with_next(leaked.clone()).unwrap_err(), KeySetError::Duplicate { id: leaked.id() });
    assert_eq!(state(&set, leaked.id()), Some(KeyState::Retired));
}

#[test]
fn one_key_is_next() {
    let set = KeySet::issuing(secret()).with_next(secret()).unwrap();
    assert_eq!(set.with_next(secret()).unwrap_err(), KeySetError::TwoNext);
}

#[test]
fn a_64th_key_is_taken_and_a_65th_refused() {
    let set = set_of(63).with_next(secret()).unwrap();
    assert_eq!(set.states().count(), 64);
    assert_eq!(set.with_verify_only(secret(), until()).unwrap_err(), KeySetError::TooMany { max: 64 });
    assert_eq!(set_of(64).with_next(secret()).unwrap_err(), KeySetError::TooMany { max: 64 });
    // Rotating and retiring need no room.
    assert_eq!(set.rotated(until()).unwrap().states().count(), 64);
    assert_eq!(set.with_retired(set.current().unwrap().id()).unwrap().states().count(), 64);
}

#[test]
fn rotating_moves_next_to_current_and_current_to_verify_only() {
    let (first, second) = (secret(), secret());
    let set = KeySet::issuing(first.clone()).with_next(second.clone()).unwrap();
    assert_eq!(state(&set, first.id()), Some(KeyState::Current));
    assert_eq!(state(&set, second.id()), Some(KeyState::Next));

    let rotated = set.rotated(until()).unwrap();
    assert_eq!(state(&rotated, first.id()), Some(KeyState::VerifyOnly { until: until() }));
    assert_eq!(state(&rotated, second.id()), Some(KeyState::Current));
    assert_eq!(rotated.current().unwrap().id(), second.id());
    assert_eq!(rotated.rotated(until()).unwrap_err(), KeySetError::NoNext);
    // A set is a value: the one that was rotated is as it was.
    assert_eq!(state(&set, first.id()), Some(KeyState::Current));
}

#[test]
fn a_secret_half_is_forgotten_with_the_right_to_issue() {
    let (first, second, third) = (secret(), secret(), secret());
    let set = KeySet::issuing(first.clone()).with_next(second.clone()).unwrap();
    let set = set.rotated(until()).unwrap().with_verify_only(third.clone(), until()).unwrap();
    let text = set.to_text();
    assert!(text.contains(second.to_paserk().as_str()));
    for past in [first, third] {
        assert!(text.contains(&past.public_key().to_paserk()));
        assert!(!text.contains(past.to_paserk().as_str()));
    }
}

#[test]
fn of_a_retired_key_only_the_id_is_left() {
    let (first, second) = (secret(), LocalKey::generate().unwrap());
    let set = KeySet::issuing(first.clone()).with_next(second.clone()).unwrap();
    let retired = set.with_retired(first.id()).unwrap().with_retired(second.id()).unwrap();
    assert_eq!(state(&retired, first.id()), Some(KeyState::Retired));
    assert_eq!(state(&retired, second.id()), Some(KeyState::Retired));
    assert!(retired.current().is_none());
    let text = retired.to_text();
    assert!(!text.contains("k4.secret.") && !text.contains("k4.public.") && !text.contains("k4.local."));
    // Twice is once.
    assert_eq!(*retired.with_retired(first.id()).unwrap().to_text(), *text);
}

#[test]
fn a_key_that_is_not_in_the_set_is_not_retired() {
    let (set, stranger) = (set_of(3), secret().id());
    assert_eq!(set.with_retired(stranger).unwrap_err(), KeySetError::Unknown { id: stranger });
    assert_eq!(KeySet::default().with_retired(stranger).unwrap_err(), KeySetError::Unknown { id: stranger });
}

#[test]
fn the_public_view_has_the_states_and_no_secret() {
    let (past, current, next, leaked) = (secret(), secret(), secret(), secret());
    let local = LocalKey::generate().unwrap();
    let set = KeySet::issuing(current.clone()).with_next(next.clone()).unwrap();
    let set = set.with_verify_only(past.clone(), until()).unwrap();
    let set = set.with_verify_only(local.clone(), until()).unwrap();
    let set = set.with_verify_only(leaked.clone(), until()).unwrap().with_retired(leaked.id()).unwrap();

    let public = set.public_view();
    for key in [past, current, next, leaked] {
        assert_eq!(state(&public, key.id()), state(&set, key.id()));
    }
    assert_eq!(state(&public, local.id()), None);
    assert!(matches!(public.current(), Some(Key::Public(_))));
    let text = public.to_text();
    assert_eq!(text.matches("k4.public.").count(), 3);
    assert!(!text.contains("k4.secret.") && !text.contains("k4.local."));
}

#[test]
fn a_set_that_verifies_with_a_pair_holds_no_secret() {
    let key = secret();
    let set = KeySet::verifying(key.clone());
    assert!(matches!(set.current(), Some(Key::Public(public)) if public.id() == key.id()));
    assert!(!set.to_text().contains("k4.secret."));
}

#[test]
fn a_keys_purpose_is_that_of_its_tokens() {
    let key = secret();
    assert_eq!(Key::from(key.public_key().clone()).purpose(), Purpose::Public);
    assert_eq!(Key::from(key).purpose(), Purpose::Public);
    assert_eq!(Key::from(LocalKey::generate().unwrap()).purpose(), Purpose::Local);
    assert_eq!((Purpose::Public.to_string(), Purpose::Local.to_string()), ("v4.public".into(), "v4.local".into()));
}

#[test]
fn a_deadline_that_can_not_be_written_is_refused() {
    let set = KeySet::issuing(secret()).with_next(secret()).unwrap();
    let last: DateTime<Utc> = "9999-12-31T23:59:59.999999Z".parse().unwrap();
    assert!(set.rotated(last).is_ok() && set.with_verify_only(secret(), last).is_ok());
    for until in [last + seconds(1), DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
        assert_eq!(set.rotated(until).unwrap_err(), KeySetError::Deadline);
        assert_eq!(set.with_verify_only(secret(), until).unwrap_err(), KeySetError::Deadline);
    }
}

#[test]
fn a_deadline_is_kept_to_the_microsecond_as_it_is_written() {
    let set = KeySet::default().with_verify_only(secret(), noon() + TimeDelta::nanoseconds(1_999)).unwrap();
    let states: Vec<KeyState> = set.states().map(|(_, state)| state).collect();
    assert_eq!(states, [KeyState::VerifyOnly { until: noon() + TimeDelta::microseconds(1) }]);
    assert!(KeySet::from_text(&set.to_text()).unwrap().states().eq(set.states()));
}

#[test]
fn a_set_that_is_rotated_for_years_need_not_grow() {
    let mut set = KeySet::issuing(secret());
    for _ in 0..200 {
        let old = set.current().unwrap().id();
        set = set.with_next(secret()).unwrap().rotated(noon()).unwrap().without(old).unwrap();
        assert_eq!(set.without(old).unwrap_err(), KeySetError::Unknown { id: old });
    }
    assert_eq!(set.states().count(), 1);
}
