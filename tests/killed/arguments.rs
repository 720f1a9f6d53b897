//! The command line of a test without a harness of its own.
//!
//! `cargo test` hands the same to all tests, so what the usual harness understands is ignored. An option that nobody
//! understands is a mistake, by which less would be tried than somebody thinks.

/// Options of the usual harness.
const FLAGS: [&str; 11] = [
    "--exact",
    "--ignored",
    "--include-ignored",
    "--list",
    "--no-capture",
    "--nocapture",
    "--quiet",
    "--report-time",
    "--show-output",
    "--shuffle",
    "-q",
];
/// And those that a value follows.
const VALUED: [&str; 7] = ["--color", "--format", "--logfile", "--shuffle-seed", "--skip", "--test-threads", "-Z"];

/// What was given.
pub(crate) struct Arguments<const N: usize> {
    /// The number behind each option, in the order in which they were asked for.
    pub(crate) numbers: [Option<u64>; N],
    /// Whether only the names of tests are asked for, as tools do.
    pub(crate) lists_tests: bool,
}

impl<const N: usize> Arguments<N> {
    /// These options, each with a number. Names of other tests are ignored.
    pub(crate) fn read(options: [&str; N]) -> Self {
        let mut read = Self { numbers: [None; N], lists_tests: false };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let name = argument.split('=').next().unwrap_or_default();
            if let Some(place) = options.iter().position(|option| *option == argument) {
                let number = arguments.next().and_then(|number| number.parse().ok());
                read.numbers[place] = Some(number.unwrap_or_else(|| panic!("{argument} takes a number")));
            } else if VALUED.contains(&name) {
                if name == argument {
                    arguments.next();
                }
            } else {
                let is_known = !argument.starts_with('-') || FLAGS.contains(&&*argument);
                assert!(is_known, "{argument} is no option here; there are {}", options.join(" "));
                read.lists_tests |= argument == "--list";
            }
        }
        read
    }
}
