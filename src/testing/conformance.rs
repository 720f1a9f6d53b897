//! What every store must do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a suite says what is wrong by panicking"
)]

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::denylist::Denylist;
use crate::id::{SessionId, TokenId};
use crate::key::SecretKey;
use crate::record::{Cutoff, Fact, Record, SubjectKey};
use crate::revocation::{EntryKind, Revocation, Status, TokenFacts};
use crate::store::{Cursor, Header, Page, Store, StoreError, StoreErrorKind, pages};
use crate::time::TimeLimits;

/// Runs the suite over a store.
///
/// `engine` makes an empty place for a store, again for each test; what it returns opens the store there, the
/// first time as a new one with the header that it is given, and later as it is.
///
/// # Panics
/// When the store does not do what [`Store`] says.
pub fn store_conformance<S: Store, O: Fn(Header) -> Result<S, StoreError>>(engine: impl Fn() -> O) {
    let checks: [fn(Open<'_>); 12] = [
        what_is_appended_is_read_back,
        a_cursor_leads_to_what_was_appended_after_it,
        a_cursor_of_another_store_is_refused,
        the_first_header_stays,
        repeating_does_no_harm,
        what_has_expired_is_dropped_and_nothing_else,
        a_purge_goes_on_step_by_step,
        what_came_together_is_read_and_dropped_in_parts,
        what_is_kept_by_name_stands_in_nobodys_way,
        vouching_anew_forgets_what_a_wrong_clock_said,
        what_is_forgotten_last_leaves_its_place_to_nobody,
        a_list_knows_after_a_restart_what_it_knew_before,
    ];
    for check in checks {
        let open = engine();
        check(&|header| Box::new(open(header).expect("opens")));
    }
}

type Open<'a> = &'a dyn Fn(Header) -> Box<dyn Store>;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

fn at(seconds: i64) -> i64 {
    (noon() + TimeDelta::seconds(seconds)).timestamp_micros()
}

fn header() -> Header {
    Header::new(TimeLimits::default(), noon()).unwrap()
}

fn id(n: u8, made: i64) -> Record {
    Fact::Id { id: [n; 16], made }.into()
}

/// One of each kind, and moments at the edges.
fn of_every_kind() -> Vec<Record> {
    let (session, key) = (SessionId::from_bytes([9; 16]), SecretKey::generate().unwrap().id());
    let subject = SubjectKey::from_bytes([5; 16]);
    let mut records: Vec<Record> = vec![
        Fact::Subject { subject, cutoff: Cutoff::new(at(10), None), made: at(0) }.into(),
        Fact::Subject { subject, cutoff: Cutoff::new(at(20), Some(session)), made: at(10) }.into(),
        Fact::Everyone { cutoff: Cutoff { at: at(5), except: Some((session, at(-5))) }, made: at(5) }.into(),
        Fact::Key { id: key, made: at(3) }.into(),
        Fact::KeyForgotten { id: key, made: at(4) }.into(),
        Fact::FirstUse { session, generation: u32::MAX, at: at(1), expires_at: at(900) }.into(),
    ];
    records.extend([i64::MIN, -1, 0, 1, i64::MAX].map(|made| id(7, made)));
    records.extend((0..200).map(|n| id(n, at(n.into()))));
    records
}

fn set(records: impl IntoIterator<Item = Record>) -> HashSet<Vec<u8>> {
    records.into_iter().map(|record| record.to_bytes()).collect()
}

/// Everything after the cursor, page by page, and where it ends.
fn read_on(store: &dyn Store, since: &Cursor, most: usize) -> (HashSet<Vec<u8>>, Cursor) {
    let (mut found, mut cursor, mut is_last) = (HashSet::new(), since.clone(), false);
    for page in pages(store, since.clone(), most).take(10_000) {
        let page = page.unwrap();
        assert_eq!(page.malformed, 0);
        found.extend(set(page.records));
        (cursor, is_last) = (page.cursor, page.is_last);
    }
    assert!(is_last, "reading does not end");
    (found, cursor)
}

fn all(store: &dyn Store) -> HashSet<Vec<u8>> {
    read_on(store, &Cursor::start(), 64).0
}

fn what_is_appended_is_read_back(open: Open<'_>) {
    let store = open(header());
    assert_eq!(all(&*store), HashSet::new());
    store.append(&[]).unwrap();
    let records = of_every_kind();
    let (first, rest) = records.split_at(3);
    store.append(first).unwrap();
    assert_eq!(all(&*store), set(first.to_vec()));
    store.append(rest).unwrap();
    for most in [0, 1, 7, 1000, usize::MAX] {
        assert_eq!(read_on(&*store, &Cursor::start(), most).0, set(records.clone()), "{most} at once");
    }
    drop(store);
    let store = open(header());
    assert_eq!(all(&*store), set(records.clone()), "after opening again");
    store.reopen().unwrap();
    assert_eq!(all(&*store), set(records), "after reopening");
}

fn a_cursor_leads_to_what_was_appended_after_it(open: Open<'_>) {
    let store = open(header());
    let (nothing, start) = read_on(&*store, &Cursor::start(), 3);
    assert!(nothing.is_empty());
    // Moments are no order: clocks step back.
    let mut cursor = start.clone();
    for n in 0..20 {
        let record = id(n, at(-i64::from(n)));
        store.append(&[record]).unwrap();
        let (found, next) = read_on(&*store, &cursor, 3);
        assert!(found.is_superset(&set([record])), "{n}");
        cursor = next;
        if n == 10 {
            store.reopen().unwrap();
        }
    }
    assert_eq!(read_on(&*store, &start, 3).0, set((0..20).map(|n| id(n, at(-i64::from(n))))));
    // A cursor outlives what it points at.
    while store.purge(noon() + TimeDelta::days(1), 5).unwrap().more {}
    drop(store);
    let store = open(header());
    let late = id(99, at(86_400));
    store.append(&[late]).unwrap();
    assert!(read_on(&*store, &cursor, 3).0.contains(&late.to_bytes()));
    assert!(read_on(&*store, &start, 3).0.contains(&late.to_bytes()));
}

/// And the store can be used as before.
fn a_cursor_of_another_store_is_refused(open: Open<'_>) {
    let store = open(header());
    store.append(&[id(1, at(0))]).unwrap();
    let error = store.read(&Cursor::from_bytes(b"of another store"), 3).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Foreign, "{error}");
    assert_eq!(all(&*store), set([id(1, at(0))]));
}

