//! A genuine signature, changed: what the backend of the build says about it, and what pasetors says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curve25519_dalek::edwards::CompressedEdwardsY;
use hallpass::VerifyError;

use super::world::{WORLD, keys, names, noon, open, seal};

/// The order of the group, little-endian (RFC 8032, section 5.1): what can be added to S, and must not be.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The first byte chooses what is changed, the next two say where and by what; the rest is a payload, which is signed
/// before anything is changed.
///
/// Found authentic exactly if pasetors finds it so, unless the first half of the signature is no canonical point
/// without torsion: there pasetors may take what another backend refuses, and never the other way round.
pub fn signature(data: &[u8]) -> bool {
    let [change, at, by, payload @ ..] = data else { return false };
    let (paserk, id) = keys::SIGNING;
    let footer = names(id);
    let Some(token) = seal(paserk, payload, footer.as_bytes()) else { return false };
    let mut message = URL_SAFE_NO_PAD.decode(token.split('.').nth(2).expect("a message")).expect("base64url");
    let (signed, signature) = message.split_at_mut(payload.len());
    let (first, second) = signature.split_at_mut(32);
    let mut footer = footer;
    let at = usize::from(*at);
    match change % 8 {
        0 => {}
        1 => first[at % 32] ^= by,
        2 => second[at % 32] ^= by,
        3 => signed[at % payload.len()] ^= by,
        4 => add_order(second, usize::from(*by % 9)),
        5 => first.copy_from_slice(&payload.iter().copied().chain([0; 32]).take(32).collect::<Vec<u8>>()),
        6 => second.copy_from_slice(&payload.iter().copied().chain([0; 32]).take(32).collect::<Vec<u8>>()),
        _ => footer = format!(" {footer}"),
    }
    let is_plain = CompressedEdwardsY::from_slice(first).is_ok_and(|first| {
        first.decompress().is_some_and(|point| point.is_torsion_free() && point.compress() == first)
    });
    let text = format!("v4.public.{}.{}", URL_SAFE_NO_PAD.encode(&message), URL_SAFE_NO_PAD.encode(&footer));
    if text.len() > 8192 {
        return false;
    }
    let authentic = match WORLD.verifier.verify_at(&text, noon()) {
        Err(VerifyError::Inauthentic { .. }) => false,
        Err(VerifyError::Malformed(error)) => panic!("spelled as it should be: {error}"),
        // Whatever it says.
        _ => true,
    };
    // pasetors shows a payload that is UTF-8.
    let is_text = std::str::from_utf8(&message[..payload.len()]).is_ok();
    let by_pasetors = open(paserk, &text).is_some();
    if is_text && is_plain {
        assert_eq!(authentic, by_pasetors, "{text}");
    } else if is_text {
        assert!(by_pasetors || !authentic, "{text}");
    }
    assert!(!authentic || text == token, "changed, and authentic: {text}");
    authentic
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
