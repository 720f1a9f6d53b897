//! What has happened, by the true time, and what may never happen.

use super::LEEWAY;
use super::engine::Engine;
use crate::id::{SessionId, TokenId};
use crate::revocation::EntryKind;

/// A token as the world knows it. Moments are true ones, but for those in the token itself.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) id: TokenId,
    pub(super) session: SessionId,
    pub(super) generation: u32,
    pub(super) subject: usize,
    pub(super) key: usize,
    pub(super) auth_time: i64,
    pub(super) issued_at: i64,
    pub(super) expires_at: i64,
    /// When its session had begun, and whether by a clock that was right.
    pub(super) begun: i64,
    pub(super) by_right_clock: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    Token(TokenId),
    Session(SessionId),
    Subject { subject: usize, except: Option<SessionId> },
    Everyone { except: Option<SessionId> },
    Key(usize),
}

#[derive(Debug)]
pub(super) struct Revoked {
    pub(super) what: What,
    /// Where, and in which life of that process.
    pub(super) by: (usize, u64),
    pub(super) at: i64,
    pub(super) by_right_clock: bool,
    pub(super) cutoff: i64,
    /// Of everything that was safe by then it had heard, where it was made.
    pub(super) heard: i64,
    /// When it was first acknowledged.
    pub(super) safe: Option<i64>,
}

impl Revoked {
    /// Whether its cutoff stands further ahead than a clock that is right can have put it: each process takes it for one
    /// that was made when it reads it.
    fn is_far_ahead(&self) -> bool {
        self.cutoff > Engine::now(self.at) + 4 * LEEWAY
    }

    /// Whether it takes this token back.
    fn concerns(&self, token: &Token) -> bool {
        // Of two clocks one of which is wrong nobody knows which was first.
        let had_begun = token.begun < self.at && token.by_right_clock && self.by_right_clock;
        match self.what {
            What::Token(id) => token.id == id,
            What::Session(session) => token.session == session,
            What::Subject { subject, except } => token.subject == subject && except != Some(token.session) && had_begun,
            What::Everyone { except } => except != Some(token.session) && had_begun,
            What::Key(key) => token.key == key,
        }
    }

    /// Whether it may be why this token is refused.
    fn explains(&self, token: &Token, by: EntryKind) -> bool {
        let covers = token.auth_time <= self.cutoff;
        match (self.what, by) {
            (What::Token(id), EntryKind::Id) => token.id == id,
            (What::Session(session), EntryKind::Id) => token.session == session,
            (What::Subject { subject, except }, EntryKind::Subject) => {
                subject == token.subject && except != Some(token.session) && covers
            }
            (What::Everyone { except }, EntryKind::Everyone) => except != Some(token.session) && covers,
            (What::Key(key), EntryKind::Key) => key == token.key,
            _ => false,
        }
    }
}

#[derive(Default)]
pub(super) struct History {
    pub(super) tokens: Vec<Token>,
    pub(super) revoked: Vec<Revoked>,
    /// When the list began to vouch anew, and up to when it vouches for no session then.
    pub(super) anew: Vec<(i64, i64)>,
    /// When the engine last lost something.
    pub(super) lost: i64,
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) unknown: u64,
}

impl History {
    /// Whether a session began just after an earlier cutoff that stood ahead, of which nobody had heard yet where a later
    /// one was made by a slower clock. The one exception: the later one does not reach it.
    fn is_beyond(&self, later: &Revoked, token: &Token) -> bool {
        let is_just_after = |cutoff: i64| token.auth_time > later.cutoff && cutoff + 1 == token.auth_time;
        let is_of = |what: What| match what {
            What::Subject { subject, .. } => subject == token.subject,
            What::Everyone { .. } => true,
            _ => false,
        };
        // What the engine has lost comes back once somebody who knew of it has published it again.
        let is_unheard_of = |at: i64| at >= later.heard || at <= self.lost;
        let is_unheard = |earlier: &Revoked| earlier.safe.is_none_or(is_unheard_of);
        let is_misled = |earlier: &Revoked| earlier.is_far_ahead() && earlier.at < token.begun;
        matches!(later.what, What::Subject { .. } | What::Everyone { .. })
            && (token.auth_time > later.cutoff && self.revoked.iter().any(is_misled)
                || self.anew.iter().any(|(at, from)| is_just_after(*from) && is_unheard_of(*at))
                || self.revoked.iter().any(|one| is_of(one.what) && is_just_after(one.cutoff) && is_unheard(one)))
    }

