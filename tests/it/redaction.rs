//! A canary: keys and tokens whose text is known are handed to everything public, and no part of them is
//! ever seen in what it shows.

use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{IssuingKey, Key, KeySet, LocalKey, PublicKey, SecretKey};
use hallpass::time::TimeLimits;
use hallpass::{
    Denylist, Issuer, KeyRing, Login, Revocation, RevocationRequest, Session, Token, TokenId, Unverified, Verifier,
    VerifyError,
};

use crate::support::{ISSUER, World, noon, payload, seal, seconds};

/// So many characters in a row are no accident.
const WINDOW: usize = 12;

/// Texts of which no part may be seen.
pub(crate) struct Canary {
    windows: Vec<String>,
}

impl Canary {
    pub(crate) fn of_texts(texts: impl IntoIterator<Item = String>) -> Self {
        let windows = texts.into_iter().flat_map(|text| {
            assert!(text.len() >= WINDOW && text.is_ascii());
            (0..=text.len() - WINDOW).map(|start| text[start..start + WINDOW].to_owned()).collect::<Vec<_>>()
        });
        Self { windows: windows.collect() }
    }

    /// Bytes in every spelling that something could show them in: base64, hex, and a list of numbers.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        // White space is taken out of what is looked at.
        let decimal: Vec<String> = bytes.iter().map(u8::to_string).collect();
        let hexadecimal: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::of_texts([
            URL_SAFE_NO_PAD.encode(bytes),
            STANDARD_NO_PAD.encode(bytes),
            hex::encode(bytes),
            hex::encode_upper(bytes),
            decimal.join(","),
            hexadecimal.join(","),
        ])
    }

    pub(crate) fn of_secret(key: &SecretKey) -> Self {
        let text = key.to_paserk();
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("k4.secret.").unwrap()).unwrap();
        // The other half is public.
        let mut canary = Self::of_bytes(&bytes[..32]);
        canary.windows.extend(Self::of_texts([text["k4.secret.".len()..][..42].to_owned()]).windows);
        canary
    }

    pub(crate) fn of_local(key: &LocalKey) -> Self {
        let text = key.to_paserk();
        Self::of_bytes(&URL_SAFE_NO_PAD.decode(text.strip_prefix("k4.local.").unwrap()).unwrap())
    }

    /// The part of a token that is its bearer's alone: what follows the header. The footer is no secret.
    pub(crate) fn of_token(token: &str) -> Self {
        Self::of_texts(token.split('.').nth(2).filter(|part| part.len() >= WINDOW).map(str::to_owned))
    }

    pub(crate) fn is_seen_in(&self, shown: &str) -> bool {
        let shown: String = shown.split_whitespace().collect();
        self.windows.iter().any(|window| shown.contains(window))
    }

    fn assert_unseen(&self, what: &str, shown: &[String]) {
        for shown in shown {
            assert!(!self.is_seen_in(shown), "{what} shows the canary: {shown}");
        }
    }

    fn unseen_by_debug(&self, what: &str, value: &dyn Debug) {
        self.assert_unseen(what, &debug(value));
    }

    fn unseen_by_error(&self, error: &dyn Error) {
        self.assert_unseen("an error", &messages(error));
    }
}

fn debug(value: &dyn Debug) -> [String; 3] {
    [format!("{value:?}"), format!("{value:#?}"), format!("{value:02x?}")]
}

/// Everything that an error and its sources show.
fn messages(error: &dyn Error) -> Vec<String> {
    let mut messages = debug(&error).to_vec();
    let mut link = Some(error);
    while let Some(error) = link {
        messages.push(error.to_string());
        link = error.source();
    }
    messages
}

/// Keys that are the same in every run, so that a failure can be repeated.
fn secret() -> SecretKey {
    let pair = ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new(std::array::from_fn(|i| 200 - i as u8)));
    SecretKey::from_paserk(&format!("k4.secret.{}", URL_SAFE_NO_PAD.encode(*pair.sk))).unwrap()
}

fn local() -> LocalKey {
    let bytes: [u8; 32] = std::array::from_fn(|i| 100 + i as u8);
    LocalKey::from_paserk(&format!("k4.local.{}", URL_SAFE_NO_PAD.encode(bytes))).unwrap()
}

