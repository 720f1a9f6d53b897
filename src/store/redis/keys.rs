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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lists_keys_are_in_one_slot_of_a_cluster_and_each_connection_has_its_own() {
        let keys = Keys::new("mine");
        let names = ["{mine}:list", "{mine}:log", "{mine}:due"];
        assert_eq!([&*keys.list, &*keys.log, &*keys.due], names);
        let process = [&[0][..], &[0xab; 15]].concat().try_into().unwrap();
        assert_eq!(keys.beat(process), format!("{{mine}}:beat:00{}", "ab".repeat(15)));
    }

    #[test]
    fn what_a_connection_has_written_is_kept_for_thirty_days() {
        assert_eq!(BEAT_KEPT, 30 * 24 * 60 * 60);
    }
}
