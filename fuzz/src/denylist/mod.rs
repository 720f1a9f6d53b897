//! Operations on a denylist with a moving clock, beside a model of plain maps.

mod model;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{KeyId, KeySet, LocalKey};
use hallpass::status::{Status, TokenFacts};
use hallpass::{
    Denylist, IssueError, Issuer, KeyRing, Revocation, RevokeError, SessionId, TokenId, Verifier, VerifyError,
};

use self::model::{Expected, Model};
use super::accepted::is_rightly_accepted;
use super::judge::Terms;
use super::world::{keys, noon};

const MOST_OPERATIONS: usize = 160;

/// The limits of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub struct Settings {
    /// In seconds, from 1 to 60.
    pub longest_lifetime: u8,
    /// In seconds, from 0 to 10.
    pub leeway: u8,
    /// Below 64: up to 8 ids; below 128: as many as it says; else plenty.
    pub capacity: u8,
}

/// What is done to a list, or asked of it. Ids, subjects and keys are numbers, taken round where there
/// are fewer of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum Operation {
    /// Revokes a token.
    RevokeToken { id: u8 },
    /// Revokes a session.
    RevokeSession { id: u8 },
    /// Revokes up to 99 tokens, one after the other.
    Flood { first: u8, count: u8 },
    /// Logs a subject out.
    RevokeSubject { subject: u8, except: Option<u8> },
    /// Logs everyone out.
    RevokeEveryone { except: Option<u8> },
    /// Revokes a key.
    RevokeKey { key: u8 },
    /// Forgets that a key was revoked.
    ForgetKey { key: u8 },
    /// The clock goes on.
    Advance { seconds: u16, micros: u8 },
    /// The clock goes on by so many parts of the retention.
    Wait { ticks: u8 },
    /// The clock goes on to the moment at which an entry has been kept long enough, or a little beside.
    Edge { id: u8, ticks: u8, micros: i8 },
    /// The clock is set back.
    StepBack { seconds: u16 },
    /// Drops what has expired.
    Purge,
    /// Asks about a token, of a session that began so long before or after a cutoff, or now.
    Ask { token: u8, session: u8, subject: u8, key: u8, near: Near, micros: i8 },
    /// Begins a session, and verifies its token.
    Login { subject: u8 },
}

/// The moment near which a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum Near {
    /// The cutoff for everyone.
    Everyone,
    /// The cutoff for its subject.
    Subject,
    /// The clock's moment.
    Now,
    /// Long after everything else.
    Later,
}

/// The settings and the operations that these bytes stand for.
#[must_use]
pub fn operations(data: &[u8]) -> Option<(Settings, Vec<Operation>)> {
    let mut input = Unstructured::new(data);
    let settings = Settings::arbitrary(&mut input).ok()?;
    let mut operations = Vec::new();
    while !input.is_empty() && operations.len() < MOST_OPERATIONS {
        operations.push(Operation::arbitrary(&mut input).ok()?);
    }
    Some((settings, operations))
}

/// Every live entry is found; nothing is refused that was never listed; what has expired leaves when it
/// is purged; at capacity nothing live leaves, and a failed revocation changes nothing; after a clock
/// was set back behind a purge, the list can't tell, until it vouches anew; and whoever logs in is in.
///
/// Says whether anything was ever found listed.
pub fn denylist(data: &[u8]) -> bool {
    let Some((settings, operations)) = operations(data) else { return false };
    let mut run = Run::new(settings);
    if operations.into_iter().try_for_each(|operation| run.step(operation)).is_some() {
        run.sweep();
    }
    run.found_listed
}

/// Issuers and subjects: where one ends and the other begins matters, and so do letters' cases.
const SUBJECTS: [(&str, &str); 4] = [("ab", "c"), ("a", "bc"), ("ab", "C"), ("https://app.example", "alice")];
/// Of which the first is the one that logins are made with.
const KEYS: [(&str, &str); 4] = [keys::ENCRYPTING, keys::SIGNING, keys::FORMER_SIGNING, keys::FORMER_ENCRYPTING];
/// Nobody revokes these.
const NO_ID: [u8; 16] = [0xee; 16];
const NOBODY: (&str, &str) = ("", "nobody");

static KEY_IDS: LazyLock<[KeyId; 4]> = LazyLock::new(|| KEYS.map(|(_, id)| id.parse().expect("a constant")));
static RING: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::new(KeySet::issuing(LocalKey::from_paserk(KEYS[0].0).expect("a constant"))));

