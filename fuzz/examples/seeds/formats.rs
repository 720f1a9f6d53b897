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
