//! Secrets are wiped before their memory is given back: an allocator looks at everything that is freed.
//! A binary of its own, with one test, since the allocator sees what all threads do.

#![allow(missing_docs, clippy::unwrap_used)]
// An allocator can't be written without.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::slice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hallpass::key::{KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Verifier};

/// Parts of the secrets, as bytes and as text, of which none may be in what is freed.
static CANARIES: OnceLock<[Vec<u8>; 4]> = OnceLock::new();
/// A part of a token's text.
static TOKEN: OnceLock<Vec<u8>> = OnceLock::new();
static WATCHING: AtomicBool = AtomicBool::new(false);
static SEEN: AtomicUsize = AtomicUsize::new(0);

struct Watch;

// SAFETY: every call goes to the system's allocator as it is. Memory comes zeroed, so that all of what is
// freed may be read. `realloc` is the trait's own: allocate, copy, and free by way of `dealloc`.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if WATCHING.load(Ordering::Relaxed) {
            // SAFETY: it is still allocated, and was zeroed when it was.
            look_at(unsafe { slice::from_raw_parts(memory, layout.size()) });
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watch = Watch;

fn look_at(freed: &[u8]) {
    let canaries = CANARIES.get().into_iter().flatten().chain(TOKEN.get());
    let seen = canaries.filter(|canary| freed.windows(canary.len()).any(|window| window == canary.as_slice()));
    SEEN.fetch_add(seen.count(), Ordering::Relaxed);
}

/// How often a secret was seen in what was freed while `work` ran.
fn seen(work: impl FnOnce()) -> usize {
    SEEN.store(0, Ordering::Relaxed);
    WATCHING.store(true, Ordering::Relaxed);
    work();
    WATCHING.store(false, Ordering::Relaxed);
    SEEN.load(Ordering::Relaxed)
}

/// The texts of a secret key and of a local key whose bytes are `from`, `from + 1` and so on.
fn paserks() -> (String, String) {
    let bytes = |from: u8| std::array::from_fn(|i| from.wrapping_add(u8::try_from(i).unwrap()));
    let pair = ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new(bytes(200)));
    let local: [u8; 32] = bytes(90);
    let canary = |bytes: &[u8]| bytes.get(8..24).unwrap().to_vec();
    let (secret, local_text) = (URL_SAFE_NO_PAD.encode(*pair.sk), URL_SAFE_NO_PAD.encode(local));
    let canaries = [canary(&*pair.sk), canary(&local), canary(secret.as_bytes()), canary(local_text.as_bytes())];
    CANARIES.set(canaries).unwrap();
    (format!("k4.secret.{secret}"), format!("k4.local.{local_text}"))
}

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

#[test]
fn no_secret_is_left_in_memory_that_is_given_back() {
    let (secret, local) = paserks();
    // The watch works.
    assert_eq!(seen(|| drop(secret.clone())), 1);
    assert_eq!(seen(|| drop(local.clone().into_bytes())), 1);

    assert_eq!(seen(|| drop(SecretKey::from_paserk(&secret).unwrap())), 0, "importing a secret key");
    assert_eq!(seen(|| drop(LocalKey::from_paserk(&local).unwrap())), 0, "importing a local key");
    let (key, other) = (SecretKey::from_paserk(&secret).unwrap(), LocalKey::from_paserk(&local).unwrap());
    assert_eq!(seen(|| drop((key.clone(), other.clone()))), 0, "cloning");
    assert_eq!(seen(|| drop((key.to_paserk(), other.to_paserk()))), 0, "writing the PASERK");
    assert_eq!(seen(|| assert!(SecretKey::from_paserk(&local).is_err())), 0, "refusing a key");

    let set = KeySet::issuing(key).with_next(other).unwrap();
    let text = set.to_text();
    assert_eq!(seen(|| drop(set.to_text())), 0, "writing a set");
    assert_eq!(seen(|| drop(KeySet::from_text(&text).unwrap())), 0, "reading a set");
    assert_eq!(seen(|| drop(set.rotated(noon()).unwrap())), 0, "rotating");
    assert_eq!(seen(|| KeyRing::new(set.clone()).replace(KeySet::default())), 0, "replacing a ring's set");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    // Filled to the brim, so that a buffer that grows would be seen.
    let full = (2..64).fold(set.clone(), |set, _| set.with_verify_only(LocalKey::generate().unwrap(), noon()).unwrap());
    assert_eq!(seen(|| full.save(&file).unwrap()), 0, "saving a set");
    assert_eq!(seen(|| drop(KeySet::load(&file).unwrap())), 0, "loading a set");

    let denylist = Denylist::in_memory().unwrap();
    for set in [set.clone(), set.rotated(noon()).unwrap()] {
        let keys = KeyRing::new(set);
        let issuer = Issuer::new(&keys, "https://app.example", &denylist);
        let verifier = Verifier::new(&keys, "https://app.example", &denylist);
        let seen = seen(|| drop(verifier.verify(issuer.login("alice").unwrap().as_str()).unwrap()));
        assert_eq!(seen, 0, "issuing and verifying");
    }
    let keys = KeyRing::new(set);
    let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    let token = issuer.login("alice").unwrap().into_string();
    let (header, _) = token.split_at("v4.public.".len());
    TOKEN.set(token.as_bytes()[header.len() + 40..][..24].to_vec()).unwrap();
    assert_eq!(seen(|| drop(token.clone())), 1);
    let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    drop((verifier.verify(&token).unwrap(), verifier.verify(&token).unwrap()));
    assert_eq!(seen(|| drop(verifier)), 0, "dropping a verifier that knows a token");
    // Others push it out, and the table grows and is made anew meanwhile.
    let small = Verifier::new(&keys, "https://app.example", &denylist).warm_cache(64 << 10);
    let first = small.verify(&token).unwrap();
    let others: Vec<String> = (0..300).map(|_| issuer.login("bob").unwrap().into_string()).collect();
    assert_eq!(seen(|| others.iter().for_each(|other| drop(small.verify(other).unwrap()))), 0, "others coming");
    let again = small.verify(&token).unwrap();
    assert!(!std::ptr::eq(first.payload(), again.payload()), "it was pushed out");
}
