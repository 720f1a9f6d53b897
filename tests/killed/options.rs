//! What the command line asks for.

use std::time::{SystemTime, UNIX_EPOCH};

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
    /// Arguments that the harness of other tests understands are ignored.
    pub(crate) fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let number = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            let number = arguments.get(at + 1).and_then(|number| number.parse::<u64>().ok());
            Some(number.unwrap_or_else(|| panic!("{name} takes a number")))
        };
        Self {
            kills: number("--kills").unwrap_or(FEW),
            revocations: number("--revocations").unwrap_or(0),
            seed: number("--seed").unwrap_or_else(random),
            is_short: number("--kills").is_none(),
            lists_tests: arguments.iter().any(|argument| argument == "--list"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a different seed each time")]
fn random() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into()
}
