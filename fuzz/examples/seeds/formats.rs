//! What is read from bytes: JSON, dates, rows of the shared engines.

use super::{Seeds, claims, named};

/// A payload, which need not be good: strict JSON or not.
pub(super) fn jsons() -> Seeds {
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let many = |keys: usize| {
        let members: Vec<String> = (0..keys).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let seeds = named([
        ("ok-token", claims(&[])),
        ("ok-nothing-in-it", "{}".to_owned()),
        ("ok-white-space", " \r\n\t{ \"a\" : [ ] , \"b\" : { } }\t".to_owned()),
        ("ok-words-and-numbers", "{\"a\":[true,false,null,0,-0,-1.5e-3,1E+9,10]}".to_owned()),
        ("ok-number-below-zero", r#"{"a":-7}"#.to_owned()),
        ("ok-escapes", r#"{"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00":"\u0000"}"#.to_owned()),
        ("ok-one-key-at-two-depths", r#"{"a":{"a":[{"a":1},{"a":1}]}}"#.to_owned()),
        ("ok-32-levels", deep(32)),
        ("ok-512-keys", many(512)),
        ("ok-large-numbers", r#"{"a":[1e308,-1e308,1e-999,0e999,18446744073709551616]}"#.to_owned()),
        ("ok-delete", "{\"\u{7f}\":\"\u{2028}\"}".to_owned()),
        ("no-33-levels", deep(33)),
        ("no-513-keys", many(513)),
        ("no-duplicate", r#"{"a":1,"a":1}"#.to_owned()),
        ("no-duplicate-behind-an-escape", r#"{"exp":1,"\u0065xp":2}"#.to_owned()),
        ("no-duplicate-surrogates", "{\"\u{1f600}\":1,\"\\ud83d\\ude00\":2}".to_owned()),
        ("no-nested-duplicate", r#"{"a":[{"":1,"":2}]}"#.to_owned()),
        ("no-half-a-surrogate", r#"{"a":"\ud83d"}"#.to_owned()),
        ("no-surrogates-the-wrong-way", r#"{"a":"\ude00\ud83d"}"#.to_owned()),
        ("no-beyond-all-numbers", r#"{"a":1e999}"#.to_owned()),
        ("no-leading-zero", r#"{"a":01}"#.to_owned()),
        ("no-plus", r#"{"a":+1}"#.to_owned()),
        ("no-bare-fraction", r#"{"a":1.}"#.to_owned()),
        ("no-trailing-comma", r#"{"a":1,}"#.to_owned()),
        ("no-single-quotes", "{'a':1}".to_owned()),
        ("no-comment", "{}//".to_owned()),
        ("no-two-objects", "{}{}".to_owned()),
        ("no-array", "[{}]".to_owned()),
        ("no-text", "\"{}\"".to_owned()),
        ("no-null", "null".to_owned()),
        ("no-word", "true".to_owned()),
        ("no-number", "7".to_owned()),
        ("no-number-below-zero", "-7".to_owned()),
        ("no-number-with-a-fraction", "7.5".to_owned()),
        ("no-byte-order-mark", "\u{feff}{}".to_owned()),
        ("no-line-feed-in-a-text", "{\"a\":\"\n\"}".to_owned()),
        ("no-form-feed", "{\u{c}}".to_owned()),
    ]);
    let bytes: [(&str, &[u8]); 2] =
        [("no-latin-1", b"{\"\xe9\":1}"), ("no-surrogate-as-utf-8", b"{\"\xed\xa0\x80\":1}")];
    seeds.into_iter().chain(bytes.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))).collect()
}

/// A `0` and a text, or a `1` and a moment.
pub(super) fn dates() -> Seeds {
    let texts = [
        ("ok-seconds", "2026-11-23T15:04:05Z"),
        ("ok-tenths", "2026-11-23T15:04:05.1Z"),
        ("ok-nanoseconds", "1969-12-31T23:59:59.999999999Z"),
        ("ok-the-first", "0000-01-01T00:00:00Z"),
        ("ok-the-last", "9999-12-31T23:59:59.999999999Z"),
        ("ok-leap-day", "2000-02-29T00:00:00Z"),
        ("ok-leap-day-of-year-0", "0000-02-29T23:59:59Z"),
        ("no-leap-day-of-1900", "1900-02-29T00:00:00Z"),
        ("no-leap-second", "2016-12-31T23:59:60Z"),
        ("no-hour-24", "2026-11-23T24:00:00Z"),
        ("no-day-0", "2026-11-00T00:00:00Z"),
        ("no-month-13", "2026-13-01T00:00:00Z"),
        ("no-april-31", "2026-04-31T00:00:00Z"),
        ("no-lowercase", "2026-11-23t15:04:05z"),
        ("no-offset", "2026-11-23T15:04:05+00:00"),
        ("no-space", "2026-11-23 15:04:05Z"),
        ("no-ten-digits", "2026-11-23T15:04:05.1234567890Z"),
        ("no-comma", "2026-11-23T15:04:05,5Z"),
        ("no-other-digits", "2026-11-23T15:04:0\u{665}Z"),
        ("no-six-digit-year", "+002026-11-23T15:04:05Z"),
        ("no-year-10000", "10000-01-01T00:00:00Z"),
    ];
    let moments = [
        ("ok-moment", 1_795_435_200, 999_999_999),
        ("ok-moment-before-1970", -1, 1),
        ("ok-first-moment", -62_167_219_200, 0),
        ("ok-last-moment", 253_402_300_799, 999_999_999),
        ("no-moment-before-year-0", -62_167_219_201, 999_999_999),
        ("no-moment-of-year-10000", 253_402_300_800, 0),
        ("no-moment-of-a-leap-second", 1_483_228_799, 1_000_000_000_u32),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), format!("0{text}").into_bytes()));
    let moments = moments.map(|(name, seconds, nanos): (&str, i64, u32)| {
        (name.to_owned(), [&b"1"[..], &seconds.to_be_bytes(), &nanos.to_be_bytes()].concat())
    });
    texts.into_iter().chain(moments).collect()
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
    vec![
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
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .collect()
}
