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
//! fuzz_target!(|data: &[u8]| round(data));
//! ```

#![allow(clippy::arithmetic_side_effects, clippy::print_stdout, clippy::unwrap_used, reason = "an example of a test")]

use std::sync::atomic::{AtomicU64, Ordering};

use arbitrary::{Arbitrary, Unstructured};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use hallpass::testing::{Fault, Fixture, Sample, bearer_header, cookie_header};
use hallpass::web::{PrivateClaims, SessionLayer};
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

/// One token that is good, and one that is not.
fn round(data: &[u8]) {
    let mut data = Unstructured::new(data);
    let (Ok(sample), Ok(fault)) = (data.arbitrary::<Sample<Member>>(), data.arbitrary::<Fault>()) else { return };
    let fixture = Fixture::new();
    // No token can be made of a sample that is longer than a token may be.
    let Ok(good) = sample.valid(&fixture) else { return };
    let session = fixture.verifier.verify_at(&good, fixture.now()).unwrap();
    assert_eq!(session.claims::<Member>().unwrap(), sample.claims);

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let before = GREETED.load(Ordering::Relaxed);
        let (status, body) = answer(&fixture, header::COOKIE, cookie_header(&good)).await;
        assert!(status == StatusCode::OK && body.starts_with("Hello"), "{status} {body}");

        let Ok(broken) = sample.broken(&fixture, fault) else { return };
        let (status, body) = answer(&fixture, header::AUTHORIZATION, bearer_header(&broken)).await;
        assert!(status == StatusCode::UNAUTHORIZED && body.is_empty(), "{fault:?}: {status} {body}");
        assert_eq!(GREETED.load(Ordering::Relaxed), before + 1, "{fault:?}: the handler has run");
    });
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

fn main() {
    let rounds = 10_000;
    (1..=rounds).for_each(|seed| round(&bytes(seed)));
    println!(
        "{} of {rounds} tokens were good, and greeted; as many were broken, and refused",
        GREETED.load(Ordering::Relaxed)
    );
}

#[test]
fn whatever_a_token_says_there_is_an_answer_and_whatever_is_wrong_with_it_there_is_none() {
    (1..=300).for_each(|seed| round(&bytes(seed)));
    assert!(GREETED.load(Ordering::Relaxed) > 100);
}
