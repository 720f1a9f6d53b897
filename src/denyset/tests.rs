//! The set alone, in what the models reach seldom.

#[cfg(feature = "tower")]
use std::{sync::mpsc, thread, time::Duration};

use super::*;
use crate::id::TokenId;
use crate::revocation::{EntryKind, Status};
use crate::time::{LONGEST_WAIT, from_micros};

const SECOND: i64 = 1_000_000;
const NOW: i64 = 1_800_000_000 * SECOND;
const LEEWAY: i64 = 10 * SECOND;
const RETENTION: i64 = 1_200 * SECOND;
#[cfg(feature = "tower")]
const PATIENCE: Duration = Duration::from_secs(10);
const ROOMY: Capacity = Capacity { ids: 1_000, subjects: 1_000, sessions: 10_000 };

/// One that has vouched for an hour.
fn set_for(capacity: Capacity) -> DenySet {
    let secrets = Secrets { filters: [1; 16], subjects: [2; 16] };
    let from = NOW - 3_600 * SECOND;
    DenySet::new(TimeLimits::default(), TimeDelta::seconds(30), capacity, secrets, from, NOW)
}

fn set() -> DenySet {
    set_for(ROOMY)
}

/// Spread over the shards.
fn session(n: u32) -> SessionId {
    SessionId::from_bytes(u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

fn shown(session: SessionId, generation: u32) -> Presented {
    Presented { session, generation, issued_at: NOW, expires_at: NOW + 900 * SECOND }
}

fn first_use(session: SessionId, at: i64) -> Record {
    Fact::FirstUse { session, generation: 1, at, expires_at: at + 900 * SECOND }.into()
}

fn of(subject: &str) -> Revocation {
    Revocation::subject("https://app.example", subject)
}

/// A token of alice's that nothing forbids, in a session that began then.
fn token(auth_time: i64) -> TokenFacts<'static> {
    TokenFacts {
        token_id: TokenId::from_bytes([9; 16]),
        session_id: SessionId::from_bytes([9; 16]),
        issuer: "https://app.example",
        subject: "alice",
        auth_time: from_micros(auth_time),
        key_id: KeyId::from_bytes([0; 34]).unwrap(),
        prior_key_ids: &[],
    }
}

#[test]
fn of_many_logins_one_in_ten_seconds_is_kept() {
    let set = set();
    let kept = |at: i64| {
        set.issued(NOW + at);
        let mut record = None;
        set.keep_issued(|issued| record = Some(issued));
        record
    };
    let at = |at: i64| Some(Record::from(Fact::Issued { at: NOW + at }));
    for (moment, expected) in [(0, at(0)), (0, None), (10 * SECOND - 1, None), (10 * SECOND, at(10 * SECOND))] {
        assert_eq!(kept(moment), expected, "{moment}");
    }
    // By a clock that was set back, and then by one that is ahead.
    assert_eq!((kept(0), kept(3_600 * SECOND), kept(3_601 * SECOND)), (None, at(3_600 * SECOND), None));
}

/// More than the table of any part has room for at first.
#[test]
fn every_first_use_that_was_loaded_counts_once_and_retires_what_came_before() {
    let set = set();
    let sessions = || (0..3_000).map(session);
    let uses: Vec<Record> = sessions().map(|session| first_use(session, NOW)).collect();
    for _ in 0..2 {
        set.load(&uses, NOW);
        assert_eq!(set.counts().sessions, 3_000);
    }
    for session in sessions() {
        let standings = [0, 1].map(|generation| set.look().present(shown(session, generation), NOW + 60 * SECOND));
        assert_eq!(standings, [Standing::Replayed { retired_at: NOW }, Standing::Newest]);
    }
}

/// Else a replay goes unnoticed.
#[test]
fn however_many_notes_a_purge_leaves_in_a_part_there_is_room_for_more() {
    let is_in_first = |session: &SessionId| shard_of(&session.to_bytes()) == 0;
    let sessions: Vec<SessionId> = (0..).map(session).filter(is_in_first).take(150).collect();
    let now = NOW + RETENTION;
    for left in [0, 1, 15, 16, 17, 32, 33] {
        let set = set();
        let load = |sessions: &[SessionId], at: i64| {
            set.load(&sessions.iter().map(|session| first_use(*session, at)).collect::<Vec<_>>(), NOW);
            set.counts().sessions
        };
        load(&sessions[..left], NOW);
        load(&sessions[100..], NOW - SECOND);
        set.purge(now);
        assert_eq!(load(&sessions[left..100], NOW), 100);
        for session in &sessions[..100] {
            let standing = set.look().present(shown(*session, 0), now);
            assert_eq!(standing, Standing::Replayed { retired_at: NOW }, "{left} left");
        }
    }
}

#[test]
fn what_has_expired_leaves_by_an_eighth_of_the_retention_and_where_room_is_short_by_a_64th() {
    for (since, is_full, is_due) in [
        (150 * SECOND, false, false),
        (150 * SECOND + 1, false, true),
        (18_750_000, true, false),
        (18_750_001, true, true),
    ] {
        assert_eq!(is_purge_due(since, RETENTION, is_full), is_due, "{since} {is_full}");
    }
    // Nobody is refused for longer because tokens live for a month.
    let month = 30 * 24 * 3_600 * SECOND;
    assert!(!is_purge_due(60 * SECOND, month, true) && is_purge_due(60 * SECOND + 1, month, true));
    assert!(!is_purge_due(month / 8, month, false) && is_purge_due(month / 8 + 1, month, false));
}

/// Else replays go unnoticed for longer.
#[test]
fn where_a_note_finds_no_room_what_expires_then_makes_some_soon() {
    // One for each part, and two of the first part.
    let set = set_for(Capacity { sessions: 1, ..ROOMY });
    let [first, other] = [1, 2].map(|byte| SessionId::from_bytes([byte; 16]));
    assert_eq!(set.look().present(shown(first, 1), NOW), Standing::FirstUse { at: NOW });
    let just_before = NOW + RETENTION - SECOND;
    assert_eq!(set.look().present(shown(other, 1), just_before), Standing::Newest);
    assert_eq!((set.counts().sessions, set.counts().unnoted), (1, 1));
    let soon = just_before + 20 * SECOND;
    assert_eq!(set.look().present(shown(other, 1), soon), Standing::FirstUse { at: soon });
    assert_eq!((set.counts().sessions, set.counts().unnoted), (1, 1));
}

/// What is listed may have changed since it was asked about.
#[test]
fn how_a_token_stands_can_not_be_told_behind_a_purge() {
    let set = set();
    let (replayed, behind) = (shown(session(1), 0), NOW + 60 * SECOND);
    set.look().present(shown(session(1), 1), NOW);
    assert_eq!(set.look().present(replayed, behind), Standing::Replayed { retired_at: NOW });
    set.purge(NOW + RETENTION + 1);
    assert_eq!(set.look().present(replayed, behind), Standing::Unknown);
    assert_eq!(set.standing(session(1), 0, behind).0, Standing::Unknown);
}

#[test]
fn where_there_is_room_for_no_other_subject_those_listed_can_be_revoked_again_until_time_makes_room() {
    let set = set_for(Capacity { subjects: 2, ..ROOMY });
    let revoke = |subject: &str, now: i64| set.revoke(&of(subject), now, drop).map(|(listed, ())| listed);
    for subject in ["alice", "bob", "alice"] {
        assert_eq!(revoke(subject, NOW), Ok(Listed::Now));
    }
    assert_eq!(revoke("carol", NOW), Err(Full { capacity: 2 }));
    assert_eq!(revoke("bob", NOW), Ok(Listed::Now));
    assert_eq!(revoke("carol", NOW + LEEWAY + RETENTION), Err(Full { capacity: 2 }));
    assert_eq!(revoke("carol", NOW + LEEWAY + RETENTION + 20 * SECOND), Ok(Listed::Now));
    assert_eq!(set.counts().subjects, 1);
}

/// Else each check of anyone else takes a lock.
#[test]
fn of_subjects_that_are_not_listed_few_look_as_if_they_were() {
    let set = set();
    let name = |n: u32| format!("user-{n}");
    for n in 0..200 {
        set.revoke(&of(&name(n)), NOW, drop).unwrap();
    }
    let snapshot = set.published.load();
    let may_be_listed =
        |n: &u32| snapshot.subjects.may_hold(set.subject_key("https://app.example", &name(*n)).marked());
    assert_eq!((0..200).filter(may_be_listed).count(), 200);
    let hits = (1_000_000..1_010_000).filter(may_be_listed).count();
    assert!(hits < 150, "{hits} of 10000");
}

/// Else each takes longer the more there are.
#[test]
fn marks_are_made_anew_once_they_are_full_and_not_for_each_subject() {
    let set = set();
    let mut made_anew = 0;
    for n in 0..1_000 {
        let before = Arc::clone(&set.published.load().subjects);
        set.revoke(&of(&format!("user-{n}")), NOW, drop).unwrap();
        made_anew += usize::from(!Arc::ptr_eq(&before, &set.published.load().subjects));
    }
    assert!((1..=4).contains(&made_anew), "{made_anew} times");
}

/// A store that has lost it, and by that others.
#[test]
fn whoever_is_told_all_entries_lists_the_same_and_for_as_long() {
    let (set, told) = (set(), set());
    let key_id = KeyId::from_bytes([1; 34]).unwrap();
    for what in [session(1).into(), of("alice"), key_id.into()] {
        set.revoke(&what, NOW, drop).unwrap();
    }
    told.load(&set.entries(NOW), NOW);
    assert_eq!(told.counts(), set.counts());
    told.purge(NOW + RETENTION);
    let alices = token(NOW);
    let ended = TokenFacts { session_id: session(1), subject: "bob", ..alices };
    let signed = TokenFacts { key_id, subject: "bob", ..alices };
    for (token, by) in [(ended, EntryKind::Id), (alices, EntryKind::Subject), (signed, EntryKind::Key)] {
        assert_eq!(told.look().status(&token, None, NOW + RETENTION), Status::Listed(by));
    }
}

/// Of a process whose clock is behind, or whose write was late.
#[test]
fn what_another_has_listed_earlier_takes_nothing_from_what_is_listed() {
    let set = set().shared();
    for made in [NOW, NOW - 600 * SECOND] {
        set.follow(&[Fact::Id { id: [7; 16], made }.into()], i64::MIN, NOW, NOW);
    }
    set.known_by(NOW + RETENTION);
    set.purge(NOW + RETENTION);
    assert_eq!(set.counts().ids, 1);
}

/// A year, which nobody can wait for.
#[test]
fn a_set_that_starts_over_brings_near_what_its_clock_has_put_far_ahead() {
    let set = set().shared();
    set.revoke(&of("alice"), NOW + 365 * 86_400 * SECOND, drop).unwrap();
    assert!(set.begin("https://app.example", "alice", NOW, drop).is_err());
    assert!(set.start_over_if_far_ahead(NOW));
    let begun = set.begin("https://app.example", "alice", NOW, drop).unwrap();
    assert_eq!(begun, NOW + 2 * LEEWAY + 1);
    assert_eq!(set.look().status(&token(begun - 1), None, NOW), Status::Listed(EntryKind::Subject));
    assert_eq!(set.look().status(&token(begun), None, NOW), Status::NotListed);
    // And none of it stays for longer than what is revoked now.
    let gone = NOW + 2 * LEEWAY + RETENTION + 1;
    set.known_by(gone);
    set.purge(gone);
    assert_eq!(set.counts().subjects, 0);
}

#[test]
fn behind_what_had_expired_when_it_was_loaded_nothing_can_be_told() {
    let set = set();
    set.load(&[Fact::Id { id: [7; 16], made: NOW - RETENTION - 1 }.into()], NOW);
    assert_eq!(set.counts().ids, 0);
    let behind = NOW - micros(BACKSTEP_TOLERANCE);
    assert_eq!(set.look().status(&token(NOW), None, behind), Status::NotListed);
    assert_eq!(set.look().status(&token(NOW), None, behind - 1), Status::Unknown);
}

#[test]
fn a_clock_behind_what_was_loaded_or_purged_was_wrong_before_if_it_is_so_by_more_than_can_be_waited_for() {
    let far = NOW + micros(LONGEST_WAIT);
    for (made, purged, was_wrong) in
        [(far, NOW, false), (NOW, far, false), (far, far, false), (far + 1, NOW, true), (NOW, far + 1, true)]
    {
        let set = set();
        set.load(&[Fact::Id { id: [7; 16], made }.into()], NOW);
        set.finish_loading(Some(purged));
        let anew = set.start_anew_if_loaded_far_ahead(NOW);
        assert_eq!(anew, was_wrong.then_some(NOW + 2 * LEEWAY), "{} {}", made - NOW, purged - NOW);
    }
}

#[test]
fn a_clock_that_steps_back_by_just_as_much_as_can_be_waited_for_was_not_wrong_before() {
    let wait = micros(LONGEST_WAIT);
    let starts_anew = |set: &DenySet, now: i64| {
        let mut from = None;
        let subject = set.subject_key("https://app.example", "alice");
        set.start_anew_if_far_behind(subject, now, |moment| from = Some(moment));
        from.is_some()
    };
    // By what was listed last, and by a cutoff.
    assert!(!starts_anew(&set(), NOW - wait) && starts_anew(&set(), NOW - wait - 1));
    for (beyond, is_anew) in [(0, false), (1, true)] {
        let set = set();
        let subject = set.subject_key("https://app.example", "alice");
        let cutoff = Cutoff::new(set.furthest_cutoff(NOW) + wait + beyond, None);
        set.load(&[Fact::Subject { subject, cutoff, made: NOW }.into()], NOW);
        assert_eq!(starts_anew(&set, NOW), is_anew);
    }
}

/// A session may have begun just after any cutoff.
#[test]
fn where_a_part_can_not_be_read_nobody_is_spared_who_began_just_after_a_cutoff_that_can() {
    let set = set();
    let (subject, cutoff) = (set.subject_key("https://app.example", "alice"), Cutoff::new(NOW + 60 * SECOND, None));
    set.load(&[Fact::Subject { subject, cutoff, made: NOW }.into()], NOW);
    set.finish_loading(None);
    let refused = set.refuse_everyone_known(NOW);
    assert!(refused.from > cutoff.at && refused.is_newest, "{}", refused.from - NOW);
    assert_eq!(set.look().status(&token(cutoff.at + 1), None, NOW), Status::Listed(EntryKind::Everyone));
}

#[test]
fn what_a_clock_that_was_ahead_has_listed_leaves_as_if_it_was_listed_when_the_set_began_anew() {
    let set = set();
    set.revoke(&session(1).into(), NOW + 7_200 * SECOND, drop).unwrap();
    set.begin("https://app.example", "alice", NOW, drop).unwrap();
    set.purge(NOW + RETENTION);
    assert_eq!(set.counts().ids, 1);
    set.purge(NOW + RETENTION + 2 * 19 * SECOND);
    assert_eq!(set.counts().ids, 0);
}

/// Such as a load or a purge of many entries, which shares that lock for long.
#[cfg(feature = "tower")]
#[test]
fn whoever_waits_until_all_is_handed_over_waits_for_nothing_that_hands_nothing_over() {
    let set = set();
    let loading = set.starting_anew.read();
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        let set = &set;
        scope.spawn(move || {
            set.handed_over();
            done.send(()).unwrap();
        });
        let was_done = is_done.recv_timeout(PATIENCE).is_ok();
        drop(loading);
        assert!(was_done);
    });
}

/// What a check has found meanwhile.
#[cfg(feature = "tower")]
#[test]
fn whoever_waits_until_all_is_handed_over_waits_for_what_is_listed_and_is_not_yet() {
    type List = fn(&DenySet, &dyn Fn());
    let lists: [List; 2] = [
        |set, keep| _ = set.revoke(&Revocation::Session(session(1)), NOW, |_| keep()).unwrap(),
        |set, keep| _ = set.begin("https://app.example", "alice", NOW - 2 * micros(LONGEST_WAIT), |_| keep()),
    ];
    for list in lists {
        let set = set();
        thread::scope(|scope| {
            let (listed, is_listed) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel::<()>();
            let (done, is_done) = mpsc::channel();
            let set = &set;
            scope.spawn(move || {
                list(set, &|| {
                    listed.send(()).unwrap();
                    let _ = may_go_on.recv();
                });
            });
            is_listed.recv_timeout(PATIENCE).unwrap();
            scope.spawn(move || {
                set.handed_over();
                done.send(()).unwrap();
            });
            let was_early = is_done.recv_timeout(Duration::from_millis(100)).is_ok();
            drop(go_on);
            assert!(!was_early && is_done.recv_timeout(PATIENCE).is_ok());
        });
    }
}