#[test]
fn the_canary_is_seen_where_it_is_shown() {
    let (secret, local) = (secret(), local());
    let token = World::new().issuer.login_at("alice", noon()).unwrap();
    let canary = Canary::of_secret(&secret);
    let bytes = URL_SAFE_NO_PAD.decode(&secret.to_paserk()["k4.secret.".len()..]).unwrap();
    for shown in [secret.to_paserk().to_string(), format!("{bytes:?}"), format!("{bytes:#?}"), hex::encode(&bytes)] {
        assert!(canary.is_seen_in(&shown), "{shown}");
    }
    // pasetors and ed25519-compact show these.
    assert!(canary.is_seen_in(&format!("{:?}", ed25519_compact::KeyPair::from_slice(&bytes).unwrap())));
    assert!(Canary::of_local(&local).is_seen_in(&format!("{:?}", *local.to_paserk())));
    assert!(Canary::of_token(token.as_str()).is_seen_in(&format!("{:?}", token.as_str())));
}

#[test]
fn nothing_that_holds_a_secret_key_shows_it() {
    let key = secret();
    let canary = Canary::of_secret(&key);
    let set = KeySet::issuing(key.clone()).with_next(local()).unwrap();
    let past = KeySet::issuing(local()).with_verify_only(key.clone(), noon()).unwrap();
    let ring = KeyRing::new(set.clone());
    let world = World::with_keys(ring.clone());
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let session = world.verifier.verify_at(token.as_str(), noon()).unwrap();
    let holders: [(&str, &dyn Debug); 19] = [
        ("SecretKey", &key),
        ("PublicKey", key.public_key()),
        ("the id", &key.id()),
        ("the secret id", &key.secret_id()),
        ("Key", &Key::from(key.clone())),
        ("IssuingKey", &IssuingKey::from(key.clone())),
        ("KeySet", &set),
        ("a KeySet that has it no more", &past),
        ("a KeySet where it is retired", &set.with_retired(key.id()).unwrap()),
        ("the current key", &set.current()),
        ("the states", &set.states().collect::<Vec<_>>()),
        ("KeyRing", &ring),
        ("the ring's set", &ring.set()),
        ("Issuer", &world.issuer),
        ("Verifier", &world.verifier),
        ("Denylist", &world.denylist),
        ("Token", &token),
        ("Session", &session),
        ("Unverified", &Unverified::parse(token.as_str()).unwrap()),
    ];
    for (what, holder) in holders {
        canary.unseen_by_debug(what, holder);
    }
    canary.assert_unseen("the public view", &[set.public_view().to_text().to_string(), past.to_text().to_string()]);
}

#[test]
fn nothing_that_holds_a_local_key_shows_it() {
    let key = local();
    let canary = Canary::of_local(&key);
    let set = KeySet::issuing(key.clone()).with_next(secret()).unwrap();
    let rotated = set.rotated(noon()).unwrap();
    let ring = KeyRing::new(set.clone());
    let world = World::with_keys(ring.clone());
    let token = world.issuer.login_at("alice", noon()).unwrap();
    let session = world.verifier.verify_at(token.as_str(), noon()).unwrap();
    let holders: [(&str, &dyn Debug); 14] = [
        ("LocalKey", &key),
        ("the id", &key.id()),
        ("Key", &Key::from(key.clone())),
        ("IssuingKey", &IssuingKey::from(key.clone())),
        ("KeySet", &set),
        ("a KeySet where it is past", &rotated),
        ("the current key", &set.current()),
        ("KeyRing", &ring),
        ("the ring's set", &ring.set()),
        ("Issuer", &world.issuer),
        ("Verifier", &world.verifier),
        ("Token", &token),
        ("Session", &session),
        ("Unverified", &Unverified::parse(token.as_str()).unwrap()),
    ];
    for (what, holder) in holders {
        canary.unseen_by_debug(what, holder);
    }
    canary.assert_unseen("the public view", &[set.public_view().to_text().to_string()]);
}

