//! What the application does: logins, renewals, revocations, verifications; and what must be so in the end.

use super::engine::Engine;
use super::history::{Revoked, Token, What};
use super::world::{Turn, World};
use super::{LEEWAY, LIFETIME};
use crate::denyset::{Presented, Standing};
use crate::follower::Known;
use crate::id::{SessionId, TokenId};
use crate::key::KeyId;
use crate::record::Fact;
use crate::revocation::{Revocation, Status, TokenFacts};
use crate::time::from_micros;

const ISSUER: &str = "issuer";
const SUBJECTS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// What a process says to a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Said {
    Accepted,
    Refused,
    Unknown,
    /// Too old, too new, or overtaken by a successor.
    Past,
}

pub(super) fn key_id(key: usize) -> KeyId {
    let mut bytes = [0; 34];
    bytes[33] = key as u8;
    KeyId::from_bytes(bytes).unwrap()
}

impl World {
    pub(super) fn work(&mut self) -> Result<(), String> {
        if self.at >= self.plan.ends {
            return Ok(());
        }
        let pause = self.random.between(1, 2 * self.plan.pace);
        self.after(pause, Turn::Work);
        let process = self.random.below(self.plan.processes);
        if self.processes[process].is_paused(self.at) {
            return Ok(());
        }
        match self.random.below(20) {
            0..=2 => {
                let subject = self.random.below(SUBJECTS.len());
                self.login(process, subject, None)?;
            }
            3 | 4 => {
                let subject = self.random.below(SUBJECTS.len());
                if let Some(live) = self.live(process) {
                    live.asked.push(subject);
                    let number = self.processes[process].following;
                    let who = super::world::Who { process, number, saves: false };
                    self.after(100, Turn::Woken { who });
                }
            }
            5 | 6 => self.renew(process),
            7..=9 => self.revoke(process),
            _ => {
                // Each of the last few tokens, somewhere.
                let from = self.history.tokens.len().saturating_sub(25);
                let tokens = self.history.tokens[from..].to_vec();
                for token in tokens {
                    let process = self.random.below(self.plan.processes);
                    self.verify(process, &token)?;
                }
            }
        }
        Ok(())
    }

    /// A session begins; `heard` is when the look began after which it does, if it waited for one.
    pub(super) fn login(&mut self, number: usize, subject: usize, heard: Option<i64>) -> Result<Option<Token>, String> {
        let id = self.random.bytes();
        let key = self.newest_key;
        let process = &mut self.processes[number];
        let (moment, by_right_clock) = (process.moment(self.at), process.is_clock_right());
        let wall = moment.wall;
        let Some(live) = process.live.as_mut().filter(|live| live.was_whole) else { return Ok(None) };
        if live.freshness.is_clock_wrong(moment) {
            return Ok(None);
        }
        let now = moment.wall;
        let begun = live.set.begin(ISSUER, SUBJECTS[subject], now, |_| unreachable!("others can tell"));
        let Some(live) = self.processes[number].live.as_mut() else { return Ok(None) };
        live.set.keep_issued(|record| live.saver.add(record, None));
        self.save(number);
        let Ok(auth_time) = begun else {
            self.tell(|_| format!("process {number}: no login of subject {subject} at {now}: {begun:?}"));
            return Ok(None);
        };
        let token = Token {
            id: TokenId::from_bytes(id),
            session: SessionId::from_bytes(id),
            generation: 0,
            subject,
            key,
            auth_time,
            issued_at: wall,
            expires_at: wall + LIFETIME,
            begun: self.at,
            by_right_clock,
        };
        self.tell(|_| format!("process {number}: login {token:?}"));
        if let Some(heard) = heard.filter(|_| by_right_clock) {
            self.history.begun(&token, heard)?;
        }
        self.history.tokens.push(token.clone());
        Ok(Some(token))
    }

    fn recent(&mut self) -> Option<Token> {
        let count = self.history.tokens.len();
        let from = count.saturating_sub(25);
        (count > 0).then(|| self.history.tokens[from + self.random.below(count - from)].clone())
    }

    /// A successor, if the process is sure that the session is good.
    fn renew(&mut self, number: usize) {
        let Some(token) = self.recent() else { return };
        let id = TokenId::from_bytes(self.random.bytes());
        let (at, newest) = (self.at, self.newest_key);
        let process = &mut self.processes[number];
        let (moment, by_right_clock) = (process.moment(at), process.is_clock_right());
        let Some(live) = process.live.as_mut() else { return };
        let (issued_at, generation) = (moment.wall, token.generation + 1);
        let is_good = is_in_time(&token, moment.wall)
            && live.freshness.known(moment) == Known::Fresh
            && live.set.look().status(&facts(&token), None, moment.wall) == Status::NotListed
            && matches!(
                live.set.standing(token.session, token.generation, moment.wall).0,
                Standing::Newest | Standing::FirstUse { .. } | Standing::InGrace
            );
        if is_good && by_right_clock && token.key == newest {
            live.set.issued(issued_at);
            live.set.keep_issued(|record| live.saver.add(record, None));
            let expires_at = issued_at + LIFETIME;
            self.history.tokens.push(Token { id, generation, issued_at, expires_at, ..token });
            self.save(number);
        }
    }

