//! Records, headers and files that have a name.

use hallpass_fuzz::store::{Change, changes};

use super::{Seeds, named};

/// 2026-11-23T12:00:00Z, 15 minutes later, and an hour before, in microseconds.
const NOON: [u8; 8] = 1_795_435_200_000_000_i64.to_be_bytes();
const LATER: [u8; 8] = 1_795_436_100_000_000_i64.to_be_bytes();
const BEFORE: [u8; 8] = 1_795_431_600_000_000_i64.to_be_bytes();

/// A header of a list, of that format, for tokens that live up to so many microseconds.
pub(super) fn header(version: u8, lifetime: i64) -> Vec<u8> {
    [&[0, version], &NOON[..], &LATER, &lifetime.to_be_bytes(), &[5; 16], &[6; 16]].concat()
}

pub(super) fn records() -> Seeds {
    let record = |kind: u8, fields: &[&[u8]]| [&[b'0', 1, kind], &*fields.concat()].concat();
    let header = |version: u8, lifetime: i64| [&b"1"[..], &header(version, lifetime)].concat();
    let (id, key) = ([7; 16], [0; 34]);
    let usual = header(1, 900_000_000);
    let seeds: Vec<(&str, Vec<u8>)> = vec![
        ("ok-id", record(1, &[&id, &NOON])),
        ("ok-id-before-all-time", record(1, &[&id, &i64::MIN.to_be_bytes()])),
        ("ok-id-after-all-time", record(1, &[&id, &i64::MAX.to_be_bytes()])),
        ("ok-subject", record(2, &[&id, &NOON, &LATER])),
        ("ok-subject-but-one", record(2, &[&id, &NOON, &LATER, &id, &NOON])),
        ("ok-everyone", record(3, &[&NOON, &LATER])),
        ("ok-everyone-but-one", record(3, &[&NOON, &LATER, &id, &i64::MIN.to_be_bytes()])),
        ("ok-key", record(4, &[&key, &NOON])),
        ("ok-key-forgotten", record(5, &[&[1], &key[1..], &NOON])),
        ("ok-first-use", record(6, &[&id, &[0, 0, 0, 1], &NOON, &LATER])),
        ("ok-header", usual.clone()),
        ("ok-header-a-second", header(1, 1_000_000)),
        ("ok-header-thirty-days", header(1, 2_592_000_000_000)),
        ("no-id-too-short", record(1, &[&id, &NOON[1..]])),
        ("no-id-too-long", record(1, &[&id, &NOON, &[0]])),
        ("no-exempt-from-what-holds-anyway", record(3, &[&NOON, &LATER, &id, &LATER])),
        ("no-half-an-exemption", record(2, &[&id, &NOON, &LATER, &id])),
        ("no-key-of-a-secret-half", record(4, &[&[2], &key[1..], &NOON])),
        ("no-first-use-of-generation-0", record(6, &[&id, &[0; 4], &NOON, &LATER])),
        ("no-kind-8", record(8, &[&id, &NOON])),
        ("ok-issued", record(7, &[&NOON])),
        ("no-record-of-format-0", [&[b'0', 0, 1], &id[..], &NOON].concat()),
        ("no-newer-record", [&[b'0', 2, 1], &id[..], &NOON].concat()),
        ("no-newer-header", header(2, 900_000_000)),
        ("no-header-of-format-0", header(0, 900_000_000)),
        ("no-header-below-a-second", header(1, 999_999)),
        ("no-header-above-thirty-days", header(1, 2_592_000_000_001)),
        ("no-header-too-short", usual[..58].to_vec()),
    ];
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

/// A file's own bytes, or changes of a genuine file.
pub(super) fn stores() -> Seeds {
    use Change::*;

    /// The byte that says which commit counts, and how the file was closed.
    const GOD_BYTE: (u16, u8) = (0x8000, 9);
    let flip = |(at, fine), bit| Flip { at, fine, bit };
    let byte = |at: usize| (0x8000 + u16::try_from(at / 16).expect("near"), u8::try_from(at % 16).expect("below"));
    let changed: [(&str, u8, Vec<Change>); 14] = [
        ("ok-as-it-was", b'1', vec![]),
        ("ok-killed", b'2', vec![]),
        ("no-first-byte", b'1', vec![flip(byte(0), 0)]),
        ("ok-the-commit-before-counts", b'1', vec![flip(GOD_BYTE, 0)]),
        ("ok-killed-and-the-commit-before-counts", b'2', vec![flip(GOD_BYTE, 0)]),
        ("no-a-bit-of-the-newest-commit", b'1', vec![flip(byte(64), 0)]),
        ("no-a-bit-of-the-commit-before", b'1', vec![flip(byte(192), 0)]),
        ("no-both-commits", b'2', vec![flip(byte(80), 0), flip(byte(208), 0)]),
        ("no-half", b'1', vec![Truncate { at: 0x8000 + 2048, fine: 0 }]),
        ("no-nothing-but-its-length", b'1', vec![Fill { at: 0x8000, len: 0xffff, byte: 0 }]),
        ("no-empty", b'1', vec![Truncate { at: 0x8000, fine: 0 }]),
        ("no-pages-swapped", b'1', vec![Swap { one: 1, other: 3 }]),
        ("ok-page-that-nobody-needs-twice", b'1', vec![Copy { from: 0x8100, to: 0x8300, len: 4096 }]),
        ("no-longer", b'1', vec![Extend { len: 100, byte: 0 }]),
    ];
    let mut seeds = named([
        ("no-empty-file", "0".to_owned()),
        ("no-text", "0not a denylist".to_owned()),
        ("no-magic-alone", "0redb\u{1a}\n".to_owned()),
    ]);
    seeds.extend(changed.into_iter().map(|(name, mode, steps)| {
        let bytes = encode(&steps);
        assert_eq!(changes(&bytes), Some(steps), "{name}");
        (name.to_owned(), [&[mode], &*bytes].concat())
    }));
    seeds.extend(rows());
    seeds
}

/// Rows of a file that is whole.
fn rows() -> Seeds {
    let old = id(7, BEFORE);
    let key = [&[1, 4, 0][..], &[7; 33], &NOON].concat();
    let forgotten = [&[1, 5, 0][..], &[7; 33], &LATER].concat();
    let newer = [&[2, 1][..], &[7; 16], &NOON].concat();
    // Entries of a row, each behind its length.
    let row = |records: &[&[u8]]| -> Vec<u8> {
        let entry = |record: &&[u8]| [&u16::try_from(record.len()).expect("short").to_be_bytes()[..], record].concat();
        records.iter().flat_map(entry).collect()
    };
    let file = |rows: &[(u64, Vec<u8>)]| {
        let row = |(number, row): &(u64, Vec<u8>)| {
            let len = u16::try_from(row.len()).expect("short").to_be_bytes();
            [&number.to_be_bytes()[..], &len, row].concat()
        };
        [b"3".to_vec(), rows.iter().flat_map(row).collect()].concat()
    };
    let half = [&row(&[&old])[..], &[0, 26, 1]].concat();
    let seeds: [(&str, Vec<u8>); 12] = [
        ("ok-rows", file(&[(2, row(&[&old, &id(8, NOON)])), (3, row(&[&id(9, NOON)]))])),
        ("ok-rows-with-a-gap", file(&[(5, row(&[&id(8, NOON)])), (90, row(&[&id(9, NOON)]))])),
        ("ok-rows-key-before-what-expired", file(&[(3, row(&[&key, &key, &old])), (4, row(&[&id(9, NOON)]))])),
        ("ok-rows-key-forgotten", file(&[(3, row(&[&key, &forgotten, &old]))])),
        ("no-rows-damaged-before-what-expired", file(&[(1, row(&[b"\x01\x08"])), (2, row(&[&old]))])),
        ("no-rows-half-an-entry", file(&[(2, half), (3, row(&[&id(9, NOON)]))])),
        ("no-rows-empty", file(&[(1, Vec::new())])),
        ("no-rows-of-a-newer-version", file(&[(2, row(&[&old, &newer]))])),
        ("no-rows-that-overlap", file(&[(2, row(&[&old, &old])), (3, row(&[&old, &old]))])),
        ("no-rows-before-the-first", file(&[(1, row(&[&old, &old]))])),
        ("no-rows-to-the-last-number", file(&[(u64::MAX, row(&[&old]))])),
        ("no-rows-that-leave-no-number", file(&[(u64::MAX - 2, row(&[&old]))])),
    ];
    seeds.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

fn id(id: u8, made: [u8; 8]) -> Vec<u8> {
    [&[1, 1][..], &[id; 16], &made].concat()
}

/// The bytes that `arbitrary` reads these changes from: 32 bits for the variant, then its fields.
fn encode(steps: &[Change]) -> Vec<u8> {
    use Change::*;

    let number = |number: u16| number.to_le_bytes();
    let encoded = |step: &Change| {
        let (variant, fields): (u64, _) = match step {
            Flip { at, fine, bit } => (0, [&number(*at)[..], &[*fine, *bit]].concat()),
            Overwrite { at, fine, bytes } => (1, [&number(*at)[..], &[*fine], bytes].concat()),
            Fill { at, len, byte } => (2, [&number(*at)[..], &number(*len), &[*byte]].concat()),
            Copy { from, to, len } => (3, [number(*from), number(*to), number(*len)].concat()),
            Swap { one, other } => (4, vec![*one, *other]),
            Truncate { at, fine } => (5, [&number(*at)[..], &[*fine]].concat()),
            Extend { len, byte } => (6, [&number(*len)[..], &[*byte]].concat()),
        };
        let variant = u32::try_from((variant << 32).div_ceil(7)).expect("below");
        [&variant.to_le_bytes(), &*fields].concat()
    };
    steps.iter().flat_map(encoded).collect()
}
