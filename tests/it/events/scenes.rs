//! What happens to sessions, so that somebody may listen to it.

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{Key, KeyId, KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, DenylistBuilder, Issuer, KeyRing, Revocation, Session, TokenId, Verifier, VerifyError};
#[cfg(feature = "testing")]
use hallpass::{
    store::Header,
    testing::{Failing, MemoryEngine},
    time::TimeLimits,
};

#[cfg(feature = "testing")]
use crate::partly_malformed::PartlyMalformed;
use crate::support::{ISSUER, World, noon, payload, seal, seconds};

/// The bytes 0 to 31.
pub(super) fn event_key() -> [u8; 32] {
    std::array::from_fn(|place| place as u8)
}

pub(super) fn world() -> World {
    world_with(Denylist::builder().event_key(event_key()))
}

pub(super) fn world_with(denylist: DenylistBuilder) -> World {
    let keys = KeyRing::generate().unwrap();
    let denylist = denylist.in_memory_at(noon() - TimeDelta::hours(1)).unwrap();
    let issuer = Issuer::new(&keys, ISSUER, &denylist);
    let verifier = Verifier::new(&keys, ISSUER, &denylist);
    World { keys, denylist, issuer, verifier }
}

/// A session of alice that begins at noon.
pub(super) fn log_in(world: &World) -> Session {
    let token = world.issuer.login_at("alice", noon()).unwrap();
    world.verifier.verify_at(token.as_str(), noon()).unwrap()
}

fn current(world: &World) -> KeyId {
    world.keys.set().current().unwrap().id()
}

/// A token that a world refuses at a moment. The authentic ones are alice's, with ids of the bytes 0 to 15.
pub(crate) struct Refusal {
    pub(crate) outcome: &'static str,
    /// Whether the token was authenticated, so that its claims may be believed.
    pub(crate) is_authentic: bool,
    pub(crate) world: World,
    pub(crate) token: String,
    pub(crate) at: DateTime<Utc>,
}

impl Refusal {
    pub(crate) fn refuse(&self) -> VerifyError {
        let error = self.world.verifier.verify_at(&self.token, self.at).unwrap_err();
        assert_eq!(error.outcome(), self.outcome, "{error}");
        error
    }

    fn at(self, at: DateTime<Utc>) -> Self {
        Self { at, ..self }
    }
}

fn unproven(outcome: &'static str, world: World, token: String) -> Refusal {
    Refusal { outcome, is_authentic: false, world, token, at: noon() }
}

fn authentic(outcome: &'static str, changes: &[(&str, Option<&str>)]) -> Refusal {
    let world = world();
    let token = world.sealed(payload(changes).as_bytes());
    Refusal { outcome, is_authentic: true, world, token, at: noon() }
}

/// Every outcome but "accepted", in as many ways as there are errors.
pub(crate) fn refusals() -> Vec<Refusal> {
    let mut all = unproven_ones();
    let date = |date: &'static str| Some(date);
    all.extend([
        authentic("not_for_us", &[("iss", Some("\"https://other.example\""))]),
        authentic("not_for_us", &[("aud", Some("\"https://other.example\""))]),
        authentic("times", &[("exp", date("\"2026-11-23T11:00:00Z\""))]),
        authentic("times", &[("exp", date("\"2027-11-23T11:00:00Z\""))]),
        authentic("times", &[("auth_time", date("\"2026-11-23T13:00:00Z\""))]),
        authentic("not_yet_valid", &[("nbf", date("\"2026-11-23T13:00:00Z\""))]),
        authentic("not_yet_valid", &[]).at(noon() - TimeDelta::minutes(1)),
        authentic("expired", &[]).at(noon() + TimeDelta::hours(1)),
        revoked(),
        renewed("superseded", world()).at(noon() + seconds(100 + 31)),
        renewed("replayed", world()).at(noon() + seconds(100 + 41)),
        status_unknown(),
    ]);
    all
}

