//! Tokens and their parts, keys, and signatures.

use super::{Seeds, claims, keys, named, names, seal};

/// Of a secret half, which no token names.
const SECRET_ID: &str = "k4.sid.paZFlFwrL3xj5JjPBdeifr2yR8afDqTjMI3RquKwgl5l";

pub(super) fn tokens() -> Seeds {
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
    let footer = public.rsplit('.').next().expect("a part");
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
        ("no-public-empty-payload", format!("v4.public..{footer}")),
        ("no-public-signature-alone", format!("v4.public.{}.{footer}", "A".repeat(86))),
        ("no-local-nonce-and-tag-alone", format!("v4.local.{}.{footer}", "A".repeat(86))),
        ("no-public-footer-of-another-object", format!("{}.e30", public.rsplit_once('.').expect("parts").0)),
        ("no-8193-bytes", format!("v4.public.{}.{footer}", "A".repeat(8193 - "v4.public..".len() - footer.len()))),
    ])
}

/// The first byte chooses: see the target.
pub(super) fn payloads() -> Seeds {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let many = |keys: usize| {
        let members: Vec<String> = (0..keys - 9).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let date = |name: &'static str, date: &'static str| claims(&[(name, date)]);
    let prior = |ids: &[&str]| format!("\"{}\"", ids.join(" "));
    // Whose keys nobody has.
    let sixteen: Vec<String> = (0..16).map(|n| format!("k4.lid.{}{}", "A".repeat(43), char::from(b'a' + n))).collect();
    let sixteen: Vec<&str> = sixteen.iter().map(String::as_str).collect();
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
        ("ok-key-before", format!("1{}", claims(&[("prior_kids", &prior(&[keys::FORMER_SIGNING.1]))]))),
        ("ok-16-keys-before", format!("1{}", claims(&[("prior_kids", &prior(&sixteen))]))),
        (
            "no-17-keys-before",
            format!("1{}", claims(&[("prior_kids", &prior(&[&sixteen[..], &[keys::SIGNING.1]].concat()))])),
        ),
        ("no-key-before-twice", format!("1{}", claims(&[("prior_kids", &prior(&[keys::SIGNING.1; 2]))]))),
        ("no-key-before-retired", format!("1{}", claims(&[("prior_kids", &prior(&[keys::RETIRED_SIGNING.1]))]))),
        ("no-key-before-a-secret-half", format!("1{}", claims(&[("prior_kids", &prior(&[SECRET_ID]))]))),
        ("no-keys-before-none", format!("1{}", claims(&[("prior_kids", &prior(&[]))]))),
        ("no-keys-before-a-number", format!("1{}", claims(&[("prior_kids", "1")]))),
        ("no-issuer-missing", format!("1{}", claims(&[("iss", "")]))),
        ("no-subject-missing", format!("1{}", claims(&[("sub", "")]))),
        ("no-issued-at-missing", format!("1{}", claims(&[("iat", "")]))),
        ("no-id-missing", format!("1{}", claims(&[("jti", "")]))),
        ("no-session-missing", format!("1{}", claims(&[("sid", "")]))),
        ("no-gen-missing", format!("1{}", claims(&[("gen", "")]))),
        ("no-auth-time-missing", format!("1{}", claims(&[("auth_time", "")]))),
        ("no-issuer-number", format!("1{}", claims(&[("iss", "1")]))),
        ("no-id-number", format!("1{}", claims(&[("sid", "1")]))),
        ("no-gen-text", format!("1{}", claims(&[("gen", r#""0""#)]))),
        ("no-array", "1[]".to_owned()),
        ("no-empty", "0".to_owned()),
    ])
}

pub(super) fn footers() -> Seeds {
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
        ("no-secret-id", kid(SECRET_ID)),
        ("no-kid-number", "{\"kid\":4}".to_owned()),
        ("no-kid-of-words-that-an-error-says", "{\"kid\":\"oter(Kid\"}".to_owned()),
        ("no-kid-nested", format!("{{\"a\":{}}}", kid(signing))),
        ("no-other-name", format!("{{\"key\":\"{signing}\"}}")),
        ("no-bare-id", signing.to_owned()),
        ("no-empty", String::new()),
    ])
}

pub(super) fn paserks() -> Seeds {
    let secret = keys::SIGNING.0;
    let public = "k4.public.d3bocLkzVPKgskwj8qNsxOgOIjIYwbl5Jv3QGDlqK5s";
    let local = keys::ENCRYPTING.0;
    named([
        ("ok-secret", secret.to_owned()),
        ("ok-public", public.to_owned()),
        ("ok-local", local.to_owned()),
        ("ok-pid", keys::SIGNING.1.to_owned()),
        ("ok-lid", keys::ENCRYPTING.1.to_owned()),
        ("ok-sid", SECRET_ID.to_owned()),
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
        ("no-key-with-a-character-of-two-bytes", format!("k4.local.{}\u{483}{}", "A".repeat(19), "A".repeat(22))),
        ("no-identity-point", format!("k4.public.AQ{}", "A".repeat(41))),
        ("no-small-order", format!("k4.public.{}", "A".repeat(43))),
        ("no-halves", secret.replacen("3b", "3c", 1).replace("93d", "94d")),
        ("no-stray-bits", format!("{}{}", &public[..public.len() - 1], "t")),
        ("no-padding", format!("{public}=")),
        ("no-k3", secret.replacen("k4", "k3", 1)),
    ])
}

/// What is changed, where and by what, and a payload.
pub(super) fn signatures() -> Seeds {
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
