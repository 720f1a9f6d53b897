//! One spelling, strict JSON, typed claims: what is refused, and in which order.

use hallpass::inspect::{FooterError, JsonError, PayloadError, SpellingError, Unverified};
use hallpass::{Issuer, Verifier, VerifyError};

use crate::support::{ISSUER, World, noon, payload, seconds};

fn refused(world: &World, token: &str) -> VerifyError {
    world.verifier.verify_at(token, noon()).unwrap_err()
}

/// What a genuinely sealed payload is refused for, whether signed or encrypted.
fn payload_refused(payload: &str) -> VerifyError {
    let [signed, encrypted] =
        [World::new(), World::local()].map(|world| refused(&world, &world.sealed(payload.as_bytes())));
    assert_eq!(signed, encrypted);
    signed
}

#[test]
fn the_sample_payload_is_accepted_as_it_stands() {
    for world in [World::new(), World::local()] {
        let session = world.verifier.verify_at(&world.sealed(payload(&[]).as_bytes()), noon()).unwrap();
        assert_eq!((session.subject(), session.generation()), ("alice", 0));
    }
}

#[test]
fn a_token_has_one_spelling() {
    for world in [World::new(), World::local()] {
        let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
        assert!(world.verifier.verify_at(&token, noon()).is_ok());
        let (head, footer) = token.rsplit_once('.').unwrap();
        let parts = SpellingError::Parts;
        let base64 = SpellingError::Base64;
        for (text, error) in [
            (format!("{token}."), parts),
            (format!("{token}.x"), parts),
            (format!(".{token}"), parts),
            (head.to_owned(), parts),
            (format!("{head}."), parts),
            (format!("{head}..{footer}"), parts),
            (String::new(), parts),
            (token.replacen('.', "", 1), parts),
            (format!("{token}="), base64),
            (format!("{head}=.{footer}"), base64),
            (format!("{token} "), base64),
            (format!("{token}\n"), base64),
            (format!("{token}\0"), base64),
            (
                token.replacen("ey", "e+", 1).replace("e+", "e/"),
                if head.contains("ey") { base64 } else { SpellingError::Base64 },
            ),
            (token.replacen("v4", "V4", 1), SpellingError::Header),
            (token.replacen("v4", "v3", 1), SpellingError::Header),
            (token.replacen("v4", "v2", 1), SpellingError::Header),
            (format!(" {token}"), SpellingError::Header),
            (token.replacen("public", "Public", 1).replacen("local", "Local", 1), SpellingError::Header),
        ] {
            if text != token {
                assert_eq!(refused(&world, &text), VerifyError::Malformed(error), "{text:?}");
            }
        }
        // Stray bits in the last character of either part.
        let last = |text: &str| text.as_bytes()[text.len() - 1] as char;
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let sealed = world.sealed_with_footer(
            payload(&[]).as_bytes(),
            format!("{{\"kid\":\"{}\",\"x\":1}}", Unverified::parse(&token).unwrap().key_id()).as_bytes(),
        );
        let mut strays = 0;
        for token in [&token, &sealed] {
            let (head, footer) = token.rsplit_once('.').unwrap();
            for (part, rebuilt) in [(footer, 1), (head.rsplit_once('.').unwrap().1, 0)] {
                if part.len() % 4 == 0 {
                    continue;
                }
                strays += 1;
                let next = ALPHABET.as_bytes()[ALPHABET.find(last(part)).unwrap() + 1] as char;
                let stray = format!("{}{next}", &part[..part.len() - 1]);
                let text = if rebuilt == 1 { format!("{head}.{stray}") } else { token.replacen(part, &stray, 1) };
                assert_eq!(refused(&world, &text), VerifyError::Malformed(base64), "{text}");
            }
        }
        assert!(strays > 0);
    }
}

#[test]
fn every_single_flipped_bit_is_refused() {
    for world in [World::new(), World::local()] {
        let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
        for at in 0..token.len() {
            for bit in [0, 1, 4] {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                if let Ok(text) = String::from_utf8(bytes) {
                    assert!(world.verifier.verify_at(&text, noon()).is_err(), "{at} {bit}");
                }
            }
        }
    }
}

