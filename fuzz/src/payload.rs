//! An arbitrary payload that is genuinely signed or encrypted: what an authentic token may say.

use hallpass::inspect::JsonError;
use hallpass::{Login, PrivateClaimsError, VerifyError};
use serde_json::{Map, Value};

use super::accepted::is_rightly_accepted;
use super::judge::{self, Terms};
use super::world::{AUDIENCE, WORLD, keys, names, seal};

/// The first byte chooses: bit 0 whether the rest is encrypted, bit 1 whether an audience is expected.
///
/// Accepted exactly if a second opinion finds nothing wrong with it, and then its private claims are
/// those of the text. Refused, it is for what it says: it was authentic.
pub fn payload(data: &[u8]) -> bool {
    let Some((&selector, payload)) = data.split_first() else { return false };
    let (paserk, id) = if selector & 1 == 0 { keys::SIGNING } else { keys::ENCRYPTING };
    let (verifier, audience) =
        if selector & 2 == 0 { (&WORLD.verifier, None) } else { (&WORLD.strict, Some(AUDIENCE)) };
    let Some(token) = seal(paserk, payload, names(id).as_bytes()) else { return false };

    let terms = Terms::at_noon(audience);
    let verified = verifier.verify_at(&token, terms.now);
    if token.len() > 8192 {
        assert!(matches!(verified, Err(VerifyError::Malformed(_))), "too long, and {verified:?}");
        return false;
    }
    match (verified, judge::payload(payload, &terms)) {
        (Ok(session), Ok(private)) => {
            is_rightly_accepted(verifier, &terms, &token, &session);
            assert_eq!(session.payload().as_bytes(), payload);
            assert_eq!(session.key_id().to_string(), id);
            assert_eq!(session.claims::<Map<String, Value>>().expect("any object will do"), private);
            agrees(&session, payload);
            are_kept_apart(&private, payload);
            true
        }
        // Of a key that it names as an earlier one.
        (Err(VerifyError::KeyRetired { key_id }), Err(_)) if key_id.to_string() != id => false,
        (Err(error), Err(wrong)) => {
            let for_what_it_says = !matches!(
                error,
                VerifyError::Malformed(_)
                    | VerifyError::Footer(_)
                    | VerifyError::UnknownKey
                    | VerifyError::KeyRetired { .. }
                    | VerifyError::KeyPast { .. }
                    | VerifyError::Purpose { .. }
                    | VerifyError::Inauthentic { .. }
                    | VerifyError::StatusUnknown
            );
            assert!(for_what_it_says, "{wrong}, and {error}");
            false
        }
        (Ok(session), Err(wrong)) => panic!("accepted, and {wrong}: {session:?}"),
        (Err(error), Ok(_)) => panic!("nothing is wrong with it, and it is refused: {error}"),
    }
}

/// What an application may say of its own, and what it may not: a registered claim.
fn are_kept_apart(private: &Map<String, Value>, payload: &[u8]) {
    let login = |claims: &Map<String, Value>| Login::new("bob").claims(claims).map(drop);
    let most = 512 - judge::REGISTERED.len();
    let is_too_many =
        |said| matches!(said, Err(PrivateClaimsError::Json(JsonError::TooManyKeys { limit })) if limit == most);
    let said = login(private);
    assert!(said.is_ok() || is_too_many(said));
    match login(&serde_json::from_slice(payload).expect("accepted")) {
        Err(PrivateClaimsError::Registered { name }) => assert!(judge::REGISTERED.contains(&name.as_str())),
        said => assert!(is_too_many(said)),
    }
}

/// The typed claims are those of the text.
fn agrees(session: &hallpass::Session, payload: &[u8]) {
    let claims: Value = serde_json::from_slice(payload).expect("accepted");
    assert_eq!(Some(session.issuer()), claims["iss"].as_str());
    assert_eq!(Some(session.subject()), claims["sub"].as_str());
    assert_eq!(session.audience(), claims.get("aud").and_then(Value::as_str));
    assert_eq!(Some(session.token_id().to_string().as_str()), claims["jti"].as_str());
    assert_eq!(Some(session.session_id().to_string().as_str()), claims["sid"].as_str());
    assert_eq!(Some(u64::from(session.generation())), claims["gen"].as_u64());
    let dates = [
        ("exp", Some(session.expires_at())),
        ("nbf", session.not_before()),
        ("iat", Some(session.issued_at())),
        ("auth_time", Some(session.auth_time())),
    ];
    for (name, date) in dates {
        let written = claims.get(name).and_then(Value::as_str).and_then(judge::nanos);
        let read =
            date.map(|date| i128::from(date.timestamp()) * 1_000_000_000 + i128::from(date.timestamp_subsec_nanos()));
        assert_eq!(read, written, "{name}");
    }
}
