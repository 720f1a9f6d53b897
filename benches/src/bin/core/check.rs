//! The whole denylist check beside one bare `bloomfilter` check of the same size, and beside a look into a `HashSet`.

use std::collections::HashSet;
use std::hint::black_box;

use bloomfilter::Bloom;
use chrono::Utc;
use hallpass::status::Status;
use hallpass_benches::figures::{BUILD, Bound, Figures, Plot, Row, grouped};
use hallpass_benches::measure::{
    Random, Unlisted, cutoffs, denylist, grouped_id, median, per_call, ratio, sized, sizes,
};
use hallpass_benches::report::series_name;

pub(crate) const CUTOFFS: usize = 10_000;
const CHECKS: usize = 1 << 11;
const ROUNDS: usize = 401;

pub(crate) fn run(figures: &mut Figures) {
    for ids in sizes(100_000_000) {
        measure(figures, ids);
    }
}

fn measure(figures: &mut Figures, ids: usize) {
    let name = grouped(ids as f64);
    figures.progress(format!("{name} ids are listed"));
    let mut random = Random(ids as u64);
    let denylist = denylist(ids, &mut random);
    cutoffs(&denylist, CUTOFFS);

    figures.progress(format!("{name} ids are put into bare filters and a HashSet"));
    // The filter that the crate makes of so many ids at 1 % of false positives: the usual way.
    let mut seed = [0; 32];
    seed.fill_with(|| random.number() as u8);
    let mut usual: Bloom<[u8; 16]> = Bloom::new_for_fp_rate_with_seed(ids, 0.01, &seed).unwrap();
    // And one as the list's own are: 64 bits of the id, 12 bits each, 4 hash functions, 0.6 %.
    let bits = ids * 12;
    let hint = (bits as f64 * std::f64::consts::LN_2 / 4.0) as usize;
    let mut tuned: Bloom<u64> = Bloom::new_with_seed(bits / 8, hint, &seed).unwrap();
    let mut exact: HashSet<[u8; 16]> = HashSet::with_capacity(ids);
    for n in 0..ids {
        usual.set(&random.id());
        tuned.set(&random.number());
        exact.insert(grouped_id(n, ids, &mut random));
    }

    figures.progress(format!("{name} ids are looked for"));
    let unlisted = Unlisted::default();
    let now = Utc::now();
    let mut samples = [const { Vec::new() }; 4];
    for _ in 0..sized(ROUNDS, 3) {
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
            let token = unlisted.with_ids(token_id, session_id);
            let status = denylist.status_at(black_box(&token), now);
            assert_eq!(status, Status::NotListed);
            status != Status::NotListed
        });
        let usual = chained(&mut |id, _| usual.check(&id));
        let tuned = chained(&mut |id, _| tuned.check(&u64::from_ne_bytes(*id.first_chunk().unwrap())));
        let exact = chained(&mut |id, _| exact.contains(&id));
        for (samples, time) in samples.iter_mut().zip([whole, usual, tuned, exact]) {
            samples.push(time - making);
        }
    }
    report(figures, ids, &samples);
}

fn report(figures: &mut Figures, ids: usize, samples: &[Vec<f64>; 4]) {
    let x = ids as f64;
    let what = format!("a whole check, nothing listed, {} ids", grouped(x));
    let [whole, others @ ..] = samples;
    let names = ["one bloomfilter check, 1 %", "one bloomfilter check, tuned as the list's", "one look into a HashSet"];
    for (name, other) in names.into_iter().zip(others) {
        let row = Row::time(&what, median(whole)).beside_by(name, median(other), ratio(whole, other));
        let is_sought = BUILD.is_empty() && name == names[0];
        figures.add(if is_sought { row.sought(Bound::RatioAtMost(2.5)) } else { row });
    }
    let smallest = figures.points.iter().find(|point| point.plot == Plot::Check).map(|point| (point.x, point.y));
    if let Some((fewer, before)) = smallest {
        let row = Row::time(&what, median(whole)).beside(format!("the same, {} ids", grouped(fewer)), before);
        let is_sought = BUILD.is_empty() && ids == 100_000_000;
        figures.add(if is_sought { row.sought(Bound::RatioAtMost(6.0)) } else { row });
    }
    figures.point(Plot::Check, series_name("hallpass"), x, median(whole));
    if BUILD.is_empty() {
        figures.point(Plot::Check, "one bloomfilter check", x, median(&samples[1]));
        figures.point(Plot::Check, "HashSet", x, median(&samples[3]));
    }
}