#[test]
fn the_size_is_looked_at_first() {
    let world = World::new();
    let long = "v4.public.".to_owned() + &"A".repeat(10 << 20);
    assert_eq!(refused(&world, &long), VerifyError::Malformed(SpellingError::TooLong { len: long.len(), max: 8192 }));
    let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
    let exact = world.verifier.clone().max_token_len(token.len());
    assert!(exact.verify_at(&token, noon()).is_ok());
    let short = world.verifier.clone().max_token_len(token.len() - 1);
    assert_eq!(
        short.verify_at(&token, noon()).unwrap_err(),
        VerifyError::Malformed(SpellingError::TooLong { len: token.len(), max: token.len() - 1 })
    );
}

#[test]
fn a_footer_must_name_a_key_and_is_read_strictly() {
    let world = World::new();
    let kid = world.keys.set().current().unwrap().id().to_string();
    let sealed = |footer: &str| world.sealed_with_footer(payload(&[]).as_bytes(), footer.as_bytes());
    assert!(world.verifier.verify_at(&sealed(&format!("{{\"kid\":\"{kid}\"}}")), noon()).is_ok());
    assert!(world.verifier.verify_at(&sealed(&format!("{{\"wpk\":1,\"kid\":\"{kid}\"}}")), noon()).is_ok());
    for (footer, error) in [
        (kid.clone(), FooterError::Json(JsonError::Syntax { line: 1, column: 1 })),
        ("[]".to_owned(), FooterError::Json(JsonError::NotAnObject)),
        ("{}".to_owned(), FooterError::Kid),
        (format!("{{\"KID\":\"{kid}\"}}"), FooterError::Kid),
        ("{\"kid\":7}".to_owned(), FooterError::Kid),
        (format!("{{\"kid\":[\"{kid}\"]}}"), FooterError::Kid),
        (format!("{{\"kid\":\"{kid}=\"}}"), FooterError::Kid),
        (format!("{{\"kid\":\"{kid}\",\"kid\":\"{kid}\"}}"), FooterError::Json(JsonError::DuplicateKey)),
        (format!("{{\"kid\":\"{kid}\",\"k\\u0069d\":\"{kid}\"}}"), FooterError::Json(JsonError::DuplicateKey)),
        (format!("{{\"kid\":\"{kid}\",\"x\":[[]]}}"), FooterError::Json(JsonError::TooDeep { limit: 2 })),
        (format!("{{\"kid\":\"{kid}\",\"x\":\"{}\"}}", "x".repeat(512)), FooterError::TooLong { max: 512 }),
        (
            format!("{{{}\"kid\":\"{kid}\"}}", (0..16).map(|n| format!("\"{n}\":0,")).collect::<String>()),
            FooterError::Json(JsonError::TooManyKeys { limit: 16 }),
        ),
    ] {
        assert_eq!(refused(&world, &sealed(&footer)), VerifyError::Footer(error), "{footer}");
    }
    let not_utf8 = world.sealed_with_footer(payload(&[]).as_bytes(), b"{\"kid\":\"\xff\"}");
    assert_eq!(refused(&world, &not_utf8), VerifyError::Footer(FooterError::NotUtf8));
    // The kid of a key that nobody has, in a token that is otherwise genuine.
    let another = hallpass::key::SecretKey::generate().unwrap().id();
    assert_eq!(refused(&world, &sealed(&format!("{{\"kid\":\"{another}\"}}"))), VerifyError::UnknownKey);
}

#[test]
fn a_payload_is_a_strict_json_object() {
    let json = |payload: &str| match payload_refused(payload) {
        VerifyError::Payload(PayloadError::Json(error)) => error,
        other => panic!("{other}"),
    };
    assert_eq!(json("[]"), JsonError::NotAnObject);
    assert_eq!(json(&format!("[{}]", payload(&[]))), JsonError::NotAnObject);
    assert_eq!(json(&payload(&[]).replacen('{', "{\"sub\":\"bob\",", 1)), JsonError::DuplicateKey);
    assert_eq!(
        json(&payload(&[]).replacen('{', "{\"\\u0065xp\":\"2027-01-01T00:00:00Z\",", 1)),
        JsonError::DuplicateKey
    );
    assert_eq!(json(&payload(&[("x", Some("{\"a\":[{\"b\":1,\"b\":2}]}"))])), JsonError::DuplicateKey);
    let nested = |depth: usize| payload(&[("x", Some(&("[".repeat(depth) + &"]".repeat(depth))))]);
    assert_eq!(json(&nested(32)), JsonError::TooDeep { limit: 32 });
    let wide = |keys: usize| {
        payload(&[(
            "x",
            Some(&format!("{{{}}}", (0..keys).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","))),
        )])
    };
    assert_eq!(json(&wide(512 - 8)), JsonError::TooManyKeys { limit: 512 });
    for world in [World::new(), World::local()] {
        for fits in [nested(31), wide(512 - 9)] {
            assert!(world.verifier.verify_at(&world.sealed(fits.as_bytes()), noon()).is_ok());
        }
    }
    for text in ["{", "{}{}", "\u{feff}{}", "{\"x\":1e999}", "{\"x\":NaN}", "{\"x\":01}"] {
        assert!(matches!(json(text), JsonError::Syntax { .. }), "{text}");
    }
    let world = World::new();
    assert_eq!(refused(&world, &world.sealed(b"{\"sub\":\"\xff\"}")), VerifyError::PayloadNotUtf8);
}

