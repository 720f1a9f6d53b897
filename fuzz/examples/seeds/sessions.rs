//! The lives of sessions that have a name.

use hallpass_fuzz::session::{Edge as At, Operation, Settings, operations};

use super::{Seeds, of_operations};

pub(super) fn sessions() -> Seeds {
    use Operation::*;

    /// Idle 60 s, absolute 10 minutes, grace 10 s, leeway 5 s, on clocks as far apart as they may be.
    const USUAL: Settings = Settings { idle: 40, absolute: 540, grace: 10, leeway: 5, ahead: [0, 255, 100] };
    /// Idle 20 s, absolute 60 s, no grace, no leeway.
    const STRICT: Settings = Settings { idle: 0, absolute: 0, grace: 0, leeway: 0, ahead: [0, 0, 0] };
    const LOGIN: Operation = Login { subject: 0, clock: 0 };
    // By the first token: its grace ends, or it is replayed from here on.
    let edge = |edge, clock, micros| Edge { token: 0, edge, clock, micros };
    let renew = |token| Renew { token, clock: 0 };
    let by = |token| Use { token, clock: 0 };
    let second = Advance { eighths: 8 };

    let seeds: Vec<(&str, Settings, Vec<Operation>)> = vec![
        (
            "replay-the-thief-came-first",
            USUAL,
            vec![
                LOGIN,
                second,
                renew(0),
                second,
                by(1),
                second,
                edge(At::Replay, 1, 1),
                Use { token: 0, clock: 1 },
                by(1),
            ],
        ),
        (
            "replay-the-victim-came-first",
            USUAL,
            vec![LOGIN, second, renew(0), by(1), second, renew(1), by(2), edge(At::Replay, 0, 1), by(0), by(2), by(1)],
        ),
        (
            "replay-both-renewed-and-one-went-on",
            USUAL,
            vec![
                LOGIN,
                second,
                RenewTogether { token: 0, clock: 0, other: 1 },
                by(1),
                by(2),
                renew(1),
                by(4),
                edge(At::Replay, 0, 1),
                renew(0),
                by(4),
            ],
        ),
        (
            "replay-grace-does-not-slide",
            USUAL,
            vec![
                LOGIN,
                second,
                renew(0),
                by(1),
                edge(At::Grace, 0, 0),
                by(0),
                Use { token: 1, clock: 1 },
                renew(1),
                by(2),
                edge(At::Grace, 0, 1),
                by(0),
                edge(At::Replay, 0, 0),
                by(0),
                edge(At::Replay, 0, 1),
                by(0),
            ],
        ),
        (
            "replay-without-grace-and-leeway",
            STRICT,
            vec![LOGIN, second, renew(0), by(1), by(0), edge(At::Replay, 0, 1), by(0), by(1)],
        ),
        (
            "replay-long-after-the-response-came-late",
            USUAL,
            // The successor is used half a minute after it was issued: the grace counts from there.
            vec![
                LOGIN,
                second,
                renew(0),
                Advance { eighths: 240 },
                by(0),
                by(1),
                edge(At::Grace, 0, 0),
                by(0),
                edge(At::Replay, 0, 1),
                by(0),
            ],
        ),
        (
            "replay-behind-a-purge-of-notes",
            USUAL,
            // What one clock, far ahead, has dropped, another may not take for unused.
            vec![
                LOGIN,
                second,
                renew(0),
                by(1),
                Jump { clock: 2, seconds: 400 },
                Purge { clock: 2 },
                edge(At::Replay, 0, 1),
                by(0),
                InStep,
                Wait { minutes: 30 },
                LOGIN,
                second,
                renew(2),
                by(3),
                Edge { token: 2, edge: At::Replay, clock: 0, micros: 1 },
                by(2),
            ],
        ),
        (
            "ok-parallel-renewals",
            USUAL,
            vec![
                LOGIN,
                second,
                RenewTogether { token: 0, clock: 0, other: 1 },
                by(0),
                by(1),
                by(2),
                by(3),
                edge(At::Grace, 0, 0),
                by(0),
                by(3),
            ],
        ),
        (
            "ok-a-response-was-lost",
            USUAL,
            vec![
                LOGIN,
                second,
                renew(0),
                Advance { eighths: 200 },
                by(0),
                renew(0),
                by(2),
                by(0),
                by(1),
                edge(At::Grace, 0, 1),
                by(0),
                by(2),
            ],
        ),
        (
            "ok-a-renewal-that-races-a-logout",
            USUAL,
            vec![
                LOGIN,
                second,
                renew(0),
                Logout { token: 0, clock: 1 },
                by(1),
                renew(0),
                Logout { token: 1, clock: 0 },
                by(1),
            ],
        ),
        (
            "ok-until-the-absolute-timeout",
            STRICT,
            vec![
                LOGIN,
                Advance { eighths: 152 },
                renew(0),
                Advance { eighths: 152 },
                renew(1),
                Advance { eighths: 152 },
                RenewWith { token: 2, clock: 0, claim: 7 },
                renew(3),
                Edge { token: 3, edge: At::Absolute, clock: 0, micros: -1 },
                by(3),
                renew(3),
                Edge { token: 3, edge: At::Absolute, clock: 0, micros: 0 },
                by(3),
                LOGIN,
            ],
        ),
        (
            "ok-no-false-alarm-on-clocks-that-differ",
            USUAL,
            vec![
                LOGIN,
                second,
                renew(0),
                by(1),
                edge(At::Grace, 0, 0),
                Use { token: 0, clock: 1 },
                Use { token: 0, clock: 2 },
                by(0),
                Use { token: 1, clock: 1 },
            ],
        ),
        (
            "ok-issued-ahead-and-used-behind",
            USUAL,
            vec![
                Login { subject: 0, clock: 1 },
                Renew { token: 0, clock: 1 },
                by(0),
                by(1),
                second,
                renew(1),
                by(2),
                edge(At::Grace, 1, 0),
                by(0),
                by(1),
            ],
        ),
        (
            "ok-everywhere-and-elsewhere",
            USUAL,
            vec![
                LOGIN,
                Login { subject: 0, clock: 1 },
                Login { subject: 1, clock: 2 },
                Elsewhere { token: 0, clock: 0 },
                by(0),
                by(1),
                by(2),
                ChangePrivilege { token: 0, clock: 0, claim: 1 },
                renew(0),
                Everywhere { token: 3, clock: 1 },
                by(3),
                LOGIN,
                by(4),
                Everyone { except: Some(4), clock: 1 },
                by(4),
                by(2),
            ],
        ),
        (
            "ok-a-session-that-is-over-revokes-nothing",
            USUAL,
            vec![
                LOGIN,
                LOGIN,
                Logout { token: 0, clock: 0 },
                Other { token: 0, other: 1, clock: 0 },
                Everywhere { token: 0, clock: 0 },
                Elsewhere { token: 0, clock: 0 },
                by(1),
                Logout { token: 0, clock: 0 },
            ],
        ),
        (
            "ok-a-logout-by-a-token-that-was-renewed-meanwhile",
            USUAL,
            vec![
                LOGIN,
                second,
                renew(0),
                by(1),
                // Superseded, and then expired while its successor lives on.
                Advance { eighths: 96 },
                Logout { token: 0, clock: 0 },
                by(1),
                LOGIN,
                Advance { eighths: 240 },
                renew(2),
                by(3),
                Advance { eighths: 255 },
                Advance { eighths: 64 },
                Logout { token: 2, clock: 0 },
                by(3),
            ],
        ),
        (
            "ok-another-privilege-and-a-step-up",
            USUAL,
            vec![
                LOGIN,
                second,
                ChangePrivilege { token: 0, clock: 0, claim: 9 },
                by(0),
                by(1),
                StepUp { token: 1, clock: 1 },
                by(1),
                by(2),
                renew(1),
                StepUp { token: 0, clock: 0 },
            ],
        ),
        (
            "ok-renewed-under-another-key-when-the-first-leaks",
            USUAL,
            vec![
                LOGIN,
                Rotate,
                second,
                renew(0),
                by(1),
                LOGIN,
                Rotate,
                second,
                renew(1),
                ChangePrivilege { token: 3, clock: 0, claim: 2 },
                by(4),
                by(2),
                RevokeKey { key: 0, clock: 0 },
                by(4),
                by(1),
                by(2),
                LOGIN,
                by(5),
                RevokeKey { key: 1, clock: 0 },
                by(2),
                by(5),
            ],
        ),
        (
            "ok-a-clock-that-stands-behind-a-cutoff",
            USUAL,
            vec![
                LOGIN,
                Jump { clock: 1, seconds: 600 },
                Login { subject: 0, clock: 1 },
                Everywhere { token: 1, clock: 1 },
                LOGIN,
                by(0),
                Use { token: 1, clock: 1 },
                InStep,
                Wait { minutes: 11 },
                LOGIN,
                by(2),
            ],
        ),
    ];
    of_operations(seeds, encode, operations)
}

