//! How long opening takes, after it was closed, and after a crash.

use std::path::Path;
use std::time::Instant;

use hallpass::{Denylist, TokenId};

const ROUNDS: usize = 5;

pub(crate) fn run(folder: &Path) {
    for entries in [1_000_000, 4_000_000] {
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
            let mut times: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let begin = Instant::now();
                    let denylist = Denylist::open(path).unwrap();
                    let seconds = begin.elapsed().as_secs_f64();
                    assert_eq!(denylist.stats().ids, entries as usize);
                    seconds
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let size = std::fs::metadata(path).unwrap().len() / 1_000_000;
            println!(
                "opening {entries} live entries ({size} MB) that {what}: {:.2} s, at the worst {:.2} s{}",
                times[ROUNDS / 2],
                times[ROUNDS - 1],
                if entries == 1_000_000 { " (to reach: 2)" } else { "" }
            );
        }
    }
}
