//! What may be imported as a key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curve25519_dalek::Scalar;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use hallpass::key::{KeyError, LocalKey, PublicKey, SecretKey};

fn public(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    PublicKey::from_paserk(&format!("k4.public.{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn secret(bytes: &[u8]) -> Result<SecretKey, KeyError> {
    SecretKey::from_paserk(&format!("k4.secret.{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn local(bytes: &[u8]) -> Result<LocalKey, KeyError> {
    LocalKey::from_paserk(&format!("k4.local.{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A key pair's 64 bytes: the seed and the public half.
fn pair(seed: u8) -> [u8; 64] {
    let pair = ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new([seed; 32]));
    pair.sk.as_slice().try_into().unwrap()
}

#[test]
fn a_key_pair_whose_halves_belong_together_is_taken() {
    for seed in [1, 2, 0x80, 0xff] {
        let key = secret(&pair(seed)).unwrap();
        assert_eq!(key.public_key().to_paserk(), public(&pair(seed)[32..]).unwrap().to_paserk());
    }
}

#[test]
fn a_zero_seed_is_refused_whatever_its_other_half() {
    let of_zero = hex::decode("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29").unwrap();
    for public in [&of_zero, &pair(1)[32..], &[0; 32][..]] {
        assert_eq!(secret(&[&[0; 32], public].concat()).unwrap_err(), KeyError::Zero);
    }
}

#[test]
fn a_zero_local_key_is_refused_and_any_other_taken() {
    assert_eq!(local(&[0; 32]).unwrap_err(), KeyError::Zero);
    for bit in 0..256 {
        let mut bytes = [0; 32];
        bytes[bit / 8] = 1 << (bit % 8);
        assert!(local(&bytes).is_ok());
    }
}

#[test]
fn halves_that_do_not_belong_together_are_refused() {
    let (one, other) = (pair(1), pair(2));
    assert_eq!(secret(&[&one[..32], &other[32..]].concat()).unwrap_err(), KeyError::Halves);
    for byte in 32..64 {
        let mut bytes = one;
        bytes[byte] ^= 1 << (byte % 8);
        assert_eq!(secret(&bytes).unwrap_err(), KeyError::Halves);
    }
}

/// The eight points of small order, in their canonical encoding ("Taming the many EdDSAs", table 6).
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

#[test]
fn the_8_points_of_small_order_are_refused() {
    let mut ours: Vec<Vec<u8>> = SMALL_ORDER.iter().map(|point| hex::decode(point).unwrap()).collect();
    let mut dalek: Vec<Vec<u8>> = EIGHT_TORSION.iter().map(|point| point.compress().0.to_vec()).collect();
    ours.sort();
    dalek.sort();
    assert_eq!(ours, dalek);
    for point in ours {
        assert_eq!(public(&point).unwrap_err(), KeyError::SmallOrder, "{}", hex::encode(point));
    }
}

/// p = 2²⁵⁵ − 19, little-endian: the first of the 19 numbers of 255 bits that are no canonical `y`.
fn prime_plus(more: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed + more;
    bytes[31] = 0x7f;
    bytes
}

/// All there are: `y` from p on, with either sign, and a zero `x` with the sign of a negative one. Six of
/// them spell points of small order.
#[test]
fn the_40_encodings_that_are_not_canonical_are_refused() {
    let too_large = (0..19).map(prime_plus).flat_map(|bytes| {
        let mut negative = bytes;
        negative[31] |= 0x80;
        [bytes, negative]
    });
    let mut negative_zero = [[0; 32], [0xff; 32]];
    negative_zero[0][0] = 1;
    negative_zero[0][31] = 0x80;
    negative_zero[1][0] = 0xec;
    let encodings: Vec<[u8; 32]> = too_large.chain(negative_zero).collect();
    assert_eq!(encodings.len(), 40);
    for encoding in encodings {
        assert_eq!(public(&encoding).unwrap_err(), KeyError::NotAPoint, "{}", hex::encode(encoding));
    }
}

#[test]
fn bytes_that_are_no_point_are_refused() {
    // Of the small y, those where (y² − 1) / (dy² + 1) is a square, by Euler's criterion.
    let mut on_curve = Vec::new();
    for y in 2..32 {
        let mut bytes = [0; 32];
        bytes[0] = y;
        match public(&bytes) {
            Err(KeyError::NotAPoint) => {}
            Err(KeyError::MixedOrder) | Ok(_) => on_curve.push(y),
            Err(other) => panic!("{y}: {other}"),
        }
    }
    assert_eq!(on_curve, [3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 19, 21, 23, 24, 25, 26, 27, 28, 29, 30]);
}

#[test]
fn a_point_of_mixed_order_is_refused_and_its_part_of_prime_order_taken() {
    for number in 1..5_u64 {
        let prime_order = ED25519_BASEPOINT_POINT * Scalar::from(number);
        assert!(public(&prime_order.compress().0).is_ok());
        for torsion in &EIGHT_TORSION[1..] {
            let mixed = (prime_order + torsion).compress().0;
            assert_eq!(public(&mixed).unwrap_err(), KeyError::MixedOrder, "{}", hex::encode(mixed));
        }
    }
}

/// The three kinds with a good key of each, and how they are read.
type Read = fn(&str) -> Result<String, KeyError>;

fn kinds() -> [(&'static str, usize, String, Read); 3] {
    [
        ("k4.secret", 64, secret(&pair(7)).unwrap().to_paserk().to_string(), |text| {
            SecretKey::from_paserk(text).map(|key| key.to_paserk().to_string())
        }),
        ("k4.public", 32, public(&pair(7)[32..]).unwrap().to_paserk(), |text| {
            PublicKey::from_paserk(text).map(|key| key.to_paserk())
        }),
        ("k4.local", 32, local(&[7; 32]).unwrap().to_paserk().to_string(), |text| {
            LocalKey::from_paserk(text).map(|key| key.to_paserk().to_string())
        }),
    ]
}

#[test]
fn what_is_written_is_read_back() {
    for (kind, _, text, read) in kinds() {
        assert_eq!(read(&text).as_ref(), Ok(&text), "{kind}");
    }
}

#[test]
fn another_kind_is_refused() {
    for (kind, _, text, read) in kinds() {
        let refused = Err(KeyError::Kind { expected: kind });
        for (_, _, other, _) in kinds().into_iter().filter(|(other, ..)| *other != kind) {
            assert_eq!(read(&other), refused, "{kind}");
        }
        let body = text.strip_prefix(kind).unwrap();
        let spelled_otherwise =
            [text.to_uppercase(), text.replace("k4", "k3"), text.replace("k4", "v4"), format!(" {text}")];
        for other in spelled_otherwise.into_iter().chain([String::new(), body.to_owned(), kind.to_owned()]) {
            assert_eq!(read(&other), refused, "{kind}: {other}");
        }
        // A wrapped key or an id is no key.
        for other in ["k4.local-wrap.pie", "k4.secret-pw", "k4.seal", "k4.pid", "k4.lid", "k4.sid"] {
            assert_eq!(read(&format!("{other}{body}")), refused, "{kind}: {other}");
        }
    }
}

#[test]
fn any_other_spelling_is_refused() {
    for (kind, len, text, read) in kinds() {
        let refused = Err(KeyError::Encoding { kind, len });
        let body = text.strip_prefix(kind).unwrap().strip_prefix('.').unwrap();
        let mut spellings = vec![
            ("empty", format!("{kind}.")),
            ("truncated by a character", text[..text.len() - 1].to_owned()),
            ("truncated by a group", text[..text.len() - 4].to_owned()),
            ("too long by a character", format!("{text}A")),
            ("too long by a group", format!("{text}AAAA")),
            ("much too long", format!("{kind}.{}", "A".repeat(1 << 20))),
            ("padded", format!("{text}=")),
            ("padded twice", format!("{text}==")),
            ("a dot behind it", format!("{text}.")),
            ("a line ending behind it", format!("{text}\n")),
            ("a space behind it", format!("{text} ")),
            ("a tab within", format!("{kind}.\t{}", &body[1..])),
            ("a space within", format!("{kind}. {}", &body[1..])),
            ("the other alphabet's +", format!("{kind}.+{}", &body[1..])),
            ("the other alphabet's /", format!("{kind}./{}", &body[1..])),
            ("padding in place of the last", format!("{}=", &text[..text.len() - 1])),
            ("a zero byte", format!("{kind}.\0{}", &body[1..])),
            ("a letter of two bytes", format!("{kind}.é{}", &body[2..])),
        ];
        spellings.extend(with_stray_bits(&text).into_iter().map(|text| ("stray bits", text)));
        for (what, spelling) in spellings {
            assert_eq!(read(&spelling), refused, "{kind}, {what}");
        }
    }
}

/// The same bytes with every other last character that a lax reader would take for them.
fn with_stray_bits(text: &str) -> Vec<String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = text.split_at(text.len() - 1);
    let last = ALPHABET.find(last).unwrap();
    // 64 bytes leave four bits over, 32 bytes two.
    let stray: usize = if text.starts_with("k4.secret") { 16 } else { 4 };
    assert_eq!(last % stray, 0);
    let spellings: Vec<String> =
        (1..stray).map(|bits| format!("{head}{}", &ALPHABET[last + bits..=last + bits])).collect();
    assert_eq!(spellings.len(), stray - 1);
    spellings
}

#[test]
fn from_str_refuses_the_same() {
    assert_eq!("k4.local.".parse::<LocalKey>().unwrap_err(), KeyError::Encoding { kind: "k4.local", len: 32 });
    assert_eq!("k4.local.".parse::<SecretKey>().unwrap_err(), KeyError::Kind { expected: "k4.secret" });
    let weak = format!("k4.public.{}", URL_SAFE_NO_PAD.encode([0; 32]));
    assert_eq!(weak.parse::<PublicKey>().unwrap_err(), KeyError::SmallOrder);
}

#[test]
fn generated_keys_are_different_and_can_be_imported() {
    let secrets = [SecretKey::generate().unwrap(), SecretKey::generate().unwrap()];
    assert_ne!(secrets[0].to_paserk(), secrets[1].to_paserk());
    for key in &secrets {
        assert_eq!(SecretKey::from_paserk(&key.to_paserk()).unwrap().to_paserk(), key.to_paserk());
        assert_eq!(PublicKey::from_paserk(&key.public_key().to_paserk()).unwrap().id(), key.id());
    }
    let locals = [LocalKey::generate().unwrap(), LocalKey::generate().unwrap()];
    assert_ne!(locals[0].to_paserk(), locals[1].to_paserk());
    for key in &locals {
        assert_eq!(LocalKey::from_paserk(&key.to_paserk()).unwrap().to_paserk(), key.to_paserk());
    }
}