fn the_first_header_stays(open: Open<'_>) {
    let first = header();
    let store = open(first);
    assert_eq!(store.header().unwrap(), first);
    drop(store);
    let limits = TimeLimits::new(TimeDelta::hours(5), TimeDelta::zero()).unwrap();
    let store = open(Header::new(limits, noon() + TimeDelta::days(1)).unwrap());
    assert_eq!(store.header().unwrap(), first);
}

fn repeating_does_no_harm(open: Open<'_>) {
    let store = open(header());
    let records = of_every_kind();
    for _ in 0..3 {
        store.append(&records).unwrap();
    }
    assert_eq!(all(&*store), set(records));
}

fn what_has_expired_is_dropped_and_nothing_else(open: Open<'_>) {
    let store = open(header());
    let retention = TimeLimits::default().retention();
    let subject = SubjectKey::from_bytes([5; 16]);
    store.append(&[id(0, i64::MIN)]).unwrap();
    assert_eq!(store.purge(noon(), 100).unwrap().dropped, 1, "before every calendar");
    drop(store);
    let store = open(header());
    let records = [
        id(1, at(0)),
        Fact::Subject { subject, cutoff: Cutoff::new(at(10), None), made: at(0) }.into(),
        id(2, at(1)),
        Fact::FirstUse { session: SessionId::from_bytes([1; 16]), generation: 1, at: at(2), expires_at: at(900) }
            .into(),
    ];
    store.append(&records).unwrap();
    let due = noon() + retention;
    assert_eq!(store.purge(due, 100).unwrap().dropped, 0, "exactly then everything counts");
    assert_eq!(store.header().unwrap().purged(), Some(noon()));
    let due = due + TimeDelta::microseconds(1);
    assert_eq!(store.purge(due, 100).unwrap().dropped, 1);
    assert_eq!(all(&*store), set(records[1..].to_vec()));
    assert_eq!(store.header().unwrap().purged(), Some(due));
    store.purge(due - TimeDelta::minutes(1), 100).unwrap();
    assert_eq!(store.header().unwrap().purged(), Some(due), "an earlier purge says nothing new");
    while store.purge(noon() + TimeDelta::days(1), 1).unwrap().more {}
    assert_eq!(all(&*store), HashSet::new());
    drop(store);
    assert_eq!(open(header()).header().unwrap().purged(), Some(noon() + TimeDelta::days(1)));
}

