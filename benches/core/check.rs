//! The whole denylist check beside one bare `bloomfilter` check of the same size.

use std::hint::black_box;
use std::sync::atomic::{Ordering, fence};

use bloomfilter::Bloom;
use chrono::Utc;
use hallpass::{Revocation, SessionId, Status, TokenId};

use crate::support::{Random, Unlisted, denylist, median, per_call};

const CUTOFFS: usize = 10_000;
const CHECKS: usize = 1 << 11;
const ROUNDS: usize = 801;

pub(crate) fn run() {
    for ids in [1_000, 1_000_000, 10_000_000] {
        let mut random = Random(ids as u64);
        let denylist = denylist(ids, &mut random);
        for subject in 0..CUTOFFS {
            let what = Revocation::Subject {
                issuer: "https://app.example".to_owned(),
                subject: format!("gone-{subject}"),
                except: None,
            };
            denylist.revoke(what).wait().unwrap();
        }
        denylist.revoke(hallpass::key::SecretKey::generate().unwrap().id()).wait().unwrap();

        // The same 12 bits for each id and 4 hash functions that the list's own filters have.
        let mut seed = [0; 32];
        seed.fill_with(|| random.next() as u8);
        let bits = ids * 12;
        let mut bare: Bloom<u64> =
            Bloom::new_with_seed(bits / 8, (bits as f64 * std::f64::consts::LN_2 / 4.0) as usize, &seed).unwrap();
        for _ in 0..ids {
            bare.set(&random.next());
        }

        let unlisted = Unlisted::new();
        let mut token = unlisted.token(&mut random);
        let now = Utc::now();
        let (mut bare_ns, mut whole_ns, mut ratios) = (vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            // Fresh ids each time, made on the spot: nothing is learned, and no table crowds the caches.
            // What making them costs is measured too, and taken off.
            let making = per_call(CHECKS, || {
                for _ in 0..CHECKS {
                    one_at_a_time();
                    black_box((random.id(), random.id()));
                }
            });
            let bare = per_call(CHECKS, || {
                for _ in 0..CHECKS {
                    one_at_a_time();
                    let ids = black_box((random.id(), random.id()));
                    black_box(bare.check(&u64::from_ne_bytes(*ids.0.first_chunk().unwrap())));
                }
            }) - making;
            let whole = per_call(CHECKS, || {
                for _ in 0..CHECKS {
                    one_at_a_time();
                    let ids = black_box((random.id(), random.id()));
                    token.token_id = TokenId::from_bytes(ids.0);
                    token.session_id = SessionId::from_bytes(ids.1);
                    assert_eq!(denylist.status(black_box(&token), now), Status::NotListed);
                }
            }) - making;
            bare_ns.push(bare);
            whole_ns.push(whole);
            ratios.push(whole / bare);
        }
        println!(
            "denylist check, {ids} ids, {CUTOFFS} cutoffs, nothing listed: {:.0} ns; one bare bloomfilter check: {:.0} ns; ratio {:.2} (to reach at 1000000: 2.5)",
            median(&mut whole_ns),
            median(&mut bare_ns),
            median(&mut ratios)
        );
    }
}

/// A request's check never overlaps the next one's, as a loop's would.
fn one_at_a_time() {
    fence(Ordering::SeqCst);
}
