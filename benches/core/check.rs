//! The whole denylist check beside one bare `bloomfilter` check of the same size.

use std::hint::black_box;

use bloomfilter::Bloom;
use chrono::Utc;
use hallpass::{Revocation, SessionId, Status, TokenId};

use crate::support::{Random, Unlisted, denylist, median, per_call};

const CUTOFFS: usize = 10_000;
const CHECKS: usize = 1 << 11;
const ROUNDS: usize = 401;

pub(crate) fn run() {
    for ids in [1_000, 1_000_000, 10_000_000] {
        let mut random = Random(ids as u64);
        let denylist = denylist(ids, &mut random);
        for subject in 0..CUTOFFS {
            let subject = format!("gone-{subject}");
            let what = Revocation::Subject { issuer: "https://app.example".to_owned(), subject, except: None };
            denylist.revoke(what).wait().unwrap();
        }
        denylist.revoke(hallpass::key::SecretKey::generate().unwrap().id()).wait().unwrap();

        // The filter that the crate makes of so many ids at 1 % of false positives: the usual way.
        let mut seed = [0; 32];
        seed.fill_with(|| random.next() as u8);
        let mut usual: Bloom<[u8; 16]> = Bloom::new_for_fp_rate_with_seed(ids, 0.01, &seed).unwrap();
        // And one as the list's own are: 64 bits of the id, 12 bits each, 4 hash functions, 0.6 %.
        let bits = ids * 12;
        let hint = (bits as f64 * std::f64::consts::LN_2 / 4.0) as usize;
        let mut tuned: Bloom<u64> = Bloom::new_with_seed(bits / 8, hint, &seed).unwrap();
        for _ in 0..ids {
            usual.set(&random.id());
            tuned.set(&random.next());
        }

        let unlisted = Unlisted::new();
        let mut token = unlisted.token(&mut random);
        let now = Utc::now();
        let mut all = [vec![], vec![], vec![]];
        let mut ratios = [vec![], vec![]];
        for _ in 0..ROUNDS {
            // Fresh ids each time, made on the spot: nothing is learned, and no table crowds the caches.
            // Each depends on the answer before it, since no request's check overlaps the next one's.
            // What making them costs is measured too, and taken off.
            let mut chained = |check: &mut dyn FnMut([u8; 16], [u8; 16]) -> bool| {
                let mut answer = false;
                per_call(CHECKS, || {
                    for _ in 0..CHECKS {
                        random.0 ^= u64::from(answer);
                        answer = black_box(check(black_box(random.id()), black_box(random.id())));
                    }
                })
            };
            let making = chained(&mut |id, _| id[0] == 7);
            let whole = chained(&mut |token_id, session_id| {
                token.token_id = TokenId::from_bytes(token_id);
                token.session_id = SessionId::from_bytes(session_id);
                let status = denylist.status(black_box(&token), now);
                assert_eq!(status, Status::NotListed);
                status != Status::NotListed
            }) - making;
            let usual = chained(&mut |id, _| usual.check(&id)) - making;
            let tuned = chained(&mut |id, _| tuned.check(&u64::from_ne_bytes(*id.first_chunk().unwrap()))) - making;
            for (samples, time) in all.iter_mut().zip([whole, usual, tuned]) {
                samples.push(time);
            }
            ratios[0].push(whole / usual);
            ratios[1].push(whole / tuned);
        }
        let [whole, usual, tuned] = all.map(|mut samples| median(&mut samples));
        let [beside_usual, beside_tuned] = ratios.map(|mut samples| median(&mut samples));
        println!(
            "denylist check, {ids} ids, {CUTOFFS} cutoffs, jti and sid differ, nothing listed: {whole:.0} ns; one bloomfilter check at 1 %: {usual:.0} ns, ratio {beside_usual:.2} (to reach at 1000000: 2.5); one bloomfilter check tuned like the list's: {tuned:.0} ns, ratio {beside_tuned:.2}"
        );
    }
}
