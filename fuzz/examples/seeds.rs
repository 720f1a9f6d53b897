//! Writes the seeds: `cargo run --example seeds` in this folder.
//!
//! What it writes follows from constants, except that encryption draws a nonce: a v4.local token that is
//! there already and says what it should is left alone.

use std::fs;
use std::path::Path;

#[path = "seeds/formats.rs"]
mod formats;
#[path = "seeds/sessions.rs"]
mod sessions;
#[path = "seeds/shared.rs"]
mod shared;
#[path = "seeds/stores.rs"]
mod stores;

use hallpass_fuzz::{Near, Operation, Settings, keys, open, operations, seal};

fn main() {
    for (target, seeds) in [
        ("token", tokens()),
        ("payload", payloads()),
        ("footer", footers()),
        ("paserk", paserks()),
        ("denylist", denylists()),
        ("session", sessions::sessions()),
        ("signature", signatures()),
        ("json", formats::jsons()),
        ("dates", formats::dates()),
        ("entries", formats::entries()),
        ("headers", shared::headers()),
        ("follower", shared::followers()),
        ("record", stores::records()),
        ("store", stores::stores()),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        fs::create_dir_all(&folder).expect("a folder");
        for (name, bytes) in &seeds {
            let path = folder.join(name);
            if !fs::read(&path).is_ok_and(|there| says_the_same(&there, bytes)) {
                fs::write(path, bytes).expect("a file");
            }
        }
        println!("{target}: {} seeds", seeds.len());
    }
}

type Seeds = Vec<(String, Vec<u8>)>;

fn says_the_same(there: &[u8], new: &[u8]) -> bool {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (there, new) = (text(there), text(new));
    let footer = |token: &str| token.rsplit('.').next().map(str::to_owned);
    there == new
        || [keys::ENCRYPTING, keys::FORMER_ENCRYPTING, keys::FOREIGN_ENCRYPTING].into_iter().any(|(paserk, _)| {
            let opened = open(paserk, new.trim_end_matches('='));
            opened.is_some() && opened == open(paserk, there.trim_end_matches('=')) && footer(&there) == footer(&new)
        })
}

/// What is changed, where and by what, and a payload.
fn signatures() -> Seeds {
    let seed = |change: u8, at: u8, by: u8, payload: &[u8]| [&[change, at, by][..], payload].concat();
    let good = claims(&[]).into_bytes();
    let points = [
        ("identity", "0100000000000000000000000000000000000000000000000000000000000000"),
        ("of-order-2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("of-order-8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ("identity-spelled-otherwise", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("no-point", "0200000000000000000000000000000000000000000000000000000000000000"),
    ];
    let mut seeds: Seeds = vec![
        ("ok-unchanged".into(), seed(0, 0, 0, &good)),
        ("ok-not-even-json".into(), seed(0, 0, 0, b"x")),
        ("ok-not-utf8".into(), seed(0, 0, 0, b"\xff")),
        ("no-first-half-by-a-bit".into(), seed(1, 31, 128, &good)),
        ("no-second-half-by-a-bit".into(), seed(2, 0, 1, &good)),
        ("no-highest-bit-of-the-second-half".into(), seed(2, 31, 128, &good)),
        ("no-payload-by-a-bit".into(), seed(3, 9, 1, &good)),
        ("no-order-added-once".into(), seed(4, 0, 1, &good)),
        ("no-order-added-eight-times".into(), seed(4, 0, 8, &good)),
        ("no-second-half-zero".into(), seed(6, 0, 0, b"\0")),
        ("no-another-footer".into(), seed(7, 0, 0, &good)),
        ("ok-a-nonce-of-ones-own".into(), seed(8, 0, 7, &good)),
        ("ok-another-key".into(), seed(0x30, 0, 0, &good)),
        ("no-first-half-the-identity-and-right".into(), seed(8, 0, 0, &good)),
        ("no-first-half-of-order-8-and-right".into(), seed(8, 1, 0, &good)),
    ];
    for (name, point) in points {
        let bytes: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&point[2 * n..2 * n + 2], 16).expect("hex")).collect();
        seeds.push((format!("no-first-half-{name}"), seed(5, 0, 0, &bytes)));
    }
    seeds
}

