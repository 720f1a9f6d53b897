//! Any text at all as a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::Unverified;

use super::judge;
use super::world::{WORLD, keys, noon, open};

/// Verifies the text at noon. What is accepted is authentic and good by a second opinion, and none of
/// its other spellings is accepted.
pub fn token(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let verifier = &WORLD.verifier;
    let Ok(session) = verifier.verify_at(text, noon()) else {
        // Not a word about the rest of it, and no panic either.
        _ = Unverified::parse(text);
        return false;
    };

    let parts: Vec<&str> = text.split('.').collect();
    let [version, purpose, payload, footer] = parts[..] else { panic!("{} parts", parts.len()) };
    assert!(version == "v4" && ["public", "local"].contains(&purpose) && !text.contains('='));
    for part in [payload, footer] {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("accepted");
        assert_eq!(URL_SAFE_NO_PAD.encode(bytes), part);
    }
    let id = session.key_id().to_string();
    let footer = URL_SAFE_NO_PAD.decode(footer).expect("accepted");
    assert_eq!(judge::footer(&footer).as_deref(), Ok(id.as_str()));
    let may_verify = [keys::SIGNING, keys::FORMER_SIGNING, keys::ENCRYPTING];
    let (paserk, _) = may_verify.into_iter().find(|(_, may)| *may == id).expect("a key that verifies");
    assert_eq!(paserk.starts_with("k4.local."), purpose == "local");
    assert_eq!(open(paserk, text).as_deref(), Some(session.payload()));
    if let Err(wrong) = judge::payload(session.payload().as_bytes(), None) {
        panic!("accepted, and {wrong}: {session:?}");
    }

    for other in other_spellings(text) {
        assert!(verifier.verify_at(&other, noon()).is_err(), "another spelling: {other}");
    }
    let again = verifier.verify_at(text, noon()).expect("accepted before");
    assert_eq!(again.registered(), session.registered());
    assert_eq!((again.payload(), again.key_id()), (session.payload(), session.key_id()));
    assert!(WORLD.strict.verify_at(text, noon()).is_err(), "it names no audience");
    true
}

/// What a careless reader would take for the same token.
fn other_spellings(text: &str) -> Vec<String> {
    let mut others: Vec<String> =
        [".", "=", "==", "A", "\n", " ", "\0", ".e30"].map(|tail| format!("{text}{tail}")).into();
    others.extend([" ", "\n", "\u{feff}"].map(|head| format!("{head}{text}")));
    others.extend([text.to_ascii_uppercase(), text.to_ascii_lowercase(), text.replacen('.', "..", 1)]);
    others.push(text.replace('-', "+").replace('_', "/"));
    // The header, and the last character of each part, in the other case, and with other last bits.
    let ends = text.match_indices('.').map(|(dot, _)| dot).chain([text.len()]);
    for last in [0].into_iter().chain(ends.map(|end| end - 1)) {
        let byte = text.as_bytes()[last];
        let replaced = |by: u8| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[last] = by;
            String::from_utf8(bytes).expect("ASCII")
        };
        others.extend([replaced(byte ^ 0x20), replaced(byte.wrapping_add(1) & 0x7f), replaced(b'=')]);
    }
    others.retain(|other| other != text);
    others
}
