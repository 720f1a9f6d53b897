//! Breaking a token in one way.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::draft::{Draft, after, before, footer, seal};
use super::fault::Fault;
use super::sample::SampleError;
use super::spare::{admit, retire};
use super::text;
use crate::claims::PrivateClaimsError;
use crate::revocation::Revocation;
use crate::token::MAX_TOKEN_LEN;

/// Long after every token of a test; the last year that a ring takes is 9999.
const LAST_DEADLINE: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(moment) => moment,
    None => DateTime::<Utc>::MAX_UTC,
};

/// The claims that every session token has.
const ALWAYS_THERE: [&str; 8] = ["iss", "sub", "exp", "iat", "jti", "sid", "gen", "auth_time"];

pub(super) fn broken(mut draft: Draft<'_>, fault: Fault) -> Result<String, SampleError> {
    match fault {
        Fault::TooLong
        | Fault::NotUtf8
        | Fault::NotAnObject
        | Fault::DuplicateClaim
        | Fault::MissingClaim
        | Fault::WrongType
        | Fault::OtherDate => {
            let payload = draft.payload()?;
            let payload = match fault {
                Fault::TooLong => stretched(&payload, &mut draft),
                Fault::NotUtf8 => not_utf8(&payload, &mut draft),
                Fault::NotAnObject => not_an_object(&payload, &mut draft),
                Fault::DuplicateClaim => with_a_claim_twice(&payload, &mut draft)?,
                _ => with_a_wrong_claim(&payload, fault, &mut draft)?,
            };
            draft.sealed_as(&payload)
        }
        Fault::Truncated => Ok(text::truncated(&draft.sealed()?, &mut draft.choices)),
        Fault::SecondSpelling => Ok(text::spelled_anew(&draft.sealed()?, &mut draft.choices)),
        Fault::OtherVersion => Ok(text::of_another_version(&draft.sealed()?, &mut draft.choices)),
        Fault::AlteredPayload => Ok(text::with_payload_altered(&draft.sealed()?, &mut draft.choices)),
        Fault::AlteredTag => Ok(text::with_tag_altered(&draft.sealed()?, &mut draft.choices)),
        Fault::AlteredFooter => {
            let kid = draft.current()?.id();
            let footer = format!("{{\"kid\":\"{kid}\",\"n\":{}}}", draft.choices.below(1000));
            Ok(text::with_footer(&draft.sealed()?, &footer))
        }
        Fault::FooterWithoutKey => {
            let footers = ["{}", "{\"kid\":7}", "{\"kid\":\"\"}", "{\"kid\":\"k4.pid.A\"}", "[]", "kid"];
            let footer = draft.choices.one_of(footers.to_vec()).unwrap_or_default();
            draft.sealed_by(&draft.current()?, draft.payload()?.as_bytes(), footer)
        }
        Fault::OtherAssertion => {
            let key = draft.current()?;
            let bound_to = [draft.fixture.issuer.bound_to(), b"."].concat();
            seal(&key, draft.payload()?.as_bytes(), &footer(&key), &bound_to)
        }
        Fault::Forged | Fault::OtherPurpose | Fault::UnknownKey | Fault::RetiredKey | Fault::PastKey => {
            with_a_wrong_key(&draft, fault)
        }
        Fault::OtherIssuer | Fault::OtherAudience => {
            with_other_parties(&mut draft, fault);
            draft.sealed()
        }
        Fault::ExpiresBeforeIssued
        | Fault::LivesTooLong
        | Fault::AuthTimeAhead
        | Fault::Expired
        | Fault::NotYetValid
        | Fault::IssuedAhead => {
            with_wrong_times(&mut draft, fault)?;
            draft.sealed()
        }
        Fault::RevokedToken
        | Fault::RevokedSession
        | Fault::RevokedSubject
        | Fault::RevokedEveryone
        | Fault::RevokedKey => revoked(&draft, fault),
    }
}

/// Longer than a token may be, and the same to whoever reads JSON.
fn stretched(payload: &str, draft: &mut Draft<'_>) -> Vec<u8> {
    let blanks = MAX_TOKEN_LEN.saturating_add(draft.choices.place(MAX_TOKEN_LEN));
    [" ".repeat(blanks).as_bytes(), payload.as_bytes()].concat()
}

fn not_utf8(payload: &str, draft: &mut Draft<'_>) -> Vec<u8> {
    let (before, behind) = payload.as_bytes().split_at(draft.choices.place(payload.len()));
    [before, b"\xff", behind].concat()
}

fn not_an_object(payload: &str, draft: &mut Draft<'_>) -> Vec<u8> {
    let others =
        vec![format!("[{payload}]"), "[]".to_owned(), "null".to_owned(), "7".to_owned(), "\"alice\"".to_owned()];
    draft.choices.one_of(others).unwrap_or_default().into_bytes()
}

fn members(payload: &str) -> Result<serde_json::Map<String, Value>, SampleError> {
    Ok(serde_json::from_str(payload).map_err(PrivateClaimsError::Unreadable)?)
}

/// One of its claims stands in front as well.
fn with_a_claim_twice(payload: &str, draft: &mut Draft<'_>) -> Result<Vec<u8>, SampleError> {
    let name = draft.choices.one_of(ALWAYS_THERE.to_vec()).unwrap_or_default();
    let (first, rest) = name.split_at_checked(1).unwrap_or_default();
    let escaped = first.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<String>() + rest;
    let spelled = draft.choices.one_of(vec![name.to_owned(), escaped]).unwrap_or_default();
    let value = members(payload)?.remove(name).unwrap_or_default();
    let value = draft.choices.one_of(vec![value.to_string(), "7".to_owned(), "{}".to_owned()]).unwrap_or_default();
    Ok(payload.replacen('{', &format!("{{\"{spelled}\":{value},"), 1).into_bytes())
}

