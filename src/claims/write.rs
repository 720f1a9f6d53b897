//! From typed claims to a payload: the registered ones first, the private ones behind them.

use serde::Serialize;

use super::Claims;
use crate::key::KeyId;
use crate::time::to_rfc3339;

/// The payload of a token. `private` is the JSON object that
/// [`write_private`](super::write_private) made, or nothing.
pub(crate) fn write_payload(claims: &Claims, private: Option<&str>) -> Result<String, serde_json::Error> {
    let mut payload = serde_json::to_string(&Wire {
        iss: &claims.issuer,
        sub: &claims.subject,
        aud: claims.audience.as_deref(),
        exp: to_rfc3339(claims.expires_at),
        nbf: claims.not_before.map(to_rfc3339),
        iat: to_rfc3339(claims.issued_at),
        jti: claims.token_id.to_string(),
        sid: claims.session_id.to_string(),
        generation: claims.generation,
        auth_time: to_rfc3339(claims.auth_time),
        prior_kids: joined(&claims.prior_key_ids),
    })?;
    // Both are strict JSON objects without white space around them, so that joining them is joining their members.
    if let Some(members) = private.and_then(|object| object.strip_prefix('{')).filter(|members| *members != "}") {
        payload.pop();
        payload.push(',');
        payload.push_str(members);
    }
    Ok(payload)
}

#[derive(Serialize)]
struct Wire<'a> {
    iss: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    exp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<String>,
    iat: String,
    jti: String,
    sid: String,
    #[serde(rename = "gen")]
    generation: u32,
    auth_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    prior_kids: Option<String>,
}

fn joined(ids: &[KeyId]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(KeyId::to_string).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}
