//! What the command line asks for.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::arguments::Arguments;

/// How often an ordinary run kills.
const FEW: u64 = 20;

pub(crate) struct Options {
    pub(crate) kills: u64,
    /// It goes on until so many were acknowledged.
    pub(crate) revocations: u64,
    pub(crate) seed: u64,
    /// Whether this is what an ordinary run of all tests does.
    pub(crate) is_short: bool,
    /// Whether only the names of tests are asked for, as tools do.
    pub(crate) lists_tests: bool,
}

impl Options {
    pub(crate) fn from_arguments() -> Self {
        let Arguments { numbers: [kills, revocations, seed], lists_tests } =
            Arguments::read(["--kills", "--revocations", "--seed"]);
        Self {
            kills: kills.unwrap_or(FEW),
            revocations: revocations.unwrap_or(0),
            seed: seed.unwrap_or_else(random),
            is_short: kills.is_none(),
            lists_tests,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a different seed each time")]
fn random() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into()
}
