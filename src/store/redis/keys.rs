//! The names of a list's keys.
//!
//! ```text
//! {hallpass}:list         hash      header · purged · list · place · added · removed
//! {hallpass}:log          stream    one record an entry: r → its bytes
//! {hallpass}:due          sorted    until when each entry is kept → its id, after 'f' if it forbids, or else 'n'
//! {hallpass}:beat:0123…   text      what a connection has written last; leaves after 30 days
//! ```
//!
//! The braces keep them in one slot of a cluster, where a script may use several.

use crate::store::proof::FORGOTTEN_AFTER;

/// For so long, in seconds, what a connection has written last is kept.
pub(super) const BEAT_KEPT: i64 = 86_400 * FORGOTTEN_AFTER as i64;

#[derive(Debug)]
pub(super) struct Keys {
    pub(super) list: String,
    pub(super) log: String,
    pub(super) due: String,
    beat: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        let key = |name| format!("{{{prefix}}}:{name}");
        Self { list: key("list"), log: key("log"), due: key("due"), beat: key("beat:") }
    }

    pub(super) fn beat(&self, process: [u8; 16]) -> String {
        format!("{}{:032x}", self.beat, u128::from_be_bytes(process))
    }
}
