//! What is counted.

use std::fmt;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) kills: u64,
    /// Kills before the first acknowledgement, most of them while the list was opened or made.
    pub(crate) early: u64,
    pub(crate) acknowledged: u64,
    /// Looks for one thing that was acknowledged.
    pub(crate) looks: u64,
    pub(crate) lost: u64,
    /// What expired before anybody had looked for it.
    pub(crate) unchecked: u64,
    /// What is in no file any more, at the least.
    pub(crate) purged: u64,
    /// Openings by the parent.
    pub(crate) openings: u64,
    pub(crate) opening: Duration,
    pub(crate) longest_opening: Duration,
    /// The most records that the parent has found in a file, and the largest file.
    pub(crate) most_records: u64,
    pub(crate) largest_file: u64,
    /// Whatever else must not be.
    pub(crate) unexpected: u64,
}

impl Figures {
    pub(crate) fn opened(&mut self, took: Duration) {
        self.openings += 1;
        self.opening += took;
        self.longest_opening = self.longest_opening.max(took);
    }

    pub(crate) fn unexpected(&mut self, what: &str) {
        self.unexpected += 1;
        eprintln!("unexpected: {what}");
    }

    pub(crate) fn is_as_it_must_be(&self) -> bool {
        self.lost == 0 && self.unchecked == 0 && self.unexpected == 0
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let mean = millis(self.opening) / self.openings.max(1) as f64;
        writeln!(
            f,
            "{} kills ({} before anything was acknowledged), {} acknowledged, {} purged at least, {} lost",
            self.kills, self.early, self.acknowledged, self.purged, self.lost
        )?;
        writeln!(
            f,
            "  {} looks, {} never looked for, {} unexpected; at most {} records, {} KiB",
            self.looks,
            self.unchecked,
            self.unexpected,
            self.most_records,
            self.largest_file / 1024
        )?;
        write!(
            f,
            "  {} openings after a kill: {mean:.1} ms, at most {:.1} ms",
            self.openings,
            millis(self.longest_opening)
        )
    }
}
