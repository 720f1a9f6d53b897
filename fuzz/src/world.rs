//! The fixed world of the targets: a moment, a key ring from constants, a denylist, verifiers.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Revocation, SessionId, TokenId, Verifier};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey, SymmetricKey};
use pasetors::token::{Local, Public, UntrustedToken};
use pasetors::version4::{LocalToken, PublicToken, V4};

/// Keys for nothing but this, each with its id.
pub mod keys {
    /// Current.
    pub const SIGNING: (&str, &str) = (
        "k4.secret.EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi93duhwuTNU8qCyTCPyo2zE6A4iMhjBuXkm_dAYOWormw",
        "k4.pid.nad8ETG6ca_dufY08HEewOSK_gmvgObLFvawoPKAm9hC",
    );
    /// Verifies for another hour.
    pub const FORMER_SIGNING: (&str, &str) = (
        "k4.secret.ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8prLrhQbzK8LIuGpTTTQvHNh5SbQv-EsiXlLyTIpZt1w",
        "k4.pid.H2ni_Jjs80_GOq84A_mx0fjYp0Vb7TkKVoh6gn4G8Y4I",
    );
    /// Retired.
    pub const RETIRED_SIGNING: (&str, &str) = (
        "k4.secret.MDEyMzQ1Njc4OTo7PD0-P0BBQkNERUZHSElKS0xNTk-LsE4cG4Pd3zEfW83ffFDt48CAL0fseW4qExz0EpjZ8w",
        "k4.pid.blo8B9LKYgRnwxSetQhRgS4LDRgJ93KBCS8lHtQUYRQt",
    );
    /// Next.
    pub const ENCRYPTING: (&str, &str) =
        ("k4.local.gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8", "k4.lid.IPQasQC0LIYmrMNqRwb4-5hvhENQKEBkdgsgHsDqeaZB");
    /// Verified until a second ago.
    pub const FORMER_ENCRYPTING: (&str, &str) =
        ("k4.local.kJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq8", "k4.lid.d5F3bCgWbN65uxTQrJ1zgfdvHJxEuOmttpK15kD3roRL");
    /// Not in the ring.
    pub const FOREIGN_ENCRYPTING: (&str, &str) =
        ("k4.local.oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8", "k4.lid.fEOw65erdq-knFIRiDNBCuFtZm73oVeYKWltetD_vNl2");

    pub(in super::super) const ALL: [(&str, &str); 6] =
        [SIGNING, FORMER_SIGNING, RETIRED_SIGNING, ENCRYPTING, FORMER_ENCRYPTING, FOREIGN_ENCRYPTING];
}

pub(super) const ISSUER: &str = "https://app.example";
pub(super) const AUDIENCE: &str = "https://api.example";
/// Logged out everywhere ten minutes before noon.
pub(super) const LOGGED_OUT_SUBJECT: &str = "mallory";
/// Revoked by name: the id of a token, and that of a session.
pub(super) const REVOKED_TOKEN: &str = "EREREREREREREREREREREQ";
pub(super) const REVOKED_SESSION: &str = "IiIiIiIiIiIiIiIiIiIiIg";
/// The default limits.
pub(super) const LONGEST: TimeDelta = TimeDelta::minutes(15);
pub(super) const LEEWAY: TimeDelta = TimeDelta::seconds(10);

/// A payload that is good at noon.
pub(super) const GOOD: &str = r#"{"iss":"https://app.example","sub":"alice","exp":"2026-11-23T12:15:00Z","iat":"2026-11-23T12:00:00Z","jti":"AAECAwQFBgcICQoLDA0ODw","sid":"AAECAwQFBgcICQoLDA0ODw","gen":0,"auth_time":"2026-11-23T12:00:00Z"}"#;

/// 2026-11-23T12:00:00Z, the moment at which everything is verified.
pub(super) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).expect("a date")
}

/// When the denylist was made, and from when on it vouches.
pub(super) fn vouches_from() -> DateTime<Utc> {
    noon() - TimeDelta::hours(1)
}

/// When everything that is revoked was revoked.
pub(super) fn revoked_at() -> DateTime<Utc> {
    noon() - TimeDelta::minutes(10)
}

pub(super) struct World {
    /// Expects no audience.
    pub(super) verifier: Verifier,
    /// Expects [`AUDIENCE`].
    pub(super) strict: Verifier,
    /// Issues what `verifier` verifies.
    pub(super) issuer: Issuer,
}

pub(super) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let secret = |(text, _)| SecretKey::from_paserk(text).expect("a constant");
    let local = |(text, _)| LocalKey::from_paserk(text).expect("a constant");
    let retired = secret(keys::RETIRED_SIGNING);
    let set = KeySet::issuing(secret(keys::SIGNING))
        .with_next(local(keys::ENCRYPTING))
        .and_then(|set| set.with_verify_only(secret(keys::FORMER_SIGNING), noon() + TimeDelta::hours(1)))
        .and_then(|set| set.with_verify_only(local(keys::FORMER_ENCRYPTING), noon() - TimeDelta::seconds(1)))
        .and_then(|set| set.with_verify_only(retired.clone(), noon() + TimeDelta::hours(1)))
        .and_then(|set| set.with_retired(retired.id()))
        .expect("a set that keeps the rules");
    let ring = KeyRing::new(set);

    let denylist = Denylist::builder().in_memory_at(vouches_from()).expect("the default limits");
    let token: TokenId = REVOKED_TOKEN.parse().expect("a constant");
    let session: SessionId = REVOKED_SESSION.parse().expect("a constant");
    let subject =
        Revocation::Subject { issuer: ISSUER.to_owned(), subject: LOGGED_OUT_SUBJECT.to_owned(), except: None };
    for what in [token.into(), session.into(), subject] {
        denylist.revoke_at(what, revoked_at()).wait().expect("there is room");
    }
    let verifier = Verifier::new(&ring, ISSUER, &denylist);
    World { strict: verifier.clone().audience(AUDIENCE), verifier, issuer: Issuer::new(&ring, ISSUER, &denylist) }
});

/// Signs or encrypts by pasetors alone; `None` for an empty payload, which it refuses.
pub fn seal(paserk: &str, payload: &[u8], footer: &[u8]) -> Option<String> {
    if paserk.starts_with("k4.local.") {
        let key = SymmetricKey::<V4>::try_from(paserk).expect("a key");
        LocalToken::encrypt(&key, payload, Some(footer), None).ok()
    } else {
        let key = AsymmetricSecretKey::<V4>::try_from(paserk).expect("a key");
        PublicToken::sign(&key, payload, Some(footer), None).ok()
    }
}

/// Verifies or decrypts by pasetors alone: the payload of an authentic token.
pub fn open(paserk: &str, token: &str) -> Option<String> {
    let opened = if paserk.starts_with("k4.local.") {
        let key = SymmetricKey::<V4>::try_from(paserk).expect("a key");
        LocalToken::decrypt(&key, &UntrustedToken::<Local, V4>::try_from(token).ok()?, None, None)
    } else {
        let key = AsymmetricSecretKey::<V4>::try_from(paserk).expect("a key");
        let public = AsymmetricPublicKey::<V4>::try_from(&key).expect("its public half");
        PublicToken::verify(&public, &UntrustedToken::<Public, V4>::try_from(token).ok()?, None, None)
    };
    opened.ok().map(|token| token.payload().to_owned())
}

/// The footer that names a key.
pub(super) fn names(key_id: &str) -> String {
    format!("{{\"kid\":\"{key_id}\"}}")
}
