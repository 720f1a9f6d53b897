//! A list that follows an engine which others write to, beside the rules of `docs/FLEET.md`.

mod model;
mod stepped;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::status::{Status, TokenFacts};
use hallpass::store::{Header, Record, Store as _};
use hallpass::testing::{MemoryEngine, MemoryStore};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Revocation, SessionId, TokenId};

use self::model::{Model, What};
use self::stepped::{Mood, Pages, Stepped};
use super::world::{ISSUER, keys};

const MOST_OPERATIONS: usize = 48;
/// Looks that fail make the follower pause, by a clock that is not the test's.
const MOST_FAILURES: usize = 2;
const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// Clocks may differ from the engine's by half of it.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
const SUBJECT: &str = "alice";
const KEYS: [(&str, &str); 2] = [keys::SIGNING, keys::ENCRYPTING];
/// How far the engine's clock is set ahead of this machine's, in seconds: what may be, and what may not.
const CLOCKS: [i64; 6] = [0, 3, -3, 40, -3_600, 3_600];
/// No cutoff of a run reaches so far ahead.
const BEYOND_ALL: TimeDelta = TimeDelta::minutes(10);
/// A call of the store's that fails or hangs so long has hung for good.
const LONGEST: Duration = Duration::from_secs(20);

/// What is done to an engine and a list that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Another process revokes an id; acknowledged.
    OtherId { id: u8 },
    /// Another process ends everyone's sessions that have begun by so many seconds from now; acknowledged.
    OtherEveryone { ahead: i8 },
    /// Another process revokes a key; acknowledged.
    OtherKey { key: u8 },
    /// This process revokes an id.
    OwnId { id: u8 },
    /// This process ends the sessions of a subject.
    OwnSubject,
    /// The list asks the engine.
    Look,
    /// The engine says that there is news, and the list reads it.
    News,
    /// The engine can't be reached, is newer, is another one, or is back.
    Becomes { mood: u8 },
    /// The engine's clock is set.
    Clock { to: u8 },
    /// The engine loses so many of the records that were appended last, and knows it.
    Loses { records: u8 },
    /// From now on pages hold so many records, the last first and one of them twice, perhaps with others that are
    /// damaged.
    Pages { of: u8, how: u8 },
    /// A token is asked about, whose session began so many half seconds after this, as of so many milliseconds later.
    Ask { id: u8, began: i8, later: i16 },
}

/// The staleness bound, for how long more what is stale is accepted, and the operations.
#[must_use]
pub fn operations(data: &[u8]) -> Option<(TimeDelta, TimeDelta, Vec<Operation>)> {
    let [settings, rest @ ..] = data else { return None };
    let bound = TimeDelta::seconds([1, 2, 5, 20][usize::from(settings % 4)]);
    let accepted = TimeDelta::seconds(if settings & 4 == 0 { 0 } else { 3 });
    let operation = |bytes: &[u8; 4]| {
        let [kind, one, two, three] = *bytes;
        match kind % 12 {
            0 => Operation::OtherId { id: one },
            1 => Operation::OtherEveryone { ahead: one.cast_signed() },
            2 => Operation::OtherKey { key: one },
            3 => Operation::OwnId { id: one },
            4 => Operation::OwnSubject,
            5 => Operation::Look,
            6 => Operation::News,
            7 => Operation::Becomes { mood: one },
            8 => Operation::Clock { to: one },
            9 => Operation::Loses { records: one },
            10 => Operation::Pages { of: one, how: two },
            _ => Operation::Ask { id: one, began: two.cast_signed(), later: i16::from(three) * 128 },
        }
    };
    let operations = rest.as_chunks().0.iter().take(MOST_OPERATIONS).map(operation).collect();
    Some((bound, accepted, operations))
}

/// A revocation that was acknowledged is in force once a look has ended that began after it, and until then unknown at the
/// latest by the staleness bound; nothing that nobody has revoked is refused, nor whatever begins beyond all cutoffs; what is
/// known is never fresher than what was read, and while it is fresh there is an answer.
///
/// Says whether another process's revocation was found in force.
pub fn follower(data: &[u8]) -> bool {
    let Some((bound, accepted, operations)) = operations(data) else { return false };
    let mut run = Run::new(bound, accepted);
    operations.into_iter().for_each(|operation| run.step(operation));
    run.end()
}

/// What the follower's own thread goes by, to which no moment can be told.
#[expect(clippy::disallowed_methods, reason = "the one place of the targets that reads the clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

struct Run {
    engine: MemoryEngine,
    /// The connection of whoever else writes.
    other: MemoryStore,
    store: Arc<Stepped>,
    list: Denylist,
    model: Model,
    /// By how many seconds the engine's clock is ahead.
    clock: i64,
    failures: usize,
    found: bool,
}

impl Run {
    fn new(bound: TimeDelta, accepted: TimeDelta) -> Self {
        let engine = MemoryEngine::new();
        let limits = TimeLimits::new(LIFETIME, LEEWAY).expect("in their ranges");
        let header = Header::new(limits, now() - TimeDelta::minutes(10)).expect("a random generator");
        let [own, other] = [(); 2].map(|()| engine.open(header).expect("an engine in a good mood"));
        let store = Arc::new(Stepped::new(own));
        let builder = Denylist::builder().leeway(LEEWAY).staleness_bound(bound).dangerously_accept_stale(accepted);
        let list = builder.capacity(1_000).open_shared(Arc::clone(&store)).expect("it can be read");
        store.settle();
        let model = Model::new(bound + accepted, LEEWAY / 2);
        Self { engine, other, store, list, model, clock: 0, failures: 0, found: false }
    }

