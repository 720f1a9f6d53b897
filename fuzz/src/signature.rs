//! Signatures of keys that import takes: genuine, changed, or made by a signer of one's own.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use hallpass::key::{KeySet, SecretKey};
use hallpass::{Denylist, KeyRing, Verifier, VerifyError};
use orion::hazardous::hash::sha2::sha512::Sha512;
use pasetors::errors::Error as PasetoError;
use pasetors::keys::AsymmetricPublicKey;
use pasetors::token::{Public, UntrustedToken};
use pasetors::version4::{PublicToken, V4};

use super::world::{ISSUER, names, noon, seal};

/// The order of the group, little-endian (RFC 8032, section 5.1): what can be added to S, and must not be.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A key of its own for each first byte.
struct Signer {
    seed: [u8; 32],
    key: SecretKey,
    verifier: Verifier,
}

impl Signer {
    fn new(number: u8) -> Self {
        let seed = [number.wrapping_add(1).max(1); 32];
        let public = EdwardsPoint::mul_base(&Self::scalar(seed)).compress();
        let halves = URL_SAFE_NO_PAD.encode([seed, public.to_bytes()].concat());
        let key = SecretKey::from_paserk(&format!("k4.secret.{halves}")).expect("two halves of one key");
        let list = Denylist::builder().in_memory().expect("a list");
        let keys = KeyRing::new(KeySet::issuing(key.clone()));
        Self { seed, key, verifier: Verifier::new(&keys, ISSUER, &list) }
    }

    fn scalar(seed: [u8; 32]) -> Scalar {
        let half = *hash(&[&seed]).first_chunk().expect("64 bytes");
        Scalar::from_bytes_mod_order(clamp_integer(half))
    }

    /// A signature that is right, with this nonce, but for a point that is added to its first half.
    fn sign(&self, covered: &[u8], nonce: Scalar, added: EdwardsPoint) -> [u8; 64] {
        let secret = Self::scalar(self.seed);
        let public = EdwardsPoint::mul_base(&secret).compress();
        let first = (EdwardsPoint::mul_base(&nonce) + added).compress();
        let challenge = Scalar::from_bytes_mod_order_wide(&hash(&[first.as_bytes(), public.as_bytes(), covered]));
        let second = nonce + challenge * secret;
        [first.to_bytes(), second.to_bytes()].concat().try_into().expect("two halves")
    }
}

static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| (0..8).map(Signer::new).collect());

/// The first byte chooses a key and what is done to a signature, the next two say where and by what; the rest is a payload,
/// which is signed before anything is changed.
///
/// Found authentic exactly if pasetors finds it so, unless the first half of the signature is no canonical point
/// without torsion: there pasetors may take what another backend refuses, and never the other way round. Nothing that is
/// changed is authentic.
pub fn signature(data: &[u8]) -> bool {
    let [choice, at, by, payload @ ..] = data else { return false };
    let signer = &SIGNERS[usize::from(choice >> 4) % SIGNERS.len()];
    let id = signer.key.id().to_string();
    let mut footer = names(&id);
    let Some(token) = seal(&signer.key.to_paserk(), payload, footer.as_bytes()) else { return false };
    let mut message = URL_SAFE_NO_PAD.decode(token.split('.').nth(2).expect("a message")).expect("base64url");
    let (signed, signature) = message.split_at_mut(payload.len());
    let at = usize::from(*at);
    let is_own = choice % 16 == 8;
    if is_own {
        let covered = covered(signed, footer.as_bytes());
        let nonce = Scalar::from(u64::from(*by));
        signature.copy_from_slice(&signer.sign(&covered, nonce, EIGHT_TORSION[at % 8]));
    }
    let (first, second) = signature.split_at_mut(32);
    let from_payload = || payload.iter().copied().chain([0; 32]).take(32).collect::<Vec<u8>>();
    match choice % 16 {
        1 => first[at % 32] ^= by,
        2 => second[at % 32] ^= by,
        3 => signed[at % payload.len()] ^= by,
        4 => add_order(second, usize::from(*by % 9)),
        5 => first.copy_from_slice(&from_payload()),
        6 => second.copy_from_slice(&from_payload()),
        7 => footer = format!(" {footer}"),
        _ => {}
    }
    let is_plain = CompressedEdwardsY::from_slice(first).is_ok_and(|first| {
        first.decompress().is_some_and(|point| point.is_torsion_free() && point.compress() == first)
    });
    let text = format!("v4.public.{}.{}", URL_SAFE_NO_PAD.encode(&message), URL_SAFE_NO_PAD.encode(&footer));
    if text.len() > 8192 {
        return false;
    }
    let authentic = match signer.verifier.verify_at(&text, noon()) {
        Err(VerifyError::Inauthentic { .. }) => false,
        Err(VerifyError::Malformed(error)) => panic!("spelled as it should be: {error}"),
        // Whatever it says.
        _ => true,
    };
    let by_pasetors = by_pasetors(&signer.key, &text);
    if is_plain {
        assert_eq!(authentic, by_pasetors, "{text}");
    } else {
        assert!(by_pasetors || !authentic, "{text}");
    }
    assert!(is_own || !authentic || text == token, "changed, and authentic: {text}");
    authentic
}

fn by_pasetors(key: &SecretKey, text: &str) -> bool {
    let public = AsymmetricPublicKey::<V4>::try_from(key.public_key().to_paserk().as_str()).expect("a key");
    let token = UntrustedToken::<Public, V4>::try_from(text).expect("spelled as it should be");
    // That the payload is no text is found behind a good signature.
    matches!(PublicToken::verify(&public, &token, None, None), Ok(_) | Err(PasetoError::PayloadInvalidUtf8))
}

/// PASETO's pre-authentication encoding of a payload and its footer, without an implicit assertion.
fn covered(payload: &[u8], footer: &[u8]) -> Vec<u8> {
    let pieces = [b"v4.public.", payload, footer, b""];
    let number = |number: usize| (number as u64).to_le_bytes();
    let pieces = pieces.iter().flat_map(|piece| [number(piece.len()).to_vec(), piece.to_vec()].concat());
    number(4).into_iter().chain(pieces).collect()
}

fn hash(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    parts.iter().for_each(|part| hash.update(part).expect("short"));
    hash.finalize().expect("once").as_ref().try_into().expect("64 bytes")
}

/// Adds the order of the group so many times; what overflows is lost.
fn add_order(number: &mut [u8], times: usize) {
    for _ in 0..times {
        let mut carry = 0;
        for (byte, order) in number.iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
    }
}
