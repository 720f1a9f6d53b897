//! What is done to a store, chosen by chance.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::KeyId;
use hallpass::store::{Header, Record};
use hallpass::testing::MemoryEngine;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Revocation, TokenId};

use crate::chance::Chance;
use crate::kept::{Deed, Kept};

pub(crate) const ISSUER: &str = "https://app.example";

#[derive(Clone)]
pub(crate) enum Act {
    Do(Deed),
    /// The process ends as it should, and begins anew.
    Restart,
    /// The store is reopened, as after an error.
    Reopen,
    /// A denylist revokes these, one after the other, and waits for each.
    Revoke {
        ids: Vec<TokenId>,
        now: DateTime<Utc>,
    },
}

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

/// The header of the list, the same each time.
pub(crate) fn header() -> Header {
    header_with(1)
}

/// That of another list, with which nothing must begin that is there already.
pub(crate) fn another_header() -> Header {
    header_with(2)
}

fn header_with(secret: u8) -> Header {
    let mut bytes = Header::new(TimeLimits::default(), noon()).unwrap().to_bytes();
    let secrets = bytes.len() - 32;
    bytes[secrets..].fill(secret);
    Header::from_bytes(&bytes).unwrap()
}

/// So many things to do. Time goes by in hours: what is revoked in the first minutes of an hour has expired, all
/// of it and nothing later, well before its end.
pub(crate) fn plan(chance: &mut Chance, len: usize) -> Vec<Act> {
    let mut plan = Vec::new();
    let mut hour = noon() + TimeDelta::hours(1);
    let mut now = hour;
    while plan.len() < len {
        now += TimeDelta::seconds(1);
        match chance.below(16) {
            0..7 => {
                let count = chance.one_of(&[1, 1, 1, 3, 3, 64, 64, 500]);
                plan.push(Act::Do(Deed::Append(records(chance, count, now))));
            }
            7 | 8 => {
                let ids = (0..1 + chance.below(6)).map(|_| id(chance)).collect();
                plan.push(Act::Revoke { ids, now });
            }
            9..12 => {
                let most = chance.one_of(&[10, 300, 1000]);
                let is_all = chance.one_in(2);
                let as_of = hour + TimeDelta::minutes(if is_all { 40 } else { -20 });
                for _ in 0..1 + chance.below(3) {
                    plan.push(Act::Do(Deed::Purge { now: as_of, most }));
                }
                if is_all || chance.one_in(2) {
                    hour += TimeDelta::hours(1);
                    now = hour;
                }
            }
            12 => {
                let now = hour + TimeDelta::seconds(2);
                plan.push(Act::Do(Deed::VouchAnew { now, from: now + TimeDelta::seconds(20) }));
            }
            13 => plan.push(Act::Reopen),
            _ => plan.push(Act::Restart),
        }
    }
    plan
}

pub(crate) fn id(chance: &mut Chance) -> TokenId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&chance.next().to_be_bytes());
    id[8..].copy_from_slice(&chance.next().to_be_bytes());
    TokenId::from_bytes(id)
}

/// Records as a denylist makes them: of tokens mostly, and of some subjects and keys.
pub(crate) fn records(chance: &mut Chance, count: usize, now: DateTime<Utc>) -> Vec<Record> {
    let engine = MemoryEngine::new();
    let open = || engine.open(header()).unwrap();
    let denylist = Denylist::builder().capacity(100_000).open_store_at(open(), now).unwrap();
    for n in 0..count {
        let what = match chance.below(20) {
            0 | 1 => Revocation::subject(ISSUER, format!("user {}", chance.next())),
            2 => Revocation::Key(key(chance)),
            _ => id(chance).into(),
        };
        drop(denylist.revoke_at(what, now + TimeDelta::microseconds(n as i64)));
    }
    drop(denylist);
    Kept::by(&open()).unwrap().records().to_vec()
}

fn key(chance: &mut Chance) -> KeyId {
    let letters: String = (0..44).map(|_| chance.one_of(&['A', 'b', '7'])).collect();
    format!("k4.pid.{letters}").parse().unwrap()
}