    fn step(&mut self, operation: Operation) {
        match operation {
            Operation::OtherId { id } => self.other_revokes(What::Id(id % 4), 1, &[id % 4; 16], &[]),
            Operation::OtherEveryone { ahead } => {
                let cutoff = now().timestamp_micros() + i64::from(ahead / 4) * 1_000_000;
                self.other_revokes(What::Everyone(cutoff), 3, &[], &cutoff.to_be_bytes());
            }
            Operation::OtherKey { key } => {
                let key = usize::from(key % 2);
                self.other_revokes(What::Key(key), 4, &key_bytes(KEYS[key].1), &[]);
            }
            Operation::OwnId { id } => {
                // In force here in any case; shared now or later.
                let _ = self.list.revoke(TokenId::from_bytes([id % 4; 16])).wait();
                self.model.revoked(What::Id(id % 4), true);
            }
            Operation::OwnSubject if self.model.is_clock_right() => {
                let sure = now().timestamp_micros();
                let _ = self.list.revoke(Revocation::subject(ISSUER, SUBJECT)).wait();
                let furthest = self.model.furthest_cutoff(now().timestamp_micros(), 1);
                self.model.revoked(What::Subject { sure, furthest }, true);
            }
            Operation::Look => self.look(),
            Operation::News => self.store.news(),
            Operation::Becomes { mood } => {
                self.becomes([Mood::Good, Mood::Away, Mood::Newer, Mood::Another][usize::from(mood % 4)])
            }
            Operation::Clock { to } => {
                self.clock = CLOCKS[usize::from(to) % CLOCKS.len()];
                self.engine.set_clock_ahead(TimeDelta::seconds(self.clock));
                self.look();
            }
            Operation::Loses { records } if self.store.mood() == Mood::Good && self.model.is_clock_right() => {
                let before = now().timestamp_micros();
                self.engine.lose(usize::from(records % 8));
                self.model.engine_lost(before);
                self.look();
                self.model.begun_anew(now().timestamp_micros());
            }
            Operation::Pages { of, how } => self.store.give(Pages {
                of: usize::from(of % 4) + 1,
                are_shuffled: how & 1 == 1,
                begins_again: how & 2 == 2,
                malformed: u64::from(how >> 2),
            }),
            Operation::Ask { id, began, later } => {
                let began = TimeDelta::seconds((began / 2).into());
                self.ask(id % 4, began, TimeDelta::milliseconds(later.into()));
            }
            Operation::OwnSubject | Operation::Loses { .. } => {}
        }
        let beyond = self.model.limit() + TimeDelta::milliseconds(1);
        for id in 0..4 {
            self.ask(id, TimeDelta::zero(), TimeDelta::zero());
            self.ask(id, TimeDelta::seconds(-15), beyond);
            self.ask(id, BEYOND_ALL, TimeDelta::zero());
        }
    }

    /// A record of this kind, made now: what it is about, the moment, and what stands behind that.
    fn other_revokes(&mut self, what: What, kind: u8, about: &[u8], behind: &[u8]) {
        let made = now().timestamp_micros().to_be_bytes();
        let record = Record::from_bytes(&[&[1, kind], about, &made, behind].concat()).expect("by the table");
        self.other.append(&[record]).expect("an engine in a good mood");
        self.model.revoked(what, false);
    }

    fn look(&mut self) {
        let is_good = self.store.mood() == Mood::Good;
        if !is_good {
            self.failures += 1;
            if self.failures > MOST_FAILURES {
                return;
            }
        }
        let looked = self.list.catch_up(LONGEST).wait();
        assert_eq!(looked.is_ok(), is_good, "{looked:?}");
        if is_good {
            self.store.settle();
            self.model.looked(self.clock);
        } else {
            self.model.is_forgotten |= self.store.mood() != Mood::Away;
        }
    }

    fn becomes(&mut self, mood: Mood) {
        if mood != Mood::Good && self.failures >= MOST_FAILURES {
            return;
        }
        self.store.becomes(mood);
        self.look();
    }

    fn ask(&mut self, id: u8, began: TimeDelta, later: TimeDelta) {
        let asked = now();
        let moment = asked + later;
        let auth_time = asked + began;
        // The subject, the key and the token's id follow from the session's.
        let key = usize::from(id % 2);
        let (token_id, session_id) = (TokenId::from_bytes([id + 100; 16]), SessionId::from_bytes([id; 16]));
        let subject = if id < 2 { SUBJECT } else { "bob" };
        let key_id = KEYS[key].1.parse().expect("a constant");
        let facts = TokenFacts::new(token_id, session_id, ISSUER, subject, auth_time, key_id);
        let status = self.list.status_at(&facts, moment);
        let token = model::Token { id, key, is_subjects: id < 2, auth_time: auth_time.timestamp_micros() };
        let asked = model::Asked { moment, from: asked, until: now() };
        self.found |= matches!(status, Status::Listed(_)) && self.model.is_by_another(&token);
        self.model.check(&token, status, &asked, self.store.looked());
    }

    fn end(self) -> bool {
        self.found
    }
}

/// A key's id as a record has it: its kind, and the 33 bytes of the hash.
fn key_bytes(id: &str) -> Vec<u8> {
    use base64::Engine as _;

    let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&id["k4.pid.".len()..]).expect("a constant");
    [&[u8::from(id.starts_with("k4.lid."))], &*hash].concat()
}