#[test]
fn every_claim_that_must_be_there_is_missed() {
    for claim in ["iss", "sub", "exp", "iat", "jti", "sid", "gen", "auth_time"] {
        assert_eq!(payload_refused(&payload(&[(claim, None)])), VerifyError::Payload(PayloadError::Missing { claim }));
    }
}

#[test]
fn a_claim_of_the_wrong_type_is_never_treated_as_absent() {
    const OTHERS: [&str; 7] = ["null", "true", "7", "1.5", "[]", "{}", "[\"2026-11-23T12:15:00Z\"]"];
    for claim in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "gen", "auth_time"] {
        let wrong = OTHERS.iter().chain(&["\"\"", "\"x\""]).filter(|value| match claim {
            "gen" => **value != "7",
            "iss" | "aud" => !value.starts_with('"'),
            "sub" => **value != "\"x\"",
            _ => true,
        });
        for value in wrong {
            match payload_refused(&payload(&[(claim, Some(value))])) {
                VerifyError::Payload(PayloadError::Invalid { claim: refused, .. }) => assert_eq!(refused, claim),
                other => panic!("{claim} {value} {other}"),
            }
        }
    }
    for generation in ["-1", "4294967296", "1e0", "0.0", "\"0\""] {
        assert!(matches!(
            payload_refused(&payload(&[("gen", Some(generation))])),
            VerifyError::Payload(PayloadError::Invalid { claim: "gen", .. })
        ));
    }
}

#[test]
fn dates_have_one_form() {
    for date in [
        "2026-11-23t12:15:00Z",
        "2026-11-23T12:15:00z",
        "2026-11-23 12:15:00Z",
        "2026-11-23T12:15:00+00:00",
        "2026-11-23T14:15:00+02:00",
        "2026-11-23T12:15:00",
        "2026-11-23T12:14:60Z",
        "2026-11-23",
        "10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "1795436100",
        " 2026-11-23T12:15:00Z",
    ] {
        for claim in ["exp", "iat", "nbf", "auth_time"] {
            let refused = payload_refused(&payload(&[(claim, Some(&format!("\"{date}\"")))]));
            assert!(
                matches!(refused, VerifyError::Payload(PayloadError::Invalid { claim: other, .. }) if other == claim),
                "{claim} {date} {refused}"
            );
        }
    }
}

#[test]
fn ids_have_one_form() {
    for id in [
        "AAECAwQFBgcICQoLDA0OD",
        "AAECAwQFBgcICQoLDA0ODw==",
        "AAECAwQFBgcICQoLDA0ODx",
        "AAECAwQFBgcICQoLDA0OD+",
        "00010203-0405-0607-0809-0a0b0c0d0e0f",
    ] {
        for claim in ["jti", "sid"] {
            let refused = payload_refused(&payload(&[(claim, Some(&format!("\"{id}\"")))]));
            assert!(
                matches!(refused, VerifyError::Payload(PayloadError::Invalid { claim: other, .. }) if other == claim),
                "{id}"
            );
        }
    }
}

#[test]
fn another_issuer_or_audience_is_refused_with_both_values() {
    let world = World::new();
    let token = world.issuer.login_at("alice", noon()).unwrap().into_string();
    let other = Verifier::new(&world.keys, "https://other.example", &world.denylist);
    assert_eq!(
        other.verify_at(&token, noon()).unwrap_err(),
        VerifyError::Issuer { expected: "https://other.example".to_owned(), found: ISSUER.to_owned() }
    );
    let api = || Some("api".to_owned());
    let verifier = world.verifier.clone().audience("api");
    let refused = verifier.verify_at(&token, noon()).unwrap_err();
    assert_eq!(refused, VerifyError::Audience { expected: api(), found: None });
    assert_eq!(refused.to_string(), "for no audience, expected the audience \"api\"");
    let for_api = world.issuer.clone().audience("api").login_at("alice", noon()).unwrap().into_string();
    assert_eq!(verifier.verify_at(&for_api, noon()).unwrap().audience(), Some("api"));
    assert_eq!(
        world.verifier.verify_at(&for_api, noon()).unwrap_err(),
        VerifyError::Audience { expected: None, found: api() }
    );
    let empty = world.issuer.clone().audience("").login_at("alice", noon()).unwrap().into_string();
    assert!(world.verifier.verify_at(&empty, noon()).is_err() && verifier.verify_at(&empty, noon()).is_err());
}

