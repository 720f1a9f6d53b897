//! What happens to a denylist.

use hallpass_fuzz::{Near, Operation, Settings, operations};

use super::{Seeds, of_operations};

pub(super) fn denylists() -> Seeds {
    use Operation::*;

    const USUAL: Settings = Settings { longest_lifetime: 59, leeway: 10, capacity: 255 };
    const SMALL: Settings = Settings { longest_lifetime: 0, leeway: 2, capacity: 3 };
    const EXACT: Settings = Settings { longest_lifetime: 9, leeway: 0, capacity: 255 };
    let ask = |near, micros| Ask { token: 200, session: 201, subject: 3, key: 1, near, micros };
    let alice = |except| RevokeSubject { subject: 3, except };
    let seeds: Vec<(&str, Settings, Vec<Operation>)> = vec![
        (
            "logout-and-log-in-again",
            USUAL,
            vec![
                Login { subject: 3 },
                RevokeSession { id: 7 },
                Ask { token: 1, session: 7, subject: 3, key: 1, near: Near::Later, micros: 0 },
                Advance { seconds: 60, micros: 1 },
                RevokeToken { id: 8 },
                Login { subject: 3 },
            ],
        ),
        (
            "an-entry-leaves-and-not-before",
            USUAL,
            vec![
                RevokeToken { id: 7 },
                Advance { seconds: 3, micros: 250 },
                RevokeToken { id: 8 },
                Edge { id: 7, ticks: 0, micros: 0 },
                Purge,
                Edge { id: 7, ticks: 0, micros: 1 },
                Purge,
                Edge { id: 7, ticks: 2, micros: -1 },
                Purge,
                Edge { id: 7, ticks: 2, micros: 0 },
                Purge,
                Edge { id: 8, ticks: 0, micros: 0 },
                Purge,
                Edge { id: 8, ticks: 3, micros: 0 },
                Purge,
            ],
        ),
        (
            "revoked-again-is-kept-longer",
            EXACT,
            vec![
                Flood { first: 0, count: 70 },
                Advance { seconds: 200, micros: 0 },
                RevokeSession { id: 3 },
                Edge { id: 5, ticks: 2, micros: 0 },
                Purge,
                Flood { first: 100, count: 70 },
                Edge { id: 3, ticks: 0, micros: 0 },
                Purge,
            ],
        ),
        (
            "everywhere-but-here",
            USUAL,
            vec![
                alice(Some(4)),
                Ask { token: 4, session: 4, subject: 3, key: 1, near: Near::Subject, micros: 0 },
                ask(Near::Subject, 0),
                ask(Near::Subject, 1),
                Advance { seconds: 5, micros: 0 },
                alice(Some(5)),
                Ask { token: 4, session: 4, subject: 3, key: 1, near: Near::Subject, micros: 0 },
                Login { subject: 3 },
                Login { subject: 2 },
            ],
        ),
        (
            "look-alike-subjects",
            EXACT,
            vec![
                Advance { seconds: 60, micros: 0 },
                RevokeSubject { subject: 0, except: None },
                Ask { token: 1, session: 1, subject: 0, key: 1, near: Near::Now, micros: 0 },
                Ask { token: 1, session: 1, subject: 1, key: 1, near: Near::Now, micros: 0 },
                Ask { token: 1, session: 1, subject: 2, key: 1, near: Near::Now, micros: 0 },
                Login { subject: 1 },
                Login { subject: 0 },
            ],
        ),
        (
            "everyone-but-one",
            USUAL,
            vec![
                Advance { seconds: 30, micros: 0 },
                RevokeEveryone { except: Some(9) },
                ask(Near::Everyone, 0),
                ask(Near::Everyone, 1),
                Ask { token: 9, session: 9, subject: 3, key: 1, near: Near::Everyone, micros: 0 },
                RevokeEveryone { except: None },
                Ask { token: 9, session: 9, subject: 3, key: 1, near: Near::Everyone, micros: 0 },
                Login { subject: 3 },
            ],
        ),
        (
            "a-key-stays-until-forgotten",
            USUAL,
            vec![
                RevokeKey { key: 0 },
                Login { subject: 3 },
                Wait { ticks: 255 },
                Purge,
                Login { subject: 3 },
                Ask { token: 200, session: 201, subject: 3, key: 0, near: Near::Later, micros: 0 },
                ForgetKey { key: 0 },
                ForgetKey { key: 0 },
                Login { subject: 3 },
            ],
        ),
        (
            "full-and-nothing-leaves",
            SMALL,
            vec![
                Flood { first: 0, count: 6 },
                RevokeToken { id: 1 },
                RevokeToken { id: 100 },
                alice(None),
                RevokeEveryone { except: None },
                Edge { id: 0, ticks: 0, micros: 0 },
                RevokeToken { id: 100 },
                Edge { id: 0, ticks: 3, micros: 0 },
                RevokeToken { id: 100 },
            ],
        ),
        (
            "full-of-what-expired-long-ago",
            SMALL,
            vec![Flood { first: 0, count: 6 }, Wait { ticks: 200 }, RevokeToken { id: 100 }],
        ),
        (
            "purged-after-a-long-silence",
            USUAL,
            vec![Flood { first: 0, count: 9 }, alice(None), Wait { ticks: 140 }, Purge, Wait { ticks: 255 }, Purge],
        ),
        (
            "an-expired-id-revoked-in-a-full-delta",
            EXACT,
            vec![
                Flood { first: 0, count: 64 },
                Wait { ticks: 70 },
                RevokeToken { id: 5 },
                Wait { ticks: 70 },
                Purge,
                RevokeToken { id: 6 },
            ],
        ),
        (
            "many-in-one-shard",
            USUAL,
            vec![
                Flood { first: 0, count: 99 },
                Flood { first: 90, count: 99 },
                Advance { seconds: 100, micros: 0 },
                Flood { first: 64, count: 99 },
                Purge,
            ],
        ),
        (
            "the-clock-steps-back-behind-a-purge",
            USUAL,
            vec![
                RevokeToken { id: 1 },
                RevokeKey { key: 2 },
                alice(None),
                Wait { ticks: 70 },
                RevokeSession { id: 2 },
                alice(None),
                RevokeEveryone { except: Some(2) },
                Purge,
                StepBack { seconds: 61 },
                ask(Near::Later, 0),
                Login { subject: 3 },
                ask(Near::Everyone, 0),
                ask(Near::Everyone, 1),
                RevokeToken { id: 3 },
                Ask { token: 200, session: 201, subject: 3, key: 2, near: Near::Later, micros: 0 },
            ],
        ),
        (
            "the-clock-steps-back-behind-a-purge-of-ids",
            USUAL,
            vec![
                RevokeToken { id: 1 },
                Wait { ticks: 70 },
                Purge,
                Advance { seconds: 1, micros: 1 },
                StepBack { seconds: 61 },
                ask(Near::Later, 0),
                StepBack { seconds: 1 },
                ask(Near::Later, 0),
                RevokeToken { id: 2 },
                ask(Near::Later, 0),
            ],
        ),
        (
            "the-clock-steps-back-a-little",
            USUAL,
            vec![
                RevokeToken { id: 1 },
                Wait { ticks: 70 },
                Purge,
                StepBack { seconds: 60 },
                ask(Near::Later, 0),
                RevokeToken { id: 2 },
                Login { subject: 3 },
            ],
        ),
        (
            "the-clock-was-hours-ahead",
            USUAL,
            vec![
                Advance { seconds: 7200, micros: 0 },
                RevokeToken { id: 1 },
                alice(None),
                StepBack { seconds: 7200 },
                Login { subject: 3 },
                Flood { first: 10, count: 65 },
                Wait { ticks: 70 },
                Purge,
                Wait { ticks: 255 },
                Wait { ticks: 255 },
            ],
        ),
        (
            "an-entry-of-a-clock-that-was-ahead",
            EXACT,
            vec![
                Advance { seconds: 700, micros: 0 },
                RevokeToken { id: 1 },
                StepBack { seconds: 700 },
                Flood { first: 10, count: 65 },
                Purge,
                Advance { seconds: 700, micros: 0 },
                Purge,
            ],
        ),
        (
            "log-in-after-a-step-back-without-leeway",
            EXACT,
            vec![
                Login { subject: 3 },
                Advance { seconds: 40, micros: 0 },
                RevokeEveryone { except: None },
                ask(Near::Everyone, 0),
                Login { subject: 3 },
                StepBack { seconds: 1 },
                Login { subject: 3 },
            ],
        ),
        (
            "a-logout-stays-when-the-clock-steps-back",
            USUAL,
            vec![
                Advance { seconds: 35, micros: 0 },
                Login { subject: 3 },
                Advance { seconds: 5, micros: 0 },
                alice(None),
                RevokeEveryone { except: None },
                StepBack { seconds: 31 },
                Login { subject: 3 },
                Login { subject: 1 },
                ask(Near::Everyone, 0),
                ask(Near::Subject, 0),
                Advance { seconds: 21, micros: 0 },
                Login { subject: 3 },
                ask(Near::Everyone, 0),
                ask(Near::Subject, 0),
            ],
        ),
        (
            "a-cutoff-stays-when-the-clock-steps-back-behind-a-purge",
            USUAL,
            vec![
                RevokeToken { id: 1 },
                Wait { ticks: 70 },
                alice(None),
                Purge,
                StepBack { seconds: 300 },
                Login { subject: 1 },
                ask(Near::Subject, 0),
                RevokeToken { id: 2 },
                Advance { seconds: 241, micros: 0 },
                ask(Near::Subject, 0),
            ],
        ),
        (
            "a-clock-that-waits-too-long-begins-anew",
            USUAL,
            vec![
                RevokeToken { id: 1 },
                alice(None),
                RevokeEveryone { except: Some(2) },
                StepBack { seconds: 1200 },
                Login { subject: 1 },
                ask(Near::Subject, 0),
                StepBack { seconds: 1 },
                Login { subject: 1 },
                ask(Near::Everyone, 0),
                ask(Near::Everyone, 1),
                Login { subject: 3 },
                Wait { ticks: 70 },
                Purge,
            ],
        ),
        (
            "log-in-two-leeways-behind-a-cutoff",
            USUAL,
            vec![
                Advance { seconds: 100, micros: 0 },
                alice(None),
                StepBack { seconds: 10 },
                Login { subject: 3 },
                StepBack { seconds: 1 },
                Login { subject: 3 },
            ],
        ),
    ];
    of_operations(seeds, encode, operations)
}

