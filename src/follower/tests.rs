//! The step alone, in what a simulation reaches seldom.

mod gathering;
mod pages;

use std::time::Duration;

use super::*;
use crate::denyset::{Capacity, DenySet, Secrets};
use crate::id::{SessionId, TokenId};
use crate::key::KeyId;
use crate::record::{Cutoff, Fact, SubjectKey};
use crate::revocation::{Revocation, Status, TokenFacts};
use crate::time::{TimeLimits, from_micros};

const SECOND: i64 = 1_000_000;
const EPOCH: i64 = 1_800_000_000 * SECOND;
const NOW: Dated = Dated { engine: EPOCH, expired: EPOCH };

fn at(monotonic: i64) -> Moment {
    Moment { monotonic, wall: EPOCH + monotonic }
}

fn header() -> Header {
    Header::new(TimeLimits::default(), from_micros(EPOCH)).unwrap()
}

fn page(is_last: bool) -> Page {
    Page { records: Vec::new(), malformed: 0, cursor: Cursor::from_bytes(&[1]), is_last }
}

fn look(header: Header, now: Moment, is_last: bool) -> Result<Look, StoreError> {
    Ok(Look { page: page(is_last), header, engine_now: from_micros(now.wall), has_lost: false })
}

fn away() -> StoreError {
    StoreErrorKind::Io.into()
}

/// One that has joined the whole snapshot, by a look at 0.
fn whole(header: Header) -> Follower {
    let mut follower = Follower::new(header, SECOND);
    let (actions, next) = follower.step(Event::Looked { began: at(0), look: look(header, at(0), true) }, at(0));
    assert!(matches!(actions[..], [Action::Whole { .. }, Action::Fresh { .. }]), "{actions:?}");
    assert_eq!(next, Next::Wait(Duration::from_secs(1)));
    follower
}

#[test]
fn pauses_double_up_to_half_a_second_and_begin_anew_after_a_look_that_went_well() {
    let header = header();
    let mut follower = whole(header);
    let mut now = SECOND;
    for expected in [50, 100, 200, 400, 500, 500] {
        let (actions, next) = follower.step(Event::Looked { began: at(now), look: Err(away()) }, at(now));
        assert_eq!(actions, [Action::Failed { error: away(), again: expected > 50 }]);
        assert_eq!(next, Next::Pause(Duration::from_millis(expected)));
        now += i64::try_from(expected).unwrap() * 1_000;
    }
    let (actions, _) = follower.step(Event::Looked { began: at(now), look: look(header, at(now), true) }, at(now));
    assert!(actions.contains(&Action::Recovered));
    let (_, next) = follower.step(Event::Read(Err(away())), at(now));
    assert_eq!(next, Next::Pause(Duration::from_millis(50)));
}

#[test]
fn however_many_ask_an_engine_that_is_away_is_asked_no_more_often() {
    let mut follower = whole(header());
    follower.step(Event::Looked { began: at(0), look: Err(away()) }, at(0));
    for now in [0, 1, 20_000, 49_999] {
        let (actions, next) = follower.step(Event::Woken { asked: true }, at(now));
        assert_eq!((actions, next), (Vec::new(), Next::Pause(duration(50_000 - now))));
    }
    assert!(matches!(follower.step(Event::Woken { asked: true }, at(50_000)).1, Next::Look(_)));
}

#[test]
fn a_format_that_is_newer_and_another_list_make_everything_unknown_at_once() {
    for kind in [StoreErrorKind::Newer { version: 9 }, StoreErrorKind::Foreign] {
        let error = || StoreError::new(kind);
        for event in [Event::Looked { began: at(1), look: Err(error()) }, Event::Read(Err(error()))] {
            let (actions, next) = whole(header()).step(event, at(1));
            assert_eq!(actions, [Action::Unknown, Action::Failed { error: error(), again: false }]);
            assert!(matches!(next, Next::Pause(_)));
        }
    }
}

#[test]
fn a_stream_of_notifications_does_not_put_off_the_look_that_is_due() {
    let mut follower = whole(header());
    for now in [1, 300_000, 999_999] {
        assert!(matches!(follower.step(Event::Woken { asked: false }, at(now)).1, Next::Read(_)));
        let (actions, next) = follower.step(Event::Read(Ok(page(true))), at(now));
        assert_eq!((actions, next), (Vec::new(), Next::Wait(duration(SECOND - now))));
    }
    assert!(matches!(follower.step(Event::Woken { asked: false }, at(SECOND)).1, Next::Look(_)));
}