fn a_purge_goes_on_step_by_step(open: Open<'_>) {
    let store = open(header());
    store.append(&(0..100).map(|n| id(n, at(n.into()))).collect::<Vec<_>>()).unwrap();
    store.append(&[id(200, at(100_000))]).unwrap();
    let now = noon() + TimeDelta::hours(10);
    let (mut dropped, mut steps) = (0, 0);
    loop {
        let step = store.purge(now, 30).unwrap();
        assert!(step.dropped <= 30);
        dropped += step.dropped;
        steps += 1;
        if !step.more {
            break;
        }
        assert!(steps < 100, "a purge ends");
    }
    assert_eq!(dropped, 100);
    assert_eq!(all(&*store), set([id(200, at(100_000))]));
}

/// A page ends, and a purge ends, in the midst of what was appended at once: whoever has read so far goes on there.
fn what_came_together_is_read_and_dropped_in_parts(open: Open<'_>) {
    let store = open(header());
    let live = |n: u8| id(n, at(100_000));
    let records: Vec<Record> = (0..100).map(|n| if n < 60 { id(n, at(0)) } else { live(n) }).collect();
    store.append(&records).unwrap();
    let (mut seen, mut cursors) = (HashSet::new(), vec![(Cursor::start(), HashSet::new())]);
    for page in pages(&*store, Cursor::start(), 7).take(1000) {
        let page = page.unwrap();
        seen.extend(set(page.records));
        cursors.push((page.cursor, seen.clone()));
    }
    assert_eq!(seen, set(records.clone()));
    let now = noon() + TimeDelta::hours(10);
    for (n, step) in (100..).zip([25, 25, 25]) {
        store.purge(now, step).unwrap();
        store.append(&[live(n)]).unwrap();
        for (cursor, seen) in &cursors {
            let found = read_on(&*store, cursor, 3).0;
            let late = (60..=n).map(live).map(|record| record.to_bytes()).filter(|record| !seen.contains(record));
            assert!(found.is_superset(&late.collect()), "{step} dropped after {} were read", seen.len());
        }
    }
    assert_eq!(all(&*store), set((60..=102).map(live)));
}

fn what_is_kept_by_name_stands_in_nobodys_way(open: Open<'_>) {
    let store = open(header());
    let key = |made| Record::from(Fact::Key { id: SecretKey::generate().unwrap().id(), made });
    let keys = [key(at(0)), key(at(1))];
    store.append(&[keys[0], id(1, at(0)), keys[1], id(2, at(0)), id(3, at(50_000))]).unwrap();
    for hour in 1..20 {
        while store.purge(noon() + TimeDelta::hours(hour), 1).unwrap().more {}
    }
    assert_eq!(all(&*store), set(keys));
    assert_eq!(store.purge(noon() + TimeDelta::days(1000), 1).unwrap().dropped, 0);
    assert_eq!(all(&*store), set(keys));
}

fn vouching_anew_forgets_what_a_wrong_clock_said(open: Open<'_>) {
    let day = 86_400;
    // Made by that clock, too.
    let store = open(Header::new(TimeLimits::default(), noon() + TimeDelta::seconds(day)).unwrap());
    let subject = SubjectKey::from_bytes([5; 16]);
    let key = Record::from(Fact::Key { id: SecretKey::generate().unwrap().id(), made: at(day) });
    let near = Fact::Subject { subject, cutoff: Cutoff::new(at(15), None), made: at(5) };
    store
        .append(&[
            id(9, at(-day)),
            id(1, at(-5)),
            id(2, at(day)),
            Fact::Everyone { cutoff: Cutoff::new(at(day), None), made: at(day) }.into(),
            near.into(),
            Fact::FirstUse { session: SessionId::from_bytes([1; 16]), generation: 1, at: at(day), expires_at: at(day) }
                .into(),
            key,
        ])
        .unwrap();
    store.purge(noon() + TimeDelta::minutes(1), 100).unwrap();
    store.vouch_anew(noon(), noon() + TimeDelta::seconds(20)).unwrap();
    let near = Fact::Subject { subject, cutoff: Cutoff::new(at(15), None), made: at(0) };
    let expected = set([id(1, at(-5)), id(2, at(0)), near.into(), key]);
    let header = store.header().unwrap();
    assert_eq!((header.created(), header.vouches_from()), (noon(), noon() + TimeDelta::seconds(20)));
    assert!(header.purged().is_none_or(|purged| purged <= noon()));
    assert_eq!(all(&*store), expected);
    drop(store);
    let store = open(self::header());
    assert_eq!((store.header().unwrap(), all(&*store)), (header, expected));
}

