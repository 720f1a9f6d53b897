//! How much memory is taken: by hostile tokens, and by entries of the denylist. A binary and a test of
//! its own, since the allocator counts what all threads do.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout
)]

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{KeySet, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, TokenId, Verifier};
use pasetors::keys::AsymmetricSecretKey;
use pasetors::version4::{PublicToken, V4};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CAP: usize = hallpass::inspect::MAX_TOKEN_LEN;

/// The bytes by which memory rose at most while `work` ran.
fn rise<T>(work: impl FnOnce() -> T) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = work();
    let rise = MEMORY.peak_usage().saturating_sub(before);
    drop(result);
    rise
}

#[test]
fn memory_stays_small() {
    hostile_tokens();
    entries_are_compact_and_leave();
    notes_are_bounded_and_leave();
    tokens_that_were_verified_are_bounded_and_leave();
}

fn hostile_tokens() {
    let key = SecretKey::generate().unwrap();
    let denylist = Denylist::in_memory().unwrap();
    let verifier = Verifier::new(&KeyRing::new(KeySet::issuing(key.clone())), "iss", &denylist);

    // Ten megabytes of anything: refused before it is looked at.
    for unit in ["A", ".", "v4.public.", "{\"a\":", "\u{1f600}"] {
        let token = "v4.public.".to_owned() + &unit.repeat((10 << 20) / unit.len());
        let rise = rise(|| verifier.verify(&token).unwrap_err());
        assert!(rise < 1024, "{unit}: {rise}");
    }

    // As long as is allowed, genuinely signed, and as greedy as JSON gets.
    let signing = AsymmetricSecretKey::<V4>::try_from(key.to_paserk().as_str()).unwrap();
    let footer = format!("{{\"kid\":\"{}\"}}", key.id());
    let room = CAP * 3 / 4 - 200;
    let payloads = [
        "[".repeat(room),
        format!("{{\"a\":{}", "[".repeat(room - 5)),
        format!("{{{}}}", (0..room / 8).map(|n| format!("\"{n:03}\":0")).collect::<Vec<_>>().join(",")),
        format!("{{\"a\":{}}}", "9".repeat(room - 6)),
        format!("{{\"a\":\"{}\"}}", "\\u0061".repeat(room / 6 - 2)),
        format!("{{\"a\":[{}0]}}", "0,".repeat(room / 2 - 6)),
    ];
    for payload in payloads {
        let token = PublicToken::sign(&signing, payload.as_bytes(), Some(footer.as_bytes()), None).unwrap();
        assert!(token.len() <= CAP, "{}", token.len());
        let rise = rise(|| verifier.verify(&token).unwrap_err());
        assert!(rise < 16 * CAP, "{}…: {rise}", &payload[..20]);
    }
}

fn entries_are_compact_and_leave() {
    const IDS: usize = 200_000;
    let begin: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
    let before = MEMORY.current_usage();
    let denylist = Denylist::builder().in_memory_at(begin).unwrap();
    MEMORY.reset_peak_usage();
    for n in 1..=IDS as u128 {
        let id = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        denylist.revoke_at(TokenId::from_bytes(id.to_be_bytes()), begin).wait().unwrap();
    }
    assert_eq!(denylist.stats().ids, IDS);
    let per_id = |bytes: usize| (bytes - before) as f64 / IDS as f64;
    let (held, peak) = (per_id(MEMORY.current_usage()), per_id(MEMORY.peak_usage()));
    println!("bytes per id: {held:.2}, at the worst moment {peak:.2}");
    assert!(held <= 20.0 && peak <= 22.0, "{held} {peak}");

    denylist.purge_at(begin + denylist.limits().retention() + TimeDelta::minutes(2));
    assert_eq!(denylist.stats().ids, 0);
    let left = MEMORY.current_usage() - before;
    assert!(left < 200_000, "{left} bytes are left behind");
}