/// By that moment the engine's clock is carried on.
#[test]
fn the_moment_of_the_last_look_is_known_as_such_and_no_other() {
    let mut follower = Follower::new(header(), SECOND);
    assert!(!follower.has_just_looked(at(0)));
    follower.step(Event::Looked { began: at(0), look: look(header(), at(0), true) }, at(7));
    assert_eq!([6, 7, 8].map(|moment| follower.has_just_looked(at(moment))), [false, true, false]);
}

#[test]
fn what_is_read_while_the_wall_clock_was_set_is_read_again_by_a_look() {
    let mut follower = whole(header());
    for by in [-3_600, -2, 2, 3_600] {
        let set = Moment { monotonic: 10, wall: EPOCH + 10 + by * SECOND };
        assert!(matches!(follower.step(Event::Woken { asked: false }, set).1, Next::Look(_)), "{by}");
        let (actions, next) = follower.step(Event::Read(Ok(page(true))), set);
        assert_eq!((actions, next), (Vec::new(), Next::Look(Cursor::from_bytes(&[1]))), "{by}");
        // By the engine's clock, it is 10 µs later, whatever this one says.
        let dated = follower.dated(set);
        assert_eq!(dated.engine, EPOCH + 10);
        // And nothing expires by the faster of the two alone.
        assert_eq!(dated.expired, (EPOCH + 10).min(set.wall));
    }
}

#[test]
fn a_look_during_which_the_wall_clock_was_set_tells_nothing() {
    let header = header();
    let mut follower = whole(header);
    let now = at(SECOND + 1);
    let began = Moment { wall: EPOCH - 3_600 * SECOND, monotonic: SECOND };
    let (actions, next) = follower.step(Event::Looked { began, look: look(header, now, true) }, now);
    assert!(actions.is_empty() && matches!(next, Next::Look(_)), "{actions:?} {next:?}");
}

/// The engine's clock stands an hour ahead for a moment: what counts is not taken for expired, and nothing is purged as
/// of a moment that is yet to come.
#[test]
fn what_an_engines_fast_clock_alone_takes_for_expired_still_counts() {
    let (set, ahead) = (set(), EPOCH + 3_600 * SECOND);
    let id = |byte| Fact::Id { id: [byte; 16], made: EPOCH }.into();
    let cutoff = Cutoff::new(EPOCH + 1, None);
    let records = [id(1), Fact::Subject { subject: SubjectKey::new(&[2; 16], "i", "s"), cutoff, made: EPOCH }.into()];
    set.follow(&records, EPOCH, ahead, EPOCH);
    assert_eq!((set.counts().ids, set.counts().subjects), (1, 1));
    let session = SessionId::from_bytes([9; 16]);
    let token = TokenFacts {
        token_id: TokenId::from_bytes([9; 16]),
        session_id: session,
        issuer: "i",
        subject: "s",
        auth_time: from_micros(EPOCH + SECOND),
        key_id: KeyId::from_bytes([0; 34]).unwrap(),
        prior_key_ids: &[],
    };
    assert_eq!(set.look().status(&token, None, EPOCH + SECOND), Status::NotListed);
}

/// Its subjects are hashed under another secret, and its tokens may live longer than entries are kept here.
#[test]
fn another_list_in_the_place_of_this_one_is_not_followed() {
    let mut follower = whole(header());
    let other = Header::new(TimeLimits::default(), from_micros(EPOCH)).unwrap();
    for has_lost in [false, true] {
        let now = at(SECOND);
        let look = look(other, now, true).map(|look| Look { has_lost, ..look });
        let (actions, next) = follower.step(Event::Looked { began: now, look }, now);
        assert!(matches!(actions[..], [Action::Unknown, Action::Failed { .. }]), "{actions:?}");
        assert!(matches!(next, Next::Pause(_)), "{next:?}");
    }
}

/// What was read by its clock as it stood before may have been taken for something far ahead, and count for less.
#[test]
fn once_the_engines_clock_was_set_by_much_everything_is_read_again() {
    let header = header();
    let far = 600 * SECOND;
    for (by, is_read_again) in [(-far - 1, true), (-far, false), (far, false), (far + 1, true)] {
        let mut follower = whole(header);
        let now = at(SECOND);
        let set = |look: Look| Look { engine_now: from_micros(now.wall + by), ..look };
        let looked = Event::Looked { began: now, look: look(header, now, true).map(set) };
        let (actions, next) = follower.step(looked, now);
        assert_eq!(actions == [Action::Unknown] && next == Next::Look(Cursor::start()), is_read_again, "{by}");
    }
}

