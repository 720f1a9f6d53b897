//! Cold verification beside pasetors' own, on the same token.

use std::hint::black_box;

use hallpass::key::{KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Login, Verifier};
use pasetors::keys::{AsymmetricPublicKey, SymmetricKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::{LocalToken, PublicToken, V4};

use crate::support::{median, per_call};

const CALLS: usize = 50;
const ROUNDS: usize = 301;

#[derive(serde::Serialize)]
pub(crate) struct Private {
    pub(crate) roles: [&'static str; 2],
    pub(crate) tenant: u32,
}

pub(crate) fn run() {
    let login = || Login::new("user-123456789").claims(&Private { roles: ["admin", "billing"], tenant: 42 }).unwrap();
    let issuer_name = "https://app.example";
    let denylist = Denylist::in_memory().unwrap();

    let secret = SecretKey::generate().unwrap();
    let keys = KeyRing::new(KeySet::issuing(secret.clone()));
    let token = Issuer::new(&keys, issuer_name, &denylist).login(login()).unwrap();
    let verifier = Verifier::new(&keys, issuer_name, &denylist).warm_cache(0);
    let public = AsymmetricPublicKey::<V4>::try_from(secret.public_key().to_paserk().as_str()).unwrap();
    let untrusted = UntrustedToken::try_from(token.as_str()).unwrap();
    report(
        "v4.public",
        " (to reach beside verify alone: 1.15)",
        || drop(black_box(PublicToken::verify(&public, black_box(&untrusted), None, None).unwrap())),
        || {
            let untrusted = UntrustedToken::try_from(black_box(token.as_str())).unwrap();
            drop(black_box(PublicToken::verify(&public, &untrusted, None, None).unwrap()));
        },
        || drop(black_box(verifier.verify(black_box(token.as_str())).unwrap())),
    );

    let local = LocalKey::generate().unwrap();
    let keys = KeyRing::new(KeySet::issuing(local.clone()));
    let token = Issuer::new(&keys, issuer_name, &denylist).login(login()).unwrap();
    let verifier = Verifier::new(&keys, issuer_name, &denylist).warm_cache(0);
    let key = SymmetricKey::<V4>::try_from(local.to_paserk().as_str()).unwrap();
    let untrusted = UntrustedToken::try_from(token.as_str()).unwrap();
    report(
        "v4.local",
        "",
        || drop(black_box(LocalToken::decrypt(&key, black_box(&untrusted), None, None).unwrap())),
        || {
            let untrusted = UntrustedToken::try_from(black_box(token.as_str())).unwrap();
            drop(black_box(LocalToken::decrypt(&key, &untrusted, None, None).unwrap()));
        },
        || drop(black_box(verifier.verify(black_box(token.as_str())).unwrap())),
    );
}

fn report(what: &str, target: &str, raw: impl Fn(), parsed: impl Fn(), ours: impl Fn()) {
    let mut ns = [vec![], vec![], vec![]];
    let mut ratios = [vec![], vec![]];
    for _ in 0..ROUNDS {
        let times: [f64; 3] =
            [&raw as &dyn Fn(), &parsed, &ours].map(|call| per_call(CALLS, || (0..CALLS).for_each(|_| call())));
        for (all, time) in ns.iter_mut().zip(times) {
            all.push(time);
        }
        ratios[0].push(times[2] / times[0]);
        ratios[1].push(times[2] / times[1]);
    }
    let [raw, parsed, ours] = ns.map(|mut all| median(&mut all) / 1000.0);
    let [beside_raw, beside_parsed] = ratios.map(|mut all| median(&mut all));
    println!(
        "cold verification, {what}: {ours:.2} µs; pasetors verify alone: {raw:.2} µs, ratio {beside_raw:.3}{target}; pasetors parse and verify: {parsed:.2} µs, ratio {beside_parsed:.3}"
    );
}
