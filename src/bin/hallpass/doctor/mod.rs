//! `hallpass doctor`: what is wrong with keys, a denylist, its engine, the clock and the settings, and what to do. It reads,
//! and changes nothing.

mod clock;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod engine;
mod file;
mod keys;
mod list;
mod permissions;
mod remedy;
mod report;

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;

use self::report::Report;
use crate::denylist::RevokedKeys;
use crate::failure::Failure;
use crate::list_file::Place;
use crate::screen::Form;
use crate::{arguments, clock as wall};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong, 3 there are warnings, 4 there are errors; 1 it could not look.\n\
    Reads only. docs/RUNBOOK.md says more about each finding."
)]
pub(crate) struct DoctorCommand {
    /// A file with a key or a key set, as the servers have it; may be given several times
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// This service verifies and issues nothing: public keys are all that it should have
    #[arg(long)]
    verifies_only: bool,
    #[command(flatten)]
    list: Settings,
}

const SCOPE: &str = "give what the servers have: --key FILE, and --denylist or HALLPASS_DENYLIST";

/// The list, and how the servers are set.
#[derive(Debug, Args)]
struct Settings {
    /// The denylist, which servers may hold: its file, or the URL of its engine
    #[arg(long, env = arguments::DENYLIST, hide_env_values = true, value_name = "FILE|URL",
        value_parser = arguments::denylist())]
    denylist: Option<Place>,
    /// How far two clocks may differ, as the servers have it, from 0s to 60s
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = arguments::leeway)]
    leeway: TimeDelta,
    /// How long tokens live, as the issuers have it (their idle timeout), from 1s to 30d
    #[arg(long, value_name = "DURATION", value_parser = arguments::lifetime)]
    lifetime: Option<TimeDelta>,
    /// How many ids the list may hold, as the servers have it [default: as the library has it]
    #[arg(long, value_name = "IDS")]
    capacity: Option<usize>,
}

impl DoctorCommand {
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        let mut report = Report::new(form);
        clock::look(&mut report, wall::now())?;
        if self.keys.is_empty() && self.list.denylist.is_none() {
            report.warning("scope", "neither a key nor a denylist was given, so none was looked at", SCOPE)?;
        }
        let revoked = self.list.look(&mut report)?;
        for path in &self.keys {
            keys::look(&mut report, path, self.verifies_only, revoked.as_ref())?;
        }
        report.finish()
    }
}

impl Settings {
    /// Gives which keys are revoked, if the list can be read.
    fn look(&self, report: &mut Report) -> Result<Option<RevokedKeys>, Failure> {
        match &self.denylist {
            None => Ok(None),
            Some(Place::File(path)) => match file::look(report, path)? {
                Some(store) => list::look(report, &store, self),
                None => Ok(None),
            },
            #[cfg(any(feature = "postgres", feature = "redis"))]
            Some(Place::Engine(url)) => match engine::look(report, url, self.leeway)? {
                Some(store) => list::look(report, &*store, self),
                None => Ok(None),
            },
        }
    }
}