/// Three quarters of all ids fall into one part of the list, and eight at a time look alike to its
/// filters.
fn id(number: u8) -> [u8; 16] {
    let mut id = [if number < 192 { 0x5a } else { number.wrapping_mul(37) }; 16];
    (id[7], id[15]) = (number >> 3, number);
    id
}

fn session(number: u8) -> SessionId {
    SessionId::from_bytes(id(number))
}

struct Run {
    list: Denylist,
    model: Model,
    /// In microseconds since 1970, as everywhere in here.
    now: i64,
    found_listed: bool,
    touched: BTreeSet<u8>,
    next_asked: u8,
}

impl Run {
    fn new(settings: Settings) -> Self {
        let longest = TimeDelta::seconds(i64::from(settings.longest_lifetime % 60) + 1);
        let leeway = TimeDelta::seconds(i64::from(settings.leeway % 11));
        let capacity = match settings.capacity {
            few @ 0..64 => usize::from(few % 9),
            some @ 64..128 => usize::from(some),
            _ => 100_000,
        };
        let list = Denylist::builder().longest_lifetime(longest).leeway(leeway).capacity(capacity);
        let list = list.in_memory_at(noon()).expect("limits within their range");
        let now = noon().timestamp_micros();
        let model = Model::new(longest, leeway, capacity, now);
        Self { list, model, now, found_listed: false, touched: BTreeSet::new(), next_asked: 0 }
    }

    /// `None` when the model can't follow any further.
    fn step(&mut self, operation: Operation) -> Option<()> {
        match operation {
            Operation::RevokeToken { id: number } => {
                if !self.revoke_id(number, TokenId::from_bytes(id(number)).into()) {
                    self.sweep();
                }
            }
            Operation::RevokeSession { id: number } => {
                if !self.revoke_id(number, session(number).into()) {
                    self.sweep();
                }
            }
            Operation::Flood { first, count } => {
                for number in (0..count % 100).map(|nth| first.wrapping_add(nth)) {
                    self.revoke_id(number, TokenId::from_bytes(id(number)).into());
                }
                self.sweep();
            }
            Operation::RevokeSubject { subject, except } => {
                self.revoke_subject(usize::from(subject) % SUBJECTS.len(), except);
            }
            Operation::RevokeEveryone { except } => {
                self.revoke(Revocation::Everyone { except: except.map(session) }).expect("needs no room");
                self.model.revoke_everyone(except, self.now);
            }
            Operation::RevokeKey { key } => {
                let key = usize::from(key) % KEYS.len();
                self.revoke(KEY_IDS[key].into()).expect("needs no room");
                self.model.revoke_key(key, self.now);
            }
            Operation::ForgetKey { key } => {
                let key = usize::from(key) % KEYS.len();
                assert_eq!(self.list.forget_key(&KEY_IDS[key]).is_some(), self.model.forget_key(key));
            }
            Operation::Advance { seconds, micros } => self.now += i64::from(seconds) * 1_000_000 + i64::from(micros),
            Operation::Wait { ticks } => self.now += i64::from(ticks) * self.model.tick,
            Operation::Edge { id: number, ticks, micros } => {
                if let Some(made) = self.model.made(number) {
                    let late = i64::from(ticks % 4) * self.model.tick + i64::from(micros);
                    self.now = self.now.max(made + self.model.retention + late);
                }
            }
            Operation::StepBack { seconds } => self.now -= i64::from(seconds) * 1_000_000,
            Operation::Purge => {
                self.list.purge_at(self.moment());
                self.model.purge(self.now);
                self.sweep();
            }
            Operation::Ask { token, session, subject, key, near, micros } => {
                let subject = usize::from(subject) % SUBJECTS.len();
                let near = match near {
                    Near::Everyone => self.model.everyone(),
                    Near::Subject => self.model.subject(subject).unwrap_or(self.now),
                    Near::Now => self.now,
                    Near::Later => self.later(),
                };
                _ = self.ask(
                    Some(token),
                    Some(session),
                    Some(subject),
                    usize::from(key) % KEYS.len(),
                    near + i64::from(micros),
                );
            }
            Operation::Login { subject } => self.login(usize::from(subject) % SUBJECTS.len())?,
        }
        self.check_stats();
        for _ in 0..4 {
            self.ask_about_id(self.next_asked);
            self.next_asked = self.next_asked.wrapping_add(1);
        }
        Some(())
    }

    /// Whether there was room.
    fn revoke_id(&mut self, number: u8, what: Revocation) -> bool {
        let succeeded = self.revoke(what).is_ok();
        self.model.revoke_id(number, succeeded, self.now);
        self.touched.insert(number);
        self.ask_about_id(number);
        succeeded
    }

