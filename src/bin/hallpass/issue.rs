//! `hallpass issue`: a token for whoever may read the key.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use hallpass::time::TimeLimits;
use hallpass::{Issuer, KeyRing, Login, Timeouts};

use crate::claim::{Claim, Claims};
use crate::failure::Failure;
use crate::{arguments, screen};

#[derive(Debug, Args)]
pub(crate) struct IssueCommand {
    /// A file with a secret key, a local key, or a key set whose current key is one of these
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who issues the token (iss)
    #[arg(long, value_name = "ISS")]
    issuer: String,
    /// Whose session it is (sub)
    #[arg(long, value_name = "SUB")]
    subject: String,
    /// For whom the token is (aud)
    #[arg(long, value_name = "AUD")]
    audience: Option<String>,
    /// How long the token lives, from 1s to 30d
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = arguments::lifetime)]
    lifetime: TimeDelta,
    /// A claim of your own, such as 'roles=["admin"]' or 'name="Alice"'; may be given several times
    #[arg(long = "claim", value_name = "NAME=JSON")]
    claims: Vec<Claim>,
    /// Issue as of this moment, such as 2026-11-23T15:04:05Z, instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::moment)]
    at: Option<DateTime<Utc>>,
}

impl IssueCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let limits = TimeLimits::new(self.lifetime, TimeLimits::default().leeway())?;
        let keys = KeyRing::new(arguments::keys(&self.key)?);
        // One token, no session that is renewed: only its lifetime counts.
        let timeouts = Timeouts::default().idle(self.lifetime).absolute(self.lifetime);
        let mut issuer = Issuer::dangerously_without_denylist(&keys, self.issuer, limits).timeouts(timeouts)?;
        if let Some(audience) = self.audience {
            issuer = issuer.audience(audience);
        }
        let login = Login::new(self.subject).claims(&Claims::new(self.claims)?)?;
        let token = match self.at {
            Some(moment) => issuer.login_at(login, moment),
            None => issuer.login(login),
        }?;
        Ok(screen::result(token.as_str())?)
    }
}
