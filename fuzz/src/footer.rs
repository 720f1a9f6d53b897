//! An arbitrary footer on a genuinely sealed token: it may name a key, and nothing else.

use hallpass::VerifyError;
use hallpass::inspect::FooterError;

use super::accepted::is_rightly_accepted;
use super::judge::{self, Terms};
use super::world::{GOOD, WORLD, keys, noon, seal};

/// Seals a good payload with each kind of key and this footer. Accepted exactly if a second opinion
/// finds in it the id of the very key.
pub fn footer(data: &[u8]) -> bool {
    // One after the other, and not the first that is accepted alone.
    [keys::SIGNING, keys::ENCRYPTING, keys::FORMER_SIGNING, keys::FORMER_ENCRYPTING]
        .map(|(paserk, id)| sealed_with(paserk, id, data))
        .contains(&true)
}

fn sealed_with(paserk: &str, id: &str, footer: &[u8]) -> bool {
    let token = seal(paserk, GOOD.as_bytes(), footer).expect("a payload");
    let named = judge::footer(footer);
    let counts = id != keys::FORMER_ENCRYPTING.1;
    match WORLD.verifier.verify_at(&token, noon()) {
        Ok(session) => {
            assert_eq!(named.as_deref(), Ok(id));
            assert!(counts, "a key whose deadline has passed");
            assert_eq!(session.key_id().to_string(), id);
            is_rightly_accepted(&WORLD.verifier, &Terms::at_noon(None), &token, &session);
            true
        }
        Err(error) => {
            assert!(named.as_deref() != Ok(id) || !counts, "names the key, and is refused: {error}");
            match &named {
                // Not strict, or no `kid`: nobody looks for a key. Without a footer it is not four parts.
                Err(_) => assert!(matches!(error, VerifyError::Footer(_) | VerifyError::Malformed(_)), "{error}"),
                Ok(named) => expects(&error, named, paserk),
            }
            false
        }
    }
}

/// A strict footer that names another key, or none that there is.
fn expects(error: &VerifyError, named: &str, paserk: &str) {
    let is_local = paserk.starts_with("k4.local.");
    let expected = if named == keys::RETIRED_SIGNING.1 {
        matches!(error, VerifyError::KeyRetired { .. })
    } else if named == keys::FORMER_ENCRYPTING.1 {
        matches!(error, VerifyError::KeyPast { .. })
    } else if named == keys::ENCRYPTING.1 && !is_local
        || [keys::SIGNING.1, keys::FORMER_SIGNING.1].contains(&named) && is_local
    {
        matches!(error, VerifyError::Purpose { .. })
    } else if [keys::SIGNING.1, keys::FORMER_SIGNING.1, keys::ENCRYPTING.1].contains(&named) {
        matches!(error, VerifyError::Inauthentic { .. })
    } else {
        // Neither has room for what nobody has authenticated.
        matches!(error, VerifyError::UnknownKey | VerifyError::Footer(FooterError::Kid))
    };
    assert!(expected, "{error}");
}
