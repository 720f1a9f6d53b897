//! Warm verification: tokens that were verified before, in any order, beside the same tokens verified cold and
//! beside a bare map from their texts to an `Arc`, behind a lock as anybody would put it.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use hallpass::{Denylist, Issuer, KeyRing, Login, Verifier};
use parking_lot::RwLock;

use crate::support::{Random, median, per_call};
use crate::verify::Private;

const CALLS: usize = 2_000;
const COLD_CALLS: usize = 50;
const ROUNDS: usize = 201;

pub(crate) fn run() {
    for (kind, keys) in [("local", KeyRing::generate_local()), ("public", KeyRing::generate())] {
        for live in [1_000, 100_000] {
            measure(kind, &keys.clone().unwrap(), live);
        }
    }
}

fn measure(kind: &str, keys: &KeyRing, live: usize) {
    let denylist = Denylist::in_memory().unwrap();
    let issuer = Issuer::new(keys, "https://app.example", &denylist);
    let warm = Verifier::new(keys, "https://app.example", &denylist);
    let cold = warm.clone().warm_cache(0);
    let texts: Vec<String> = (0..live)
        .map(|n| {
            let private = Private { roles: ["admin", "billing"], tenant: 42 };
            let login = Login::new(format!("user-{n:09}")).claims(&private).unwrap();
            issuer.login(login).unwrap().into_string()
        })
        .collect();
    let map: RwLock<HashMap<String, Arc<[u8; 64]>>> = RwLock::default();
    for text in &texts {
        drop(warm.verify(text).unwrap());
        map.write().insert(text.clone(), Arc::new([0; 64]));
    }
    // Whatever is taken from the cache has the payload of the first time in the same place.
    let found = texts.iter().filter(|text| {
        let [one, other] = [(); 2].map(|()| warm.verify(text).unwrap());
        std::ptr::eq(one.payload(), other.payload())
    });
    let found = found.count();

    let mut random = Random(1);
    let mut buffer = String::with_capacity(2 * texts[0].len());
    // A server has just read the text that it looks at, so that it is copied first, and what that takes is taken off.
    let mut time = |calls: usize, ask: &dyn Fn(&str)| {
        let order: Vec<usize> = (0..calls).map(|_| (random.next() % live as u64) as usize).collect();
        per_call(calls, || {
            for &n in &order {
                buffer.clear();
                buffer.push_str(&texts[n]);
                ask(black_box(&buffer));
            }
        })
    };
    let mut samples = [(); 3].map(|()| vec![]);
    for _ in 0..ROUNDS {
        let copied = time(CALLS, &|text| _ = black_box(text));
        samples[0].push(time(CALLS, &|text| drop(black_box(warm.verify(text).unwrap()))) - copied);
        samples[1].push(time(COLD_CALLS, &|text| drop(black_box(cold.verify(text).unwrap()))) - copied);
        samples[2].push(time(CALLS, &|text| drop(black_box(map.read().get(text).cloned()))) - copied);
    }
    let [warm, cold, map] = samples.map(|mut all| median(&mut all));
    println!(
        "warm verification, v4.{kind}, {live} live tokens ({found} in the cache): {warm:.0} ns; cold: {:.2} µs, ratio {:.4}; a bare HashMap: {map:.0} ns, ratio {:.2}",
        cold / 1e3,
        warm / cold,
        warm / map
    );
}
