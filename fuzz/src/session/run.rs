//! Does to the library what is done to the model, and compares.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{KeyId, KeySet, LocalKey};
use hallpass::status::EntryKind;
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Issuer, KeyRing, Revocation, Session, Timeouts, Verifier};

use super::super::world::{ISSUER, keys, noon, vouches_from};
use super::model::{Model, Rules};
use super::operations::{Edge, Operation, Settings};

/// After so many, nothing is issued any more: each is asked about after every step. A session has so few
/// generations then that the list need not run some of their notes together.
pub(super) const MOST_TOKENS: usize = 16;
pub(super) const SUBJECTS: [&str; 2] = ["alice", "bob"];
/// A clock that is further behind than 20 minutes makes the list vouch anew, and the model of the denylist
/// is about that.
const FURTHEST_BEHIND: i64 = 1_199_000_000;
const SECOND: i64 = 1_000_000;

pub(super) const KEYS: [(&str, &str); 3] = [keys::ENCRYPTING, keys::FORMER_ENCRYPTING, keys::FOREIGN_ENCRYPTING];
pub(super) static KEY_IDS: LazyLock<[KeyId; 3]> = LazyLock::new(|| KEYS.map(|(_, id)| id.parse().expect("a constant")));
/// The sets before the first rotation, after it, and after the second.
static SETS: LazyLock<[KeySet; 3]> = LazyLock::new(|| {
    let [first, second, third] = KEYS.map(|(text, _)| LocalKey::from_paserk(text).expect("a constant"));
    let rotated = |set: &KeySet, next| {
        set.with_next(next).and_then(|set| set.rotated(noon() + TimeDelta::days(9999))).expect("a set")
    };
    let set = KeySet::issuing(first);
    let once = rotated(&set, second);
    let twice = rotated(&once, third);
    [set, once, twice]
});

/// What was issued: as text, and as a proof that no list has heard of yet.
pub(super) struct Issued {
    pub(super) text: String,
    pub(super) session: Session,
}

pub(super) struct Run {
    ring: KeyRing,
    pub(super) list: Denylist,
    pub(super) issuer: Issuer,
    pub(super) verifier: Verifier,
    /// Of a tool that looks at tokens, and tells the list nothing.
    pub(super) reader: Verifier,
    pub(super) model: Model,
    pub(super) issued: Vec<Issued>,
    /// By how much each clock is ahead of the true time: within the leeway, and beyond.
    ahead: [i64; 3],
    astray: [i64; 3],
    /// The latest moment that any clock was read at.
    pub(super) latest: i64,
    pub(super) rotations: usize,
    pub(super) steps: usize,
}

impl Run {
    pub(super) fn new(settings: Settings) -> Self {
        let seconds = |seconds: i64| seconds * SECOND;
        let idle = seconds(20 + i64::from(settings.idle % 101));
        let leeway = seconds(i64::from(settings.leeway % 11));
        let grace = seconds(i64::from(settings.grace % 31));
        let absolute = seconds(60 + i64::from(settings.absolute % 541));
        let limits = TimeLimits::new(span(idle), span(leeway)).expect("limits within their range");
        let retention = limits.retention().num_microseconds().expect("short");
        let list = Denylist::builder().longest_lifetime(span(idle)).leeway(span(leeway)).grace(span(grace));
        let list = list.capacity(1000).in_memory_at(vouches_from()).expect("limits within their range");
        let ring = KeyRing::new(SETS[0].clone());
        let issuer = Issuer::new(&ring, ISSUER, &list).timeouts(Timeouts::default().absolute(span(absolute)));
        let now = noon().timestamp_micros();
        Self {
            issuer: issuer.expect("timeouts within their range"),
            verifier: Verifier::new(&ring, ISSUER, &list),
            reader: Verifier::dangerously_without_denylist(&ring, ISSUER, limits),
            ring,
            list,
            model: Model::new(Rules { idle, absolute, grace, leeway, retention }, now),
            issued: Vec::new(),
            ahead: settings.ahead.map(|part| leeway * i64::from(part) / 255),
            astray: [0; 3],
            latest: now,
            rotations: 0,
            steps: 0,
        }
    }

    pub(super) fn step(&mut self, operation: Operation) {
        use Operation::*;

        match operation {
            Advance { eighths } => self.model.true_time += i64::from(eighths) * SECOND / 8,
            Wait { minutes } => self.model.true_time += i64::from(minutes) * 60 * SECOND,
            Jump { clock, seconds } => {
                self.astray[usize::from(clock) % 3] += i64::from(seconds.max(-1199)) * SECOND;
                self.model.jumped = true;
            }
            InStep => self.astray = [0; 3],
            Rotate if self.rotations + 1 < SETS.len() => {
                self.rotations += 1;
                self.ring.replace(SETS[self.rotations].clone());
            }
            Rotate => {}
            RevokeKey { key, clock } => {
                let (key, now) = (usize::from(key) % KEYS.len(), self.now(clock));
                self.revoke(KEY_IDS[key].into(), now);
                self.model.revoked_keys.insert(key);
            }
            Purge { clock } => {
                let now = self.now(clock);
                self.list.purge_at(moment(now));
                self.model.changed(now);
            }
            Login { subject, clock } => {
                let now = self.now(clock);
                self.login(usize::from(subject) % SUBJECTS.len(), now);
            }
            Everyone { except, clock } => {
                let except = except.and_then(|token| self.token(token));
                let (now, spared) = (self.now(clock), except.map(|token| self.session(token)));
                let except = except.map(|token| self.issued[token].session.session_id());
                self.revoke(Revocation::Everyone { except }, now);
                self.model.end_all(None, spared, now);
            }
            Use { token, .. }
            | Renew { token, .. }
            | RenewWith { token, .. }
            | RenewTogether { token, .. }
            | Edge { token, .. }
            | Logout { token, .. }
            | Other { token, .. }
            | Everywhere { token, .. }
            | Elsewhere { token, .. }
            | RevokeSession { token, .. }
            | RevokeToken { token, .. }
            | StepUp { token, .. }
            | ChangePrivilege { token, .. } => {
                if let Some(token) = self.token(token) {
                    self.act(token, operation);
                }
            }
        }
        self.look();
    }