/// The bytes that these operations are read from: the first number that chooses each, then its fields.
fn encode(settings: Settings, steps: &[Operation]) -> Vec<u8> {
    use Operation::*;

    let [low, high] = settings.absolute.to_le_bytes();
    let mut bytes = vec![settings.idle, low, high, settings.grace, settings.leeway];
    bytes.extend(settings.ahead);
    for step in steps {
        bytes.extend(match *step {
            Login { subject, clock } => vec![0, subject, clock],
            Use { token, clock } => vec![20, token, clock],
            Renew { token, clock } => vec![60, token, clock],
            RenewWith { token, clock, claim } => vec![105, token, clock, claim],
            RenewTogether { token, clock, other } => vec![110, token, clock, other],
            Advance { eighths } => vec![120, eighths],
            Wait { minutes } => vec![150, minutes],
            Edge { token, edge, clock, micros } => {
                let edge = match edge {
                    At::Expires => 0,
                    At::Refused => 32,
                    At::Absolute => 40,
                    At::Grace => 48,
                    At::Replay => 144,
                };
                vec![151, token, edge, clock, micros.cast_unsigned()]
            }
            Jump { clock, seconds } => {
                let [low, high] = seconds.to_le_bytes();
                vec![200, clock, low, high]
            }
            InStep => vec![202],
            Logout { token, clock } => vec![204, token, clock],
            Other { token, other, clock } => vec![207, token, other, clock],
            Everywhere { token, clock } => vec![211, token, clock],
            Elsewhere { token, clock } => vec![213, token, clock],
            RevokeSession { token, clock } => vec![218, token, clock],
            RevokeToken { token, clock } => vec![220, token, clock],
            Everyone { except: None, clock } => vec![224, 0, clock],
            Everyone { except: Some(token), clock } => vec![224, 1, token, clock],
            StepUp { token, clock } => vec![226, token, clock],
            ChangePrivilege { token, clock, claim } => vec![232, token, clock, claim],
            Rotate => vec![238],
            RevokeKey { key, clock } => vec![246, key, clock],
            Purge { clock } => vec![248, clock],
        });
    }
    bytes
}
