//! An application's own claims and handler, fuzzed: whatever its tokens say, the handler gives an answer, and whatever is
//! wrong with a token, the handler does not run.
//!
//! ```text
//! cargo run --release --example fuzz_claims --features arbitrary,axum
//! cargo test --example fuzz_claims --features arbitrary,axum
//! ```
//!
//! [`round`] is what a fuzz target is made of; with `cargo fuzz` nothing else is needed:
//!
//! ```text
//! fuzz_target!(|data: &[u8]| { round(data); });
//! ```

#![allow(clippy::arithmetic_side_effects, clippy::print_stdout, clippy::unwrap_used, reason = "an example of a test")]

use std::sync::atomic::{AtomicU64, Ordering};

use arbitrary::{Arbitrary, Unstructured};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use chrono::{DateTime, TimeDelta};
use hallpass::key::{KeySet, LocalKey};
use hallpass::testing::{Fault, Fixture, Sample, SampleError, bearer_header, cookie_header};
use hallpass::web::{PrivateClaims, SessionLayer};
use hallpass::{IssueError, KeyRing};
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;

/// What this application says about whoever is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
    shops: Vec<u32>,
    role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Arbitrary)]
#[serde(rename_all = "snake_case")]
enum Role {
    Guest,
    Clerk { till: Option<u8> },
    Owner,
}

static GREETED: AtomicU64 = AtomicU64::new(0);

async fn greet(PrivateClaims(member): PrivateClaims<Member>) -> String {
    GREETED.fetch_add(1, Ordering::Relaxed);
    match member.role {
        Role::Guest => "Hello!".to_owned(),
        Role::Clerk { till: Some(till) } => format!("Hello {}, till {till} is yours.", member.name),
        Role::Clerk { till: None } => format!("Hello {}, ask for a till.", member.name),
        Role::Owner => format!("Hello {}, {} shops are open.", member.name, member.shops.len()),
    }
}

fn app(sessions: SessionLayer) -> Router {
    Router::new().route("/", get(greet)).layer(sessions)
}

/// No token can be as long as some claims are. Any other error is a fault of their type, for which nothing would be tried.
fn unless_too_long(token: Result<String, SampleError>) -> Option<String> {
    match token {
        Err(SampleError::Issue(IssueError::TooLong { .. })) => None,
        token => Some(token.unwrap()),
    }
}

/// The same each time, so that what is found is found again, unless ids, nonces or the keys of some faults matter: they are of
/// chance.
fn fixture() -> Fixture {
    let key = LocalKey::from_paserk("k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8").unwrap();
    Fixture::with_keys(KeyRing::new(KeySet::issuing(key)), DateTime::UNIX_EPOCH + TimeDelta::days(20_000))
}

/// One token that is good, and one that is not. `None` where the bytes are too few, or the claims too long.
fn round(data: &[u8]) -> Option<()> {
    let mut data = Unstructured::new(data);
    let (sample, fault) = (data.arbitrary::<Sample<Member>>().ok()?, data.arbitrary::<Fault>().ok()?);
    let fixture = fixture();
    let good = unless_too_long(sample.valid(&fixture))?;
    let session = fixture.verifier.verify_at(&good, fixture.now()).unwrap();
    assert_eq!(session.claims::<Member>().unwrap(), sample.claims);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let before = GREETED.load(Ordering::Relaxed);
        let (status, body) = answer(&fixture, header::COOKIE, cookie_header(&good)).await;
        assert!(status == StatusCode::OK && body.starts_with("Hello"), "{status} {body}");

        let broken = unless_too_long(sample.broken(&fixture, fault))?;
        let error = fixture.verifier.verify_at(&broken, fixture.now()).unwrap_err();
        assert!(fault.explains(&error), "{fault:?}: {error:?}");
        let (status, body) = answer(&fixture, header::AUTHORIZATION, bearer_header(&broken)).await;
        assert!(status == StatusCode::UNAUTHORIZED && body.is_empty(), "{fault:?}: {status} {body}");
        assert_eq!(GREETED.load(Ordering::Relaxed), before + 1, "{fault:?}: the handler has run");
        Some(())
    })
}

async fn answer(fixture: &Fixture, name: header::HeaderName, value: String) -> (StatusCode, String) {
    let request = Request::get("/").header(name, value).body(Body::empty()).unwrap();
    let response = app(fixture.layer()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Bytes from a number, where no fuzzer gives any.
fn bytes(mut seed: u64) -> Vec<u8> {
    let bytes = std::iter::repeat_with(|| {
        // xorshift64 (Marsaglia, 2003)
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    });
    bytes.take(32).flatten().collect()
}

/// How many of so many rounds tried both.
fn tried(rounds: u64) -> usize {
    (1..=rounds).filter_map(|seed| round(&bytes(seed))).count()
}

fn main() {
    let rounds = 10_000;
    let tried = tried(rounds);
    println!("{tried} of {rounds} samples made a token that was greeted, and one with a fault that was refused");
}

#[test]
fn whatever_a_token_says_there_is_an_answer_and_whatever_is_wrong_with_it_there_is_none() {
    assert!(tried(300) > 100);
}
