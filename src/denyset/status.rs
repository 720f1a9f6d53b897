//! What is listed about a token.

use super::entry::{Id, shard_of};
use super::is_behind;
use super::look::Look;
use crate::id::SessionId;
use crate::record::{KnownSubject, SubjectKey};
use crate::revocation::{EntryKind, Status, TokenFacts};

impl Look<'_> {
    /// What is listed about a token, whose subject may be known by its key already. Takes no lock unless a filter hits, and
    /// changes nothing.
    #[inline]
    pub(crate) fn status(&self, token: &TokenFacts<'_>, known: Option<&KnownSubject>, now: i64) -> Status {
        let snapshot = &*self.snapshot;
        // First: no purge drops a key, whatever the clock says.
        let keys = snapshot.keys.listed();
        if !keys.is_empty() && (keys.contains(&token.key_id) || token.prior_key_ids.iter().any(|id| keys.contains(id)))
        {
            return Status::Listed(EntryKind::Key);
        }
        if is_behind(now, snapshot.purged) {
            return Status::Unknown;
        }
        let auth_time = token.auth_time.timestamp_micros();
        if snapshot.everyone.refuses(auth_time, token.session_id) {
            return Status::Listed(EntryKind::Everyone);
        }
        let (token_id, session_id) = (token.token_id.to_bytes(), token.session_id.to_bytes());
        // Every filter is asked before any answer is looked at, so that the processor waits for memory
        // once. The first token of a session has the session's id.
        let may_list_ids = snapshot.shard(shard_of(&session_id)).may_list(&session_id)
            | (token_id != session_id && snapshot.shard(shard_of(&token_id)).may_list(&token_id));
        // Hashing the subject is a fifth of all this, and for nothing where no subject is listed; after the ids, whose
        // memory is on its way meanwhile.
        let subject = (!snapshot.subjects.is_empty()).then(|| self.subject_key(token, known));
        if !(may_list_ids | subject.is_some_and(|subject| snapshot.subjects.may_hold(subject.marked()))) {
            return Status::NotListed;
        }
        self.exact_status([session_id, token_id], subject, auth_time, token.session_id, now)
    }

    #[inline]
    fn subject_key(&self, token: &TokenFacts<'_>, known: Option<&KnownSubject>) -> SubjectKey {
        let known = known.and_then(|subject| subject.under(&self.set.subject_secret));
        known.unwrap_or_else(|| self.set.subject_key(token.issuer, token.subject))
    }

    /// What the exact sets say, once a filter has hit.
    #[cold]
    fn exact_status(
        &self,
        ids: [Id; 2],
        subject: Option<SubjectKey>,
        auth_time: i64,
        session: SessionId,
        now: i64,
    ) -> Status {
        let snapshot = &*self.snapshot;
        if ids.iter().any(|id| snapshot.shard(shard_of(id)).lists(id)) {
            return Status::Listed(EntryKind::Id);
        }
        let Some(subject) = subject.filter(|subject| snapshot.subjects.may_hold(subject.marked())) else {
            return Status::NotListed;
        };
        if self.set.subjects.get(subject).refuses(auth_time, session) {
            return Status::Listed(EntryKind::Subject);
        }
        // The map is not part of the snapshot: a cutoff may have left it meanwhile, and what lets it leave
        // was published before it did.
        let latest = self.set.published.load();
        if is_behind(now, latest.purged) {
            return Status::Unknown;
        }
        if latest.everyone.refuses(auth_time, session) {
            return Status::Listed(EntryKind::Everyone);
        }
        Status::NotListed
    }
}
