//! Arbitrary bytes as a record or a header of a store: each has one spelling, and a list takes whatever is read.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hallpass::SessionId;
use hallpass::key::KeyId;
use hallpass::store::{Begun, Contents, HEADER_FORMAT, Header, HeaderError, RECORD_FORMAT, Record, RecordError};

use super::world::noon;

/// A session's id, and the cutoff that holds for it alone.
const EXEMPT: usize = 24;
/// In microseconds: from a second to thirty days.
const LIFETIMES: RangeInclusive<i64> = 1_000_000..=2_592_000_000_000;

/// A `0` and the bytes of a record, or a `1` and those of a header. Read exactly if a second opinion finds nothing
/// wrong, and written back the same.
pub fn record(data: &[u8]) -> bool {
    match data {
        [b'0', bytes @ ..] => is_record(bytes),
        [b'1', bytes @ ..] => is_header(bytes),
        _ => false,
    }
}

fn is_record(bytes: &[u8]) -> bool {
    match Record::from_bytes(bytes) {
        Ok(record) => {
            assert!(is_good_record(bytes), "read, though it is none");
            assert_eq!(record.to_bytes(), bytes);
            says_what_it_is_made_of(&record, bytes);
            #[cfg(feature = "testing")]
            is_loaded(record);
            true
        }
        Err(RecordError::Newer { version }) => {
            assert!(bytes[0] == version && version > RECORD_FORMAT);
            false
        }
        Err(error) => {
            assert!(!is_good_record(bytes), "a record, and not read: {error}");
            false
        }
    }
}

/// What the table in `src/record/bytes.rs` says.
pub(super) fn is_good_record(bytes: &[u8]) -> bool {
    let [1, kind, fields @ ..] = bytes else { return false };
    let moment = |at: usize| i64::from_be_bytes(fields[at..at + 8].try_into().expect("eight"));
    let cutoff = |at: usize| match fields.len().checked_sub(at) {
        Some(8) => true,
        Some(len) => len == 8 + EXEMPT && moment(at + 24) < moment(at),
        None => false,
    };
    match kind {
        1 => fields.len() == 24,
        2 => cutoff(24),
        3 => cutoff(8),
        4 | 5 => fields.len() == 42 && fields[0] < 2,
        6 => fields.len() == 36 && fields[16..20] != [0; 4],
        7 => fields.len() == 8,
        _ => false,
    }
}

/// A moment of a store's or an engine's; beyond the calendar, its ends.
pub(super) fn moment(micros: i64) -> DateTime<Utc> {
    let end = if micros < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(micros).unwrap_or(end)
}

/// What a person is shown is what stands in the bytes.
fn says_what_it_is_made_of(record: &Record, bytes: &[u8]) {
    let [_, kind, fields @ ..] = bytes else { panic!("read, though it is none") };
    let moment = |at: usize| moment(i64::from_be_bytes(fields[at..at + 8].try_into().expect("eight")));
    let id = |at: usize| *fields[at..].first_chunk().expect("sixteen");
    let is_begun = |begun: Begun, at: usize| {
        let except = fields.get(at + 8..at + 24).map(|id| SessionId::from_bytes(id.try_into().expect("sixteen")));
        (begun.by, begun.except) == (moment(at), except)
    };
    let is_key = |id: KeyId| {
        let kind = ["k4.pid.", "k4.lid."][usize::from(fields[0])];
        id.to_string() == format!("{kind}{}", URL_SAFE_NO_PAD.encode(&fields[1..34]))
    };
    let is_said = match (kind, record.contents()) {
        (1, Contents::Id { id: said, made }) => (said, made) == (id(0), moment(16)),
        (2, Contents::Subject { hash, begun, made }) => (hash, made) == (id(0), moment(16)) && is_begun(begun, 24),
        (3, Contents::Everyone { begun, made }) => made == moment(0) && is_begun(begun, 8),
        (4, Contents::Key { id, made }) | (5, Contents::KeyForgotten { id, made }) => is_key(id) && made == moment(34),
        (6, Contents::FirstUse { session, generation, at }) => {
            (session.to_bytes(), at) == (id(0), moment(20)) && fields[16..20] == generation.to_be_bytes()
        }
        (7, Contents::Issued { at }) => at == moment(0),
        _ => false,
    };
    assert!(is_said, "{bytes:?}: {:?}", record.contents());
}

/// Whatever moments are in it, a list that finds it in its store opens, and so it does once it has expired.
#[cfg(feature = "testing")]
fn is_loaded(record: Record) {
    use hallpass::Denylist;
    use hallpass::store::Store;
    use hallpass::testing::MemoryEngine;
    use hallpass::time::TimeLimits;

    let header = Header::new(TimeLimits::default(), noon()).expect("a random generator");
    let store = MemoryEngine::new().open(header).expect("in a good mood");
    store.append(&[record]).expect("in a good mood");
    let copy = || Denylist::builder().capacity(1).copy_of(&store).expect("it can be read");
    let _ = copy();
    let until = record.kept_until(header.retention());
    let purged = store.purge(noon(), 1).expect("in a good mood").dropped;
    assert_eq!(purged == 1, until.is_some_and(|until| until < noon()));
    let (now, from) = (noon() - TimeDelta::hours(9), noon() - TimeDelta::hours(8));
    store.vouch_anew(now, from).expect("in a good mood");
    let _ = copy();
}

pub(super) fn is_header(bytes: &[u8]) -> bool {
    let version = bytes.first_chunk().map(|version| u16::from_be_bytes(*version));
    let is_good = || {
        let lifetime = i64::from_be_bytes(bytes[18..26].try_into().expect("eight"));
        version == Some(1) && LIFETIMES.contains(&lifetime)
    };
    match Header::from_bytes(bytes) {
        Ok(header) => {
            assert!(bytes.len() == 58 && is_good(), "read, though it is none");
            assert_eq!(header.to_bytes(), bytes);
            let micros = |at: usize| i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight"));
            assert_eq!([header.created(), header.vouches_from()], [2, 10].map(|at| moment(micros(at))));
            assert_eq!(header.longest_lifetime(), TimeDelta::microseconds(micros(18)));
            assert_eq!(header.epoch(), bytes[42..]);
            assert_eq!(Header::from_bytes(&header.with_purged(Some(noon())).to_bytes()), Ok(header));
            assert_eq!(header.retention(), header.longest_lifetime() + TimeDelta::minutes(5));
            let anew = header.anew(noon(), noon() + TimeDelta::seconds(20));
            assert_eq!((anew.created(), anew.epoch()), (noon(), header.epoch()));
            // Its secret is not shown.
            let shown = format!("{header:?}");
            let (secret, epoch) = (&bytes[26..42], &bytes[42..]);
            assert!(!shown.contains("secret") && (secret == epoch || !shown.contains(&format!("{secret:?}"))));
            true
        }
        Err(HeaderError::Newer { version: newer }) => {
            assert!(version == Some(newer) && newer > HEADER_FORMAT);
            false
        }
        Err(error) => {
            assert!(bytes.len() != 58 || !is_good(), "a header, and not read: {error}");
            false
        }
    }
}
