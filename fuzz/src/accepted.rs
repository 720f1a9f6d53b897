//! The one property above all others, for every target in which a token may be accepted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::inspect::Unverified;
use hallpass::key::Purpose;
use hallpass::{Session, Verifier};

use super::judge::{self, Terms};

/// Whatever is accepted was issued by a key of the ring, as pasetors says; it is within its times, it is not revoked,
/// and it has exactly one spelling.
pub(super) fn is_rightly_accepted(verifier: &Verifier, terms: &Terms<'_>, text: &str, session: &Session) {
    match judge::token(text, terms) {
        Ok(payload) => assert_eq!(payload, session.payload()),
        Err(wrong) => panic!("accepted, and {wrong}: {session:?}"),
    }
    for other in other_spellings(text) {
        assert!(verifier.verify_at(&other, terms.now).is_err(), "another spelling: {other}");
    }
    shows_what_stands_in_it(&Unverified::parse(text).expect("accepted"), text, session);
    let again = verifier.verify_at(text, terms.now).expect("accepted before");
    assert_eq!(again.registered(), session.registered());
    assert_eq!((again.payload(), again.key_id()), (session.payload(), session.key_id()));
}

/// Without a key a token shows its footer and, signed, its payload; encrypted, nothing else.
fn shows_what_stands_in_it(unverified: &Unverified, text: &str, session: &Session) {
    let is_signed = text.starts_with("v4.public.");
    assert_eq!(unverified.purpose(), if is_signed { Purpose::Public } else { Purpose::Local });
    assert_eq!(unverified.key_id(), session.key_id());
    assert_eq!(unverified.unverified_payload(), is_signed.then_some(session.payload().as_bytes()));
    let footer = text.rsplit('.').next().expect("a part");
    assert_eq!(URL_SAFE_NO_PAD.encode(unverified.unverified_footer()), footer);
    assert!(!format!("{unverified:?}").contains(session.payload()));
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
