//! What issues tokens: a login, a renewal, and a session in place of another.

use std::collections::BTreeSet;

use hallpass::status::EntryKind;
use hallpass::{IssueError, Login, RenewError, Renewal, Restarting, Session};
use serde_json::{Value, json};

use super::super::accepted::is_rightly_accepted;
use super::model::{Fate, Token};
use super::run::{Issued, KEY_IDS, MOST_TOKENS, Run, SUBJECTS, moment};

impl Run {
    pub(super) fn login(&mut self, subject: usize, now: i64) {
        if self.issued.len() >= MOST_TOKENS {
            return;
        }
        let beginning = self.model.beginning(subject, now);
        match self.issuer.login_at(login(subject), moment(now)) {
            Ok(token) => {
                let began = token.registered().auth_time().timestamp_micros();
                assert!(beginning.may_begin, "begun, where the clock stands before a cutoff: {beginning:?}");
                assert!(!format!("{token:?}").contains(token.as_str()), "a token is shown");
                self.begun(&token.into_string(), subject, began, now);
            }
            Err(IssueError::ClockBehind { .. }) => assert!(beginning.may_wait, "must wait: {beginning:?}"),
            Err(error) => self.stillborn(error),
        }
    }

    /// Nothing is issued by a key that is revoked, and nothing else stands in the way.
    fn stillborn(&self, error: impl Into<RenewError>) {
        let error = error.into();
        assert!(
            matches!(error, RenewError::Issue(IssueError::KeyRevoked { .. })),
            "there are a key and a date: {error}"
        );
        assert!(self.model.revoked_keys.contains(&self.rotations), "the key is good");
    }

    /// The same, by a session.
    fn stillborn_by(&self, token: usize, now: i64, error: RenewError) {
        self.stillborn(error);
        assert!(self.model.fates(token, now).contains(&Fate::Good), "the session is over");
    }

    /// A session that a login began.
    fn begun(&mut self, text: &str, subject: usize, began: i64, now: i64) {
        let [least, most] = self.model.beginning(subject, now).at;
        assert!(began == least || began == most, "begun at {began}, expected {least} or {most}, at {now}");
        assert!(began <= now + 2 * self.model.rules.leeway + 1);
        let session = self.model.begin(subject, began, now);
        let expires = self.model.expiry(now, began);
        let keys = BTreeSet::from([self.rotations]);
        self.receive(text, Token { session, generation: 0, issued: now, expires, keys, claim: 0, revoked: false });
    }

    pub(super) fn renew(&mut self, token: usize, now: i64, claim: Option<u8>) {
        if self.issued.len() >= MOST_TOKENS {
            return;
        }
        match self.issuer.renew_at(renewal(&self.issued[token].session, claim), moment(now)) {
            Ok(successor) => {
                self.model.acted(token, now);
                let times = self.model.successor(token, now);
                let (issued, expires) = times.expect("a successor that lives no longer than the token");
                let Token { session, generation, ref keys, claim: copied, .. } = self.model.tokens[token];
                let keys = keys.iter().copied().chain([self.rotations]).collect();
                let claim = claim.unwrap_or(copied);
                // The equal of what is in use, where a slow request was overtaken.
                let generation = (generation + 1).max(self.model.newest_used(token));
                let successor_of = Token { session, generation, issued, expires, keys, claim, revoked: false };
                self.receive(successor.as_str(), successor_of);
            }
            Err(RenewError::NotLive(why)) => self.model.forbidden(token, now, &why),
            Err(RenewError::NoMoreTime { .. }) => {
                assert_eq!(self.model.successor(token, now), None, "a successor would live longer than the token");
                assert!(self.model.fates(token, now).contains(&Fate::Good), "the session is over");
            }
            Err(error) => self.stillborn_by(token, now, error),
        }
    }

    pub(super) fn step_up(&mut self, token: usize, now: i64) {
        if self.issued.len() >= MOST_TOKENS {
            return;
        }
        let subject = self.subject(token);
        let beginning = self.model.beginning(subject, now);
        match self.issuer.step_up_at(&self.issued[token].session, login(subject), moment(now)) {
            Ok(new) => {
                let new = self.replaced(token, now, new);
                assert!(beginning.may_begin, "begun, where the clock stands before a cutoff: {beginning:?}");
                self.begun(new.as_str(), subject, new.registered().auth_time().timestamp_micros(), now);
            }
            Err(RenewError::NotLive(why)) => self.model.forbidden(token, now, &why),
            Err(RenewError::Issue(IssueError::ClockBehind { .. })) => {
                assert!(beginning.may_wait, "must wait: {beginning:?}");
                assert!(self.model.fates(token, now).contains(&Fate::Good), "the session is over");
            }
            Err(error) => self.stillborn_by(token, now, error),
        }
    }

