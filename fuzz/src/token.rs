//! Any text at all as a token.

use hallpass::inspect::Unverified;

use super::accepted::is_rightly_accepted;
use super::judge::{self, Terms};
use super::world::{WORLD, noon};

/// Verifies the text at noon. Accepted exactly if a second opinion finds nothing wrong with it.
pub fn token(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match WORLD.verifier.verify_at(text, noon()) {
        Ok(session) => {
            is_rightly_accepted(&WORLD.verifier, &Terms::at_noon(None), text, &session);
            assert!(WORLD.strict.verify_at(text, noon()).is_err(), "it names no audience");
            true
        }
        Err(error) => {
            assert!(
                judge::token(text, &Terms::at_noon(None)).is_err(),
                "nothing is wrong with it, and it is refused: {error}"
            );
            // Not a word about the rest of it, and no panic either.
            _ = Unverified::parse(text);
            false
        }
    }
}
