//! Tokens, keys and key ids cross both ways with an implementation from another ecosystem, Python's
//! pyseto. `tests/interop/run` sets it up and runs these tests; an ordinary run says that it leaves them
//! out.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{Key, KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Login, Verifier, VerifyError};
use serde_json::{Value, json};

const ISSUER: &str = "https://app.example";
const AUDIENCE: &str = "https://api.example";
const TENANT: &str = "tenant 7 ✓";

/// The other side.
struct Peer {
    python: OsString,
}

impl Peer {
    fn find() -> Self {
        Self { python: env::var_os("HALLPASS_INTEROP_PYTHON").expect("a Python with pyseto: see tests/interop/run") }
    }

    /// The answer to each job, in their order.
    fn ask(&self, jobs: &[Value]) -> Vec<Value> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py");
        let mut peer = Command::new(&self.python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Python that HALLPASS_INTEROP_PYTHON names");
        peer.stdin.take().unwrap().write_all(json!(jobs).to_string().as_bytes()).unwrap();
        let output = peer.wait_with_output().unwrap();
        assert!(output.status.success(), "the peer failed: {}", output.status);
        let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answers.len(), jobs.len());
        answers
    }

    fn ask_one(&self, job: Value) -> Value {
        self.ask(&[job]).remove(0)
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// Issuer and verifier with one key, bound to this implicit assertion.
struct World {
    issuer: Issuer,
    verifier: Verifier,
}

impl World {
    fn new(set: KeySet, implicit: &str) -> Self {
        let keys = KeyRing::new(set);
        let denylist = Denylist::builder().in_memory_at(noon() - TimeDelta::hours(1)).unwrap();
        Self {
            issuer: Issuer::new(&keys, ISSUER, &denylist).audience(AUDIENCE).implicit_assertion(implicit),
            verifier: Verifier::new(&keys, ISSUER, &denylist).audience(AUDIENCE).implicit_assertion(implicit),
        }
    }
}

fn paserk(key: &Key) -> String {
    match key {
        Key::Secret(key) => key.to_paserk().to_string(),
        Key::Public(key) => key.to_paserk(),
        Key::Local(key) => key.to_paserk().to_string(),
        _ => panic!("a kind of key that is not known here"),
    }
}

/// A key that issues, with the one that the other side needs to open what it issued.
fn pairs() -> [(KeySet, Key); 2] {
    let (secret, local) = (SecretKey::generate().unwrap(), LocalKey::generate().unwrap());
    [
        (KeySet::issuing(secret.clone()), secret.public_key().clone().into()),
        (KeySet::issuing(local.clone()), local.into()),
    ]
}

fn open_job(key: &Key, token: &str, implicit: &str) -> Value {
    json!({ "do": "open", "key": paserk(key), "token": token, "implicit": implicit })
}

#[test]
#[ignore = "needs Python with pyseto: tests/interop/run"]
fn what_hallpass_issues_the_other_side_opens() {
    let peer = Peer::find();
    for implicit in ["", TENANT] {
        for (set, opening) in pairs() {
            let key_id = set.current().unwrap().id();
            let world = World::new(set, implicit);
            let login = Login::new("älice ✓").claims(&json!({ "roles": ["admin"], "deep": { "n": 1.5 } })).unwrap();
            let token = world.issuer.login_at(login, noon()).unwrap().into_string();
            let session = world.verifier.verify_at(&token, noon()).unwrap();

            let answer = peer.ask_one(open_job(&opening, &token, implicit));
            assert_eq!(answer["payload"], session.payload());
            assert_eq!(answer["footer"], format!("{{\"kid\":\"{key_id}\"}}"));

            let claims: Value = serde_json::from_str(answer["payload"].as_str().unwrap()).unwrap();
            let expected = json!({
                "iss": ISSUER,
                "sub": "älice ✓",
                "aud": AUDIENCE,
                "exp": "2026-11-23T12:15:00.000000Z",
                "iat": "2026-11-23T12:00:00.000000Z",
                "jti": session.token_id().to_string(),
                "sid": session.session_id().to_string(),
                "gen": 0,
                "auth_time": "2026-11-23T12:00:00.000000Z",
                "roles": ["admin"],
                "deep": { "n": 1.5 },
            });
            assert_eq!(claims, expected);
        }
    }
}

#[test]
#[ignore = "needs Python with pyseto: tests/interop/run"]
fn the_other_side_refuses_what_is_bound_to_something_else() {
    let peer = Peer::find();
    for ((set, opening), (_, stranger)) in pairs().into_iter().zip(pairs()) {
        let token = World::new(set, TENANT).issuer.login_at("alice", noon()).unwrap().into_string();
        let answers = peer.ask(&[
            open_job(&opening, &token, TENANT),
            open_job(&opening, &token, ""),
            open_job(&opening, &token, "tenant 8"),
            open_job(&stranger, &token, TENANT),
        ]);
        let refused: Vec<bool> = answers.iter().map(|answer| answer.get("refused").is_some()).collect();
        assert_eq!(refused, [false, true, true, true], "{answers:?}");
    }
}

#[test]
#[ignore = "needs Python with pyseto: tests/interop/run"]
fn what_the_other_side_issues_hallpass_verifies() {
    let peer = Peer::find();
    let payload = json!({
        "iss": ISSUER,
        "sub": "älice ✓",
        "aud": AUDIENCE,
        "exp": "2026-11-23T12:10:00Z",
        "nbf": "2026-11-23T12:00:00Z",
        "iat": "2026-11-23T12:00:00.5Z",
        "jti": "AAECAwQFBgcICQoLDA0ODw",
        "sid": "DwAODQwLCgkIBwYFBAMCAQ",
        "gen": 3,
        "auth_time": "2026-11-23T11:30:00Z",
        "roles": ["admin"],
    });
    for implicit in ["", TENANT] {
        for (set, opening) in pairs() {
            let key = set.current().unwrap();
            let token = peer.ask_one(json!({
                "do": "seal",
                "key": paserk(key),
                "payload": payload.to_string(),
                "footer": format!("{{\"kid\":\"{}\"}}", key.id()),
                "implicit": implicit,
            }));
            let token = token["token"].as_str().unwrap();
            // With what a service that only verifies has, where there is such a thing.
            let verify =
                |implicit| World::new(KeySet::verifying(opening.clone()), implicit).verifier.verify_at(token, noon());
            let session = verify(implicit).unwrap();
            assert_eq!(session.payload(), payload.to_string());
            assert_eq!(session.subject(), "älice ✓");
            assert_eq!(session.session_id().to_string(), "DwAODQwLCgkIBwYFBAMCAQ");
            assert_eq!(session.generation(), 3);
            assert_eq!(session.issued_at(), noon() + TimeDelta::milliseconds(500));
            assert_eq!(session.claims::<Value>().unwrap(), json!({ "roles": ["admin"] }));
            assert_eq!(verify("tenant 8").unwrap_err(), VerifyError::Inauthentic { key_id: opening.id() });
        }
    }
}

#[test]
#[ignore = "needs Python with pyseto: tests/interop/run"]
fn both_sides_compute_the_same_ids_and_spell_keys_the_same() {
    let peer = Peer::find();
    let (secret, local) = (SecretKey::generate().unwrap(), LocalKey::generate().unwrap());
    let keys = [Key::from(secret.clone()), Key::from(secret.public_key().clone()), Key::from(local.clone())];
    let answers = peer.ask(&keys.each_ref().map(|key| json!({ "do": "ids", "key": paserk(key) })));
    let ids = [secret.secret_id(), secret.public_key().id(), local.id()];
    for ((key, id), answer) in keys.iter().zip(ids).zip(&answers) {
        assert_eq!(answer["id"], id.to_string());
        assert_eq!(answer["paserk"], paserk(key));
    }
    assert_eq!(answers[0]["public_id"], secret.id().to_string());
}

#[test]
#[ignore = "needs Python with pyseto: tests/interop/run"]
fn keys_of_the_other_side_are_imported() {
    let peer = Peer::find();
    for _ in 0..4 {
        let jobs = ["secret", "local"].map(|kind| json!({ "do": "generate", "kind": kind }));
        let answers = peer.ask(&jobs);
        let secret = SecretKey::from_paserk(answers[0]["paserk"].as_str().unwrap()).unwrap();
        assert_eq!(answers[0]["id"], secret.secret_id().to_string());
        assert_eq!(answers[0]["public_id"], secret.id().to_string());
        let local = LocalKey::from_paserk(answers[1]["paserk"].as_str().unwrap()).unwrap();
        assert_eq!(answers[1]["id"], local.id().to_string());
    }
}
