//! Revokes at an even pace, and notes when each was called for and acknowledged.

use std::time::{Duration, Instant};

use hallpass::Denylist;

use crate::{micros, session};

pub(crate) fn revoke(denylist: &Denylist, per_second: usize, seconds: usize) -> Vec<(i64, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Instant::now();
        let mut tasks = Vec::new();
        for n in 0..per_second * seconds {
            let due = begun + Duration::from_micros(1_000_000 / per_second as u64) * n as u32;
            tokio::time::sleep_until(due.into()).await;
            let called = micros();
            let revoking = denylist.revoke(session(n));
            tasks.push(tokio::spawn(async move {
                revoking.await.unwrap();
                (called, micros())
            }));
        }
        let mut told = Vec::new();
        for task in tasks {
            told.push(task.await.unwrap());
        }
        told
    })
}
