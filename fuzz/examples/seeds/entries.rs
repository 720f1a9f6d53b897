//! What the shared engines have, and answer.

use super::Seeds;
use super::stores::header as header_of;

/// What the script of a look at Redis answers.
fn looks() -> Vec<(&'static str, Vec<u8>)> {
    const PARTS: [&str; 9] = [
        ":1\r\n",
        "HEADER",
        "$-1\r\n",
        "+list\r\n",
        "$5\r\nplace\r\n",
        ":7\r\n",
        "$3\r\n1-1\r\n",
        "$10\r\n1795435200\r\n",
        "$1\r\n5\r\n",
    ];
    let header = header_of(1, 900_000_000);
    let bulk = |header: &[u8]| [format!("${}\r\n", header.len()).as_bytes(), header, b"\r\n"].concat();
    let answer = |changes: &[(usize, &[u8])]| {
        let mut parts: Vec<Vec<u8>> = PARTS.map(|part| part.as_bytes().to_vec()).into();
        parts[1] = bulk(&header);
        for (at, part) in changes {
            parts[*at] = part.to_vec();
        }
        [b"L*9\r\n".to_vec(), parts.concat()].concat()
    };
    vec![
        ("ok-look", answer(&[])),
        ("ok-look-after-a-purge", answer(&[(2, b"$16\r\n1795435200000000\r\n"), (3, b"_\r\n"), (4, b"*-1\r\n")])),
        ("ok-look-at-a-clock-of-long-ago", answer(&[(7, b":-9223372036854775808\r\n"), (8, b":-1\r\n")])),
        ("ok-look-at-a-clock-of-a-far-day", answer(&[(7, b":9223372036854775807\r\n"), (8, b"+1\r\n")])),
        ("no-header-in-a-look", answer(&[(1, b"$-1\r\n"), (2, b"+not looked at\r\n")])),
        ("no-damaged-header-in-a-look", answer(&[(1, &bulk(&header[1..]))])),
        ("no-newer-header-in-a-look", answer(&[(1, &bulk(&header_of(2, 900_000_000)))])),
        ("no-number-for-a-header-in-a-look", answer(&[(1, b":1\r\n")])),
        ("no-number-of-when-it-was-purged", answer(&[(2, b"+noon\r\n")])),
        ("no-number-for-a-list", answer(&[(3, b":1\r\n")])),
        ("no-place-in-a-stream-in-a-look", answer(&[(6, b"$2\r\n1-\r\n")])),
        ("no-text-for-a-place-in-a-look", answer(&[(6, b":1\r\n")])),
        ("no-number-for-a-clock-in-a-look", answer(&[(7, b"$1\r\n\xff\r\n")])),
        ("no-ninth-part-of-a-look", [b"L*8\r\n", &answer(&[(8, b"")])[5..]].concat()),
        ("no-error-for-a-look", b"L-ERR the script has failed\r\n".to_vec()),
        ("no-end-of-a-look", answer(&[(8, b"$1\r\n")])),
    ]
}

