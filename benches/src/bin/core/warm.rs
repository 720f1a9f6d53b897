//! Warm verification: tokens that were verified before, in any order, beside the same tokens verified cold, beside as many
//! of jsonwebtoken's, and beside a bare map from their texts to an `Arc`, behind a lock as anybody would put it.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use hallpass::Verifier;
use hallpass::key::{IssuingKey, LocalKey, SecretKey};
use hallpass_benches::figures::{Bound, Figures, Plot, Row, grouped};
use hallpass_benches::measure::{Random, median, on_two_threads, per_call, ratio, sized};
use parking_lot::RwLock;

use crate::jwt::{Claims, Jwt};
use crate::sample::{Roles, login};

const CALLS: usize = 2_000;
const COLD_CALLS: usize = 50;
const ROUNDS: usize = 201;

pub(crate) fn run(figures: &mut Figures) {
    for local in [true, false] {
        for (live, bound) in sized([(1_000, 0.15), (100_000, 0.5)], [(10, 0.15), (100, 0.5)]) {
            let (name, key): (_, IssuingKey) = match local {
                true => ("v4.local", LocalKey::generate().unwrap().into()),
                false => ("v4.public", SecretKey::generate().unwrap().into()),
            };
            measure(figures, name, &Roles::of(key), live, bound);
        }
    }
}

fn measure(figures: &mut Figures, kind: &str, roles: &Roles, live: usize, bound: f64) {
    figures.progress(format!("{} live tokens, {kind}", grouped(live as f64)));
    let subject = |n: usize| format!("user-{n:09}");
    let texts: Vec<String> = (0..live).map(|n| roles.issuer.login(login(subject(n))).unwrap().into_string()).collect();
    let jwt = Jwt::hs256();
    let jwts: Vec<String> = (0..live).map(|n| jwt.issue(&Claims::of(&subject(n)))).collect();
    let map: RwLock<HashMap<String, Arc<[u8; 64]>>> = RwLock::default();
    let first = per_call(live, || texts.iter().for_each(|text| drop(black_box(roles.warm.verify(text).unwrap()))));
    let found = in_the_cache(&roles.warm, &texts);
    for text in &texts {
        map.write().insert(text.clone(), Arc::new([0; 64]));
    }

    let mut random = Random(1);
    let mut samples = [const { Vec::new() }; 4];
    for _ in 0..sized(ROUNDS, 3) {
        let calls = sized(CALLS, 20);
        let order: Vec<usize> = (0..calls).map(|_| (random.number() % live as u64) as usize).collect();
        let cold_order = &order[..COLD_CALLS.min(calls)];
        let copied = time(&texts, &order, &|text| _ = black_box(text));
        samples[0].push(time(&texts, &order, &|text| drop(black_box(roles.warm.verify(text).unwrap()))) - copied);
        samples[1].push(time(&texts, cold_order, &|text| drop(black_box(roles.cold.verify(text).unwrap()))) - copied);
        samples[2].push(time(&texts, &order, &|text| drop(black_box(map.read().get(text).cloned()))) - copied);
        let copied = time(&jwts, &order, &|text| _ = black_box(text));
        samples[3].push(time(&jwts, &order, &|text| drop(black_box(jwt.verify(text)))) - copied);
    }
    let [warm, others @ ..] = &samples;
    let what = format!("warm, {kind}, {} live tokens ({} in the cache)", grouped(live as f64), grouped(found as f64));
    let row = Row::time(format!("{kind}, for the first time, and kept, {} tokens", grouped(live as f64)), first);
    figures.add(row.beside("cold, and not kept", median(&samples[1])));
    for (name, other) in ["the same, cold", "a bare HashMap", "jsonwebtoken, HS256"].into_iter().zip(others) {
        let row = Row::time(&what, median(warm)).beside_by(name, median(other), ratio(warm, other));
        figures.add(if name.ends_with("HS256") { row.sought(Bound::RatioAtMost(bound)) } else { row });
    }
    if live == sized(1_000, 10) {
        figures.point(Plot::Verify, format!("hallpass, {kind}, warm"), 0.0, median(warm));
        hot(figures, kind, &roles.warm, &texts[0]);
    }
}

/// How many of them: all are shown once more and held, so that what is taken from the cache the next time is in the same
/// place, and what is not can't be.
fn in_the_cache(warm: &Verifier, texts: &[String]) -> usize {
    let held: Vec<_> = texts.iter().map(|text| warm.verify(text).unwrap()).collect();
    let again = texts.iter().map(|text| warm.verify(text).unwrap());
    held.iter().zip(again).filter(|(one, other)| std::ptr::eq(one.payload(), other.payload())).count()
}

/// Nanoseconds for each of these, in this order. A server has just read the text that it looks at, so that it is copied
/// first; what that takes is measured by itself, and taken off.
fn time(texts: &[String], order: &[usize], ask: &dyn Fn(&str)) -> f64 {
    let mut buffer = String::with_capacity(2 * texts[0].len());
    per_call(order.len(), || {
        for &n in order {
            buffer.clear();
            buffer.push_str(&texts[n]);
            ask(black_box(&buffer));
        }
    })
}

/// One token that everybody sends, from one thread and from two.
fn hot(figures: &mut Figures, kind: &str, verifier: &Verifier, text: &str) {
    let calls = sized(CALLS, 20);
    let verify = || per_call(calls, || (0..calls).for_each(|_| drop(black_box(verifier.verify(text).unwrap()))));
    let (mut alone, mut together) = (vec![], vec![]);
    for _ in 0..sized(ROUNDS, 3) {
        alone.push(verify());
        together.push(on_two_threads(|_| verify()));
    }
    let row = Row::time(format!("warm, {kind}, one token over and over, each of two threads"), median(&together));
    figures.add(row.beside_by("one thread", median(&alone), ratio(&together, &alone)));
}