fn with_a_wrong_claim(payload: &str, fault: Fault, draft: &mut Draft<'_>) -> Result<Vec<u8>, SampleError> {
    let (mut members, choices) = (members(payload)?, &mut draft.choices);
    match fault {
        Fault::MissingClaim => {
            choices.one_of(ALWAYS_THERE.to_vec()).map(|name| members.remove(name));
        }
        Fault::OtherDate => {
            let name = choices.one_of(vec!["exp", "iat", "auth_time"]).unwrap_or_default();
            let date = members.get(name).and_then(Value::as_str).unwrap_or_default();
            let seconds = date.parse::<DateTime<Utc>>().map(|date| date.timestamp().to_string()).unwrap_or_default();
            let others = vec![
                date.replace('T', "t"),
                date.replace('T', " "),
                date.replace('Z', "z"),
                date.replace('Z', ""),
                date.replace('Z', "+00:00"),
                date.replace('Z', "-00:00"),
                date.replace('.', ","),
                format!(" {date}"),
                seconds,
            ];
            members.insert(name.to_owned(), choices.one_of(others).into());
        }
        _ => {
            let others = ["aud", "nbf", "prior_kids"];
            let name = choices.one_of([&ALWAYS_THERE[..], &others].concat()).unwrap_or_default();
            let listed = Value::Array(members.get(name).cloned().into_iter().collect());
            let values = vec![Value::Null, true.into(), (-7).into(), 1.5.into(), listed, serde_json::json!({})];
            members.insert(name.to_owned(), choices.one_of(values).unwrap_or_default());
        }
    }
    Ok(Value::Object(members).to_string().into_bytes())
}

fn with_a_wrong_key(draft: &Draft<'_>, fault: Fault) -> Result<String, SampleError> {
    let (keys, spare) = (&draft.fixture.keys, &draft.fixture.spare);
    let ours = draft.current()?;
    let (key, named) = match fault {
        Fault::Forged => (&spare.unknown, &ours),
        Fault::OtherPurpose => (&spare.misfit, &ours),
        Fault::RetiredKey => {
            retire(keys, &spare.retired)?;
            (&spare.retired, &spare.retired)
        }
        Fault::PastKey => {
            admit(keys, &spare.past, DateTime::UNIX_EPOCH)?;
            (&spare.past, &spare.past)
        }
        _ => (&spare.unknown, &spare.unknown),
    };
    draft.sealed_by(key, draft.payload()?.as_bytes(), &footer(named))
}

fn with_other_parties(draft: &mut Draft<'_>, fault: Fault) {
    let Draft { claims, choices, .. } = draft;
    let others = |name: &str| vec![format!("{name}/"), format!("{name}.other.example"), format!(" {name}")];
    if fault == Fault::OtherIssuer {
        claims.issuer = choices.one_of(others(&claims.issuer)).unwrap_or_default();
    } else {
        let named = claims.audience.as_deref().unwrap_or("https://other.example");
        let other = choices.one_of(others(named));
        // None at all is another one, where one is expected.
        claims.audience = if claims.audience.is_some() && choices.below(2) == 1 { None } else { other };
    }
}

fn with_wrong_times(draft: &mut Draft<'_>, fault: Fault) -> Result<(), SampleError> {
    let (now, limits) = (draft.fixture.now(), draft.fixture.denylist.limits());
    let Draft { claims, choices, .. } = draft;
    let (leeway, least) = (limits.leeway(), TimeDelta::microseconds(1));
    let beyond = choices.up_to(TimeDelta::days(1));
    let lifetime = claims.expires_at.signed_duration_since(claims.issued_at);
    // The first moments that are wrong, and `beyond` more.
    let ahead = after(now, &[leeway, least, beyond])?;
    match fault {
        Fault::ExpiresBeforeIssued => claims.expires_at = before(claims.issued_at, &[beyond])?,
        Fault::LivesTooLong => {
            claims.expires_at = after(claims.issued_at, &[limits.longest_lifetime(), least, beyond])?;
        }
        Fault::AuthTimeAhead => {
            // Up to two leeways and a microsecond it may be ahead.
            claims.auth_time = after(claims.issued_at, &[leeway, leeway, least, least, beyond])?;
        }
        Fault::NotYetValid => claims.not_before = Some(ahead),
        Fault::IssuedAhead => {
            claims.issued_at = ahead;
            claims.expires_at = after(ahead, &[lifetime])?;
        }
        _ => {
            claims.expires_at = before(now, &[leeway, beyond])?;
            claims.issued_at = before(claims.expires_at, &[lifetime])?;
            claims.auth_time = claims.issued_at;
        }
    }
    Ok(())
}

fn revoked(draft: &Draft<'_>, fault: Fault) -> Result<String, SampleError> {
    let (fixture, claims) = (draft.fixture, &draft.claims);
    let what = match fault {
        Fault::RevokedToken => Revocation::Token(claims.token_id),
        Fault::RevokedSession => Revocation::Session(claims.session_id),
        Fault::RevokedSubject => {
            let (issuer, subject) = (claims.issuer.clone(), claims.subject.clone());
            Revocation::Subject { issuer, subject, except: None }
        }
        Fault::RevokedEveryone => Revocation::Everyone { except: None },
        _ => Revocation::Key(fixture.spare.revoked.id()),
    };
    fixture.denylist.revoke_at(what, fixture.now()).wait()?;
    if fault != Fault::RevokedKey {
        return draft.sealed();
    }
    let key = &fixture.spare.revoked;
    admit(&fixture.keys, key, LAST_DEADLINE)?;
    draft.sealed_by(key, draft.payload()?.as_bytes(), &footer(key))
}