/// Those in which nothing is to be believed, be it that nothing is authentic or that the claims are none.
fn unproven_ones() -> Vec<Refusal> {
    let good = payload(&[]);
    let sealed = |payload: &[u8]| {
        let world = world();
        let token = world.sealed(payload);
        (world, token)
    };
    let footer = |world: &World| format!("{{\"kid\":\"{}\"}}", current(world));
    let sealed_by = |key: &Key, world: &World| seal(key, good.as_bytes(), footer(world).as_bytes());

    let (world_a, token) = sealed(good.as_bytes());
    let (short, stranger) = (token[..60].to_owned(), token);
    let without_kid = world_a.sealed_with_footer(good.as_bytes(), b"{}");

    let (past, past_token) = sealed(good.as_bytes());
    let past_id = current(&past);
    let next = past.keys.set().with_next(SecretKey::generate().unwrap()).unwrap();
    past.keys.replace(next.rotated(noon() - TimeDelta::hours(1)).unwrap());
    let (retired, retired_token) = sealed(good.as_bytes());
    let next = retired.keys.set().with_next(SecretKey::generate().unwrap()).unwrap().rotated(noon()).unwrap();
    let prior = payload(&[("prior_kids", Some(&format!("\"{}\"", current(&retired))))]);
    let id = current(&retired);
    retired.keys.replace(next.with_retired(id).unwrap());
    let renewed_under_another = retired.sealed(prior.as_bytes());
    assert_ne!(past_id, current(&past));

    let (forged, misused) = (world(), world());
    let forgery = sealed_by(&Key::from(SecretKey::generate().unwrap()), &forged);
    let misnamed = sealed_by(&Key::from(LocalKey::generate().unwrap()), &misused);
    let (binary, not_utf8) = sealed(b"\xff\xfe");
    let (partial, no_exp) = sealed(payload(&[("exp", None)]).as_bytes());
    let also_retired = World { keys: KeyRing::new(KeySet::clone(&retired.keys.set())), ..world() };
    let issuer = Issuer::new(&also_retired.keys, ISSUER, &also_retired.denylist);
    let verifier = Verifier::new(&also_retired.keys, ISSUER, &also_retired.denylist);

    vec![
        unproven("malformed", world(), short),
        unproven("malformed", world_a, without_kid),
        unproven("malformed", binary, not_utf8),
        unproven("malformed", partial, no_exp),
        unproven("key", world(), stranger),
        unproven("key", past, past_token).at(noon() + TimeDelta::minutes(5)),
        unproven("key", retired, retired_token),
        Refusal {
            is_authentic: true,
            ..unproven("key", World { issuer, verifier, ..also_retired }, renewed_under_another)
        },
        unproven("key", misused, misnamed),
        unproven("inauthentic", forged, forgery),
    ]
}

fn revoked() -> Refusal {
    let refusal = authentic("revoked", &[]);
    refusal.world.denylist.revoke_at(first(), noon()).wait().unwrap();
    refusal
}

fn status_unknown() -> Refusal {
    let refusal = authentic("status_unknown", &[]);
    refusal.world.denylist.revoke_at(TokenId::from_bytes([9; 16]), noon()).wait().unwrap();
    // A purge by a clock that is a year ahead forgets the entry, and the list can't tell any more.
    refusal.world.denylist.purge_at(noon() + TimeDelta::days(365));
    refusal
}

/// A token whose successor was used 100 seconds after noon.
fn renewed(outcome: &'static str, world: World) -> Refusal {
    let token = world.sealed(payload(&[]).as_bytes());
    let changes = [("gen", Some("1")), ("jti", Some("\"AQECAwQFBgcICQoLDA0ODw\""))];
    let successor = world.sealed(payload(&changes).as_bytes());
    world.verifier.verify_at(&successor, noon() + seconds(100)).unwrap();
    Refusal { outcome, is_authentic: true, world, token, at: noon() }
}

/// A replay while the list has no room for an entry more.
pub(super) fn replay_with_a_full_list() -> Refusal {
    let world = world_with(Denylist::builder().event_key(event_key()).capacity(1));
    world.denylist.revoke_at(TokenId::from_bytes([9; 16]), noon()).wait().unwrap();
    renewed("replayed", world).at(noon() + seconds(100 + 41))
}

/// The id that the tokens of [`payload`] have.
pub(super) fn first() -> TokenId {
    TokenId::from_bytes(std::array::from_fn(|place| place as u8))
}

/// One revocation of each kind.
pub(super) fn revocations(world: &World) -> [Revocation; 5] {
    // Two sessions, since a first token has its session's id.
    let (session, other) = (log_in(world), log_in(world));
    [
        session.token_id().into(),
        other.session_id().into(),
        Revocation::Subject { issuer: ISSUER.to_owned(), subject: "alice".to_owned(), except: None },
        Revocation::Everyone { except: None },
        session.key_id().into(),
    ]
}

