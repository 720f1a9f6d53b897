//! From an authentic payload to typed claims. Nothing is skipped, nothing defaults.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{Claims, MOST_PRIOR_KEYS, PAYLOAD_LIMITS};
use crate::json::{self, JsonError, Member};
use crate::key::KeyId;
use crate::time::from_rfc3339;

/// An authentic payload whose claims are not those of a session token.
///
/// A claim of the wrong type is never treated as absent (CVE-2026-25537 was that).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Not a strict JSON object.
    #[error("malformed payload")]
    Json(#[from] JsonError),
    /// A claim that every session token has is not there.
    #[error("claim {claim} is missing")]
    Missing {
        /// The claim's name.
        claim: &'static str,
    },
    /// A claim is there and is not what it must be.
    #[error("claim {claim} is not {expected}")]
    Invalid {
        /// The claim's name.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

const DATE: &str = "a date in the strict form of RFC 3339 (2026-11-23T15:04:05Z)";
const ID: &str = "an id of 22 characters of base64url";

/// Reads the registered claims of an authentic payload; private ones are checked for strictness only.
pub(crate) fn read_claims(payload: &str) -> Result<Claims, PayloadError> {
    let (mut found, mut fault) = (Found::default(), None);
    json::read_object(payload, PAYLOAD_LIMITS, |name, value| {
        if let Err(error) = found.keep(&name, value) {
            fault.get_or_insert(error);
        }
    })?;
    match fault {
        Some(fault) => Err(fault),
        None => found.whole(),
    }
}

#[derive(Default)]
struct Found<'a> {
    iss: Option<Cow<'a, str>>,
    sub: Option<Cow<'a, str>>,
    aud: Option<Cow<'a, str>>,
    exp: Option<DateTime<Utc>>,
    nbf: Option<DateTime<Utc>>,
    iat: Option<DateTime<Utc>>,
    jti: Option<crate::id::TokenId>,
    sid: Option<crate::id::SessionId>,
    generation: Option<u32>,
    auth_time: Option<DateTime<Utc>>,
    prior_kids: Option<Vec<KeyId>>,
}

impl<'a> Found<'a> {
    fn keep(&mut self, name: &str, value: Member<'a>) -> Result<(), PayloadError> {
        match name {
            "iss" => self.iss = Some(text("iss", value)?),
            "sub" => self.sub = Some(text("sub", value)?),
            "aud" => self.aud = Some(text("aud", value)?),
            "exp" => self.exp = Some(date("exp", value)?),
            "nbf" => self.nbf = Some(date("nbf", value)?),
            "iat" => self.iat = Some(date("iat", value)?),
            "auth_time" => self.auth_time = Some(date("auth_time", value)?),
            "jti" => self.jti = Some(parsed("jti", value, ID)?),
            "sid" => self.sid = Some(parsed("sid", value, ID)?),
            "prior_kids" => self.prior_kids = Some(key_ids("prior_kids", value)?),
            "gen" => self.generation = Some(count("gen", value)?),
            _ => {}
        }
        Ok(())
    }

    fn whole(self) -> Result<Claims, PayloadError> {
        let subject = required("sub", self.sub)?.into_owned();
        if subject.is_empty() {
            return Err(PayloadError::Invalid { claim: "sub", expected: "a text that is not empty" });
        }
        Ok(Claims {
            issuer: required("iss", self.iss)?.into_owned(),
            subject,
            audience: self.aud.map(Cow::into_owned),
            expires_at: required("exp", self.exp)?,
            not_before: self.nbf,
            issued_at: required("iat", self.iat)?,
            token_id: required("jti", self.jti)?,
            session_id: required("sid", self.sid)?,
            generation: required("gen", self.generation)?,
            auth_time: required("auth_time", self.auth_time)?,
            prior_key_ids: self.prior_kids.unwrap_or_default(),
        })
    }
}

fn required<T>(claim: &'static str, value: Option<T>) -> Result<T, PayloadError> {
    value.ok_or(PayloadError::Missing { claim })
}

fn text<'a>(claim: &'static str, value: Member<'a>) -> Result<Cow<'a, str>, PayloadError> {
    match value {
        Member::Text(text) => Ok(text),
        _ => Err(PayloadError::Invalid { claim, expected: "a text" }),
    }
}

fn date(claim: &'static str, value: Member<'_>) -> Result<DateTime<Utc>, PayloadError> {
    match value {
        Member::Text(text) => from_rfc3339(&text),
        _ => None,
    }
    .ok_or(PayloadError::Invalid { claim, expected: DATE })
}

fn parsed<T: std::str::FromStr>(
    claim: &'static str,
    value: Member<'_>,
    expected: &'static str,
) -> Result<T, PayloadError> {
    match value {
        Member::Text(text) => text.parse().ok(),
        _ => None,
    }
    .ok_or(PayloadError::Invalid { claim, expected })
}

fn key_ids(claim: &'static str, value: Member<'_>) -> Result<Vec<KeyId>, PayloadError> {
    let expected = "1 to 16 different ids of keys, with a space between two";
    let refused = PayloadError::Invalid { claim, expected };
    let Member::Text(text) = value else { return Err(refused) };
    let mut ids = Vec::new();
    for id in text.split(' ') {
        let id: KeyId = id.parse().map_err(|_| refused)?;
        if !id.is_for_tokens() || ids.contains(&id) || ids.len() >= MOST_PRIOR_KEYS {
            return Err(refused);
        }
        ids.push(id);
    }
    Ok(ids)
}

fn count(claim: &'static str, value: Member<'_>) -> Result<u32, PayloadError> {
    match value {
        Member::Count(count) => u32::try_from(count).ok(),
        _ => None,
    }
    .ok_or(PayloadError::Invalid { claim, expected: "a whole number from 0 to 4294967295" })
}
