//! A second opinion about tokens, payloads and footers: what makes them good, written down once more, with pasetors,
//! `serde_json` and arithmetic alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::rfc8259;
use super::world::{
    ISSUER, LEEWAY, LOGGED_OUT_SUBJECT, LONGEST, REVOKED_SESSION, REVOKED_TOKEN, keys, noon, open, revoked_at,
    vouches_from,
};

pub(super) const REGISTERED: [&str; 11] =
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "gen", "auth_time", "prior_kids"];

/// What a token must keep to.
pub(super) struct Terms<'a> {
    /// The keys that verify: each as a PASERK, and its id.
    pub(super) keys: &'a [(&'a str, &'a str)],
    pub(super) issuer: &'a str,
    pub(super) audience: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
    pub(super) leeway: TimeDelta,
    pub(super) longest: TimeDelta,
    /// Why this has been taken back, if it has.
    pub(super) taken_back: &'a dyn Fn(&Said<'_>) -> Option<&'static str>,
}

/// What a payload says by which it may have been taken back.
pub(super) struct Said<'a> {
    subject: &'a str,
    token: &'a str,
    session: &'a str,
    /// In microseconds since 1970.
    began: i128,
    keys_before: Option<&'a str>,
}

impl<'a> Terms<'a> {
    /// Those of the fixed world, at noon.
    pub(super) fn at_noon(audience: Option<&'a str>) -> Self {
        Self {
            keys: &[keys::SIGNING, keys::FORMER_SIGNING, keys::ENCRYPTING],
            issuer: ISSUER,
            audience,
            now: noon(),
            leeway: LEEWAY,
            longest: LONGEST,
            taken_back: &taken_back_by_noon,
        }
    }
}

fn taken_back_by_noon(said: &Said<'_>) -> Option<&'static str> {
    let cutoff = |made: DateTime<Utc>| i128::from((made + LEEWAY).timestamp_micros());
    let names_retired = |ids: &str| ids.split(' ').any(|id| id == keys::RETIRED_SIGNING.1);
    let rules = [
        (said.began > cutoff(vouches_from()), "began before the list vouches"),
        (said.subject != LOGGED_OUT_SUBJECT || said.began > cutoff(revoked_at()), "the subject was logged out"),
        (!said.keys_before.is_some_and(names_retired), "an earlier key is retired"),
        (![REVOKED_TOKEN, REVOKED_SESSION].contains(&said.token), "the token was revoked"),
        (![REVOKED_TOKEN, REVOKED_SESSION].contains(&said.session), "the session was revoked"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, wrong)| wrong)
}

/// Whether this is a token that keeps to the terms: its payload, or what is wrong.
pub(super) fn token(text: &str, terms: &Terms<'_>) -> Result<String, &'static str> {
    let parts: Vec<&str> = text.split('.').collect();
    let ["v4", purpose @ ("public" | "local"), sealed, footer] = parts[..] else { return Err("not four parts of v4") };
    if text.len() > 8192 {
        return Err("too long");
    }
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok().filter(|bytes| URL_SAFE_NO_PAD.encode(bytes) == part);
    let (Some(_), Some(footer)) = (bytes(sealed), bytes(footer)) else { return Err("another spelling") };
    let named = self::footer(&footer)?;
    let (paserk, _) = terms.keys.iter().find(|(_, id)| *id == named).ok_or("not a key that verifies")?;
    if paserk.starts_with("k4.local.") != (purpose == "local") {
        return Err("a key of the other kind");
    }
    let said = open(paserk, text).ok_or("not by that key")?;
    payload(said.as_bytes(), terms)?;
    Ok(said)
}

/// Whether the payload is that of a token which keeps to the terms: its private claims, or what is wrong.
pub(super) fn payload(payload: &[u8], terms: &Terms<'_>) -> Result<Map<String, Value>, &'static str> {
    let claims = strict_object(payload, 32, 512)?;
    let text = |name: &str| claims.get(name).map(|value| value.as_str().ok_or("a claim that must be a text is none"));
    let required = |name: &str| text(name).ok_or("a claim is missing")?;
    let moment = |name: &str| text(name).map(|text| nanos(text?).ok_or("a date is not in the strict form"));

    let subject = required("sub")?;
    for name in ["jti", "sid"] {
        is_id(required(name)?).then_some(()).ok_or("an id is not canonical")?;
    }
    let generation = claims.get("gen").ok_or("a claim is missing")?;
    let exp = moment("exp").ok_or("a claim is missing")??;
    let iat = moment("iat").ok_or("a claim is missing")??;
    let began = moment("auth_time").ok_or("a claim is missing")??;
    let nbf = moment("nbf").transpose()?;

    // Moments in nanoseconds since 1970; clocks and denylists count whole microseconds.
    let nanos_of = |duration: TimeDelta| i128::from(duration.num_nanoseconds().expect("short"));
    let (now, leeway) = (i128::from(terms.now.timestamp_micros()) * 1000, nanos_of(terms.leeway));
    let said = Said {
        subject,
        token: required("jti")?,
        session: required("sid")?,
        began: began.div_euclid(1000),
        keys_before: text("prior_kids").transpose()?,
    };
    let rules = [
        (required("iss")? == terms.issuer, "another issuer"),
        (text("aud").transpose()? == terms.audience, "another audience"),
        (!subject.is_empty(), "no subject"),
        (generation.as_u64().is_some_and(|generation| generation <= u64::from(u32::MAX)), "gen is no such number"),
        (iat < exp, "expires before it was issued"),
        (exp - iat <= nanos_of(terms.longest), "lives too long"),
        // A login just after a cutoff that stands two leeways ahead is a microsecond later still.
        (began <= iat + 2 * leeway + 1000, "began after it was issued"),
        (now < exp + leeway, "expired"),
        (nbf.is_none_or(|nbf| nbf <= now + leeway), "not valid yet"),
        (iat <= now + leeway, "issued ahead"),
        (said.keys_before.is_none_or(are_keys), "earlier keys are none"),
    ];
    let wrong = rules.into_iter().find(|(holds, _)| !holds).map(|(_, wrong)| wrong);
    match wrong.or_else(|| (terms.taken_back)(&said)) {
        Some(wrong) => Err(wrong),
        None => Ok(claims.into_iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str())).collect()),
    }
}

/// The key that a footer names, or what is wrong with it.
pub(super) fn footer(footer: &[u8]) -> Result<String, &'static str> {
    if footer.len() > 512 {
        return Err("too long");
    }
    let object = strict_object(footer, 2, 16)?;
    object.get("kid").and_then(Value::as_str).map(str::to_owned).ok_or("no kid")
}

