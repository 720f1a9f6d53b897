//! Logging in and out, for handlers. Each acts as of its own moment, not that of the request's arrival.

use http::HeaderValue;

use super::begun::{Fate, Old};
use super::change::{EndSession, SetSession};
use super::presented::Transport;
use super::rejection::Rejection;
use super::sessions::Sessions;
use crate::denylist::RevokeError;
use crate::events::Occasion;
use crate::issuer::Login;
use crate::revocation::Revocation;
use crate::session::VerifyError;
use crate::token::Token;

impl Sessions {
    /// Begins a session in a cookie, and ends the one that the request came with, if any: whoever logs in never goes on
    /// with an old session's id (OWASP ASVS 5.0, V7.2.4). Check the password first; of a list that is shared, the engine is
    /// asked too, so that the session begins behind every cutoff there is. Ready when that end is safe, unless
    /// it was asked for before; a bearer token's session ends as well, and what comes is a cookie.
    ///
    /// # Errors
    /// [`Rejection`]; nobody is logged in then.
    pub async fn login<'a>(&self, login: impl Into<Login<'a>>) -> Result<SetSession, Rejection> {
        self.optional()?;
        self.caught_up().await?;
        // First, so that whoever can't have it keeps what they have.
        let new = self.begin(login.into())?;
        self.end().await?;
        self.hand_out(new)
    }

    /// Begins a session in a cookie, and ends every other one of the same subject, that of the request too: after
    /// a password was changed (OWASP ASVS 5.0, V7.4.3). Require a session first, or another proof of who it is.
    ///
    /// # Errors
    /// [`Rejection`]; nobody is logged in then, and the old sessions may have ended.
    pub async fn login_alone<'a>(&self, login: impl Into<Login<'a>>) -> Result<SetSession, Rejection> {
        let login = login.into();
        self.caught_up().await?;
        let (settings, old) = (self.settings(), self.optional()?);
        let (issuer, denylist, now) = (settings.issuer()?, settings.denylist()?, settings.now());
        match old {
            // On its own authority: a logout at the same moment wins.
            Some(old) if old.subject() == login.subject() => denylist.revoke_at(old.everywhere(), now).await?,
            _ => {
                self.end().await?;
                denylist.revoke_at(Revocation::subject(issuer.name(), login.subject()), now).await?
            }
        };
        self.hand_out(self.begin(login)?)
    }

    /// A first token for a program that keeps it itself and sends it as a bearer token. It must not be handed to
    /// a browser's page, where any script could read it; refuse requests with `Sec-Fetch-Mode`.
    ///
    /// # Errors
    /// [`Rejection`]; no token was issued then.
    pub async fn login_bearer<'a>(&self, login: impl Into<Login<'a>>) -> Result<Token, Rejection> {
        self.caught_up().await?;
        let settings = self.settings();
        let token = settings.issuer()?.login_at(login, settings.now())?;
        self.gives_token();
        Ok(token)
    }

    /// A successor for the bearer token of the request. Cookies are renewed by the layer, and never shown.
    ///
    /// # Errors
    /// [`Rejection`], [`NotBearer`](Rejection::NotBearer) for a session in a cookie; the token is no worse for it.
    pub fn renew_bearer(&self) -> Result<Token, Rejection> {
        let session = self.session()?;
        if self.transport() != Some(Transport::Bearer) {
            return Err(Rejection::NotBearer);
        }
        let settings = self.settings();
        let token = settings.issuer()?.renew_at(session, settings.now())?;
        self.gives_token();
        Ok(token)
    }

    /// Ends the session. Whoever has none, or one that is over, is logged out already: that is no error.
    ///
    /// For a POST that other sites can't trigger, never for a GET.
    ///
    /// # Errors
    /// [`Rejection`] when the end is not safe; ask again. The cookie is to stay until then. And when a token came that
    /// is refused and not dead, such as one whose key is not known here: it is not ended.
    pub async fn logout(&self) -> Result<EndSession, Rejection> {
        self.end().await?;
        // Refused here, and not dead: another process would accept it.
        if self.refusal().is_some_and(|why| !why.is_final() && why.session_id().is_none()) {
            self.session()?;
        }
        self.end_is_safe().await?;
        self.becomes(Fate::Removed);
        Ok(EndSession { cookie: self.settings().cookie.removal()? })
    }

    /// Ends every session of the subject: log out everywhere.
    ///
    /// # Errors
    /// [`Rejection`] when the session does not live, or the end is not safe.
    pub async fn logout_everywhere(&self) -> Result<EndSession, Rejection> {
        let (session, settings) = (self.session()?, self.settings());
        settings.denylist()?.revoke_at(session.everywhere(), settings.now()).await?;
        self.becomes(Fate::Removed);
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

    /// A session's first token and its cookie. Nothing is told yet: what is still to be done may fail.
    fn begin(&self, login: Login<'_>) -> Result<(Token, HeaderValue), Rejection> {
        let settings = self.settings();
        let token = settings.issuer()?.begin(login, settings.now())?;
        let cookie = settings.set_cookie(&token)?;
        settings.begun.one_more();
        Ok((token, cookie))
    }

    fn hand_out(&self, (token, cookie): (Token, HeaderValue)) -> Result<SetSession, Rejection> {
        self.settings().issuer()?.tell(&token, Occasion::Login);
        self.becomes(Fate::Replaced);
        Ok(SetSession { cookie })
    }

    /// Requests with the old cookie may be on their way, and their answers must not remove a newer one. Noted when it is
    /// done: as long as the end is not safe, no answer removes the cookie anyway.
    fn becomes(&self, fate: Fate) {
        // Any content could be made up: only that which a login came with is worth a place.
        let is_worth_it = |old: &Old| fate == Fate::Replaced || matches!(old, Old::Session(_));
        if let Some(old) = self.old().filter(is_worth_it) {
            let settings = self.settings();
            settings.begun.becomes(old, fate, settings.now(), settings.grace());
        }
    }

    /// Ends the session that the request came with, or finds that it has ended or that there is none.
    async fn end(&self) -> Result<(), Rejection> {
        let settings = self.settings();
        if let Some(session) = self.optional()? {
            return match settings.denylist()?.revoke_at(session, settings.now()).await {
                // What is not live now was taken back.
                Ok(_) | Err(RevokeError::NotLive(_)) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        // It goes on by a successor of the token, or will be accepted later, and has to end all the same.
        if let Some(session_id) = self.refusal().filter(|why| !why.is_final()).and_then(VerifyError::session_id) {
            settings.denylist()?.revoke_at(session_id, settings.now()).await?;
        }
        Ok(())
    }

    /// A session that had ended before the request came may have been ended by a request like this one, whose client
    /// gave up waiting for the store, or was told that it failed.
    async fn end_is_safe(&self) -> Result<(), Rejection> {
        let settings = self.settings();
        let is_revoked = matches!(self.refusal(), Some(VerifyError::Revoked { .. } | VerifyError::Replayed { .. }));
        if let Some(denylist) = settings.verifier.denylist().filter(|_| is_revoked) {
            denylist.settled(settings.now()).await?;
        }
        Ok(())
    }
}
