//! What a thread that panics tells the process.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static TOLD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// What the panics of this thread tell while something is done, in place of its being printed; unless that is a panic
/// itself.
///
/// There is one hook for all threads, and only this changes it.
pub(crate) fn heard<T>(act: impl FnOnce() -> T) -> (T, Vec<String>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            let is_heard = TOLD.with_borrow_mut(|told| told.as_mut().map(|told| told.push(panic.to_string())));
            if is_heard.is_none() {
                usual(panic);
            }
        }));
    });
    TOLD.set(Some(Vec::new()));
    let done = catch_unwind(AssertUnwindSafe(act));
    let told = TOLD.take().unwrap_or_default();
    match done {
        Ok(done) => (done, told),
        Err(panic) => {
            eprintln!("{}", told.join("\n"));
            resume_unwind(panic)
        }
    }
}