    fn revoke(&mut self, number: usize) {
        let Some(token) = self.recent() else { return };
        let except = self.random.once_in(2).then_some(token.session);
        let subject = token.subject;
        let what = match self.random.below(40) {
            0..=15 => What::Session(token.session),
            // The first token of a session has the session's id.
            16..=23 if token.generation > 0 => What::Token(token.id),
            16..=23 => What::Session(token.session),
            24..=36 => What::Subject { subject, except },
            37 => What::Everyone { except },
            _ if !self.history.is_key_revoked(token.key) => {
                // Nobody signs by a key that is to be revoked.
                self.newest_key = self.newest_key.max(token.key + 1);
                What::Key(token.key)
            }
            _ => return,
        };
        self.list(number, what);
    }

    fn list(&mut self, number: usize, what: What) {
        let process = &mut self.processes[number];
        let (moment, by_right_clock, life) = (process.moment(self.at), process.is_clock_right(), process.life);
        let Some(live) = process.live.as_mut().filter(|live| live.was_whole) else { return };
        let now = live.freshness.corrected(moment);
        let is_cutoff = matches!(what, What::Subject { .. } | What::Everyone { .. });
        if is_cutoff && now > Engine::now(self.at) + 4 * LEEWAY && !self.plan.far_cutoffs {
            return;
        }
        let asked = match what {
            What::Token(id) => Revocation::Token(id),
            What::Session(id) => Revocation::Session(id),
            What::Subject { subject, except } => {
                Revocation::Subject { issuer: ISSUER.into(), subject: SUBJECTS[subject].into(), except }
            }
            What::Everyone { except } => Revocation::Everyone { except },
            What::Key(key) => Revocation::Key(key_id(key)),
        };
        let place = self.history.revoked.len();
        let Ok((_, record)) = live.set.revoke(&asked, now, |record| record) else { return };
        let cutoff = match record.fact {
            Fact::Subject { cutoff, .. } | Fact::Everyone { cutoff, .. } => cutoff.at,
            _ => i64::MIN,
        };
        live.saver.add(record, Some(place));
        let (by, at, heard) = ((number, life), self.at, live.heard);
        self.history.revoked.push(Revoked { what, by, at, by_right_clock, cutoff, heard, safe: None });
        self.tell(|world| format!("process {number}: {:?}", world.history.revoked[place]));
        self.save(number);
    }

    pub(super) fn verify(&mut self, number: usize, token: &Token) -> Result<Said, String> {
        let process = &mut self.processes[number];
        let (moment, life) = (process.moment(self.at), process.life);
        if process.is_paused(self.at) || !is_in_time(token, moment.wall) {
            return Ok(Said::Past);
        }
        let bound = self.plan.bound + process.accepts_stale;
        let Some(live) = process.live.as_mut() else { return Ok(Said::Past) };
        // Before the set is looked at.
        let known = live.freshness.known(moment);
        let status = live.set.look().status(&facts(token), None, moment.wall);
        self.tell(|_| format!("process {number}: {known:?} {status:?} {token:?}"));
        let Some(live) = self.live(number) else { return Ok(Said::Past) };
        match status {
            Status::Listed(by) => {
                self.history.refused(token, by)?;
                return Ok(Said::Refused);
            }
            Status::NotListed if known != Known::Unknown => {}
            _ => return self.unknown(number),
        }
        if !live.is_whole {
            return Err(format!("process {number} accepted before its snapshot was whole: {token:?}"));
        }
        let presented = Presented {
            session: token.session,
            generation: token.generation,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
        };
        match live.set.look().present(presented, moment.wall) {
            Standing::Newest | Standing::InGrace => {}
            Standing::FirstUse { at } => {
                let (session, generation, expires_at) = (token.session, token.generation, token.expires_at);
                live.saver.add(Fact::FirstUse { session, generation, at, expires_at }.into(), None);
                self.save(number);
            }
            Standing::Unknown => return self.unknown(number),
            Standing::Superseded { .. } => return Ok(Said::Past),
            Standing::Replayed { .. } => {
                self.list(number, What::Session(token.session));
                return Ok(Said::Past);
            }
        }
        self.history.accepted(token, (number, life), self.at, bound)?;
        Ok(Said::Accepted)
    }

    /// Of the last few tokens, what a process lists now.
    pub(super) fn listed(&self, number: usize) -> Vec<Token> {
        let process = &self.processes[number];
        let wall = process.wall(self.at);
        let from = self.history.tokens.len().saturating_sub(25);
        let is_listed = |token: &&Token| {
            let status = process.live.as_ref().map(|live| live.set.look().status(&facts(token), None, wall));
            is_in_time(token, wall) && matches!(status, Some(Status::Listed(_)))
        };
        self.history.tokens[from..].iter().filter(is_listed).cloned().collect()
    }

