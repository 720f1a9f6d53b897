//! How long opening takes, after it was closed, and after a crash.

use std::path::Path;
use std::time::Instant;

use hallpass::{Denylist, TokenId};
use hallpass_benches::figures::{Bound, Figures, Row, grouped};
use hallpass_benches::measure::{median, sized};

const ROUNDS: usize = 5;

pub(crate) fn run(figures: &mut Figures, folder: &Path) {
    for entries in sized([1_000_000, 4_000_000], [1_000, 4_000]) {
        figures.progress(format!("{} entries are written", grouped(entries as f64)));
        let path = folder.join(format!("{entries}.redb"));
        let crashed = folder.join(format!("{entries}-crashed.redb"));
        let denylist = Denylist::open(&path).unwrap();
        let id = |n: u128| TokenId::from_bytes(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes());
        let revoking: Vec<_> = (0..entries).map(|n| denylist.revoke(id(n))).collect();
        revoking.into_iter().for_each(|revoking| assert!(revoking.wait().is_ok()));
        // What a crash leaves: the file as it is while it is open.
        std::fs::copy(&path, &crashed).unwrap();
        drop(denylist);
        for (path, what) in [(&path, "was closed"), (&crashed, "was open in a crash")] {
            let times: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let begin = Instant::now();
                    let denylist = Denylist::open(path).unwrap();
                    let time = begin.elapsed().as_nanos() as f64;
                    assert_eq!(denylist.stats().ids, entries as usize);
                    time
                })
                .collect();
            let size = std::fs::metadata(path).unwrap().len() as f64 / 1e6;
            let what = format!("opening {} live entries ({size:.0} MB) that {what}", grouped(entries as f64));
            let row = Row::time(what, median(&times));
            figures.add(if entries == 1_000_000 { row.sought(Bound::AtMost(2e9)) } else { row });
        }
    }
}
