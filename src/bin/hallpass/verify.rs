//! `hallpass verify`: is this token good, and what does it say?

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use hallpass::time::TimeLimits;
use hallpass::{KeyRing, Verifier};

use crate::failure::Failure;
use crate::list_file::Place;
use crate::screen::Form;
use crate::{arguments, list_file, plain, screen, standard_input};

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the token is valid, 2 it is refused, 1 anything else.\n\
    Without --denylist, a token that was taken back counts as valid until it expires.")]
pub(crate) struct VerifyCommand {
    /// A file with a secret, public or local key, or with a key set
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who must have issued the token (iss)
    #[arg(long, value_name = "ISS")]
    issuer: String,
    /// For whom the token must be (aud); without it, a token that names somebody is refused
    #[arg(long, value_name = "AUD")]
    audience: Option<String>,
    /// The denylist, which servers may hold: what is revoked by now is refused
    #[arg(long, env = arguments::DENYLIST, hide_env_values = true, value_name = "FILE|URL",
        value_parser = arguments::denylist())]
    denylist: Option<Place>,
    /// How far two clocks may differ, from 0s to 60s
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = arguments::leeway)]
    leeway: TimeDelta,
    /// Refuse a token that was issued to live longer than this, from 1s to 30d; a denylist has its own
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = arguments::lifetime,
        conflicts_with = "denylist")]
    longest_lifetime: TimeDelta,
    /// Verify as of this moment, such as 2026-11-23T15:04:05Z, instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::moment)]
    at: Option<DateTime<Utc>>,
}

impl VerifyCommand {
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        let limits = TimeLimits::new(self.longest_lifetime, self.leeway)?;
        let keys = KeyRing::new(arguments::keys(&self.key)?);
        let denylist = self.denylist.map(|place| list_file::copy(&place, self.leeway, self.at)).transpose()?;
        let mut verifier = match &denylist {
            Some(denylist) => Verifier::new(&keys, self.issuer, denylist),
            None => Verifier::dangerously_without_denylist(&keys, self.issuer, limits),
        };
        if let Some(audience) = self.audience {
            verifier = verifier.audience(audience);
        }
        let token = standard_input::token()?;
        let session = match self.at {
            Some(moment) => verifier.verify_at(&token, moment),
            None => verifier.verify(&token),
        }?;
        screen::result(&plain::json(session.payload()))?;
        match denylist {
            Some(denylist) => list_file::warn_of_malformed(form, denylist.stats().malformed),
            // A refused token is refused, list or no list; the warning belongs to those that pass.
            None => form.warn("valid, but no denylist was checked: the token may have been taken back"),
        }
        Ok(())
    }
}
