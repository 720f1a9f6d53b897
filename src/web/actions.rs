//! Logging in and out, for handlers. Each acts as of its own moment, not that of the request's arrival.

use super::change::{EndSession, SetSession};
use super::presented::Transport;
use super::rejection::Rejection;
use super::sessions::Sessions;
use crate::denylist::RevokeError;
use crate::issuer::{Login, RenewError};
use crate::revocation::Revocation;
use crate::session::{Session, VerifyError};
use crate::token::Token;

impl Sessions {
    /// Begins a session in a cookie, and ends the one that the request came with, if any: whoever logs in never goes on
    /// with an old session's id (OWASP ASVS 5.0, V7.2.4). Check the password first.
    ///
    /// # Errors
    /// [`Rejection`]; nobody is logged in then.
    pub async fn login<'a>(&self, login: impl Into<Login<'a>>) -> Result<SetSession, Rejection> {
        let login = login.into();
        let (settings, old) = (self.settings(), self.optional()?);
        let (issuer, now) = (settings.issuer()?, settings.now());
        let Some(old) = old else { return self.begin(login) };
        match issuer.step_up_at(old, login.clone(), now) {
            Ok(restarting) => self.set(&restarting.await.map_err(Rejection::from)?),
            // The other one leaves, and this one comes.
            Err(RenewError::OtherSubject) => {
                self.end(old).await?;
                self.begin(login)
            }
            Err(RenewError::NotLive(why)) if why != VerifyError::StatusUnknown => self.begin(login),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins a session in a cookie, and ends every other one of the same subject, that of the request too: after
    /// a password was changed (OWASP ASVS 5.0, V7.4.3). Require a session first, or another proof of who it is.
    ///
    /// # Errors
    /// [`Rejection`]; nobody is logged in then, and the old sessions may have ended.
    pub async fn login_alone<'a>(&self, login: impl Into<Login<'a>>) -> Result<SetSession, Rejection> {
        let login = login.into();
        let (settings, old) = (self.settings(), self.optional()?);
        let (issuer, denylist, now) = (settings.issuer()?, settings.denylist()?, settings.now());
        match old {
            // On its own authority: a logout at the same moment wins.
            Some(old) if old.subject() == login.subject() => denylist.revoke_at(old.everywhere(), now).await?,
            old => {
                if let Some(old) = old {
                    self.end(old).await?;
                }
                denylist.revoke_at(Revocation::subject(issuer.name(), login.subject()), now).await?
            }
        };
        self.begin(login)
    }

    /// A first token for a program that keeps it itself and sends it as a bearer token. It must not be handed to
    /// a browser's page, where any script could read it; refuse requests with `Sec-Fetch-Mode`.
    ///
    /// # Errors
    /// [`Rejection`]; no token was issued then.
    pub fn login_bearer<'a>(&self, login: impl Into<Login<'a>>) -> Result<Token, Rejection> {
        let settings = self.settings();
        Ok(settings.issuer()?.login_at(login, settings.now())?)
    }

    /// A successor for the bearer token of the request. Cookies are renewed by the layer, and never shown.
    ///
    /// # Errors
    /// [`Rejection`]; the token is no worse for it.
    pub fn renew_bearer(&self) -> Result<Token, Rejection> {
        let session = self.session()?;
        if self.transport() != Some(Transport::Bearer) {
            return Err(Rejection::NotLoggedIn);
        }
        let settings = self.settings();
        Ok(settings.issuer()?.renew_at(session, settings.now())?)
    }

    /// Ends the session. Whoever has none is logged out already: that is no error.
    ///
    /// For a POST that other sites can't trigger, never for a GET.
    ///
    /// # Errors
    /// [`Rejection`] when the end is not safe; ask again. The cookie is to stay until then.
    pub async fn logout(&self) -> Result<EndSession, Rejection> {
        if let Some(session) = self.optional()? {
            self.end(session).await?;
        }
        // Its end may have been asked for before, and not be safe yet.
        if let Some(error) = self.settings().verifier.denylist().and_then(|denylist| denylist.store_error()) {
            return Err(RevokeError::NotSafe(error).into());
        }
        Ok(EndSession { cookie: self.settings().cookie.removal()? })
    }

    /// Ends every session of the subject: log out everywhere.
    ///
    /// # Errors
    /// [`Rejection`] when the session does not live, or the end is not safe.
    pub async fn logout_everywhere(&self) -> Result<EndSession, Rejection> {
        let (session, settings) = (self.session()?, self.settings());
        settings.denylist()?.revoke_at(session.everywhere(), settings.now()).await?;
        Ok(EndSession { cookie: settings.cookie.removal()? })
    }

    /// Ends every session of the subject but this one: log out my other devices.
    ///
    /// # Errors
    /// As [`logout_everywhere`](Self::logout_everywhere).
    pub async fn logout_elsewhere(&self) -> Result<(), Rejection> {
        let (session, settings) = (self.session()?, self.settings());
        settings.denylist()?.revoke_at(session.elsewhere(), settings.now()).await?;
        Ok(())
    }

    fn begin(&self, login: Login<'_>) -> Result<SetSession, Rejection> {
        let settings = self.settings();
        self.set(&settings.issuer()?.login_at(login, settings.now())?)
    }

    fn set(&self, token: &Token) -> Result<SetSession, Rejection> {
        let cookie = self.settings().set_cookie(token)?;
        self.settings().count_begun();
        Ok(SetSession { cookie })
    }

    /// Ends a session, or finds that it has ended.
    async fn end(&self, session: &Session) -> Result<(), Rejection> {
        let settings = self.settings();
        match settings.denylist()?.revoke_at(session, settings.now()).await {
            Err(RevokeError::NotLive(why)) if *why != VerifyError::StatusUnknown => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }
}
