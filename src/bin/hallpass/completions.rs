//! `hallpass completions`: a script for a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::{CommandLine, screen};

#[derive(Debug, Args)]
pub(crate) struct CompletionsCommand {
    /// Which shell
    shell: Shell,
}

impl CompletionsCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        // First to memory: it panics when what it writes to fails.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "hallpass", &mut script);
        Ok(screen::lines(&String::from_utf8_lossy(&script))?)
    }
}
