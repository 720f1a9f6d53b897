//! How much of what was done.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub(crate) struct Figures([AtomicU64; NAMES.len()]);

#[derive(Clone, Copy)]
pub(crate) enum Figure {
    Logins,
    Renewals,
    Logouts,
    Cutoffs,
    Rotations,
    KeysEnded,
    Purges,
    Accepted,
    Revoked,
    Expired,
}

const NAMES: [&str; 10] = [
    "logins",
    "renewals",
    "logouts",
    "cutoffs",
    "rotations",
    "keys ended",
    "purges",
    "times accepted",
    "times revoked",
    "times expired",
];

impl Figures {
    pub(crate) fn count(&self, figure: Figure) {
        self.0[figure as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// What was never done was not tried.
    pub(crate) fn are_of_everything(&self) -> bool {
        self.0.iter().all(|count| count.load(Ordering::Relaxed) > 0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = NAMES
            .iter()
            .zip(&self.0)
            .map(|(name, count)| format!("{} {name}", count.load(Ordering::Relaxed)))
            .collect();
        f.write_str(&all.join(", "))
    }
}