/// The newest record is forgotten: the store still is what it was, and whoever has read that record does not miss
/// what is appended next.
fn what_is_forgotten_last_leaves_its_place_to_nobody(open: Open<'_>) {
    let store = open(header());
    let session = SessionId::from_bytes([1; 16]);
    let first_use = Fact::FirstUse { session, generation: 1, at: at(0), expires_at: at(900) };
    store.append(&[id(1, at(0)), first_use.into()]).unwrap();
    let Page { cursor, .. } = store.read(&Cursor::start(), 100).unwrap();
    store.vouch_anew(noon(), noon() + TimeDelta::seconds(20)).unwrap();
    store.reopen().unwrap();
    drop(store);
    let store = open(header());
    store.append(&[id(2, at(1))]).unwrap();
    assert!(store.read(&cursor, 100).unwrap().records.contains(&id(2, at(1))));
}

/// The list itself over the store: everything that it knows is there after a restart.
fn a_list_knows_after_a_restart_what_it_knew_before(open: Open<'_>) {
    let list = |now: DateTime<Utc>| Denylist::builder().open_store_at(open(header()), now).unwrap();
    let begun = noon() + TimeDelta::minutes(1);
    let (key, other_key) = (SecretKey::generate().unwrap().id(), SecretKey::generate().unwrap().id());
    let spared = SessionId::from_bytes([200; 16]);
    let token = |n: u8, subject: &'static str, auth_time| TokenFacts {
        token_id: TokenId::from_bytes([n; 16]),
        session_id: SessionId::from_bytes([n; 16]),
        issuer: "https://app.example",
        subject,
        auth_time,
        key_id: other_key,
        prior_key_ids: &[],
    };
    let denylist = list(noon());
    let everyone = Revocation::Everyone { except: Some(SessionId::from_bytes([201; 16])) };
    denylist.revoke_at(everyone, noon() + TimeDelta::seconds(40)).wait().unwrap();
    for what in [
        TokenId::from_bytes([1; 16]).into(),
        Revocation::Session(SessionId::from_bytes([2; 16])),
        Revocation::Subject {
            issuer: "https://app.example".to_owned(),
            subject: "alice".to_owned(),
            except: Some(spared),
        },
        key.into(),
        other_key.into(),
    ] {
        denylist.revoke_at(what, begun).wait().unwrap();
    }
    denylist.forget_key_at(&other_key, begun).expect("it was revoked").wait().unwrap();
    drop(denylist);

    let look = |denylist: &Denylist, now: DateTime<Utc>| {
        let status = |token: TokenFacts<'_>| denylist.status_at(&token, now);
        assert_eq!(status(token(1, "bob", begun)), Status::Listed(EntryKind::Id));
        assert_eq!(status(token(2, "bob", begun)), Status::Listed(EntryKind::Id));
        assert_eq!(status(token(3, "alice", begun)), Status::Listed(EntryKind::Subject));
        assert_eq!(status(token(200, "alice", begun)), Status::NotListed);
        assert_eq!(status(TokenFacts { key_id: key, ..token(3, "bob", begun) }), Status::Listed(EntryKind::Key));
        assert_eq!(status(token(3, "bob", begun)), Status::NotListed);
        // The list vouches from 10 seconds after noon on; a cutoff that spares one is 50 seconds after it.
        let second = |seconds| noon() + TimeDelta::seconds(seconds);
        assert_eq!(status(token(201, "bob", second(10))), Status::Listed(EntryKind::Everyone));
        assert_eq!(status(token(201, "bob", second(11))), Status::NotListed);
        assert_eq!(status(token(3, "bob", second(50))), Status::Listed(EntryKind::Everyone));
    };
    for restart in 1..4 {
        let now = begun + TimeDelta::minutes(restart);
        let denylist = list(now);
        look(&denylist, now);
        assert_eq!(denylist.store_error(), None);
    }
    let late = begun + TimeDelta::hours(1);
    let denylist = list(late);
    assert_eq!(denylist.stats().ids, 0, "what has expired is left out");
    drop(denylist);
    // The clock stands far behind what was purged: everyone logs in once more, and then it is as ever.
    let denylist = list(noon());
    let begun = |seconds| token(9, "bob", noon() + TimeDelta::seconds(seconds));
    assert_eq!(denylist.status_at(&begun(20), noon()), Status::Listed(EntryKind::Everyone));
    assert_eq!(denylist.status_at(&begun(21), noon()), Status::NotListed);
    drop(denylist);
    let now = noon() + TimeDelta::seconds(30);
    assert_eq!(list(now).status_at(&begun(21), now), Status::NotListed, "once, and not at each restart");
}
