//! What readers see while others write.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use hallpass::store::{Cursor, SharedStore, Store as _, StoreErrorKind, pages};

use super::Scenario;
use super::server::{Server, Session};
use super::support::{all, id, look, numbers, open, refused};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a commit that comes late is read", a_commit_that_comes_late_is_read),
    ("a long transaction elsewhere keeps nothing back", a_long_transaction_elsewhere_keeps_nothing_back),
    ("a long transaction elsewhere makes no look long", a_long_transaction_elsewhere_makes_no_look_long),
    ("what comes while pages are read is not missed", what_comes_while_pages_are_read_is_not_missed),
    ("a read writes nothing until much has come", a_read_writes_nothing_until_much_has_come),
    ("a read before the first look writes nothing", a_read_before_the_first_look_writes_nothing),
    ("what can't be read is told", what_cannot_be_read_is_told),
];

pub(crate) fn insert(n: u32) -> String {
    let bytes: String = id(n).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("insert into hallpass_records (kept_until, forbids, record) values (null, true, '\\x{bytes}')")
}

/// Its number is lower than that of a row which was read before it: whoever reads on by numbers misses it for ever.
fn a_commit_that_comes_late_is_read() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    let mut late = server.session(&database);
    late.say("begin");
    late.say(&insert(1));
    store.append(&[id(2)]).unwrap();
    let first = look(&store, &Cursor::start()).page;
    assert_eq!(numbers(&first.records), [2].into());
    let second = look(&store, &first.cursor).page;
    assert_eq!(numbers(&second.records), [].into());
    late.say("commit");
    let third = look(&store, &second.cursor).page;
    assert_eq!(numbers(&third.records), [1].into(), "the late one");
    assert_eq!(numbers(&look(&store, &third.cursor).page.records), [].into(), "once");
    // And for somebody who was in the midst of his pages.
    late.say("begin");
    late.say(&insert(3));
    store.append(&[id(4), id(5), id(6)]).unwrap();
    let page = store.look(&third.cursor, 2).unwrap().page;
    assert!(!page.is_last);
    late.say("commit");
    let mut found = numbers(&page.records);
    let mut cursor = page.cursor;
    for _ in 0..4 {
        let page = store.look(&cursor, 2).unwrap().page;
        found.extend(numbers(&page.records));
        cursor = page.cursor;
    }
    assert_eq!(found, [3, 4, 5, 6].into());
}

/// One that has written, in a database of its own.
fn long_transaction(server: &Server) -> Session {
    let mut long = server.session(&server.database());
    long.say("create table held (n int)");
    long.say("begin");
    long.say("insert into held values (1)");
    long
}

fn a_long_transaction_elsewhere_keeps_nothing_back() {
    let server = Server::start("");
    let (database, _long) = (server.database(), long_transaction(&server));
    let store = open(&server, &database);
    let mut cursor = Cursor::start();
    for n in 0..10 {
        store.append(&[id(n)]).unwrap();
        let page = look(&store, &cursor).page;
        assert_eq!(numbers(&page.records), [n].into(), "at once, and once");
        cursor = page.cursor;
    }
}

/// Whatever was read before is not read again, though no horizon goes on.
fn a_long_transaction_elsewhere_makes_no_look_long() {
    let server = Server::start("");
    let (database, _long) = (server.database(), long_transaction(&server));
    let store = open(&server, &database);
    let records: Vec<_> = (0..20_000).map(id).collect();
    store.append(&records).unwrap();
    let mut cursor = Cursor::start();
    while !{
        let page = look(&store, &cursor).page;
        cursor = page.cursor;
        page.is_last
    } {}
    // The engine tells what a connection has done once that has ended.
    drop(store);
    let fetched = || {
        std::thread::sleep(Duration::from_millis(500));
        let sum = "select coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0) from pg_stat_user_tables
            where relname = 'hallpass_records'";
        server.sql(&database, sum).parse::<u64>().unwrap()
    };
    let before = fetched();
    assert!(before >= 20_000, "{before}");
    let store = open(&server, &database);
    for _ in 0..20 {
        cursor = look(&store, &cursor).page.cursor;
    }
    drop(store);
    let rows = fetched() - before;
    assert!(rows < 1_000, "{rows} rows are fetched by 20 looks at nothing new");
}

fn what_comes_while_pages_are_read_is_not_missed() {
    let server = Server::start("");
    let database = server.database();
    let mut late = server.session(&database);
    // Others begin later meanwhile, and are read before it.
    nothing_is_missed(
        || open(&server, &database),
        |n| {
            late.say("begin");
            late.say(&insert(n));
            std::thread::sleep(Duration::from_millis(15));
            late.say("commit");
        },
    );
}