fn notes_are_bounded_and_leave() {
    let begin: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
    // As most sessions are, and as one can be made to be.
    for (sessions, renewals, step, most) in [(6_000, 1, 300, 200), (6_000, 2, 300, 220), (1_000, 18, 1, 340)] {
        let denylist = Denylist::builder().in_memory_at(begin).unwrap();
        let keys = KeyRing::generate_local().unwrap();
        let issuer = Issuer::new(&keys, "iss", &denylist);
        let verifier = Verifier::new(&keys, "iss", &denylist).warm_cache(0);
        let before = MEMORY.current_usage();
        for _ in 0..sessions {
            let token = issuer.login_at("alice", begin).unwrap();
            let mut session = verifier.verify_at(token.as_str(), begin).unwrap();
            for n in 1..=renewals {
                let at = begin + TimeDelta::seconds(n * step);
                let token = issuer.renew_at(&session, at).unwrap();
                session = verifier.verify_at(token.as_str(), at).unwrap();
            }
        }
        assert_eq!(denylist.stats().sessions, sessions);
        let each = (MEMORY.current_usage() - before) / sessions;
        println!("{renewals} renewals: {each} bytes for each session");
        assert!(each < most, "{each} bytes for each session");
        denylist.purge_at(begin + TimeDelta::hours(1));
        let left = MEMORY.current_usage() - before;
        assert!(left < 100_000, "{left} bytes are left behind");
    }
}

fn tokens_that_were_verified_are_bounded_and_leave() {
    const BOUND: usize = 2 << 20;
    let begin: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
    let denylist = Denylist::builder().in_memory_at(begin).unwrap();
    let keys = KeyRing::generate_local().unwrap();
    let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    let login = |claim: usize, at| {
        let claims = std::collections::BTreeMap::from([("note", "x".repeat(claim))]);
        issuer.login_at(hallpass::Login::new("alice").claims(&claims).unwrap(), at).unwrap().into_string()
    };
    let before = MEMORY.current_usage();
    let held = || MEMORY.current_usage().saturating_sub(before);

    // It begins small, and holds no more than there is.
    let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    for _ in 0..10 {
        drop(verifier.verify_at(&login(0, begin), begin).unwrap());
    }
    let (ten, empty) = (held(), 64 << 10);
    assert!(ten < empty, "{ten} bytes for ten tokens");
    for _ in 0..5_000 {
        drop(verifier.verify_at(&login(0, begin), begin).unwrap());
    }
    let each = (held() - ten) / 5_000;
    println!("bytes of a token of {} bytes that was verified: {each}", login(0, begin).len());
    assert!(each < 1_300, "{each} bytes for each token");
    // What has expired leaves as others come.
    let later = begin + TimeDelta::hours(1);
    for _ in 0..5_000 {
        drop(verifier.verify_at(&login(0, later), later).unwrap());
    }
    let held_later = held();
    assert!(held_later < ten + 2 * 5_000 * each * 3 / 4, "{held_later}");
    drop(verifier);

    // Whoever has as many valid tokens as they like, of whatever size, gets no more than the bound.
    let verifier = Verifier::new(&keys, "https://app.example", &denylist).warm_cache(BOUND);
    for (size, count) in [(0, 4_000), (2_000, 1_500), (5_500, 700), (0, 1_000)] {
        for _ in 0..count {
            drop(verifier.verify_at(&login(size, begin), begin).unwrap());
        }
        let held = held();
        println!("cache of verified tokens, {count} of {size} bytes and more: {held} bytes");
        assert!(held <= BOUND + empty && held > BOUND / 2, "{held}");
    }
    drop(verifier);

    // Nor by what each request binds its token to.
    let verifier = Verifier::new(&keys, "https://app.example", &denylist).warm_cache(BOUND);
    for n in 0..1_500_u32 {
        let assertion = [n.to_le_bytes(); 1_000].concat();
        let bound = Issuer::new(&keys, "https://app.example", &denylist).implicit_assertion(assertion.clone());
        let token = bound.login_at("alice", begin).unwrap();
        let verifier = verifier.clone().implicit_assertion(assertion);
        drop(verifier.verify_at(token.as_str(), begin).unwrap());
    }
    let all = held();
    assert!(all <= BOUND + empty && all > BOUND / 2, "{all}");
    drop(verifier);
    let left = held();
    assert!(left < empty, "{left} bytes are left behind");
}
