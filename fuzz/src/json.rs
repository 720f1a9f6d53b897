//! Any bytes as the payload of a token that is genuinely encrypted: which of them are strict JSON.

use hallpass::VerifyError;
use hallpass::inspect::{JsonError, PayloadError};

use super::accepted::is_rightly_accepted;
use super::judge::Terms;
use super::rfc8259::{Fault, Value, read};
use super::world::{WORLD, keys, names, noon, seal};

/// Taken for a strict object exactly if a parser written apart from the library takes it for one, and refused for the
/// first thing that is wrong. Without regard to what it says: that is `payload`'s.
pub fn json(data: &[u8]) -> bool {
    let (paserk, id) = keys::ENCRYPTING;
    let Some(token) = seal(paserk, data, names(id).as_bytes()).filter(|token| token.len() <= 8192) else {
        return false;
    };
    let verified = WORLD.verifier.verify_at(&token, noon());
    let fault = match &verified {
        Err(VerifyError::PayloadNotUtf8) => {
            assert!(std::str::from_utf8(data).is_err());
            return false;
        }
        Err(VerifyError::Payload(PayloadError::Json(error))) => Some(fault(*error)),
        _ => None,
    };
    let read = read(data, 32, 512);
    if !read.is_on_the_edge {
        assert_eq!(fault, read.object.as_ref().err().copied(), "{verified:?}");
    }
    if let (Ok(session), Ok(members)) = (&verified, &read.object) {
        is_rightly_accepted(&WORLD.verifier, &Terms::at_noon(None), &token, session);
        let text = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        assert_eq!(text("sub"), Some(&Value::Text(session.subject().to_owned())));
        assert_eq!(text("gen"), Some(&Value::Number(session.generation().into())));
    }
    fault.is_none()
}

fn fault(error: JsonError) -> Fault {
    match error {
        JsonError::Syntax { .. } => Fault::Syntax,
        JsonError::NotAnObject => Fault::NotAnObject,
        JsonError::DuplicateKey => Fault::DuplicateKey,
        JsonError::TooDeep { limit: 32 } => Fault::TooDeep,
        JsonError::TooManyKeys { limit: 512 } => Fault::TooManyKeys,
        other => panic!("{other:?}"),
    }
}
