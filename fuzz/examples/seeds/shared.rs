//! Requests with their headers, and a list that follows an engine.

use hallpass_fuzz::follower::{Operation, operations};

use super::{Seeds, claims, keys, named, names, of_operations, seal};

/// Lines of headers; the bytes 1 to 8 stand for tokens, of which the first three are good.
pub(super) fn headers() -> Seeds {
    let token = seal(keys::SIGNING.0, claims(&[]).as_bytes(), names(keys::SIGNING).as_bytes()).expect("a payload");
    let ours = |value: &str| format!("C__Host-session={value}");
    named([
        ("ok-cookie", ours("\x01")),
        ("ok-cookie-in-full", ours(&token)),
        ("ok-bearer", "ABearer \x02".to_owned()),
        ("ok-bearer-in-full", format!("Abearer   {token}")),
        ("ok-cookie-to-renew", ours("\x03")),
        ("ok-bearer-to-renew", "ABEARER \x03".to_owned()),
        ("ok-cookie-among-others", "Ca=1; b; =;; __Host-session=\x01\t; __host-session=\x04".to_owned()),
        ("ok-split-cookies", format!("Ca=1\n{}\nCb=2; __Host-session2=\x01", ours("\x02"))),
        ("ok-beside-another-scheme", format!("ABasic YTpi\nADigest x\n{}", ours("\x01"))),
        ("ok-beside-bytes-of-others", "Ca=\u{e9}\u{1f600}; __Host-session=\x01".to_owned()),
        ("no-header", "C\nA".to_owned()),
        ("no-two-cookies", format!("{}; __Host-session=\x01", ours("\x01"))),
        ("no-two-cookies-in-two-headers", format!("{}\n{}", ours("\x01"), ours("\x02"))),
        ("no-cookie-beside-an-empty-one", format!("{}; __Host-session=", ours("\x01"))),
        ("no-two-bearers", "ABearer \x01\nABearer \x01".to_owned()),
        ("no-cookie-and-bearer", format!("ABearer \x02\n{}", ours("\x01"))),
        ("no-cookie-and-empty-bearer", format!("ABearer\n{}", ours("\x01"))),
        ("no-bearer-of-two-tokens", "ABearer \x01 \x02".to_owned()),
        ("no-bearer-with-a-comma", "ABearer \x01,".to_owned()),
        ("no-bearer-behind-a-tab", "ABearer\t\x01".to_owned()),
        ("no-bearers", "ABearers \x01".to_owned()),
        ("no-quoted-cookie", ours("\"\x01\"")),
        ("no-name-with-a-space", "C__Host-session =\x01".to_owned()),
        ("no-other-case", "C__HOST-SESSION=\x01".to_owned()),
        ("no-expired-cookie", ours("\x04")),
        ("no-revoked-bearer", "ABearer \x05".to_owned()),
        ("no-retired-key", ours("\x06")),
        ("no-unknown-key", "ABearer \x07".to_owned()),
        ("no-renamed-token", ours("\x08")),
        ("no-padding", ours("\x01=")),
        ("no-token-twice", ours("\x01\x01")),
    ])
}

/// The settings (a bound of 1, 2, 5 or 20 s, and 4 to accept 3 s more), and four bytes for each operation.
pub(super) fn followers() -> Seeds {
    use Operation::*;

    let everyday = [OtherId { id: 1 }, Look, OtherKey { key: 1 }, News, Look, OtherEveryone { ahead: 40 }, Look];
    let away = [OtherId { id: 1 }, Becomes { mood: 1 }, OwnId { id: 2 }, Becomes { mood: 0 }, Look];
    let late = Ask { id: 3, began: 0, later: 1_024 };
    let seeds: Vec<(&str, u8, Vec<Operation>)> = vec![
        ("revoked-by-another", 2, everyday.to_vec()),
        ("revoked-while-the-engine-was-away", 2, away.to_vec()),
        (
            "revoked-page-by-page",
            3,
            [&[Pages { of: 0, how: 0 }], &[OtherId { id: 0 }; 5][..], &[OtherId { id: 3 }, Look]].concat(),
        ),
        ("revoked-out-of-order-and-twice", 1, [&[Pages { of: 2, how: 3 }], &everyday[..]].concat()),
        ("revoked-among-what-is-damaged", 1, [&[Pages { of: 1, how: 5 }], &everyday[..]].concat()),
        ("revoked-by-news-alone", 6, vec![OtherId { id: 0 }, News, Ask { id: 0, began: 0, later: 0 }]),
        (
            "revoked-by-a-clock-that-differs-a-little",
            2,
            vec![Clock { to: 2 }, OtherEveryone { ahead: 0 }, Look, Clock { to: 0 }],
        ),
        (
            "revoked-before-the-engine-lost-it",
            2,
            vec![OtherId { id: 0 }, Look, Loses { records: 7 }, Look, OtherId { id: 1 }, Look],
        ),
        ("ok-silence", 0, vec![late, Ask { id: 3, began: -1, later: 896 }, Ask { id: 3, began: 1, later: 30_080 }]),
        (
            "ok-stale-and-accepted",
            4,
            vec![late, Ask { id: 3, began: 0, later: 3_968 }, Ask { id: 3, began: 0, later: 4_096 }],
        ),
        ("ok-a-newer-version", 2, vec![Becomes { mood: 2 }, late, Becomes { mood: 0 }, late]),
        ("ok-another-list", 2, vec![Becomes { mood: 3 }, late, Becomes { mood: 0 }, late]),
        (
            "ok-the-clock-was-set-and-put-right",
            2,
            vec![Clock { to: 4 }, late, Clock { to: 5 }, late, Clock { to: 0 }, late],
        ),
        (
            "ok-a-clock-that-was-set-while-the-engine-was-away",
            2,
            vec![Becomes { mood: 1 }, Clock { to: 3 }, late, Becomes { mood: 0 }, late, Clock { to: 0 }, late],
        ),
        ("ok-revoked-here", 2, vec![OwnId { id: 1 }, OwnSubject, Look, Loses { records: 2 }, Look]),
    ];
    let encode = |settings, steps: &[Operation]| [settings].into_iter().chain(steps.iter().flat_map(encode)).collect();
    of_operations(seeds, encode, |bytes| operations(bytes).map(|(.., steps)| (bytes[0], steps)))
}

fn encode(step: &Operation) -> [u8; 4] {
    use Operation::*;

    match *step {
        OtherId { id } => [0, id, 0, 0],
        OtherEveryone { ahead } => [1, ahead.cast_unsigned(), 0, 0],
        OtherKey { key } => [2, key, 0, 0],
        OwnId { id } => [3, id, 0, 0],
        OwnSubject => [4, 0, 0, 0],
        Look => [5, 0, 0, 0],
        News => [6, 0, 0, 0],
        Becomes { mood } => [7, mood, 0, 0],
        Clock { to } => [8, to, 0, 0],
        Loses { records } => [9, records, 0, 0],
        Pages { of, how } => [10, of, how, 0],
        Ask { id, began, later } => [11, id, began.cast_unsigned(), u8::try_from(later / 128).expect("so late")],
    }
}
