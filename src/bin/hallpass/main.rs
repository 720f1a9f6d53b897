//! The command line: keys, tokens issued, verified, looked at and taken back, and a denylist in a file or on an engine, for
//! people and for scripts.
//!
//! It exits 0 when all went well, 2 when a token was refused, 3 and 4 when the doctor has warnings or errors, 1 for
//! anything else. Whatever it has to say about that is one line on standard error, a text or a JSON object, and no line
//! there ever holds a token or a secret.

#![forbid(unsafe_code)]

mod arguments;
mod authentic;
mod claim;
mod clock;
mod completions;
mod denylist;
mod doctor;
mod failure;
mod inspect;
mod issue;
mod key;
mod list_file;
mod plain;
mod revoke;
mod rotation;
mod screen;
mod standard_input;
mod text;
mod usage;
mod verify;

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;
use screen::Form;

/// Session tokens that are verified without I/O: PASETO v4.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 2 token refused, 3 doctor has warnings, 4 doctor has errors, 1 anything else."
)]
struct CommandLine {
    /// Print JSON objects, one a line, in place of texts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key, show the public part of one, or rotate
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Issue a token and print it
    Issue(issue::IssueCommand),
    /// Verify the token on standard input and print its claims
    Verify(verify::VerifyCommand),
    /// Show what the token on standard input says, without verifying it
    Inspect,
    /// Take something back, in a denylist
    Revoke(revoke::RevokeCommand),
    /// Look at a denylist, and tidy it
    #[command(subcommand)]
    Denylist(denylist::DenylistCommand),
    /// Look what is wrong with keys, denylist, engine, clock and settings, and what to do
    Doctor(doctor::DoctorCommand),
    /// Print what makes a shell complete this command
    Completions(completions::CompletionsCommand),
}

impl Command {
    fn run(self, form: Form) -> Result<(), Failure> {
        match self {
            Self::Key(command) => command.run(form),
            Self::Issue(command) => command.run(form),
            Self::Verify(command) => command.run(form),
            Self::Inspect => inspect::run(),
            Self::Revoke(command) => command.run(form),
            Self::Denylist(command) => command.run(form),
            Self::Doctor(command) => command.run(form),
            Self::Completions(command) => command.run(),
        }
    }
}

fn main() -> ExitCode {
    // Over a damaged file the store's engine may panic, of which the library makes an error. The usual hook would
    // have told it on standard error by then, in its own words and in several lines.
    panic::set_hook(Box::new(|_| {}));
    let line = CommandLine::try_parse();
    let form = Form::new(match &line {
        Ok(line) => line.json,
        // Who has made a mistake elsewhere in the line reads the answer all the same.
        Err(_) => env::args_os().any(|argument| argument == "--json"),
    });
    match guarded(|| run(line, form)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(form),
    }
}

fn run(line: Result<CommandLine, clap::Error>, form: Form) -> Result<(), Failure> {
    match line {
        Ok(line) => line.command.run(form),
        Err(error) if error.use_stderr() => Err(Failure::Usage(usage::mistake(&error))),
        // Not an error: somebody asked for `--help` or `--version`.
        Err(help) => help.print().map_err(|error| screen::OutputError(error).into()),
    }
}

/// A panic of our own is a failure like any other.
fn guarded(run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    // Nothing is looked at after it.
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(Failure::Panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_like_any_other() {
        let failure = guarded(|| panic!("with something secret")).unwrap_err();
        assert_eq!(failure.to_string(), "a mistake in hallpass itself has stopped it");
        assert_eq!(failure.report(Form::Text), ExitCode::from(1));
    }

    #[test]
    fn the_arguments_are_well_formed() {
        <CommandLine as clap::CommandFactory>::command().debug_assert();
    }
}