fn strict_object(bytes: &[u8], deepest: usize, keys: usize) -> Result<Map<String, Value>, &'static str> {
    rfc8259::read(bytes, deepest, keys).object.map_err(|_| "not a strict object")?;
    serde_json::from_slice(bytes).map_err(|_| "not an object by serde_json")
}

/// 1 to 16 ids of keys, none twice.
fn are_keys(text: &str) -> bool {
    let ids: Vec<&str> = text.split(' ').collect();
    let is_id = |id: &&str| {
        let hash = ["k4.pid.", "k4.lid."].iter().find_map(|kind| id.strip_prefix(kind)).unwrap_or_default();
        hash.len() == 44 && URL_SAFE_NO_PAD.decode(hash).is_ok()
    };
    let is_new = |at: usize| !ids[..at].contains(&ids[at]);
    (1..=16).contains(&ids.len()) && ids.iter().all(is_id) && (0..ids.len()).all(is_new)
}

/// 22 characters of base64url, of which the last has four bits that must be zero.
fn is_id(text: &str) -> bool {
    let is_sextet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 22 && text.bytes().all(is_sextet) && text.ends_with(['A', 'Q', 'g', 'w'])
}

/// `2026-11-23T15:04:05Z`, with up to nine digits of fraction, in nanoseconds since 1970.
pub(super) fn nanos(text: &str) -> Option<i128> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if (1..=9).contains(&fraction.len()) => (whole, fraction),
        Some(_) => return None,
        None => (text, "0"),
    };
    let (date, time) = whole.split_once('T')?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Leap years from the year 0, which was one, up to the one before this.
    let leaps = if year == 0 { 0 } else { 1 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 };
    let days = year * 365 + leaps + lengths[..month as usize - 1].iter().sum::<i128>() + day - 1 - DAYS_BEFORE_1970;
    let [fraction_digits] = fields(fraction, '.', [fraction.len()])?;
    let fraction = fraction_digits * 10_i128.pow(9 - fraction.len() as u32);
    Some(((days * 24 + hour) * 60 + minute) * 60_000_000_000 + second * 1_000_000_000 + fraction)
}

/// From 0000-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i128 = 719_528;

/// Numbers of just so many ASCII digits each.
fn fields<const N: usize>(text: &str, between: char, lengths: [usize; N]) -> Option<[i128; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part =
            parts.next().filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}
