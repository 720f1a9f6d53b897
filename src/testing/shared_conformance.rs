//! What a store must do besides, if many processes share it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a suite says what is wrong by panicking"
)]

use std::time::Duration;

use chrono::TimeDelta;

use crate::record::{Fact, Record};
use crate::store::{Cursor, Header, Look, SharedStore, StoreError};
use crate::time::{Monotonic, TimeLimits, micros, now};

/// Longer than any of the waits that are to end at once.
const LONG: Duration = Duration::from_secs(60);

/// Runs the suite over a store that many processes share, where all is well; it asks for nothing that
/// [`store_conformance`](super::store_conformance) asks for already. What becomes of a store whose engine fails, or has lost
/// something, is for tests that can make it fail.
///
/// `engine` makes an empty place for a store, again for each test; what it returns opens the store there, as one more
/// process would: the first time as a new one with the header that it is given, and later as it is.
///
/// # Panics
/// When the store does not do what [`SharedStore`] says.
pub fn shared_store_conformance<S: SharedStore, O: Fn(Header) -> Result<S, StoreError>>(engine: impl Fn() -> O) {
    let checks: [fn(Open<'_>); 5] = [
        the_first_header_is_everybodys,
        what_one_appends_the_others_see_next,
        a_look_gives_page_after_page,
        a_wait_ends_when_it_is_woken_and_by_itself,
        of_several_who_begin_an_epoch_one_is_the_first,
    ];
    for check in checks {
        let open = engine();
        check(&|| Box::new(open(Header::new(TimeLimits::default(), now()).unwrap()).expect("opens")));
    }
}

type Open<'a> = &'a dyn Fn() -> Box<dyn SharedStore>;

fn id(n: u8) -> Record {
    Fact::Id { id: [n; 16], made: now().timestamp_micros() }.into()
}

/// One look, in which nothing is lost and nothing malformed.
fn look(store: &dyn SharedStore, since: &Cursor, most: usize) -> Look {
    let look = store.look(since, most).unwrap();
    assert!(!look.has_lost && look.page.malformed == 0, "nothing was lost: {look:?}");
    look
}

fn the_first_header_is_everybodys(open: Open<'_>) {
    let (one, other) = (open(), open());
    assert!(one.is_shared(), "so that nobody opens a list over it as if it were alone");
    let header = one.header().unwrap();
    assert_eq!(other.header().unwrap(), header);
    assert_eq!([look(&*one, &Cursor::start(), 10).header, look(&*other, &Cursor::start(), 10).header], [header; 2]);
}

fn what_one_appends_the_others_see_next(open: Open<'_>) {
    let stores = [open(), open(), open()];
    let mut cursors = [Cursor::start(), Cursor::start(), Cursor::start()];
    for n in 0..12 {
        let record = id(n);
        stores[usize::from(n) % 3].append(std::slice::from_ref(&record)).unwrap();
        for (store, cursor) in stores.iter().zip(&mut cursors) {
            let Look { page, .. } = look(&**store, cursor, 1_000);
            assert!(page.is_last && page.records.contains(&record), "{n} was acknowledged before");
            *cursor = page.cursor;
        }
    }
}

fn a_look_gives_page_after_page(open: Open<'_>) {
    let (one, other) = (open(), open());
    let records: Vec<Record> = (0..20).map(id).collect();
    one.append(&records).unwrap();
    let (mut found, mut cursor) = (Vec::new(), Cursor::start());
    for looks in 0.. {
        assert!(looks < 1_000, "looking does not end");
        let Look { page, .. } = look(&*other, &cursor, 3);
        found.extend(page.records);
        cursor = page.cursor;
        if page.is_last {
            break;
        }
    }
    assert!(records.iter().all(|record| found.contains(record)));
}

fn a_wait_ends_when_it_is_woken_and_by_itself(open: Open<'_>) {
    let store = open();
    look(&*store, &Cursor::start(), 10);
    let begin = Monotonic::start();
    store.wake();
    store.wait(LONG);
    store.wait(Duration::from_millis(50));
    assert!(begin.micros() < 20_000_000, "a wait goes on");
}

fn of_several_who_begin_an_epoch_one_is_the_first(open: Open<'_>) {
    let (one, other) = (open(), open());
    let (known, record) = (one.header().unwrap(), id(1));
    one.append(std::slice::from_ref(&record)).unwrap();
    let (now, from) = (now(), now() + TimeDelta::seconds(20));
    one.begin_epoch(&known, now, from).unwrap();
    let Look { header, page, .. } = look(&*other, &Cursor::start(), 100);
    assert!(header.epoch() != known.epoch() && micros(header.vouches_from() - from).abs() <= 1);
    assert!(page.records.contains(&record), "what is there counts as before");
    other.begin_epoch(&known, now, from + TimeDelta::seconds(1)).unwrap();
    assert_eq!([one.header().unwrap(), other.header().unwrap()], [header; 2], "another one has begun it");
}