#[test]
fn nothing_that_holds_a_token_shows_it() {
    for world in [World::with_keys(KeySet::issuing(secret()).into()), World::with_keys(KeySet::issuing(local()).into())]
    {
        let token = world.issuer.login_at("alice", noon()).unwrap();
        let canary = Canary::of_token(token.as_str());
        let session = world.verifier.verify_at(token.as_str(), noon()).unwrap();
        canary.unseen_by_debug("Token", &token);
        canary.unseen_by_debug("its claims", token.claims());
        canary.unseen_by_debug("Session", &session);
        canary.unseen_by_debug("Session's claims", session.registered());
        canary.unseen_by_debug("Unverified", &Unverified::parse(token.as_str()).unwrap());
        canary.unseen_by_debug("RevocationRequest", &RevocationRequest::from(&session));
        canary.unseen_by_debug("Revoking", &world.denylist.revoke_at(&session, noon()));
        canary.unseen_by_debug("Denylist", &world.denylist);
        canary.unseen_by_debug("Verifier", &world.verifier);
        canary.unseen_by_debug("Issuer", &world.issuer);
        canary.unseen_by_error(&world.verifier.verify_at(token.as_str(), noon()).unwrap_err());
    }
}

#[test]
fn a_session_shows_no_private_claims() {
    let world = World::new();
    let login = Login::new("alice").claims(&serde_json::json!({ "note": "canarycanarycanary" })).unwrap();
    let token = world.issuer.login_at(login, noon()).unwrap();
    let session = world.verifier.verify_at(token.as_str(), noon()).unwrap();
    assert!(session.payload().contains("canarycanary"));
    let canary = Canary::of_texts(["canarycanarycanary".to_owned()]);
    canary.unseen_by_debug("Token", &token);
    canary.unseen_by_debug("Session", &session);
}

#[test]
fn no_error_of_an_import_shows_the_key() {
    let (secret, local) = (secret(), local());
    let canaries = [Canary::of_secret(&secret), Canary::of_local(&local)];
    let (secret, local) = (secret.to_paserk(), local.to_paserk());
    let (pair, one) = (&secret["k4.secret.".len()..], &local["k4.local.".len()..]);
    let zero_half = format!(
        "k4.secret.{}",
        URL_SAFE_NO_PAD.encode([&URL_SAFE_NO_PAD.decode(pair).unwrap()[..32], &[0; 32]].concat())
    );
    let broken = [
        (*secret).clone() + "=",
        secret[..secret.len() - 1].to_owned(),
        secret.replace("k4", "k3"),
        format!("k4.local.{pair}"),
        format!("k4.public.{pair}"),
        pair.to_owned(),
        (*local).clone() + "=",
        local.replace("k4", "k3"),
        format!("k4.secret.{one}"),
        format!("k4.secret.{one}{one}"),
        format!("k4.secret.{one}{}", "A".repeat(43)),
        zero_half,
        one.to_owned(),
    ];
    let unseen = |error: &dyn Error| canaries.iter().for_each(|canary| canary.unseen_by_error(error));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let mut kinds = HashSet::new();
    for text in &broken {
        unseen(&SecretKey::from_paserk(text).unwrap_err());
        unseen(&LocalKey::from_paserk(text).unwrap_err());
        // The bytes of a local key may happen to be a point.
        unseen(&PublicKey::from_paserk(text).unwrap_err());
        unseen(&text.parse::<hallpass::key::KeyId>().unwrap_err());
        unseen(&text.parse::<TokenId>().unwrap_err());

        let good = &*secret;
        let lines = [
            text.clone(),
            format!("hallpass-keys 1\n{text}\n"),
            format!("hallpass-keys 1\n{text} {text}\n"),
            format!("hallpass-keys 1\ncurrent {text}\n"),
            format!("hallpass-keys 1\nverify-only {text} {text}\n"),
            format!("hallpass-keys 1\nretired {text}\n"),
            format!("hallpass-keys {text}\n"),
            format!("hallpass-keys 1\ncurrent {good}\nnext {good}\n"),
        ];
        for text in lines {
            let error = KeySet::from_text(&text).unwrap_err();
            unseen(&error);
            kinds.insert(std::mem::discriminant(&error));
            fs::write(&file, text).unwrap();
            unseen(&KeySet::load(&file).unwrap_err());
        }
    }
    // Header, version, line, key and set: every fault that a text can have was among them.
    assert_eq!(kinds.len(), 5);
}

/// A token that must be refused at a moment, by a world.
struct Broken {
    world: World,
    token: String,
    at: DateTime<Utc>,
}

fn broken(world: World, token: String) -> Broken {
    Broken { world, token, at: noon() }
}

fn with_payload(changes: &[(&str, Option<&str>)]) -> Broken {
    let world = World::new();
    let token = world.sealed(payload(changes).as_bytes());
    broken(world, token)
}