/// What stores append, and what somebody does in a way of their own.
pub(crate) fn nothing_is_missed<S: SharedStore>(open: impl Fn() -> S, mut append: impl FnMut(u32) + Send) {
    let (writer, reader) = (open(), open());
    std::thread::scope(|scope| {
        for part in 0..4_u32 {
            let store = if part == 0 { None } else { Some(open()) };
            let writer = &writer;
            scope.spawn(move || {
                for n in 0..50 {
                    store.as_ref().unwrap_or(writer).append(&[id(part * 1000 + n)]).unwrap();
                    // So that the reader keeps up with them, and stands where they are just writing.
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
        scope.spawn(|| (4000..4040).for_each(&mut append));
        let (mut found, mut cursor) = (HashSet::new(), Cursor::start());
        let until = Instant::now() + Duration::from_secs(30);
        while found.len() < 240 {
            let page = reader.look(&cursor, 3).unwrap().page;
            found.extend(numbers(&page.records));
            cursor = page.cursor;
            assert!(Instant::now() < until, "only {} are read", found.len());
        }
    });
    assert_eq!(all(&writer).len(), 240);
}

/// Nor does it move the cursor, since a crash might forget what it has seen.
fn a_read_writes_nothing_until_much_has_come() {
    let server = Server::start("");
    let database = server.database();
    let (writer, reader) = (open(&server, &database), open(&server, &database));
    let written = || server.sql(&database, "select sum(beat) from hallpass_processes");
    let cursor = look(&reader, &Cursor::start()).page.cursor;
    for n in 0..10 {
        writer.append(&[id(n)]).unwrap();
        let before = written();
        let page = reader.read(&cursor, 1000).unwrap();
        assert_eq!((numbers(&page.records), page.is_last), ((0..=n).collect(), true));
        assert_eq!((page.cursor, written()), (cursor.clone(), before));
    }
    writer.append(&(10..100).map(id).collect::<Vec<_>>()).unwrap();
    let before = written();
    let page = reader.read(&cursor, 1000).unwrap();
    assert_eq!((numbers(&page.records), page.is_last), ((0..100).collect(), true));
    assert!(page.cursor != cursor && written() != before);
    assert_eq!(numbers(&reader.read(&page.cursor, 1000).unwrap().records), [].into());
}

/// Whatever there is, and comes meanwhile: who copies a list is nobody who attends to it.
fn a_read_before_the_first_look_writes_nothing() {
    let server = Server::start("");
    let database = server.database();
    let (writer, reader) = (open(&server, &database), open(&server, &database));
    let mut late = server.session(&database);
    late.say("begin");
    late.say(&insert(200));
    writer.append(&(0..200).map(id).collect::<Vec<_>>()).unwrap();
    server.sql(&database, "insert into hallpass_records (forbids, record) values (true, '\\x01ff')");
    let written = || server.sql(&database, "select * from hallpass_processes");
    let before = written();
    let page = reader.read(&Cursor::start(), 100).unwrap();
    assert_eq!((page.records.len(), page.is_last), (100, false));
    late.say("commit");
    let rest = reader.read(&page.cursor, 1000).unwrap();
    assert_eq!((rest.records.len(), rest.malformed, rest.is_last), (100, 1, true));
    for most in [1, 64, 1000] {
        let pages = pages(&reader, rest.cursor.clone(), most).map(|page| page.unwrap());
        let found: HashSet<_> = pages.flat_map(|page| numbers(&page.records)).collect();
        assert_eq!(found, (0..=200).collect(), "the late one comes next");
    }
    assert_eq!(written(), before);
}

fn what_cannot_be_read_is_told() {
    let server = Server::start("");
    let database = server.database();
    let store = open(&server, &database);
    for cursor in [&b"x"[..], b"1:2:;;0;0;0", b"';drop table hallpass_records;--"] {
        let cursor = Cursor::from_bytes(cursor);
        assert_eq!(refused(1.0, || store.read(&cursor, 10)).kind(), StoreErrorKind::Foreign);
        assert_eq!(refused(1.0, || store.look(&cursor, 10)).kind(), StoreErrorKind::Foreign);
    }
    store.append(&[id(1)]).unwrap();
    server.sql(&database, "insert into hallpass_records (forbids, record) values (true, '\\x01ff')");
    let page = look(&store, &Cursor::start()).page;
    assert_eq!((numbers(&page.records), page.malformed), ([1].into(), 1));
    server.sql(&database, "insert into hallpass_records (forbids, record) values (true, '\\x0201')");
    let newer = StoreErrorKind::Newer { version: 2 };
    assert_eq!(refused(1.0, || store.look(&Cursor::start(), 10)).kind(), newer);
    assert_eq!(refused(1.0, || store.read(&page.cursor, 10)).kind(), newer);
}