    /// A token was accepted by a process that goes by this bound.
    pub(super) fn accepted(&mut self, token: &Token, by: (usize, u64), at: i64, bound: i64) -> Result<(), String> {
        self.accepted += 1;
        for revoked in self.revoked.iter().filter(|revoked| revoked.concerns(token) && !self.is_beyond(revoked, token))
        {
            if revoked.by == by {
                return Err(format!("accepted where it was revoked: {token:?}, {revoked:?}"));
            }
            if revoked.safe.is_some_and(|safe| at > safe + bound) {
                return Err(format!("accepted later than the bound after it was safe: {token:?}, {revoked:?}"));
            }
        }
        Ok(())
    }

    /// A token was refused as revoked.
    pub(super) fn refused(&mut self, token: &Token, by: EntryKind) -> Result<(), String> {
        self.refused += 1;
        let is_new = by == EntryKind::Everyone && self.anew.iter().any(|(_, from)| token.auth_time <= *from);
        match is_new || self.revoked.iter().any(|revoked| revoked.explains(token, by)) {
            true => Ok(()),
            false => Err(format!("refused by {by:?}, and nobody has revoked it: {token:?}")),
        }
    }

    /// A session has begun at a process that had heard of all that was safe by a moment: it comes after that.
    pub(super) fn begun(&self, token: &Token, heard: i64) -> Result<(), String> {
        let known = |revoked: &&Revoked| {
            revoked.safe.is_some_and(|safe| safe < heard && safe > self.lost) && !revoked.is_far_ahead()
        };
        let is_under = |revoked: &&Revoked| match revoked.what {
            What::Subject { subject, .. } => subject == token.subject && token.auth_time <= revoked.cutoff,
            What::Everyone { .. } => token.auth_time <= revoked.cutoff,
            _ => false,
        };
        match self.revoked.iter().filter(known).find(is_under) {
            Some(revoked) => Err(format!("begun under a cutoff that was known: {token:?}, {revoked:?}")),
            None => Ok(()),
        }
    }

    /// Whether, when all is well again, nobody may accept this token.
    pub(super) fn is_over(&self, token: &Token) -> bool {
        self.revoked
            .iter()
            .any(|revoked| revoked.safe.is_some() && revoked.concerns(token) && !self.is_beyond(revoked, token))
    }

    /// Whether a clock far ahead has made a cutoff. Each process takes it for one that was made when it reads it, and
    /// may do so again and again: so they may disagree about sessions that began in between.
    pub(super) fn may_disagree(&self) -> bool {
        self.revoked.iter().any(Revoked::is_far_ahead)
    }

    pub(super) fn is_key_revoked(&self, key: usize) -> bool {
        self.revoked.iter().any(|revoked| revoked.what == What::Key(key))
    }

    /// The engine has lost the entries of these keys. Until somebody who knew of them has published them again they are
    /// nowhere safe: what a leaked key signs later is no session of before.
    pub(super) fn keys_lost(&mut self, is_lost: impl Fn(usize) -> bool) {
        for revoked in &mut self.revoked {
            if matches!(revoked.what, What::Key(key) if is_lost(key)) {
                revoked.safe = None;
            }
        }
    }

    pub(super) fn key_published(&mut self, key: usize, at: i64) {
        for revoked in self.revoked.iter_mut().filter(|revoked| revoked.what == What::Key(key)) {
            revoked.safe = revoked.safe.or(Some(at));
        }
    }
}
