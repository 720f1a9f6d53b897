//! The application's own claims: any serde type that is a JSON object, beside the registered ones.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{PAYLOAD_LIMITS, REGISTERED, is_registered};
use crate::json::{self, JsonError, JsonLimits, Without};

/// Private claims that can't be written or read.
///
/// What serde says of claims that don't fit may repeat them. hallpass itself writes that to no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateClaimsError {
    /// The type can't be serialized.
    #[error("private claims: the type can't be serialized")]
    Unwritable(#[source] serde_json::Error),
    /// The token's claims don't fit the type: one is missing, or is of another type. A claim never falls back
    /// to a default that the type itself does not declare.
    #[error("private claims: they don't fit the type")]
    Unreadable(#[source] serde_json::Error),
    /// What the type serializes to is not a strict JSON object.
    #[error("private claims: not a strict JSON object")]
    Json(#[from] JsonError),
    /// A private claim has the name of a registered one.
    #[error("private claims: the name {name} is a registered claim's")]
    Registered {
        /// The name that clashes.
        name: String,
    },
}

/// Two causes are one if they say the same.
impl PartialEq for PrivateClaimsError {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unwritable(one), Self::Unwritable(other)) => one.to_string() == other.to_string(),
            (Self::Unreadable(one), Self::Unreadable(other)) => one.to_string() == other.to_string(),
            (Self::Json(one), Self::Json(other)) => one == other,
            (Self::Registered { name: one }, Self::Registered { name: other }) => one == other,
            _ => false,
        }
    }
}

impl Eq for PrivateClaimsError {}

/// What leaves room in a payload for every registered claim.
const PRIVATE_LIMITS: JsonLimits =
    JsonLimits { depth: PAYLOAD_LIMITS.depth, keys: PAYLOAD_LIMITS.keys.saturating_sub(REGISTERED.len()) };

/// The JSON object that the private claims are, checked as a verifier will check it.
pub(crate) fn write_private<C: Serialize + ?Sized>(claims: &C) -> Result<String, PrivateClaimsError> {
    let object = serde_json::to_string(claims).map_err(PrivateClaimsError::Unwritable)?;
    let (mut registered, mut is_empty) = (None, true);
    json::read_object(&object, PRIVATE_LIMITS, |name, _| {
        is_empty = false;
        if is_registered(&name) {
            registered.get_or_insert(name.into_owned());
        }
    })?;
    if let Some(name) = registered {
        return Err(PrivateClaimsError::Registered { name });
    }
    // A type may bring its own text (serde_json's `RawValue`), white space included.
    Ok(if is_empty { "{}".to_owned() } else { object.trim().to_owned() })
}

/// The private claims of an authentic payload as the application's type. The type does not see the
/// registered ones, so that `#[serde(deny_unknown_fields)]` works.
pub(crate) fn read_private<'de, C: Deserialize<'de>>(payload: &'de str) -> Result<C, PrivateClaimsError> {
    let read = serde_json::Deserializer::from_str(payload).deserialize_map(Private(PhantomData));
    read.map_err(PrivateClaimsError::Unreadable)
}

/// The private claims of an authentic payload as they stand there, to be written into another token.
/// Values are copied as texts, so that numbers of any size stay what they are.
pub(crate) fn copy_private(payload: &str) -> Result<Option<String>, PrivateClaimsError> {
    let members: BTreeMap<String, &RawValue> = read_private(payload)?;
    if members.is_empty() {
        return Ok(None);
    }
    let object = serde_json::to_string(&members).map_err(PrivateClaimsError::Unwritable)?;
    // The token may be another issuer's, and have fewer registered claims than the next.
    json::read_object(&object, PRIVATE_LIMITS, |_, _| ())?;
    Ok(Some(object))
}

struct Private<C>(PhantomData<C>);

impl<'de, C: Deserialize<'de>> Visitor<'de> for Private<C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<C, A::Error> {
        C::deserialize(MapAccessDeserializer::new(Without { map, hidden: is_registered }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_errors_are_one_if_they_say_the_same() {
        let not = |text| serde_json::from_str::<bool>(text).unwrap_err();
        let registered = |name: &str| PrivateClaimsError::Registered { name: name.to_owned() };
        let errors = || {
            [
                PrivateClaimsError::Unwritable(not("1")),
                PrivateClaimsError::Unwritable(not("2")),
                PrivateClaimsError::Unreadable(not("1")),
                PrivateClaimsError::Unreadable(not("2")),
                PrivateClaimsError::Json(JsonError::NotAnObject),
                PrivateClaimsError::Json(JsonError::DuplicateKey),
                registered("exp"),
                registered("iat"),
            ]
        };
        for (one, error) in errors().iter().enumerate() {
            for (other, another) in errors().iter().enumerate() {
                assert_eq!(error == another, one == other, "{error:?} and {another:?}");
            }
        }
    }
}
