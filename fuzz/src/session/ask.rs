//! What is revoked, and what is asked about tokens.

use hallpass::status::{EntryKind, Status};
use hallpass::{Revocation, RevocationRequest, RevokeError, Session, VerifyError};

use super::super::accepted::is_rightly_accepted;
use super::super::judge::{Said, Terms};
use super::super::world::ISSUER;
use super::model::Fate;
use super::run::{KEYS, Run, moment, span};

impl Run {
    /// The application revokes something, which always works.
    pub(super) fn revoke(&mut self, what: Revocation, now: i64) {
        let receipt = self.list.revoke_at(what, moment(now)).wait().expect("there is room");
        assert_eq!(receipt.everywhere_by(), moment(now));
        self.model.changed(now);
    }

    /// A session revokes another, or more; whether it could.
    pub(super) fn revoke_by<F>(&mut self, token: usize, now: i64, what: F) -> bool
    where
        F: for<'a> FnOnce(&'a Session) -> RevocationRequest<'a>,
    {
        match self.list.revoke_at(what(&self.issued[token].session), moment(now)).wait() {
            Ok(_) => {
                self.model.acted(token, now);
                self.model.changed(now);
                true
            }
            Err(RevokeError::NotLive(why)) => {
                self.model.forbidden(token, now, &why);
                false
            }
            Err(error) => panic!("there is room: {error}"),
        }
    }

    /// Logging out succeeds whatever the moment, and of what was logged out too: whoever wants to leave is not asked
    /// whether they are still here. Only a token that was taken back, and its session not, ends nothing.
    pub(super) fn log_out(&mut self, token: usize, now: i64) {
        let fates = self.model.fates(token, now);
        let unknown = self.list.status_at(&self.issued[token].session.facts(), moment(now)) == Status::Unknown;
        match self.list.revoke_at(&self.issued[token].session, moment(now)).wait() {
            Ok(_) if !unknown && fates.contains(&Fate::Revoked) => {
                assert!(self.model.is_over(self.session(token)), "others of its session live on");
            }
            Ok(_) => {
                self.model.end_session(self.session(token), EntryKind::Id, now);
                self.model.changed(now);
            }
            Err(RevokeError::NotLive(why)) => {
                let VerifyError::Revoked { by, .. } = *why else { panic!("it may leave: {why}") };
                assert!(self.model.revoked_by(token).contains(&by), "revoked by {by}");
                let is_over = self.model.is_over(self.session(token));
                assert!(!is_over || self.model.has_dropped(), "it has left before");
            }
            Err(error) => panic!("there is room: {error}"),
        }
    }

    /// Someone shows a token.
    pub(super) fn show(&mut self, token: usize, now: i64) {
        match self.verifier.verify_at(&self.issued[token].text, moment(now)) {
            Ok(session) => {
                assert_eq!(session.payload(), self.issued[token].session.payload());
                self.model.accepted(token, now);
                let taken_back = |_: &Said<'_>| self.model.revoked_by(token).first().map(|_| "it was taken back");
                let terms = self.terms(now, &taken_back);
                is_rightly_accepted(&self.verifier, &terms, &self.issued[token].text, &session);
            }
            Err(why) => self.model.refused(token, now, &why),
        }
    }

    /// What a token must keep to at this moment, beside what the model says about its session.
    pub(super) fn terms<'a>(&self, now: i64, taken_back: &'a dyn Fn(&Said<'_>) -> Option<&'static str>) -> Terms<'a> {
        let rules = self.model.rules;
        Terms {
            keys: &KEYS[..=self.rotations],
            issuer: ISSUER,
            audience: None,
            now: moment(now),
            leeway: span(rules.leeway),
            longest: span(rules.idle),
            taken_back,
        }
    }

    /// Asks about every token, as far as that changes nothing, on one clock after the other.
    pub(super) fn look(&mut self) {
        self.steps += 1;
        let now = self.now(u8::try_from(self.steps % 3).expect("below three"));
        for token in 0..self.issued.len() {
            let status = self.list.status_at(&self.issued[token].session.facts(), moment(now));
            let revoked_by = self.model.revoked_by(token);
            match status {
                Status::Unknown => {
                    assert!(self.model.may_be_unknown(now), "token {token}: nothing that matters is gone")
                }
                Status::Listed(by) => {
                    assert!(revoked_by.contains(&by), "token {token} is listed, {by}: {revoked_by:?}")
                }
                Status::NotListed => assert!(
                    revoked_by.is_empty() || self.model.untimely(token, now).is_some(),
                    "token {token} is good, and was ended: {revoked_by:?}"
                ),
            }
        }
        // To verify takes a hundred times as long; what has expired is asked for less often.
        if let Some(token) = self.steps.checked_rem(self.issued.len()) {
            let due = self.steps.is_multiple_of(8) || self.model.untimely(token, now).is_none();
            if due && self.model.is_free_to_ask(token, now) {
                self.show(token, now);
            }
        }
        let stats = self.list.stats();
        assert_eq!(stats.unnoted, 0, "there was room for every note");
    }

    /// Shows every token, and one once more when every session must be over. Whether a replay was found.
    pub(super) fn end(mut self) -> bool {
        for token in 0..self.issued.len() {
            let now = self.now(0);
            self.show(token, now);
        }
        let last = (0..self.issued.len()).max_by_key(|token| self.model.tokens[*token].expires);
        if let Some(last) = last {
            let over = self.latest.max(self.model.tokens[last].expires) + self.model.rules.leeway;
            self.show(last, over);
        }
        self.model.found_replay
    }
}
