//! Those who revoke: one after the other, as threads, as tasks, or all at once.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hallpass::{Denylist, TokenId};

use crate::{Calls, present};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// An id that nobody had before.
fn fresh() -> TokenId {
    let n = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    TokenId::from_bytes(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

pub(crate) fn ours(folder: &Path) -> Denylist {
    let denylist = Denylist::open(folder.join("denylist.redb")).unwrap();
    let revoking: Vec<_> = (0..present()).map(|_| denylist.revoke(fresh())).collect();
    revoking.into_iter().for_each(|revoking| assert!(revoking.wait().is_ok()));
    denylist
}

fn revoke(denylist: &Denylist) -> f64 {
    let begin = Instant::now();
    denylist.revoke(fresh()).wait().unwrap();
    begin.elapsed().as_nanos() as f64
}

pub(crate) fn with_callers(denylist: &Denylist, callers: usize, each: usize, calls: &mut Calls) {
    let begin = Instant::now();
    let times: Vec<f64> = std::thread::scope(|scope| {
        let work = || (0..each).map(|_| revoke(denylist)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    calls.add(callers * each, begin.elapsed().as_secs_f64(), times);
}

pub(crate) fn with_tasks(denylist: &Denylist, callers: usize, each: usize, calls: &mut Calls) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let begin = Instant::now();
    let times: Vec<f64> = runtime.block_on(async {
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let denylist = denylist.clone();
                tokio::spawn(async move {
                    let mut times = Vec::with_capacity(each);
                    for _ in 0..each {
                        let begin = Instant::now();
                        denylist.revoke(fresh()).await.unwrap();
                        times.push(begin.elapsed().as_nanos() as f64);
                    }
                    times
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        all
    });
    calls.add(callers * each, begin.elapsed().as_secs_f64(), times);
}

pub(crate) fn without_waiting(denylist: &Denylist, revocations: usize, calls: &mut Calls) {
    let begin = Instant::now();
    let revoking: Vec<_> = (0..revocations).map(|_| (Instant::now(), denylist.revoke(fresh()))).collect();
    let times: Vec<f64> = revoking
        .into_iter()
        .map(|(begin, revoking)| {
            revoking.wait().unwrap();
            begin.elapsed().as_nanos() as f64
        })
        .collect();
    calls.add(revocations, begin.elapsed().as_secs_f64(), times);
}
