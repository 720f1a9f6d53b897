//! What a store need not keep any longer, since another record of it says as much.
//!
//! Keys are kept until they are forgotten by name, and each time that one is revoked again there is one more record of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Record;

/// So many records are looked at in one step.
pub(super) const MOST: usize = 10_000;

/// The places of those that say nothing which another of them does not say.
pub(super) fn superseded<P>(records: impl IntoIterator<Item = (P, Record)>) -> Vec<P> {
    let (mut newest, mut superseded) = (HashMap::new(), Vec::new());
    for (place, record) in records {
        match newest.entry(record.identity()) {
            Entry::Vacant(entry) => drop(entry.insert((place, record))),
            Entry::Occupied(mut entry) => {
                let known = entry.get().1;
                match known.join(record) {
                    joined if joined == known => superseded.push(place),
                    joined if joined == record => superseded.push(entry.insert((place, record)).0),
                    // Each says something.
                    _ => {}
                }
            }
        }
    }
    superseded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SessionId;
    use crate::key::KeyId;
    use crate::record::Fact;

    #[test]
    fn of_what_is_said_of_a_key_the_newest_stays_whatever_the_order() {
        let key = |byte| KeyId::from_bytes([&[0][..], &[byte; 33]].concat().try_into().unwrap()).unwrap();
        let revoked = |byte, made| Fact::Key { id: key(byte), made };
        let forgotten = |byte, made| Fact::KeyForgotten { id: key(byte), made };
        let records = [
            revoked(1, 5),
            revoked(1, -7),
            revoked(2, 0),
            forgotten(1, 9),
            revoked(1, 6),
            revoked(1, 6),
            forgotten(1, 8),
            forgotten(2, i64::MIN),
        ];
        let mut places = superseded(records.map(Record::from).into_iter().enumerate());
        places.sort_unstable();
        assert_eq!(places, [0, 1, 5, 6]);
    }

    #[test]
    fn what_says_something_that_no_other_does_stays() {
        let first_use = |at, expires_at| {
            Record::from(Fact::FirstUse { session: SessionId::from_bytes([1; 16]), generation: 1, at, expires_at })
        };
        assert_eq!(superseded([("early", first_use(1, 5)), ("long", first_use(2, 6))]), [""; 0]);
    }
}
