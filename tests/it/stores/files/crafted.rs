//! Files that redb reads well, and in which something else is written.

use std::fs;

use hallpass::key::SecretKey;
use hallpass::status::{EntryKind, Status, TokenFacts};
use hallpass::store::{RedbStore, StoreErrorKind};
use hallpass::{Denylist, DenylistError, SessionId, TokenId};
use redb::{Database, ReadableDatabase as _, TableDefinition};

use super::super::{RECORDS, put_last, row};
use super::{Place, fill, has_all, is_refused, refused};
use crate::support::{ISSUER, noon, seconds};

const LIST: TableDefinition<&str, &[u8]> = TableDefinition::new("hallpass");

/// The database of a list that was filled and closed.
fn database(place: &Place) -> Database {
    fill(place);
    super::super::database(&place.path())
}

/// Changes the header of a list that was filled; `None` takes it away.
fn with_header(change: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) -> Place {
    let place = Place::new();
    let database = database(&place);
    let header = database.begin_read().unwrap().open_table(LIST).unwrap().get("header").unwrap().unwrap();
    put(&database, "header", change(header.value().to_vec()).as_deref());
    place
}

/// Puts this in the place of what there is one of, or nothing.
fn put(database: &Database, name: &str, value: Option<&[u8]>) {
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction.open_table(LIST).unwrap();
        match value {
            Some(value) => drop(table.insert(name, value).unwrap()),
            None => drop(table.remove(name).unwrap()),
        }
    }
    transaction.commit().unwrap();
}

/// A list that was filled, and one row more, of these bytes.
fn with_row(row: &[u8]) -> Place {
    let place = Place::new();
    fill(&place);
    put_last(&place.path(), row);
    place
}

#[test]
fn a_newer_format_is_left_to_whoever_knows_it() {
    let place = with_header(|mut header| {
        header[..2].copy_from_slice(&2_u16.to_be_bytes());
        header.extend_from_slice(b"and something new");
        Some(header)
    });
    is_refused(&place.path(), StoreErrorKind::Newer { version: 2 });
}

#[test]
fn nobody_goes_on_without_a_record_of_a_newer_format() {
    let place = with_row(&row(&[b"\x02 whatever this may be"]));
    assert_eq!(refused(&place.path()), StoreErrorKind::Newer { version: 2 });
    let store = RedbStore::open_read_only(place.path()).unwrap();
    let error = Denylist::builder().copy_of(&store).unwrap_err();
    assert!(matches!(&error, DenylistError::Store(error) if error.kind() == StoreErrorKind::Newer { version: 2 }));
}

#[test]
fn a_record_that_cannot_be_read_hides_no_other_and_logs_everyone_out_once() {
    let records =
        [&b""[..], b"\x00", b"\x01", b"\x01\x63", b"\x01\x01 too short", &[1; 100]].map(|record| row(&[record]));
    // And what is no row of records: nothing, half a length, less than the length says.
    for row in records.into_iter().chain([&b""[..], b"\x00", b"\x00\x1a\x01\x01"].map(Vec::from)) {
        let place = with_row(&row);
        // It may have been anybody's logout. Once, and the next opening knows nothing of it.
        for malformed in [1, 0] {
            let denylist = place.open();
            assert_eq!(denylist.stats().malformed, malformed);
            assert_eq!((denylist.stats().ids, denylist.stats().subjects), (300, 30));
            let token = |begun| {
                TokenFacts::new(
                    TokenId::from_bytes([251; 16]),
                    SessionId::from_bytes([251; 16]),
                    ISSUER,
                    "somebody else",
                    noon() + seconds(begun),
                    SecretKey::generate().unwrap().id(),
                )
            };
            assert_eq!(denylist.status_at(&token(20), noon()), Status::Listed(EntryKind::Everyone));
            assert_eq!(denylist.status_at(&token(21), noon()), Status::NotListed);
        }
    }
}

#[test]
fn without_its_header_it_is_no_denylist() {
    is_refused(&with_header(|_| None).path(), StoreErrorKind::Foreign);
}

#[test]
fn a_header_that_says_nonsense_is_damaged() {
    for change in [
        |_: Vec<u8>| Some(Vec::new()),
        |header: Vec<u8>| Some(header[..header.len() - 1].to_vec()),
        |header: Vec<u8>| Some([&header[..], b"\x00"].concat()),
        // Of format 0.
        |mut header: Vec<u8>| {
            header[..2].fill(0);
            Some(header)
        },
        // A longest lifetime that nobody may set.
        |mut header: Vec<u8>| {
            header[18..26].fill(0xff);
            Some(header)
        },
    ] {
        is_refused(&with_header(change).path(), StoreErrorKind::Damaged);
    }
}

/// As if it had never been purged, it would vouch for what it has forgotten; numbered from the start, records would be
/// missed by whoever reads on.
#[test]
fn a_latest_purge_and_a_next_number_that_say_nonsense_are_damage() {
    let nonsense = [&b""[..], &[0; 7], &[0; 9]];
    for (name, value) in ["purged", "next"].into_iter().flat_map(|name| nonsense.map(|value| (name, value))) {
        let place = Place::new();
        put(&database(&place), name, Some(value));
        is_refused(&place.path(), StoreErrorKind::Damaged);
    }
    // No moment is so far from now.
    let place = Place::new();
    put(&database(&place), "purged", Some(&[127; 8]));
    is_refused(&place.path(), StoreErrorKind::Damaged);
}

#[test]
fn a_redb_file_of_somebody_elses_is_foreign() {
    let place = Place::new();
    let make = |fill: fn(&redb::WriteTransaction)| {
        let _ = fs::remove_file(place.path());
        let database = Database::create(place.path()).unwrap();
        let transaction = database.begin_write().unwrap();
        fill(&transaction);
        transaction.commit().unwrap();
    };
    let contents: [fn(&redb::WriteTransaction); 4] = [
        // Nothing.
        |_| (),
        |transaction| {
            let mut table = transaction.open_table(TableDefinition::<u64, u64>::new("accounts")).unwrap();
            table.insert(1, 2).unwrap();
        },
        // Tables of our names.
        |transaction| {
            transaction.open_table(TableDefinition::<u64, u64>::new("hallpass")).unwrap();
            transaction.open_table(TableDefinition::<u64, u64>::new("records")).unwrap();
        },
        |transaction| {
            transaction.open_table(LIST).unwrap();
            transaction.open_table(RECORDS).unwrap();
        },
    ];
    for content in contents {
        make(content);
        is_refused(&place.path(), StoreErrorKind::Foreign);
    }
}

#[test]
fn without_its_records_it_is_refused() {
    let place = Place::new();
    let database = database(&place);
    let transaction = database.begin_write().unwrap();
    transaction.delete_table(RECORDS).unwrap();
    transaction.commit().unwrap();
    drop(database);
    is_refused(&place.path(), StoreErrorKind::Foreign);
}

#[test]
fn what_redb_itself_wrote_without_a_change_is_still_whole() {
    let place = Place::new();
    drop(database(&place));
    assert!(has_all(&place.open()));
}
