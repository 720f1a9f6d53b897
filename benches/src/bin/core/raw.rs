//! Ed25519 alone, by three libraries.

use std::hint::black_box;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::Verifier as _;
use hallpass::key::SecretKey;
use hallpass_benches::measure::Contender;

/// A key pair as bytes, for every library.
pub(crate) struct Pair {
    pub(crate) seed: [u8; 32],
    pub(crate) public: [u8; 32],
}

impl Pair {
    pub(crate) fn of(key: &SecretKey) -> Self {
        let paserk = key.to_paserk();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(paserk.rsplit('.').next().unwrap()).unwrap();
        let (seed, public) = bytes.split_at(32);
        Self { seed: seed.try_into().unwrap(), public: public.try_into().unwrap() }
    }

    /// As RFC 8410 writes a seed: after these 16 bytes.
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20], &self.seed[..]].concat()
    }

    pub(crate) fn aws_lc(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_and_public_key(&self.seed, &self.public).unwrap()
    }
}

/// Each verifies a signature of this message, whose key it has parsed before.
pub(crate) fn verifying<'a>(pair: &Pair, message: &'a [u8]) -> Vec<Contender<'a>> {
    let signing = pair.aws_lc();
    assert_eq!(signing.public_key().as_ref(), pair.public);
    let signature = signing.sign(message);
    let bytes: [u8; 64] = signature.as_ref().try_into().unwrap();

    let aws_lc = ParsedPublicKey::new(&ED25519, pair.public).unwrap();
    let dalek = ed25519_dalek::VerifyingKey::from_bytes(&pair.public).unwrap();
    let dalek_signature = ed25519_dalek::Signature::from_bytes(&bytes);
    let compact = ed25519_compact::PublicKey::new(pair.public);
    let compact_signature = ed25519_compact::Signature::new(bytes);
    vec![
        Contender::new("aws-lc-rs, signature alone", move || {
            aws_lc.verify_sig(black_box(message), black_box(&bytes)).unwrap();
        }),
        Contender::new("ed25519-dalek, signature alone", move || {
            dalek.verify(black_box(message), black_box(&dalek_signature)).unwrap();
        }),
        Contender::new("ed25519-compact, signature alone", move || {
            compact.verify(black_box(message), black_box(&compact_signature)).unwrap();
        }),
    ]
}
