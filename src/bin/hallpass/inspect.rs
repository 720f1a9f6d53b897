//! `hallpass inspect`: what a token says it is. Anyone could have written it.

use hallpass::inspect::Unverified;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::{plain, screen, standard_input};

/// Prints one JSON object whose first member says that nothing was verified, and in which every member
/// that comes from the token's footer or payload has `unverified` in its name.
pub(crate) fn run() -> Result<(), Failure> {
    let token = Unverified::parse(&standard_input::token()?)?;
    // The header is one of two. The footer is a strict JSON object, or it would not have been parsed.
    let footer = plain::json(&String::from_utf8_lossy(token.unverified_footer()));
    let head = format!(r#"{{"verified":false,"header":"{}","unverified_footer":{footer}"#, token.purpose());
    let payload = token.unverified_payload().map(unverified).unwrap_or_default();
    Ok(screen::result(&format!("{head}{payload}}}"))?)
}

/// The payload as a member of the object: the claims as they are written, or, if they are not a JSON
/// object, the bytes as a text. What is no JSON must not stand where JSON is expected: it could close
/// our object and open its own.
fn unverified(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    match serde_json::from_slice::<Map<String, Value>>(payload) {
        Ok(_) => format!(r#","unverified_claims":{}"#, plain::json(&text)),
        Err(_) => format!(r#","unverified_payload":{}"#, plain::text(&text)),
    }
}