    /// Something that needs a token.
    fn act(&mut self, token: usize, operation: Operation) {
        use Operation::*;

        match operation {
            Use { clock, .. } => {
                let now = self.now(clock);
                self.show(token, now);
            }
            Renew { clock, .. } => {
                let now = self.now(clock);
                self.renew(token, now, None);
            }
            RenewWith { clock, claim, .. } => {
                let now = self.now(clock);
                self.renew(token, now, Some(claim));
            }
            RenewTogether { clock, other, .. } => {
                for clock in [clock, other, clock] {
                    let now = self.now(clock);
                    self.renew(token, now, None);
                }
            }
            Edge { edge, clock, micros, .. } => {
                self.wait_for(token, edge, usize::from(clock) % 3, i64::from(micros));
                let now = self.now(clock);
                self.show(token, now);
            }
            Logout { clock, .. } => {
                let now = self.now(clock);
                self.log_out(token, now);
            }
            Other { other, clock, .. } => {
                let (now, other) = (self.now(clock), self.token(other).unwrap_or(token));
                let id = self.issued[other].session.session_id();
                if self.session(other) != self.session(token) && self.revoke_by(token, now, |session| session.other(id))
                {
                    self.model.end_session(self.session(other), EntryKind::Id, now);
                }
            }
            Everywhere { clock, .. } => {
                let now = self.now(clock);
                if self.revoke_by(token, now, Session::everywhere) {
                    self.model.end_all(Some(self.subject(token)), None, now);
                }
            }
            Elsewhere { clock, .. } => {
                let now = self.now(clock);
                if self.revoke_by(token, now, Session::elsewhere) {
                    self.model.end_all(Some(self.subject(token)), Some(self.session(token)), now);
                }
            }
            RevokeSession { clock, .. } => {
                let now = self.now(clock);
                self.revoke(self.issued[token].session.session_id().into(), now);
                self.model.end_session(self.session(token), EntryKind::Id, now);
            }
            RevokeToken { clock, .. } => {
                let now = self.now(clock);
                self.revoke(self.issued[token].session.token_id().into(), now);
                if self.model.tokens[token].generation == 0 {
                    self.model.end_session(self.session(token), EntryKind::Id, now);
                } else {
                    self.model.tokens[token].revoked = true;
                    self.model.made(now);
                }
            }
            StepUp { clock, .. } => {
                let now = self.now(clock);
                self.step_up(token, now);
            }
            ChangePrivilege { clock, claim, .. } => {
                let now = self.now(clock);
                self.change_privilege(token, now, claim);
            }
            _ => {}
        }
    }

    /// Lets time pass until a clock stands at such a moment, unless that has been or is not known.
    fn wait_for(&mut self, token: usize, edge: Edge, clock: usize, micros: i64) {
        let (rules, of) = (self.model.rules, &self.model.tokens[token]);
        let retired = self.model.retired(token).1;
        let at = match edge {
            Edge::Expires => Some(of.expires),
            Edge::Refused => Some(of.expires + rules.leeway),
            Edge::Absolute => Some(self.model.sessions[of.session].began + rules.absolute),
            Edge::Grace => retired.map(|retired| retired + rules.grace),
            Edge::Replay => retired.map(|retired| retired + rules.grace + rules.leeway),
        };
        if let Some(at) = at {
            let true_time = at + micros - self.ahead[clock] - self.astray[clock];
            self.model.true_time = self.model.true_time.max(true_time);
        }
    }

    /// What a clock shows.
    pub(super) fn now(&mut self, clock: u8) -> i64 {
        let clock = usize::from(clock) % 3;
        let shows = self.model.true_time + self.ahead[clock] + self.astray[clock];
        let now = shows.max(self.latest - FURTHEST_BEHIND);
        self.latest = self.latest.max(now);
        now
    }

    /// A token by any number, if there is one.
    pub(super) fn token(&self, number: u8) -> Option<usize> {
        usize::from(number).checked_rem(self.issued.len())
    }

    pub(super) fn session(&self, token: usize) -> usize {
        self.model.tokens[token].session
    }

    pub(super) fn subject(&self, token: usize) -> usize {
        self.model.sessions[self.session(token)].subject
    }
}

pub(super) fn span(micros: i64) -> TimeDelta {
    TimeDelta::microseconds(micros)
}

pub(super) fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).expect("within some years of noon")
}
