//! On whose authority something is revoked.

use super::Session;
use crate::id::{SessionId, TokenId};
use crate::key::KeyId;
use crate::revocation::Revocation;

/// What [`Denylist::revoke`](crate::Denylist::revoke) takes: a [`Revocation`], on the application's
/// authority, or on that of a [`Session`].
///
/// What a session asks for happens only if the session still lives at that moment, but for its own end, which comes
/// whatever became of its token meanwhile.
///
/// | | ends |
/// |---|---|
/// | `&session` | this session: log out |
/// | [`session.other(id)`](Session::other) | one other session |
/// | [`session.elsewhere()`](Session::elsewhere) | all of the subject's sessions but this one |
/// | [`session.everywhere()`](Session::everywhere) | all of the subject's sessions |
/// | a [`SessionId`], a [`TokenId`], a [`KeyId`], a [`Revocation`] | that, whoever asks |
#[derive(Debug, Clone)]
pub struct RevocationRequest<'a> {
    pub(crate) what: Revocation,
    pub(crate) by: Option<&'a Session>,
}

impl Session {
    /// Ends one other session. Whether it is this subject's is for the application to know: a denylist
    /// knows ids, not whose they are.
    #[must_use]
    pub fn other(&self, session: SessionId) -> RevocationRequest<'_> {
        RevocationRequest { what: Revocation::Session(session), by: Some(self) }
    }

    /// Ends every session of this subject that has begun: log out everywhere.
    #[must_use]
    pub fn everywhere(&self) -> RevocationRequest<'_> {
        self.subjects_sessions(None)
    }

    /// Ends every session of this subject that has begun, but this one: log out everywhere else.
    #[must_use]
    pub fn elsewhere(&self) -> RevocationRequest<'_> {
        self.subjects_sessions(Some(self.session_id()))
    }

    fn subjects_sessions(&self, except: Option<SessionId>) -> RevocationRequest<'_> {
        let (issuer, subject) = (self.issuer().to_owned(), self.subject().to_owned());
        RevocationRequest { what: Revocation::Subject { issuer, subject, except }, by: Some(self) }
    }
}

/// Logout: the session with all its tokens, those included that are being renewed at this moment.
impl<'a> From<&'a Session> for RevocationRequest<'a> {
    fn from(session: &'a Session) -> Self {
        Self { what: Revocation::Session(session.session_id()), by: Some(session) }
    }
}

impl From<Revocation> for RevocationRequest<'_> {
    fn from(what: Revocation) -> Self {
        Self { what, by: None }
    }
}

impl From<TokenId> for RevocationRequest<'_> {
    fn from(id: TokenId) -> Self {
        Revocation::Token(id).into()
    }
}

impl From<SessionId> for RevocationRequest<'_> {
    fn from(id: SessionId) -> Self {
        Revocation::Session(id).into()
    }
}

impl From<KeyId> for RevocationRequest<'_> {
    fn from(id: KeyId) -> Self {
        Revocation::Key(id).into()
    }
}