    /// What is read is joined: nothing that was listed is missing for a moment, though nobody is let in meanwhile. But
    /// what a wrong clock has made may be forgotten, once a cutoff for everyone stands in its place.
    pub(super) fn still_lists(&self, number: usize, listed: &[Token]) -> Result<(), String> {
        let process = &self.processes[number];
        let Some(live) = process.live.as_ref().filter(|_| !self.plan.clocks) else { return Ok(()) };
        let wall = process.wall(self.at);
        let is_listed = |token: &Token| matches!(live.set.look().status(&facts(token), None, wall), Status::Listed(_));
        match listed.iter().find(|token| !is_listed(token)) {
            Some(token) => Err(format!("process {number} lists it no more: {token:?}")),
            None => Ok(()),
        }
    }

    fn unknown(&mut self, number: usize) -> Result<Said, String> {
        self.history.unknown += 1;
        match self.live(number).is_some_and(|live| live.was_whole) && !self.plan.faults {
            true => Err(format!("process {number} knows nothing, and nothing has gone wrong")),
            false => Ok(Said::Unknown),
        }
    }

    /// Nothing has gone wrong for a little while: whatever a clock did, whoever only verifies can tell again.
    pub(super) fn all_can_tell(&mut self) -> Result<(), String> {
        let from = self.history.tokens.len().saturating_sub(25);
        let tokens = self.history.tokens[from..].to_vec();
        for token in tokens {
            for number in 0..self.plan.processes {
                if self.verify(number, &token)? == Said::Unknown {
                    return Err(format!("process {number} can't tell, and nothing goes wrong any more: {token:?}"));
                }
            }
        }
        Ok(())
    }

    /// What one process knows of a key, all know: what the engine has lost was published again.
    fn all_know_the_keys(&mut self) -> Result<(), String> {
        for key in 0..=self.newest_key {
            let id = key_id(key);
            let known: Vec<bool> = (0..self.plan.processes)
                .map(|number| self.live(number).is_some_and(|live| live.set.lists_key(&id)))
                .collect();
            if known.contains(&true) && known.contains(&false) {
                return Err(format!("who knows in the end that key {key} is revoked: {known:?}"));
            }
        }
        Ok(())
    }

    /// Nothing has gone wrong for a while.
    pub(super) fn all_is_well(&mut self) -> Result<(), String> {
        let processes = 0..self.plan.processes;
        for number in processes.clone() {
            let moment = self.processes[number].moment(self.at);
            let known = self.live(number).map(|live| (live.freshness.known(moment), live.saver.is_idle()));
            if known != Some((Known::Fresh, true)) {
                return Err(format!("process {number} is not well in the end: {known:?}"));
            }
        }
        let from = self.history.tokens.len().saturating_sub(200);
        let tokens = self.history.tokens[from..].to_vec();
        for token in tokens {
            let mut said = Vec::new();
            for number in processes.clone() {
                said.push(self.verify(number, &token)?);
            }
            if self.history.is_over(&token) && said.contains(&Said::Accepted) {
                return Err(format!("accepted in the end: {token:?}: {said:?}"));
            }
            if said.contains(&Said::Unknown) {
                return Err(format!("unknown in the end: {token:?}: {said:?}"));
            }
        }
        self.all_know_the_keys()?;
        for token in self.log_in_everywhere()? {
            for number in processes.clone() {
                let said = self.verify(number, &token)?;
                let may_refuse = said == Said::Refused && self.history.may_disagree();
                if said != Said::Accepted && !may_refuse {
                    return Err(format!("process {number} says {said:?} in the end to {token:?}"));
                }
            }
        }
        Ok(())
    }

    /// At processes that have heard of all that was safe by the staleness bound ago.
    pub(super) fn log_in_everywhere(&mut self) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        for (number, subject) in
            (0..self.plan.processes).flat_map(|number| (0..SUBJECTS.len()).map(move |one| (number, one)))
        {
            let heard = self.live(number).map(|live| live.heard);
            let token = self.login(number, subject, heard)?;
            tokens.push(token.ok_or_else(|| format!("nobody can log in at process {number} when all is well"))?);
        }
        Ok(tokens)
    }
}

fn is_in_time(token: &Token, wall: i64) -> bool {
    token.issued_at <= wall + LEEWAY && wall <= token.expires_at + LEEWAY
}

fn facts(token: &Token) -> TokenFacts<'_> {
    TokenFacts {
        token_id: token.id,
        session_id: token.session,
        issuer: ISSUER,
        subject: SUBJECTS[token.subject],
        auth_time: from_micros(token.auth_time),
        key_id: key_id(token.key),
        prior_key_ids: &[],
    }
}
