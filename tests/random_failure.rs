//! The system's random generator fails, or reports success and writes nothing: whatever needs random
//! bytes is a typed error then. No key, no id and no token comes of it.
//!
//! An ordinary run says that it leaves this out. Runs only where getrandom takes its bytes from this file:
//!
//! ```text
//! RUSTFLAGS='--cfg hallpass_apart --cfg getrandom_backend="custom"' cargo test --test random_failure
//! ```

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]
// The name that getrandom looks for is one that the linker sees, and that alone is "unsafe" to declare.
#![allow(unsafe_code)]

use std::cell::Cell;

use hallpass::key::{KeyError, KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, DenylistError, IssueError, Issuer, KeyRing, TokenId};

/// What the generator does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generator {
    Works,
    Fails,
    /// Reports success and writes zeros.
    WritesZeros,
}

const BROKEN: [Generator; 2] = [Generator::Fails, Generator::WritesZeros];

/// Each test has a thread, and each thread a generator of its own.
#[derive(Debug, Clone, Copy)]
struct State {
    /// So often it still works.
    working: u32,
    then: Generator,
    calls: u32,
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State { working: 0, then: Generator::Works, calls: 0 }) };
}

/// # Safety
/// getrandom promises that `len` bytes from `dest` on may be written.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(dest: *mut u8, len: usize) -> Result<(), getrandom::Error> {
    let mut state = STATE.get();
    state.calls += 1;
    STATE.set(state);
    let fill = match if state.calls <= state.working { Generator::Works } else { state.then } {
        // Different for each call, and never zero.
        Generator::Works => u8::try_from(state.calls % 255).unwrap_or_default() + 1,
        Generator::WritesZeros => 0,
        Generator::Fails => return Err(getrandom::Error::UNEXPECTED),
    };
    // SAFETY: see above.
    unsafe { dest.write_bytes(fill, len) };
    Ok(())
}

/// What comes of it with a generator that works so often, and then does as it is told; and how often it
/// was asked.
fn with<T>(working: u32, then: Generator, run: impl FnOnce() -> T) -> (T, u32) {
    STATE.set(State { working, then, calls: 0 });
    let made = run();
    let calls = STATE.get().calls;
    STATE.set(State { working: 0, then: Generator::Works, calls: 0 });
    (made, calls)
}

fn working<T>(run: impl FnOnce() -> T) -> T {
    with(0, Generator::Works, run).0
}

/// Lets each call for random bytes fail in turn, the first, the second and so on to the last, and gives
/// what came of it each time.
fn each_failure<T>(then: Generator, run: impl Fn() -> T) -> Vec<T> {
    let (_, calls) = with(0, Generator::Works, &run);
    assert!(calls > 0, "no random bytes were asked for");
    (0..calls).map(|working| with(working, then, &run).0).collect()
}

#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn the_generator_of_this_file_is_the_one_that_is_asked() {
    assert_eq!(with(0, Generator::Works, || SecretKey::generate().is_ok()), (true, 1));
    let (first, second) = working(|| (LocalKey::generate().unwrap(), LocalKey::generate().unwrap()));
    assert_ne!(first.id(), second.id());
}

#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn no_key_is_generated() {
    for broken in BROKEN {
        for made in each_failure(broken, || SecretKey::generate().map(|key| key.id())) {
            assert!(matches!(made, Err(KeyError::Random(_))), "{made:?}");
        }
        for made in each_failure(broken, || LocalKey::generate().map(|key| key.id())) {
            assert!(matches!(made, Err(KeyError::Random(_))), "{made:?}");
        }
        for generate in [KeyRing::generate, KeyRing::generate_local] {
            for made in each_failure(broken, generate) {
                assert!(matches!(made, Err(KeyError::Random(_))), "{made:?}");
            }
        }
    }
}

/// A denylist has three secrets, for its filters, for its subjects, and for the names in events, and a number that no
/// other has.
#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn no_denylist_is_made() {
    for broken in BROKEN {
        let lists = each_failure(broken, Denylist::in_memory);
        assert_eq!(lists.len(), 4);
        for made in lists {
            assert!(matches!(made, Err(DenylistError::Random(_))), "{made:?}");
        }
    }
}

fn issuer(keys: impl FnOnce() -> KeySet) -> Issuer {
    working(|| Issuer::new(&KeyRing::new(keys()), "https://app.example", &Denylist::in_memory().unwrap()))
}

fn signing() -> Issuer {
    issuer(|| KeySet::issuing(SecretKey::generate().unwrap()))
}

fn encrypting() -> Issuer {
    issuer(|| KeySet::issuing(LocalKey::generate().unwrap()))
}

fn token_id(issuer: &Issuer) -> Result<TokenId, IssueError> {
    issuer.login("alice").map(|token| token.registered().token_id())
}

#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn no_signed_token_is_issued_without_an_id() {
    let issuer = signing();
    for broken in BROKEN {
        let issued = each_failure(broken, || token_id(&issuer));
        assert_eq!(issued.len(), 1);
        assert!(matches!(issued[0], Err(IssueError::Random(_))), "{broken:?}: {issued:?}");
    }
}

/// The id first, and then the nonce.
#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn no_encrypted_token_is_issued_without_an_id_or_without_a_nonce() {
    let issuer = encrypting();
    for broken in BROKEN {
        let issued = each_failure(broken, || token_id(&issuer));
        assert_eq!(issued.len(), 2);
        for issued in issued {
            assert!(matches!(issued, Err(IssueError::Random(_))), "{broken:?}: {issued:?}");
        }
    }
}

#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn an_issuer_issues_again_when_the_generator_works_again() {
    for issuer in [signing(), encrypting()] {
        assert!(with(0, Generator::Fails, || token_id(&issuer)).0.is_err());
        let (issued, calls) = with(0, Generator::Works, || token_id(&issuer));
        assert_ne!(issued.unwrap().to_bytes(), [0; 16]);
        assert!(calls > 0);
    }
}

/// Nothing that lets a person in, and nothing that throws one out, waits for random bytes.
#[test]
#[cfg_attr(not(getrandom_backend = "custom"), ignore = "needs a build of its own: see the top of the file")]
fn verifying_and_revoking_ask_for_none() {
    let keys = working(|| KeyRing::generate_local().unwrap());
    let denylist = working(|| Denylist::in_memory().unwrap());
    let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    let verifier = hallpass::Verifier::new(&keys, "https://app.example", &denylist);
    let token = working(|| issuer.login("alice").unwrap());
    let ((), calls) = with(0, Generator::Fails, || {
        let session = verifier.verify(token.as_str()).unwrap();
        denylist.revoke(&session).wait().unwrap();
        assert!(verifier.verify(token.as_str()).is_err());
        denylist.purge();
    });
    assert_eq!(calls, 0);
}
