//! `hallpass revoke`: takes something back, durably, in the file of a denylist that no server holds or on an engine.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use hallpass::key::KeyId;
use hallpass::{KeyRing, Revocation, SessionId};
use serde::Serialize;

use crate::failure::Failure;
use crate::list_file::Place;
use crate::screen::Form;
use crate::{arguments, authentic, list_file, screen, standard_input};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 revoked and on the disk, or on the engine's; 2 the token is refused, 1 anything else.\n\
    The file of a server that runs is in use: then only the server can revoke. A list on an engine is revoked in beside servers."
)]
pub(crate) struct RevokeCommand {
    /// The denylist, which must exist: its file, or the URL of its engine
    #[arg(long, env = arguments::DENYLIST, hide_env_values = true, value_name = "FILE|URL",
        value_parser = arguments::denylist())]
    denylist: Place,
    /// How far two clocks may differ, from 0s to 60s, as the servers have it: 'subject' and 'everyone' reach so far ahead
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = arguments::leeway)]
    leeway: TimeDelta,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The session of the token on standard input, which must be authentic and may have expired
    Token {
        /// A file with a secret, public or local key, or with a key set
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Who must have issued the token (iss)
        #[arg(long, value_name = "ISS")]
        issuer: String,
        /// For whom the token must be (aud); without it, a token that names somebody is refused
        #[arg(long, value_name = "AUD")]
        audience: Option<String>,
        /// This token alone and not its session; a session's first token is the session all the same
        #[arg(long)]
        only_this: bool,
    },
    /// One session
    Session {
        /// The session's id (sid)
        // An id may begin with a hyphen.
        #[arg(value_name = "SID", allow_hyphen_values = true)]
        id: SessionId,
    },
    /// Every session of a subject that has begun
    Subject {
        /// Whose sessions (sub); after '--' if it may begin with a hyphen
        #[arg(value_name = "SUB", value_parser = NonEmptyStringValueParser::new())]
        subject: String,
        /// The issuer that calls the subject so (iss)
        #[arg(long, value_name = "ISS")]
        issuer: String,
        /// The session that stays
        #[arg(long, value_name = "SID", allow_hyphen_values = true)]
        except: Option<SessionId>,
    },
    /// Everything that a key has signed or encrypted, and ever will
    Key {
        /// The key's id (kid)
        #[arg(value_name = "KID")]
        id: KeyId,
    },
    /// Every session of everyone that has begun
    Everyone {
        /// The session that stays
        #[arg(long, value_name = "SID", allow_hyphen_values = true)]
        except: Option<SessionId>,
    },
}

impl RevokeCommand {
    pub(crate) fn run(self, form: Form) -> Result<(), Failure> {
        let what = self.what.revocation()?;
        let revoked = Revoked::from(&what);
        list_file::list(&self.denylist, self.leeway)?.revoke(what).wait()?;
        match form {
            Form::Text => Ok(()),
            Form::Json => Ok(screen::object(&revoked)?),
        }
    }
}

impl What {
    fn revocation(self) -> Result<Revocation, Failure> {
        Ok(match self {
            Self::Token { key, issuer, audience, only_this } => {
                let keys = KeyRing::new(arguments::keys(&key)?);
                let session = authentic::session(&keys, issuer, audience, &standard_input::token()?)?;
                if only_this { session.token_id().into() } else { session.session_id().into() }
            }
            Self::Session { id } => id.into(),
            Self::Subject { subject, issuer, except } => Revocation::Subject { issuer, subject, except },
            Self::Key { id } => id.into(),
            Self::Everyone { except } => Revocation::Everyone { except },
        })
    }
}

/// What was revoked, for programs.
#[derive(Debug, Default, Serialize)]
struct Revoked {
    revoked: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    except: Option<String>,
}

impl From<&Revocation> for Revoked {
    fn from(what: &Revocation) -> Self {
        let one = |revoked, id| Self { revoked, id: Some(id), ..Self::default() };
        let spared = |except: &Option<SessionId>| except.map(|session| session.to_string());
        match what {
            Revocation::Token(id) => one("token", id.to_string()),
            Revocation::Session(id) => one("session", id.to_string()),
            Revocation::Key(id) => one("key", id.to_string()),
            Revocation::Subject { issuer, subject, except } => Self {
                revoked: "subject",
                issuer: Some(issuer.clone()),
                subject: Some(subject.clone()),
                except: spared(except),
                ..Self::default()
            },
            Revocation::Everyone { except } => Self { revoked: "everyone", except: spared(except), ..Self::default() },
            // A kind that the library learns before the command line does.
            _ => Self { revoked: "other", ..Self::default() },
        }
    }
}