fn footer(kid: impl Display) -> String {
    format!("{{\"kid\":\"{kid}\"}}")
}

fn at(broken: Broken, at: DateTime<Utc>) -> Broken {
    Broken { at, ..broken }
}

fn other_token() -> TokenId {
    TokenId::from_bytes([9; 16])
}

/// Something for every variant of [`VerifyError`].
fn battery() -> Vec<Broken> {
    let good = || with_payload(&[]);
    let (stranger, revoked, local) = (good(), good(), World::local());
    revoked.world.denylist.revoke_at(Revocation::Everyone { except: None }, noon()).wait().unwrap();
    // A purge by a clock that is a year ahead forgets an entry, and no longer knows.
    let ahead = good();
    ahead.world.denylist.revoke_at(other_token(), noon()).wait().unwrap();
    ahead.world.denylist.purge_at(noon() + TimeDelta::days(365));

    let rotated = World::new();
    let (token, kid) = (rotated.sealed(payload(&[]).as_bytes()), rotated.keys.set().current().unwrap().id());
    rotated.keys.replace(rotated.keys.set().with_next(secret()).unwrap().rotated(noon()).unwrap());
    let retired = World::with_keys(KeyRing::new(rotated.keys.set().with_retired(kid).unwrap()));

    let keyed = World::new();
    let misnamed = seal(
        &Key::from(self::local()),
        payload(&[]).as_bytes(),
        footer(keyed.keys.set().current().unwrap().id()).as_bytes(),
    );
    let forged = World::new();
    let forgery = seal(
        &Key::from(secret()),
        payload(&[]).as_bytes(),
        footer(forged.keys.set().current().unwrap().id()).as_bytes(),
    );
    let binary = World::new();
    let not_utf8 = binary.sealed(b"\xff\xfe canarycanarycanary");

    vec![
        broken(World::new(), stranger.token.clone()),
        broken(World::new(), local.sealed(payload(&[]).as_bytes())),
        broken(World::new(), stranger.token[..60].to_owned()),
        broken(World::new(), format!("{}=", stranger.token)),
        broken(World::new(), stranger.token.replacen("v4.", "v3.", 1)),
        broken(World::new(), stranger.token.repeat(100)),
        broken(World::new(), stranger.world.sealed_with_footer(payload(&[]).as_bytes(), b"canarycanarycanary")),
        broken(World::new(), stranger.world.sealed_with_footer(payload(&[]).as_bytes(), &[b'x'; 600])),
        broken(retired, token.clone()),
        broken(rotated, token),
        broken(keyed, misnamed),
        broken(forged, forgery),
        broken(binary, not_utf8),
        with_payload(&[("exp", None)]),
        with_payload(&[("exp", Some("1"))]),
        with_payload(&[("note", Some("\"canary"))]),
        with_payload(&[("iss", Some("\"https://other.example\""))]),
        with_payload(&[("aud", Some("\"https://other.example\""))]),
        with_payload(&[("exp", Some("\"2026-11-23T11:00:00Z\""))]),
        with_payload(&[("exp", Some("\"2027-11-23T11:00:00Z\""))]),
        with_payload(&[("auth_time", Some("\"2026-11-23T13:00:00Z\""))]),
        with_payload(&[("nbf", Some("\"2026-11-23T13:00:00Z\""))]),
        at(good(), noon() + TimeDelta::hours(1)),
        at(good(), noon() - TimeDelta::minutes(1)),
        at(revoked, noon() + seconds(1)),
        ahead,
    ]
}

