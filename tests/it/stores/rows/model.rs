//! Rows under random steps, against a plain list.

use std::collections::HashSet;

use chrono::TimeDelta;
use hallpass::store::{Cursor, Record, Store as _};
use proptest::prelude::*;

use super::super::{Place, header};
use super::{all, at, new, read_on, record};
use crate::support::noon;

/// What is done with a store.
#[derive(Debug, Clone)]
enum Step {
    /// So many records of a kind, and when they were made, in minutes.
    Append {
        many: usize,
        kind: u8,
        after: i64,
    },
    Purge {
        most: usize,
        after: i64,
    },
    /// A reader goes on by a page.
    Read {
        reader: usize,
        most: usize,
    },
    VouchAnew,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..80, 0_u8..6, 0_i64..120).prop_map(|(many, kind, after)| Step::Append { many, kind, after }),
        3 => (1_usize..90, 0_i64..180).prop_map(|(most, after)| Step::Purge { most, after }),
        3 => (0_usize..3, 1_usize..50).prop_map(|(reader, most)| Step::Read { reader, most }),
        1 => Just(Step::VouchAnew),
        1 => Just(Step::Reopen),
    ]
}

/// What a record is about: vouching anew changes its moment.
fn about(record: &Record) -> Vec<u8> {
    let bytes = record.to_bytes();
    bytes[..if bytes[1] == 4 { 36 } else { 18 }].to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Nothing is lost but what has expired, nothing is there twice, and no reader misses anything, wherever in a row
    /// they stand.
    #[test]
    fn whatever_is_done_every_reader_comes_to_know_all_that_is_kept(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let place = Place::in_memory();
        let store = new(&place);
        let (mut made, mut kept) = (0_usize, HashSet::<Vec<u8>>::new());
        let mut readers = vec![(Cursor::start(), HashSet::<Vec<u8>>::new()); 3];
        for step in steps {
            match step {
                Step::Append { many, kind, after } => {
                    let moment = at(after * 60);
                    let record = |n: usize| {
                        let name = (n as u128).to_be_bytes();
                        match (kind, n % 4) {
                            // Keys and others in one row.
                            (0, 0) => record(4, &[&[0], &name, &name, &[0], &moment]),
                            (1, 0) => record(6, &[&name, &7_u32.to_be_bytes(), &moment, &moment]),
                            _ => record(1, &[&name, &moment]),
                        }
                    };
                    let records: Vec<_> = (made..made + many).map(record).collect();
                    made += many;
                    store.append(&records).unwrap();
                    kept.extend(records.iter().map(about));
                }
                Step::Purge { most, after } => {
                    let now = noon() + TimeDelta::minutes(after);
                    let before = all(&store);
                    let purged = store.purge(now, most).unwrap();
                    prop_assert!(purged.dropped <= most as u64);
                    let left: HashSet<_> = all(&store).iter().map(about).collect();
                    let expired = |record: &Record| {
                        record.kept_until(header().retention()).is_some_and(|until| until < now)
                    };
                    let (gone, stays): (Vec<_>, Vec<_>) =
                        before.into_iter().partition(|record| !left.contains(&about(record)));
                    prop_assert!(gone.iter().all(expired));
                    prop_assert_eq!(gone.len() as u64, purged.dropped);
                    if purged.more {
                        prop_assert!(stays.iter().any(expired));
                    }
                    kept = left;
                }
                Step::Read { reader, most } => {
                    let (cursor, seen) = &mut readers[reader];
                    let page = store.read(cursor, most).unwrap();
                    seen.extend(page.records.iter().map(about));
                    *cursor = page.cursor;
                }
                Step::VouchAnew => {
                    store.vouch_anew(noon() + TimeDelta::minutes(60), noon() + TimeDelta::minutes(61)).unwrap();
                    // First uses are forgotten.
                    kept.retain(|about| about[1] != 6);
                }
                Step::Reopen => store.reopen().unwrap(),
            }
            let now: Vec<_> = all(&store).iter().map(about).collect();
            prop_assert_eq!(now.len(), kept.len(), "some of it is there twice");
            prop_assert_eq!(&now.into_iter().collect::<HashSet<_>>(), &kept);
        }
        for (cursor, seen) in &mut readers {
            seen.extend(read_on(&store, cursor, 9).0.iter().map(about));
            prop_assert!(seen.is_superset(&kept));
        }
    }
}
