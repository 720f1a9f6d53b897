//! Many cases, some at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Looks at each case, on so many threads, until something is wrong.
pub(crate) fn each<T: Sync>(
    cases: &[T],
    threads: usize,
    look: impl Fn(&T) -> Result<(), String> + Sync,
) -> Result<(), String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while wrong.lock().unwrap().is_none()
                    && let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    if let Err(why) = look(case) {
                        wrong.lock().unwrap().get_or_insert(why);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap().map_or(Ok(()), Err)
}

/// As many as there are processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
