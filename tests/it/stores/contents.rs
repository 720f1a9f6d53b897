//! What stands in the file, and what a thief of it gets.

use std::collections::BTreeSet;

use hallpass::key::SecretKey;
use hallpass::store::{Contents, Cursor, RedbStore, pages};
use hallpass::{Issuer, KeyRing, Revocation, Verifier};
use redb::{ReadableDatabase as _, TableDefinition};

use super::{Place, database, header, id, rows};
use crate::support::{ISSUER, noon, seconds};

#[test]
fn nothing_in_the_file_can_be_used_as_a_token_or_names_anybody() {
    let place = Place::new();
    let denylist = place.open();
    let keys = KeyRing::generate_local().unwrap();
    let (issuer, verifier) = (Issuer::new(&keys, ISSUER, &denylist), Verifier::new(&keys, ISSUER, &denylist));
    let subject = "alice.canary@example.com";
    let at = |after| noon() + seconds(after);
    let token = issuer.login_at(subject, at(60)).unwrap();
    let session = verifier.verify_at(token.as_str(), at(60)).unwrap();
    let successor = issuer.renew_at(&session, at(400)).unwrap();
    let session = verifier.verify_at(successor.as_str(), at(400)).unwrap();
    denylist.revoke_at(session.elsewhere(), at(400)).wait().unwrap();
    denylist.revoke_at(&session, at(400)).wait().unwrap();
    let sid = session.session_id().to_bytes();
    let texts = [token.as_str().to_owned(), successor.as_str().to_owned(), keys.set().to_text().to_string()];
    drop((denylist, issuer, verifier));
    let file = std::fs::read(place.path()).unwrap();
    let holds = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
    assert!(holds(&sid), "this is the file, and it is not encrypted");
    for text in &texts {
        // Each part of it, and parts of the parts: all but what every token begins with.
        for part in text.split(['.', '\n', ' ']).filter(|part| part.len() >= 16) {
            assert!(!holds(part.as_bytes()) && !holds(&part.as_bytes()[..16]), "{part}");
        }
    }
    for name in [subject, "alice.canary", ISSUER] {
        assert!(!holds(name.as_bytes()), "{name}");
    }
}

/// So that no table of names is made once for all lists.
#[test]
fn two_lists_know_one_subject_by_two_names() {
    let names: Vec<_> = (0..2)
        .flat_map(|_| {
            let place = Place::new();
            let denylist = place.open();
            let alice = Revocation::Subject { issuer: ISSUER.to_owned(), subject: "alice".to_owned(), except: None };
            denylist.revoke_at(alice, noon()).wait().unwrap();
            drop(denylist);
            let store = RedbStore::open(place.path(), header()).unwrap();
            let page = pages(&store, Cursor::start(), 100).next().unwrap().unwrap();
            page.records.iter().map(|record| record.contents()).collect::<Vec<_>>()
        })
        .filter_map(|contents| match contents {
            Contents::Subject { hash, .. } => Some(hash),
            _ => None,
        })
        .collect();
    assert!(matches!(names[..], [one, other] if one != other), "{names:?}");
}

/// A process that is too old for a record must find it out by the header, when it opens the list, and not in the midst of
/// its work: records of a newer format wait for a header that allows them.
#[test]
fn no_record_is_of_a_newer_format_than_the_header() {
    let place = Place::new();
    let denylist = place.open();
    let keys = KeyRing::generate_local().unwrap();
    let (issuer, verifier) = (Issuer::new(&keys, ISSUER, &denylist), Verifier::new(&keys, ISSUER, &denylist));
    let at = |after| noon() + seconds(after);
    let token = issuer.login_at("alice", at(60)).unwrap();
    let session = verifier.verify_at(token.as_str(), at(60)).unwrap();
    let successor = issuer.renew_at(&session, at(400)).unwrap();
    verifier.verify_at(successor.as_str(), at(400)).unwrap();
    let key = SecretKey::generate().unwrap().id();
    for what in [id(1).into(), key.into(), Revocation::subject(ISSUER, "alice"), Revocation::Everyone { except: None }]
    {
        denylist.revoke_at(what, at(400)).wait().unwrap();
    }
    denylist.forget_key_at(&key, at(401)).unwrap().wait().unwrap();
    drop((denylist, issuer, verifier));

    let mut kinds = BTreeSet::new();
    let allowed = header_format(&place);
    for (_, row) in rows(&place.path()) {
        let mut rest = &row[..];
        while let Some((length, more)) = rest.split_first_chunk() {
            let (record, more) = more.split_at(u16::from_be_bytes(*length).into());
            assert!(u16::from(record[0]) <= allowed, "{record:?} in a file of format {allowed}");
            kinds.insert(record[1]);
            rest = more;
        }
    }
    assert_eq!(kinds, (1..=7).collect(), "all kinds that there are");
}

fn header_format(place: &Place) -> u16 {
    let list = TableDefinition::<&str, &[u8]>::new("hallpass");
    let table = database(&place.path()).begin_read().unwrap().open_table(list).unwrap();
    u16::from_be_bytes(*table.get("header").unwrap().unwrap().value().first_chunk().unwrap())
}
