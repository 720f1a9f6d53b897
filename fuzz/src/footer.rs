//! An arbitrary footer on a genuinely sealed token: it may name a key, and nothing else.

use hallpass::VerifyError;
use hallpass::inspect::{FooterError, MAX_TOKEN_LEN};

use super::accepted::is_rightly_accepted;
use super::judge::{self, Terms};
use super::world::{GOOD, WORLD, keys, noon, seal};

/// Why a footer is refused, as a log has it, without the numbers.
const SAID: [&str; 11] = [
    "UnknownKey",
    "Footer(Kid)",
    "Footer(NotUtf)",
    "Footer(TooLong { max:  })",
    "Footer(Json(Syntax { line: , column:  }))",
    "Footer(Json(NotAnObject))",
    "Footer(Json(DuplicateKey))",
    "Footer(Json(TooDeep { limit:  }))",
    "Footer(Json(TooManyKeys { limit:  }))",
    "Malformed(Parts)",
    "Malformed(TooLong { len: , max:  })",
];

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
            says_nothing_of_its_own(&error);
            match &named {
                // Not strict, or no `kid`: nobody looks for a key. Without a footer it is not four parts; a long one
                // makes the token too long.
                Err(_) if footer.is_empty() || token.len() > MAX_TOKEN_LEN => {
                    assert!(matches!(error, VerifyError::Malformed(_)), "{error}")
                }
                Err(_) => assert!(matches!(error, VerifyError::Footer(_)), "{error}"),
                Ok(named) => expects(&error, named, paserk),
            }
            false
        }
    }
}

/// What nobody has authenticated is not echoed: with its numbers left out, an error is one of a few texts.
fn says_nothing_of_its_own(error: &VerifyError) {
    let text: String = format!("{error:?}").chars().filter(|text| !text.is_ascii_digit()).collect();
    let is_of_a_key = matches!(
        error,
        VerifyError::KeyRetired { .. }
            | VerifyError::KeyPast { .. }
            | VerifyError::Purpose { .. }
            | VerifyError::Inauthentic { .. }
    );
    // Those name a key of the ring.
    assert!(is_of_a_key || SAID.contains(&&*text), "{text}");
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