/// The bytes that `arbitrary` reads these operations from: 32 bits for the variant, then its fields.
fn encode(settings: Settings, steps: &[Operation]) -> Vec<u8> {
    use Operation::*;

    let mut bytes = vec![settings.longest_lifetime, settings.leeway, settings.capacity];
    let variant = |number: u64, of: u64| u32::try_from((number << 32).div_ceil(of)).expect("below").to_le_bytes();
    for step in steps {
        let optional = |field: Option<u8>| field.map_or(vec![0], |field| vec![1, field]);
        let (number, fields) = match *step {
            RevokeToken { id } => (0, vec![id]),
            RevokeSession { id } => (1, vec![id]),
            Flood { first, count } => (2, vec![first, count]),
            RevokeSubject { subject, except } => (3, [vec![subject], optional(except)].concat()),
            RevokeEveryone { except } => (4, optional(except)),
            RevokeKey { key } => (5, vec![key]),
            ForgetKey { key } => (6, vec![key]),
            Advance { seconds, micros } => (7, [&seconds.to_le_bytes()[..], &[micros]].concat()),
            Wait { ticks } => (8, vec![ticks]),
            Edge { id, ticks, micros } => (9, vec![id, ticks, micros.cast_unsigned()]),
            StepBack { seconds } => (10, seconds.to_le_bytes().to_vec()),
            Purge => (11, Vec::new()),
            Ask { token, session, subject, key, near, micros } => {
                let near = variant(near as u64, 4);
                (12, [&[token, session, subject, key], &near[..], &[micros.cast_unsigned()]].concat())
            }
            Login { subject } => (13, vec![subject]),
        };
        bytes.extend(variant(number, 14));
        bytes.extend(fields);
    }
    bytes
}