/// An engine, how many were asked for, a cursor, and what the engine has.
pub(super) fn entries() -> Seeds {
    const NOON: [u8; 8] = 1_795_435_200_000_000_i64.to_be_bytes();
    let id = |id: u8| [&[1, 1][..], &[id; 16], &NOON].concat();
    let everyone = [&[1, 3][..], &NOON, &NOON].concat();
    let newer = [&[2, 1][..], &[7; 16], &NOON].concat();
    let short = id(7)[..25].to_vec();
    let rows = |cursor: &str, most: u8, records: &[&Vec<u8>]| {
        let rows =
            records.iter().flat_map(|record| [&[u8::try_from(record.len()).expect("short")], &***record].concat());
        [&[b'P', most], cursor.as_bytes(), b"\n"].concat().into_iter().chain(rows).collect::<Vec<u8>>()
    };
    let bulk = |bytes: &[u8]| [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let entry = |at: &str, fields: &[&[u8]]| {
        let fields: Vec<u8> =
            [format!("*{}\r\n", fields.len()).into_bytes(), fields.iter().flat_map(|field| bulk(field)).collect()]
                .concat();
        [b"*2\r\n".to_vec(), bulk(at.as_bytes()), fields].concat()
    };
    let answer = |cursor: &str, most: u8, entries: &[Vec<u8>]| {
        let head = format!("{cursor}\n*{}\r\n", entries.len());
        [&[b'R', most], head.as_bytes(), &entries.concat()].concat()
    };
    // All that servers may say beside texts and lists.
    let kinds = b"*13\r\n:1\r\n%1\r\n+a\r\n:1\r\n~1\r\n#t\r\n>2\r\n+news\r\n_\r\n|1\r\n+a\r\n+b\r\n$1\r\nc\r\n\
        ,1.5\r\n#f\r\n_\r\n(12\r\n!3\r\nERR\r\n-ERR no\r\n=5\r\ntxt:a\r\n*-1\r\n";
    let of_other_kinds = [&b"R\x64\n*1\r\n*2\r\n+1-1\r\n"[..], kinds].concat();
    // Texts as servers may give them besides, and an answer that is no text where one stands.
    let otherwise = |at: &[u8]| [&b"R\x64\n*1\r\n*2\r\n"[..], at, b"*2\r\n+r\r\n", &bulk(&id(7))].concat();
    let (first, second) = (entry("1-0", &[b"r", &id(7)]), entry("1-1", &[b"r", &everyone]));
    let unlooked = |cursor: &str, most: u8, records: &[&Vec<u8>]| [b"N", &rows(cursor, most, records)[1..]].concat();
    vec![
        ("ok-rows-of-a-server-that-was-restored", rows("300:400:350;;0;0", 100, &[&id(7)])),
        ("no-number-of-a-transaction", rows("10:20:10,14;;0;0\t-1", 100, &[&id(7)])),
        ("no-snapshot-out-of-order", rows("10:20:14,10;;0;0", 100, &[])),
        ("ok-rows-before-a-look", unlooked("", 100, &[&id(7), &everyone])),
        ("ok-rows-amid-a-look", unlooked("10:20:10,14;15:30:;7;3", 2, &[&id(7), &id(7)])),
        ("ok-rows-after-a-look", unlooked("10:20:10,14;;0;0\t14", 100, &[&id(7), &everyone])),
        ("no-page-but-a-look", unlooked("10:20:10,14;;0;0", 2, &[&id(7), &everyone])),
        ("no-newer-row-after-a-look", unlooked("10:20:10,14;;0;0", 100, &[&newer])),
        ("ok-rows", rows("", 100, &[&id(7), &everyone])),
        ("ok-no-rows", rows("10:20:10,14;;0;0", 100, &[])),
        ("ok-full-page-of-rows", rows("10:20:10,14;15:30:;7;3", 2, &[&id(7), &id(7)])),
        ("ok-answer", answer("", 100, &[first.clone(), second.clone()])),
        ("ok-no-entries", answer("18446744073709551615-18446744073709551615", 100, &[])),
        ("ok-full-page-of-entries", answer("0-5", 2, &[first.clone(), second])),
        ("ok-simple-texts", otherwise(b"+1-1\r\n")),
        ("ok-verbatim-text", otherwise(b"=7\r\ntxt:1-1\r\n")),
        ("no-number-for-a-place", otherwise(b":11\r\n")),
        ("no-ok-for-a-place", otherwise(b"+OK\r\n")),
        ("no-fields-of-other-kinds", of_other_kinds),
        ("no-ok-for-a-record", b"R\x64\n*1\r\n*2\r\n+1-1\r\n*2\r\n+r\r\n+OK\r\n".to_vec()),
        ("no-set-of-entries", b"R\x64\n~0\r\n".to_vec()),
        ("no-damaged-row", rows("", 100, &[&id(7), &short, &everyone])),
        ("no-empty-row", rows("", 100, &[&Vec::new()])),
        ("no-newer-row", rows("", 100, &[&id(7), &newer])),
        ("no-cursor-of-rows", rows("10:20", 100, &[])),
        ("no-snapshot-backwards", rows("20:10:;;0;0", 100, &[])),
        ("no-damaged-entry", answer("", 100, &[first.clone(), entry("1-1", &[b"r", &short])])),
        ("no-newer-entry", answer("", 100, &[first.clone(), entry("1-1", &[b"r", &newer])])),
        ("no-entry-of-somebody-else", answer("", 100, &[entry("1-1", &[b"r", &id(7), b"by", b"hand"])])),
        ("no-field-of-another-name", answer("", 100, &[entry("1-1", &[b"record", &id(7)])])),
        ("no-place-in-a-stream", answer("", 100, &[entry("01-1", &[b"r", &id(7)])])),
        ("no-cursor-of-entries", answer("1-", 100, std::slice::from_ref(&first))),
        ("no-half-an-answer", answer("", 100, &[first[..first.len() - 3].to_vec()])),
        ("no-replica", b"R\x64\n-READONLY You can't write against a read only replica.\r\n".to_vec()),
        ("no-error-for-an-answer", b"R\x64\n-WRONGTYPE Operation against a key\r\n".to_vec()),
        ("no-nil", b"R\x64\n$-1\r\n".to_vec()),
    ]
    .into_iter()
    .chain(looks())
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .collect()
}