/// What was dropped by such a clock may count still, and whoever vouched by it has shut everyone out.
#[test]
fn a_list_that_was_purged_or_made_by_a_clock_far_ahead_begins_a_new_epoch() {
    let now = at(SECOND);
    let ahead = |micros| from_micros(now.wall + 1_200 * SECOND + micros);
    let made = |at| Header::new(TimeLimits::default(), at).unwrap();
    let lead = header().vouches_from() - header().created();
    for (micros, is_far) in [(0, false), (1, true)] {
        let purged = header().with_purged(Some(ahead(micros)));
        let vouches = made(ahead(micros) - lead);
        for header in [purged, vouches] {
            let mut follower = Follower::new(header, SECOND);
            let looked = Event::Looked { began: now, look: look(header, now, true) };
            assert_eq!(matches!(follower.step(looked, now).1, Next::BeginEpoch(_)), is_far, "{header:?}");
        }
    }
}

#[test]
fn an_epoch_that_does_not_help_is_not_followed_by_another_at_once() {
    let header = header();
    let mut follower = whole(header);
    let lost =
        |now| Event::Looked { began: now, look: look(header, now, true).map(|look| Look { has_lost: true, ..look }) };
    let mut begun = 0;
    let mut now = at(SECOND);
    for _ in 0..20 {
        match follower.step(lost(now), now).1 {
            Next::BeginEpoch(_) => {
                begun += 1;
                assert!(matches!(follower.step(Event::Begun(Ok(())), now).1, Next::Look(_)));
            }
            Next::Pause(pause) => now = at(now.monotonic + i64::try_from(pause.as_micros()).unwrap()),
            next => panic!("{next:?}"),
        }
    }
    assert!((2..=10).contains(&begun) && now.monotonic > 3 * SECOND, "{begun} {now:?}");
}

fn set() -> DenySet {
    let (limits, capacity) = (TimeLimits::default(), Capacity { ids: 9, subjects: 9, sessions: 9 });
    let secrets = Secrets { filters: [1; 16], subjects: [2; 16] };
    DenySet::new(limits, chrono::TimeDelta::zero(), capacity, secrets, i64::MIN, EPOCH).shared()
}

/// However many come at once.
#[test]
fn what_no_token_can_outlive_is_not_listed_any_more() {
    let retention = header().retention().num_microseconds().unwrap();
    let id = Fact::Id { id: [1; 16], made: EPOCH }.into();
    for (after, listed) in [(0, 1), (retention, 1), (retention + 1, 0)] {
        let (followed, loaded) = (set(), set());
        followed.follow(&[id], EPOCH, EPOCH + after, EPOCH + after);
        loaded.load(&[id], EPOCH + after);
        assert_eq!([followed, loaded].map(|set| set.counts().ids), [listed; 2], "{after}");
    }
}

#[test]
fn one_fast_clock_drops_nothing_of_a_shared_set() {
    let set = set();
    set.revoke(&Revocation::Session(SessionId::from_bytes([7; 16])), EPOCH, |_| ()).unwrap();
    let (expired, far) = (EPOCH + 3_600 * SECOND, EPOCH + 86_400 * SECOND);
    for known_by in [None, Some(EPOCH)] {
        known_by.into_iter().for_each(|moment| set.known_by(moment));
        set.purge(far);
        assert_eq!(set.counts().ids, 1);
    }
    set.known_by(expired);
    set.purge(far);
    assert_eq!(set.counts().ids, 0);
}

#[test]
fn a_new_epoch_vouches_for_nobody_who_began_just_after_the_last_one_by_a_faster_clock() {
    let known = Header::new(TimeLimits::default(), from_micros(EPOCH + 50 * SECOND)).unwrap();
    assert_eq!(vouches_from(&known, &set(), EPOCH), EPOCH + 60 * SECOND + 1);
    // And counts as made later, by whatever clock.
    let (earlier, created) = (from_micros(EPOCH), known.created());
    assert!(known.new_epoch(earlier, earlier).unwrap().created() > created);
}

/// Else each look would ask for one more epoch until the engine's clock has come so far again.
#[test]
fn a_new_epoch_helps_though_the_last_one_was_made_and_purged_by_a_clock_that_was_far_ahead() {
    let ahead = from_micros(EPOCH + 3_600 * SECOND);
    let known = Header::new(TimeLimits::default(), ahead).unwrap().with_purged(Some(ahead));
    let mut follower = Follower::new(known, SECOND);
    let now = at(SECOND);
    let looked = |header, now| Event::Looked { began: now, look: look(header, now, true) };
    assert!(matches!(follower.step(looked(known, now), now).1, Next::BeginEpoch(_)));
    let from = vouches_from(&known, &set(), now.wall);
    let anew = known.new_epoch(from_micros(now.wall), from_micros(from)).unwrap();
    follower.step(Event::Begun(Ok(())), now);
    let (actions, next) = follower.step(looked(anew, now), now);
    assert!(actions.contains(&Action::Adopt { header: anew, has_lost: true }), "{actions:?}");
    assert!(matches!(next, Next::Look(_)), "{next:?}");
}
