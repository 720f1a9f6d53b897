//! Panics are counted, those too that somebody catches: none is allowed.

use std::panic;
use std::sync::Mutex;

static FIRST: Mutex<Option<String>> = Mutex::new(None);

pub(crate) fn watch() {
    panic::set_hook(Box::new(|panic| {
        FIRST.lock().unwrap().get_or_insert_with(|| panic.to_string());
    }));
}

/// Says what the first one was, if there was one.
pub(crate) fn none() -> Result<(), String> {
    FIRST.lock().unwrap().take().map_or(Ok(()), Err)
}