/// A payload that is good at noon, with members replaced, added or, with an empty value, left out.
fn claims(changes: &[(&str, &str)]) -> String {
    let mut members = vec![
        ("iss", r#""https://app.example""#),
        ("sub", r#""alice""#),
        ("exp", r#""2026-11-23T12:15:00.000000Z""#),
        ("iat", r#""2026-11-23T12:00:00.000000Z""#),
        ("jti", r#""AAECAwQFBgcICQoLDA0ODw""#),
        ("sid", r#""AAECAwQFBgcICQoLDA0ODw""#),
        ("gen", "0"),
        ("auth_time", r#""2026-11-23T12:00:00.000000Z""#),
    ];
    for &(name, value) in changes {
        match members.iter_mut().find(|(other, _)| *other == name) {
            Some(member) => member.1 = value,
            None => members.push((name, value)),
        }
    }
    let members: Vec<String> = members
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn names((_, id): (&str, &str)) -> String {
    format!("{{\"kid\":\"{id}\"}}")
}

fn tokens() -> Seeds {
    let good = claims(&[]);
    let of = |key: (&str, &str)| seal(key.0, good.as_bytes(), names(key).as_bytes()).expect("a payload");
    let says =
        |claims: String| seal(keys::SIGNING.0, claims.as_bytes(), names(keys::SIGNING).as_bytes()).expect("a payload");
    let public = of(keys::SIGNING);
    let private = claims(&[("roles", r#"["admin",{"of":"ops"}]"#), ("name", r#""A. \u00c4lice""#)]);
    let flipped = {
        let at = public.len() / 2;
        let other = if public.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &public[..at], &public[at + 1..])
    };
    named([
        ("ok-public", public.clone()),
        ("ok-public-former-key", of(keys::FORMER_SIGNING)),
        ("ok-public-private-claims", says(private)),
        (
            "ok-public-last-microsecond",
            says(claims(&[
                ("exp", r#""2026-11-23T11:59:50.000001Z""#),
                ("iat", r#""2026-11-23T11:50:00Z""#),
                ("auth_time", r#""2026-11-23T11:50:00Z""#),
            ])),
        ),
        ("ok-local", of(keys::ENCRYPTING)),
        (
            "no-public-expired",
            says(claims(&[
                ("exp", r#""2026-11-23T11:59:50Z""#),
                ("iat", r#""2026-11-23T11:50:00Z""#),
                ("auth_time", r#""2026-11-23T11:50:00Z""#),
            ])),
        ),
        ("no-public-other-issuer", says(claims(&[("iss", r#""https://other.example""#)]))),
        ("no-public-audience", says(claims(&[("aud", r#""https://api.example""#)]))),
        ("no-public-retired-key", of(keys::RETIRED_SIGNING)),
        ("no-local-past-key", of(keys::FORMER_ENCRYPTING)),
        ("no-local-unknown-key", of(keys::FOREIGN_ENCRYPTING)),
        ("no-public-trailing-dot", format!("{public}.")),
        ("no-public-padding", format!("{public}=")),
        ("no-public-flipped", flipped),
        ("no-public-renamed-local", public.replacen("public", "local", 1)),
        ("no-public-no-footer", public.rsplit_once('.').expect("parts").0.to_owned()),
        ("no-header-alone", "v4.public.".to_owned()),
        ("no-v2", public.replacen("v4", "v2", 1)),
    ])
}

/// The first byte chooses: see the target.
fn payloads() -> Seeds {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let many = |keys: usize| {
        let members: Vec<String> = (0..keys - 9).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let date = |name: &'static str, date: &'static str| claims(&[(name, date)]);
    named([
        ("ok-signed", format!("0{}", claims(&[]))),
        ("ok-encrypted", format!("1{}", claims(&[]))),
        ("ok-audience", format!("2{}", claims(&[("aud", r#""https://api.example""#)]))),
        ("ok-white-space", format!("1 \r\n\t{}\n ", claims(&[]).replace(',', " ,\n"))),
        ("ok-private", format!("1{}", claims(&[("n", "1e3"), ("o", r#"{"a":{"a":null}}"#), ("\\u0061", "true")]))),
        ("ok-escaped-name", format!("1{}", claims(&[]).replace("\"exp\"", r#""\u0065x\u0070""#))),
        ("ok-deep", format!("1{}", claims(&[("d", &nested(32))]))),
        ("ok-many-keys", format!("1{}", claims(&[("m", &many(512))]))),
        ("ok-year-boundaries", format!("1{}", claims(&[("nbf", r#""0000-02-29T23:59:59.999999999Z""#)]))),
        ("no-duplicate", format!("1{}", claims(&[("\\u0065xp", r#""2026-11-23T12:15:00Z""#)]))),
        ("no-nested-duplicate", format!("1{}", claims(&[("d", r#"[{"a":1,"\u0061":2}]"#)]))),
        ("no-too-deep", format!("1{}", claims(&[("d", &nested(33))]))),
        ("no-too-many-keys", format!("1{}", claims(&[("m", &many(513))]))),
        ("no-audience-unexpected", format!("1{}", claims(&[("aud", r#""https://api.example""#)]))),
        ("no-audience-null", format!("1{}", claims(&[("aud", "null")]))),
        ("no-exp-number", format!("1{}", date("exp", "1795446900"))),
        ("no-exp-missing", format!("1{}", date("exp", ""))),
        ("no-exp-lowercase", format!("1{}", date("exp", r#""2026-11-23t12:15:00z""#))),
        ("no-exp-leap-second", format!("1{}", date("exp", r#""2026-11-23T12:14:60Z""#))),
        ("no-exp-february", format!("1{}", date("exp", r#""2026-02-29T12:15:00Z""#))),
        ("no-exp-year-10000", format!("1{}", date("exp", r#""10000-01-01T00:00:00Z""#))),
        ("no-lives-too-long", format!("1{}", date("exp", r#""2026-11-23T12:15:00.000000001Z""#))),
        ("no-gen-negative-zero", format!("1{}", claims(&[("gen", "-0")]))),
        ("no-gen-too-large", format!("1{}", claims(&[("gen", "4294967296")]))),
        ("no-id-stray-bits", format!("1{}", claims(&[("jti", r#""AAECAwQFBgcICQoLDA0ODx""#)]))),
        ("no-subject-empty", format!("1{}", claims(&[("sub", r#""""#)]))),
        (
            "no-subject-logged-out",
            format!("1{}", claims(&[("sub", r#""mallory""#), ("auth_time", r#""2026-11-23T11:50:10.000000999Z""#),])),
        ),
        (
            "ok-subject-back-again",
            format!("1{}", claims(&[("sub", r#""mallory""#), ("auth_time", r#""2026-11-23T11:50:10.000001Z""#),])),
        ),
        ("no-session-revoked", format!("1{}", claims(&[("sid", r#""IiIiIiIiIiIiIiIiIiIiIg""#)]))),
        ("no-token-revoked", format!("1{}", claims(&[("jti", r#""EREREREREREREREREREREQ""#)]))),
        ("no-array", "1[]".to_owned()),
        ("no-empty", "0".to_owned()),
    ])
}

fn footers() -> Seeds {
    let kid = |id: &str| format!("{{\"kid\":\"{id}\"}}");
    let signing = keys::SIGNING.1;
    let many = |keys: usize| {
        let members: String = (1..keys).map(|n| format!(",\"{n}\":0")).collect();
        format!("{{\"kid\":\"{signing}\"{members}}}")
    };
    let long = |len: usize| format!("{}{}", kid(signing), " ".repeat(len - kid(signing).len()));
    named([
        ("ok-public", kid(signing)),
        ("ok-former", kid(keys::FORMER_SIGNING.1)),
        ("ok-local", kid(keys::ENCRYPTING.1)),
        ("ok-more-members", format!("{{\"a\":[1],\"kid\":\"{signing}\",\"b\":{{\"c\":null}}}}")),
        ("ok-escaped", kid(signing).replace("kid", r"k\u0069d").replacen("k4", r"\u006b4", 1)),
        ("ok-16-keys", many(16)),
        ("ok-512-bytes", long(512)),
        ("no-513-bytes", long(513)),
        ("no-17-keys", many(17)),
        ("no-too-deep", format!("{{\"kid\":\"{signing}\",\"a\":[[]]}}")),
        ("no-duplicate", format!("{{\"kid\":\"{signing}\",\"k\\u0069d\":\"{signing}\"}}")),
        ("no-past", kid(keys::FORMER_ENCRYPTING.1)),
        ("no-retired", kid(keys::RETIRED_SIGNING.1)),
        ("no-unknown", kid(keys::FOREIGN_ENCRYPTING.1)),
        ("no-secret-id", kid("k4.sid.paZFlFwrL3xj5JjPBdeifr2yR8afDqTjMI3RquKwgl5l")),
        ("no-kid-number", "{\"kid\":4}".to_owned()),
        ("no-kid-nested", format!("{{\"a\":{}}}", kid(signing))),
        ("no-other-name", format!("{{\"key\":\"{signing}\"}}")),
        ("no-bare-id", signing.to_owned()),
        ("no-empty", String::new()),
    ])
}

fn paserks() -> Seeds {
    let secret = keys::SIGNING.0;
    let public = "k4.public.d3bocLkzVPKgskwj8qNsxOgOIjIYwbl5Jv3QGDlqK5s";
    let local = keys::ENCRYPTING.0;
    named([
        ("ok-secret", secret.to_owned()),
        ("ok-public", public.to_owned()),
        ("ok-local", local.to_owned()),
        ("ok-pid", keys::SIGNING.1.to_owned()),
        ("ok-lid", keys::ENCRYPTING.1.to_owned()),
        ("ok-sid", "k4.sid.paZFlFwrL3xj5JjPBdeifr2yR8afDqTjMI3RquKwgl5l".to_owned()),
        ("ok-secret-with-line-ending", format!("{secret}\r\n")),
        (
            "ok-set",
            format!(
                "hallpass-keys 1\n# rotated in November\ncurrent {secret}\nnext {local}\nverify-only 2026-12-01T00:00:00Z {}\nretired {}\n",
                keys::FORMER_SIGNING.0,
                keys::RETIRED_SIGNING.1
            ),
        ),
        ("ok-set-nanoseconds", format!("hallpass-keys 1\nverify-only 2026-12-01T00:00:00.123456789Z {public}\n")),
        ("ok-set-year-0", format!("hallpass-keys 1\r\n\r\nverify-only 0000-01-01T00:00:00Z {local}\r\n")),
        ("ok-set-empty", "hallpass-keys 1".to_owned()),
        ("no-set-version", "hallpass-keys 2\n".to_owned()),
        ("no-set-two-current", format!("hallpass-keys 1\ncurrent {secret}\ncurrent {local}\n")),
        ("no-set-twice", format!("hallpass-keys 1\ncurrent {secret}\nretired {}\n", keys::SIGNING.1)),
        ("no-zero-local", format!("k4.local.{}", "A".repeat(43))),
        ("no-zero-seed", format!("k4.secret.{}", "A".repeat(86))),
        ("no-identity-point", format!("k4.public.AQ{}", "A".repeat(41))),
        ("no-small-order", format!("k4.public.{}", "A".repeat(43))),
        ("no-halves", secret.replacen("3b", "3c", 1).replace("93d", "94d")),
        ("no-stray-bits", format!("{}{}", &public[..public.len() - 1], "t")),
        ("no-padding", format!("{public}=")),
        ("no-k3", secret.replacen("k4", "k3", 1)),
    ])
}

fn named<const N: usize>(seeds: [(&str, String); N]) -> Seeds {
    seeds.map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
}

fn denylists() -> Seeds {
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
    seeds
        .into_iter()
        .map(|(name, settings, steps)| {
            let bytes = encode(settings, &steps);
            assert_eq!(operations(&bytes), Some((settings, steps)), "{name}");
            (name.to_owned(), bytes)
        })
        .collect()
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