/// The variant's name: what `Debug` begins with.
fn variant(error: &VerifyError) -> String {
    format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn no_refusal_shows_the_token_it_refuses() {
    let mut seen = BTreeSet::new();
    for Broken { world, token, at } in battery() {
        let error = world.verifier.verify_at(&token, at).unwrap_err();
        seen.insert(variant(&error));
        Canary::of_token(&token).unseen_by_error(&error);
        if let Err(error) = Unverified::parse(&token) {
            Canary::of_token(&token).unseen_by_error(&error);
        }
    }
    let every = [
        "Audience",
        "AuthTimeAhead",
        "Expired",
        "ExpiresBeforeIssued",
        "Footer",
        "Inauthentic",
        "IssuedAhead",
        "Issuer",
        "KeyPast",
        "KeyRetired",
        "LivesTooLong",
        "Malformed",
        "NotYetValid",
        "Payload",
        "PayloadNotUtf8",
        "Purpose",
        "Revoked",
        "StatusUnknown",
        "UnknownKey",
    ];
    assert!(seen.iter().eq(every.iter()), "{seen:?}");
}

#[test]
fn a_token_with_any_one_character_changed_is_refused_and_not_shown() {
    for world in [World::new(), World::local()] {
        let token = world.sealed(payload(&[]).as_bytes());
        let canary = Canary::of_token(&token);
        let mut inauthentic = 0;
        for (place, character) in token.char_indices() {
            let other = if character == 'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(place..=place, other);
            let error = world.verifier.verify_at(&changed, noon()).unwrap_err();
            inauthentic += usize::from(matches!(error, VerifyError::Inauthentic { .. }));
            canary.unseen_by_error(&error);
        }
        assert!(inauthentic > 100, "{inauthentic}");
    }
}

/// An unauthentic token is anyone's text: nothing of it is repeated, not even its key id.
#[test]
fn nothing_of_a_token_is_shown_before_it_is_authentic() {
    let world = World::new();
    let current = world.keys.set().current().unwrap().id();
    let forger = Key::from(secret());
    let payload = payload(&[("sub", Some("\"canarycanarycanary\"")), ("exp", Some("\"canarycanarycanary\""))]);
    let footers = [
        footer(current),
        footer(forger.id()),
        footer("canarycanarycanary"),
        "{\"canarycanarycanary\":1}".to_owned(),
        "{\"kid\":1,\"kid\":\"canarycanarycanary\"}".to_owned(),
        "canarycanarycanary".to_owned(),
    ];
    let canary = Canary::of_texts(["canarycanarycanary".to_owned(), forger.id().to_string()[7..].to_owned()]);
    for footer in footers {
        let error =
            world.verifier.verify_at(&seal(&forger, payload.as_bytes(), footer.as_bytes()), noon()).unwrap_err();
        canary.unseen_by_error(&error);
    }
}

/// Whether a type implements a trait, as the compiler sees it: the inherent constant is there only where
/// the bound holds, and stands before the trait's.
macro_rules! implements {
    ($type:ty, $bound:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}

        #[allow(dead_code)]
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);

        #[allow(dead_code)]
        impl<T: ?Sized + $bound> Probe<T> {
            const ANSWER: bool = true;
        }
        Probe::<$type>::ANSWER
    }};
}

#[test]
fn the_probe_tells_both_answers() {
    assert!(implements!(String, Display) && implements!(str, serde::Serialize));
    assert!(implements!(PublicKey, Debug) && implements!(SecretKey, Clone));
    assert!(!implements!(Vec<u8>, Display) && !implements!(fs::File, serde::Serialize));
}

#[test]
fn what_is_secret_has_neither_display_nor_serialize() {
    macro_rules! neither {
        ($($type:ty),*) => {$(
            assert!(!implements!($type, Display), concat!(stringify!($type), " has Display"));
            assert!(!implements!($type, serde::Serialize), concat!(stringify!($type), " has Serialize"));
            assert!(!implements!($type, AsRef<str>), concat!(stringify!($type), " has AsRef<str>"));
            assert!(!implements!($type, AsRef<[u8]>), concat!(stringify!($type), " has AsRef<[u8]>"));
        )*};
    }
    neither!(SecretKey, LocalKey, Key, IssuingKey, KeySet, KeyRing, Token, Session, Unverified, Issuer, Verifier);
}

#[test]
fn a_secret_is_not_compared_byte_by_byte() {
    assert!(!implements!(SecretKey, PartialEq) && !implements!(LocalKey, PartialEq));
    assert!(!implements!(SecretKey, std::hash::Hash) && !implements!(LocalKey, std::hash::Hash));
}

#[test]
fn what_is_built_without_a_denylist_shows_no_key_either() {
    let key = secret();
    let ring = KeyRing::new(KeySet::issuing(key.clone()));
    let canary = Canary::of_secret(&key);
    let limits = TimeLimits::default();
    canary.unseen_by_debug("Issuer", &Issuer::dangerously_without_denylist(&ring, ISSUER, limits));
    canary.unseen_by_debug("Verifier", &Verifier::dangerously_without_denylist(&ring, ISSUER, limits));
    canary.unseen_by_debug("DenylistBuilder", &Denylist::builder());
}