    fn revoke_subject(&mut self, subject: usize, except: Option<u8>) {
        let (issuer, name) = SUBJECTS[subject];
        let what =
            Revocation::Subject { issuer: issuer.to_owned(), subject: name.to_owned(), except: except.map(session) };
        self.revoke(what).expect("there is room for a million");
        self.model.revoke_subject(subject, except, self.now);
        for (micros, who) in [(0, None), (0, except), (1, None)] {
            let cutoff = self.model.subject(subject).expect("just made");
            _ = self.ask(None, who, Some(subject), 0, cutoff + micros);
        }
    }

    fn revoke(&mut self, what: Revocation) -> Result<(), RevokeError> {
        let receipt = self.list.revoke_at(what, self.moment()).wait()?;
        assert_eq!(receipt.everywhere_by(), self.moment());
        Ok(())
    }

    fn login(&mut self, subject: usize) -> Option<()> {
        let (issuer, name) = SUBJECTS[subject];
        let token = match Issuer::new(&RING, issuer, &self.list).login_at(name, self.moment()) {
            Ok(token) => token,
            Err(IssueError::ClockBehind { until, .. }) => {
                return self.model.login_waits(subject, until.timestamp_micros(), self.now);
            }
            // Nothing happens then.
            Err(IssueError::KeyRevoked { .. }) => {
                assert!(self.model.lists_key(0));
                return Some(());
            }
            Err(error) => panic!("there are a key and a date: {error}"),
        };
        let auth_time = token.registered().auth_time().timestamp_micros();
        self.model.login(subject, auth_time, self.now)?;
        let verifier = Verifier::new(&RING, issuer, &self.list);
        match verifier.verify_at(token.as_str(), self.moment()) {
            Ok(session) => {
                assert_eq!(session.registered(), token.registered());
                let limits = self.list.limits();
                let terms = Terms {
                    keys: &KEYS[..1],
                    issuer,
                    audience: None,
                    now: self.moment(),
                    leeway: limits.leeway(),
                    longest: limits.longest_lifetime(),
                    taken_back: &|_| self.model.lists_key(0).then_some("its key is revoked"),
                };
                is_rightly_accepted(&verifier, &terms, token.as_str(), &session);
            }
            Err(VerifyError::StatusUnknown) => assert!(self.model.may_be_unknown(self.now)),
            Err(error) => panic!("who has just logged in is refused: {error}"),
        }
        Some(())
    }

    /// Asks about every id that anybody ever tried to revoke, alone.
    fn sweep(&mut self) {
        for number in self.touched.clone() {
            self.ask_about_id(number);
        }
        self.check_stats();
    }

    /// As the id of a token, or of a session, of a subject that nobody revokes and that began late.
    fn ask_about_id(&mut self, number: u8) {
        let later = self.later();
        let (token, session) = if number & 1 == 0 { (Some(number), None) } else { (None, Some(number)) };
        _ = self.ask(token, session, None, 1, later);
    }

    fn ask(
        &mut self,
        token: Option<u8>,
        session: Option<u8>,
        subject: Option<usize>,
        key: usize,
        began: i64,
    ) -> Status {
        let (issuer, name) = subject.map_or(NOBODY, |subject| SUBJECTS[subject]);
        let token_id = TokenId::from_bytes(token.map_or(NO_ID, id));
        let session_id = session.map_or(SessionId::from_bytes(NO_ID), self::session);
        let facts = TokenFacts::new(token_id, session_id, issuer, name, moment(began), KEY_IDS[key]);
        let status = self.list.status_at(&facts, self.moment());
        let expected = self.model.expects(token, session, subject, key, began, self.now);
        expected.check(status);
        self.found_listed |= matches!(status, Status::Listed(_));
        status
    }

    fn check_stats(&self) {
        let stats = self.list.stats();
        let Expected { ids, subjects, keys, .. } = self.model.counts();
        assert!(ids.contains(&stats.ids), "{} ids, expected {ids:?}", stats.ids);
        assert!(subjects.contains(&stats.subjects), "{} subjects, expected {subjects:?}", stats.subjects);
        assert_eq!(stats.keys, keys);
        assert!(stats.ids <= stats.capacity);
    }

    fn later(&self) -> i64 {
        self.model.everyone().max(self.now) + 1_000_000_000_000
    }

    fn moment(&self) -> DateTime<Utc> {
        moment(self.now)
    }
}

fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).expect("within some years of noon")
}