#[test]
fn an_implicit_assertion_must_be_the_same() {
    for world in [World::new(), World::local()] {
        let issuer: Issuer = world.issuer.clone().implicit_assertion("tenant-1");
        let token = issuer.login_at("alice", noon()).unwrap().into_string();
        assert!(world.verifier.clone().implicit_assertion("tenant-1").verify_at(&token, noon()).is_ok());
        for other in ["", "tenant-2", "tenant-", "tenant-1 "] {
            let verifier = world.verifier.clone().implicit_assertion(other);
            assert!(matches!(verifier.verify_at(&token, noon()), Err(VerifyError::Inauthentic { .. })), "{other}");
        }
        let unbound = world.issuer.login_at("alice", noon()).unwrap().into_string();
        let bound = world.verifier.clone().implicit_assertion("tenant-1");
        assert!(matches!(bound.verify_at(&unbound, noon()), Err(VerifyError::Inauthentic { .. })));
    }
}

#[test]
fn another_key_of_the_same_name_is_inauthentic() {
    let [world, other] = [World::new(), World::new()];
    let kid = world.keys.set().current().unwrap().id();
    // The footer names our key, and another one signed.
    let forged = other.sealed_with_footer(payload(&[]).as_bytes(), format!("{{\"kid\":\"{kid}\"}}").as_bytes());
    assert_eq!(refused(&world, &forged), VerifyError::Inauthentic { key_id: kid });
}

#[test]
fn what_is_checked_first_is_reported_first() {
    // A token with every fault at once; mending one shows the next.
    let world = World::new();
    let kid = world.keys.set().current().unwrap().id();
    let footer = format!("{{\"kid\":\"{kid}\"}}");
    let faulty = payload(&[("iss", Some("\"x\"")), ("aud", Some("\"y\"")), ("exp", Some("\"2020-01-01T00:00:00Z\""))]);
    assert!(matches!(refused(&world, &world.sealed(faulty.as_bytes())), VerifyError::Issuer { .. }));
    let faulty = payload(&[("aud", Some("\"y\"")), ("exp", Some("\"2020-01-01T00:00:00Z\""))]);
    assert!(matches!(refused(&world, &world.sealed(faulty.as_bytes())), VerifyError::Audience { .. }));
    // Expired and revoked: expired.
    let expired = world.sealed(payload(&[]).as_bytes());
    world.denylist.revoke_at("AAECAwQFBgcICQoLDA0ODw".parse::<hallpass::TokenId>().unwrap(), noon()).wait().unwrap();
    assert!(matches!(world.verifier.verify_at(&expired, noon() + seconds(1000)), Err(VerifyError::Expired { .. })));
    assert!(matches!(refused(&world, &expired), VerifyError::Revoked { .. }));
    // Not authentic and not JSON: not authentic.
    let other = World::new();
    assert!(matches!(
        refused(&world, &other.sealed_with_footer(b"not json", footer.as_bytes())),
        VerifyError::Inauthentic { .. }
    ));
}

#[test]
fn a_token_can_be_looked_at_without_a_key_and_proves_nothing() {
    let world = World::new();
    let token = world.sealed(payload(&[]).as_bytes());
    let look = Unverified::parse(&token).unwrap();
    assert_eq!(look.unverified_payload(), Some(payload(&[]).as_bytes()));
    let footer = format!("{{\"kid\":\"{}\"}}", look.key_id());
    assert_eq!(look.unverified_footer(), footer.as_bytes());
    assert_eq!(
        (look.purpose(), look.key_id()),
        (hallpass::key::Purpose::Public, world.keys.set().current().unwrap().id())
    );
    let encrypted = World::local().sealed(payload(&[]).as_bytes());
    assert_eq!(Unverified::parse(&encrypted).unwrap().unverified_payload(), None);
    assert!(Unverified::parse("v4.public.AA").is_err());
}
