//! `hallpass issue`: a token for whoever may read the key.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use hallpass::time::{TimeLimits, to_rfc3339};
use hallpass::{Denylist, Issuer, KeyRing, Login, Timeouts};
use serde::Serialize;

use crate::claim::{Claim, Claims};
use crate::failure::Failure;
use crate::list_file::Place;
use crate::screen::Form;
use crate::{arguments, list_file, screen};

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
    /// The denylist, which servers may hold: the session begins after all that is revoked by now
    #[arg(long, env = arguments::DENYLIST, hide_env_values = true, value_name = "FILE|URL",
        value_parser = arguments::denylist())]
    denylist: Option<Place>,
    /// How far two clocks may differ, as the servers have it, from 0s to 60s
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = arguments::leeway)]
    leeway: TimeDelta,
    /// How long the token lives, from 1s to 30d [default: 15m, or as long as the denylist allows]
    #[arg(long, value_name = "DURATION", value_parser = arguments::lifetime)]
    lifetime: Option<TimeDelta>,
    /// A claim of your own, such as 'roles=["admin"]' or 'name="Alice"'; may be given several times
    #[arg(long = "claim", value_name = "NAME=JSON")]
    claims: Vec<Claim>,
    /// Issue as of this moment, such as 2026-11-23T15:04:05Z, instead of now
    // A list knows no session that began before it, and takes another moment for a clock that was set back.
    #[arg(long, value_name = "RFC3339", value_parser = arguments::moment, conflicts_with = "denylist")]
    at: Option<DateTime<Utc>>,
}

impl IssueCommand {
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        let keys = KeyRing::new(arguments::keys(&self.key)?);
        let denylist = self.denylist.map(|place| list_file::copy(&place, self.leeway, None)).transpose()?;
        let longest = denylist.as_ref().map_or_else(TimeLimits::default, Denylist::limits).longest_lifetime();
        let lifetime = self.lifetime.unwrap_or(longest);
        let issuer = match &denylist {
            Some(denylist) => Issuer::new(&keys, self.issuer, denylist),
            None => {
                let limits = TimeLimits::new(lifetime, self.leeway)?;
                Issuer::dangerously_without_denylist(&keys, self.issuer, limits)
            }
        };
        // One token, no session that is renewed: only its lifetime counts.
        let mut issuer = issuer.timeouts(Timeouts::default().idle(lifetime).absolute(lifetime))?;
        if let Some(audience) = self.audience {
            issuer = issuer.audience(audience);
        }
        let login = Login::new(self.subject).claims(&Claims::new(self.claims)?)?;
        let token = match self.at {
            Some(moment) => issuer.login_at(login, moment),
            None => issuer.login(login),
        }?;
        match form {
            Form::Text => Ok(screen::result(token.as_str())?),
            Form::Json => Ok(screen::object(&Issued {
                token: token.as_str(),
                sid: token.registered().session_id().to_string(),
                exp: to_rfc3339(token.registered().expires_at()),
            })?),
        }
    }
}

/// The token, and what it takes to find or to revoke its session.
#[derive(Serialize)]
struct Issued<'a> {
    token: &'a str,
    sid: String,
    exp: String,
}
