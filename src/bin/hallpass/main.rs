//! The command line: keys, and tokens issued, verified and looked at, for people and for scripts.
//!
//! It exits 0 when all went well, 2 when a token was refused, 1 for anything else. Whatever it has to
//! say about that is one line on standard error, and no line there ever holds a token or a secret.

#![forbid(unsafe_code)]

mod arguments;
mod claim;
mod failure;
mod inspect;
mod issue;
mod key;
mod plain;
mod screen;
mod standard_input;
mod usage;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Session tokens that are verified without I/O: PASETO v4.
#[derive(Debug, Parser)]
#[command(version, after_help = "Exit codes: 0 done, 2 token refused, 1 anything else.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key, or show the public part of one
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Issue a token and print it
    Issue(issue::IssueCommand),
    /// Verify the token on standard input and print its claims
    Verify(verify::VerifyCommand),
    /// Show what the token on standard input says, without verifying it
    Inspect,
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Key(command) => command.run(),
            Self::Issue(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Inspect => inspect::run(),
        }
    }
}

fn main() -> ExitCode {
    let outcome = match CommandLine::try_parse() {
        Ok(line) => line.command.run(),
        Err(error) if error.use_stderr() => Err(Failure::Usage(usage::mistake(&error))),
        // Not an error: somebody asked for `--help` or `--version`.
        Err(help) => help.print().map_err(|error| screen::OutputError(error).into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