    pub(super) fn change_privilege(&mut self, token: usize, now: i64, claim: u8) {
        if self.issued.len() >= MOST_TOKENS {
            return;
        }
        let (surely, perhaps) = self.model.spared(self.session(token));
        let old = &self.model.tokens[token];
        let (keys, began) = (old.keys.clone(), self.model.sessions[old.session].began);
        let expires = self.model.expiry(now.max(old.issued), began);
        match self.issuer.change_privilege_at(renewal(&self.issued[token].session, Some(claim)), moment(now)) {
            Ok(new) => {
                assert!(!surely, "a session with another id falls under the cutoff");
                let new = self.replaced(token, now, new);
                let session = self.model.replace(self.subject(token), began);
                let keys = keys.into_iter().chain([self.rotations]).collect();
                let issued = new.registered().issued_at().timestamp_micros();
                assert!(issued == now || issued == now.max(self.model.tokens[token].issued), "issued at {issued}");
                let expires = self.model.expiry(issued, began);
                self.receive(
                    new.as_str(),
                    Token { session, generation: 0, issued, expires, keys, claim, revoked: false },
                );
            }
            Err(RenewError::NotLive(why)) => self.model.forbidden(token, now, &why),
            Err(RenewError::Spared) => {
                assert!(perhaps, "no cutoff spares it");
                assert!(self.model.fates(token, now).contains(&Fate::Good), "the session is over");
            }
            Err(RenewError::NoMoreTime { .. }) => {
                assert!(expires <= now, "there is time left");
            }
            Err(error) => self.stillborn_by(token, now, error),
        }
    }

    /// The old session is over, as of the call that began another in its place.
    fn replaced(&mut self, old: usize, now: i64, new: Restarting) -> hallpass::Token {
        self.model.acted(old, now);
        self.model.changed(now);
        self.model.end_session(self.session(old), EntryKind::Id, now);
        new.wait().expect("there is room")
    }

    /// A new token is what the model says it is, and nobody has used it yet.
    fn receive(&mut self, text: &str, expected: Token) {
        assert!(!self.model.revoked_keys.contains(&self.rotations), "issued by a key that is revoked");
        let session = self.reader.verify_at(text, moment(expected.issued)).expect("a token that is good now");
        // The reader knows of nothing that was taken back.
        is_rightly_accepted(&self.reader, &self.terms(expected.issued, &|_| None), text, &session);
        let model = &self.model.sessions[expected.session];
        assert_eq!(session.issued_at().timestamp_micros(), expected.issued, "iat");
        assert_eq!(session.expires_at().timestamp_micros(), expected.expires, "exp");
        assert_eq!(session.auth_time().timestamp_micros(), model.began, "auth_time");
        assert_eq!(session.generation(), expected.generation, "gen");
        assert_eq!(session.subject(), SUBJECTS[model.subject], "sub");
        assert_eq!(session.key_id(), KEY_IDS[self.rotations], "the key");
        assert_eq!(session.claims::<Value>().expect("an object")["claim"], json!(expected.claim), "private claims");
        let id = session.token_id();
        assert!(self.issued.iter().all(|other| other.session.token_id() != id), "jti is not new");
        let first = self.model.tokens.iter().position(|token| token.session == expected.session);
        let session_id = first.map_or(id.to_bytes(), |first| self.issued[first].session.session_id().to_bytes());
        assert_eq!(session.session_id().to_bytes(), session_id, "sid");
        self.issued.push(Issued { text: text.to_owned(), session });
        self.model.tokens.push(expected);
    }
}

fn login(subject: usize) -> Login<'static> {
    Login::new(SUBJECTS[subject]).claims(&json!({"claim": 0})).expect("an object")
}

fn renewal(session: &Session, claim: Option<u8>) -> Renewal<'_> {
    match claim {
        Some(claim) => Renewal::of(session).claims(&json!({"claim": claim})).expect("an object"),
        None => Renewal::of(session),
    }
}