#[cfg(any(feature = "testing", feature = "metrics"))]
/// All that is written or counted, at least once.
pub(super) fn play_everything() {
    let world = world();
    let session = log_in(&world);
    let _ = world.issuer.renew_at(&session, noon() + seconds(1)).unwrap();
    let _ = world.issuer.step_up_at(&session, "alice", noon()).unwrap().wait().unwrap();
    let session = log_in(&world);
    let _ = world.issuer.change_privilege_at(hallpass::Renewal::of(&session), noon()).unwrap().wait().unwrap();
    for what in revocations(&world) {
        world.denylist.revoke_at(what, noon()).wait().unwrap();
    }
    for refusal in refusals() {
        refusal.refuse();
    }
    replay_with_a_full_list().refuse();
    play_rarities();
    play_without_room();
    #[cfg(feature = "redb")]
    play_a_new_file();
    #[cfg(feature = "testing")]
    play_a_failing_store();
    #[cfg(feature = "testing")]
    play_a_fleet();
    #[cfg(all(feature = "tower", feature = "testing"))]
    super::web::play();
}

#[cfg(all(feature = "redb", any(feature = "testing", feature = "metrics")))]
fn play_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    Denylist::builder().open_at(folder.path().join("list"), noon()).map(drop).unwrap();
}

/// A store that is opened although some of it can't be read, fails, and is usable again.
#[cfg(feature = "testing")]
fn play_a_failing_store() {
    let engine = MemoryEngine::new();
    let new = Header::new(TimeLimits::default(), noon()).unwrap();
    let store = PartlyMalformed(engine.open(new).unwrap());
    let denylist = Denylist::builder().open_store_at(store, noon()).unwrap();
    engine.fail(Failing::Before, 0);
    assert!(denylist.revoke_at(first(), noon()).wait().is_err());
    engine.fail(Failing::Never, 0);
    for _ in 0..2000 {
        if denylist.store_error().is_none() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the store does not recover");
}

#[cfg(any(feature = "testing", feature = "metrics"))]
fn play_rarities() {
    let world = world();
    let session = log_in(&world);
    world.denylist.revoke_at(&session, noon()).wait().unwrap();
    let session = log_in(&world);
    world.denylist.revoke_at(session.elsewhere(), noon()).wait().unwrap();
    world.denylist.revoke_at(Revocation::Everyone { except: Some(session.session_id()) }, noon()).wait().unwrap();
    world.denylist.revoke_at(session.key_id(), noon()).wait().unwrap();
    assert!(world.denylist.forget_key(&session.key_id()).is_some());
    world.issuer.login_at("alice", noon() - TimeDelta::minutes(21)).map(drop).unwrap();
}

#[cfg(any(feature = "testing", feature = "metrics"))]
fn play_without_room() {
    let world = world_with(Denylist::builder().capacity(0));
    let session = log_in(&world);
    assert!(world.denylist.revoke_at(&session, noon()).wait().is_err());
    assert!(world.denylist.revoke_at(session.token_id(), noon()).wait().is_err());
}

/// A shared list whose engine loses something, has another clock, and goes away.
#[cfg(feature = "testing")]
fn play_a_fleet() {
    use chrono::{TimeDelta, Utc};
    let engine = MemoryEngine::new();
    let store = std::sync::Arc::new(engine.open(Header::new(TimeLimits::default(), Utc::now()).unwrap()).unwrap());
    let builder = Denylist::builder().staleness_bound(TimeDelta::seconds(1));
    let builder = builder.dangerously_accept_stale(TimeDelta::seconds(9));
    let denylist = builder.open_shared(std::sync::Arc::clone(&store)).unwrap();
    let pause = |millis| std::thread::sleep(std::time::Duration::from_millis(millis));
    engine.lose(0);
    pause(500);
    engine.set_clock_ahead(TimeDelta::hours(1));
    pause(500);
    engine.set_clock_ahead(TimeDelta::zero());
    pause(500);
    let keys = KeyRing::generate_local().unwrap();
    let token = Issuer::new(&keys, "https://app.example", &denylist).login("alice").unwrap();
    let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    store.cut_off(true);
    pause(2_500);
    verifier.verify(token.as_str()).unwrap();
    store.cut_off(false);
    pause(1_500);
    store.cut_off(true);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let fresh = verifier.verify_fresh(token.as_str(), std::time::Duration::from_secs(5));
    assert_eq!(runtime.block_on(fresh).unwrap_err(), VerifyError::StatusUnknown);
    assert!(denylist.revoke(first()).wait().is_err());
}
