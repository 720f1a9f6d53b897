//! With the cache and without it the answers are the same, after any sequence of operations: two lists to which the
//! same is done, one ring, and verifiers that differ in the cache alone.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::key::{KeyId, KeySet, LocalKey, SecretKey};
use hallpass::{Denylist, Issuer, KeyRing, Revocation, Session, Verifier, VerifyError};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::is_same;
use crate::support::{ISSUER, noon};

#[derive(Debug, Clone)]
enum Operation {
    Login {
        kind: u8,
        subject: bool,
    },
    Show {
        token: u8,
        by: u8,
    },
    /// With one character changed.
    ShowChanged {
        token: u8,
        by: u8,
        place: u16,
        to: u8,
    },
    Renew {
        token: u8,
    },
    Revoke {
        what: u8,
        token: u8,
    },
    ForgetRevokedKey {
        key: u8,
    },
    Purge,
    Rotate {
        until: i16,
    },
    Retire {
        key: u8,
    },
    Forget {
        key: u8,
    },
    /// The ring as it was some time ago, or with a key that nobody knows.
    Replace {
        with: u8,
    },
    /// Both ways, in seconds.
    Clock {
        by: i16,
    },
    /// The clock is set to a moment that matters to a token, or to the last deadline of a key, some microseconds
    /// before or after.
    Edge {
        token: u8,
        edge: u8,
        micros: i8,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    prop_oneof![
        4 => (0..3_u8, any::<bool>()).prop_map(|(kind, subject)| Login { kind, subject }),
        24 => (any::<u8>(), any::<u8>()).prop_map(|(token, by)| Show { token, by }),
        2 => (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>())
            .prop_map(|(token, by, place, to)| ShowChanged { token, by, place, to }),
        4 => any::<u8>().prop_map(|token| Renew { token }),
        1 => (0..7_u8, any::<u8>()).prop_map(|(what, token)| Revoke { what, token }),
        1 => any::<u8>().prop_map(|key| ForgetRevokedKey { key }),
        1 => Just(Purge),
        1 => (-100..900_i16).prop_map(|until| Rotate { until }),
        1 => any::<u8>().prop_map(|key| Retire { key }),
        1 => any::<u8>().prop_map(|key| Forget { key }),
        2 => any::<u8>().prop_map(|with| Replace { with }),
        4 => (-40..120_i16).prop_map(|by| Clock { by }),
        1 => (-4000..4000_i16).prop_map(|by| Clock { by }),
        3 => (any::<u8>(), 0..7_u8, -1..=1_i8).prop_map(|(token, edge, micros)| Edge { token, edge, micros }),
    ]
}

const CLONES: usize = 5;

/// A list, issuers, and verifiers of the same ring.
struct Side {
    list: Denylist,
    issuers: [Issuer; 3],
    verifiers: [Verifier; CLONES],
}

impl Side {
    fn new(ring: &KeyRing, cache: usize) -> Self {
        let list = Denylist::builder().in_memory_at(noon() - TimeDelta::hours(1)).unwrap();
        let issuer = || Issuer::new(ring, ISSUER, &list);
        let verifier = Verifier::new(ring, ISSUER, &list).warm_cache(cache);
        Self {
            issuers: [issuer(), issuer().audience("one"), issuer().implicit_assertion("tenant")],
            // Clones, so that all look into one cache.
            verifiers: [
                verifier.clone(),
                verifier.clone().audience("one"),
                verifier.clone().implicit_assertion("tenant"),
                verifier.clone().implicit_assertion("tenancy"),
                verifier.max_token_len(430),
            ],
            list,
        }
    }
}

struct Issued {
    text: String,
    kind: usize,
    /// What it says, and the proof of the warm side's first acceptance and of the cold side's, to act by.
    accepted: Option<[Session; 2]>,
}

struct Run {
    ring: KeyRing,
    sets: Vec<KeySet>,
    keys: Vec<KeyId>,
    deadline: DateTime<Utc>,
    warm: Side,
    cold: Side,
    tokens: Vec<Issued>,
    now: DateTime<Utc>,
    hits: usize,
    refused: BTreeSet<String>,
}

impl Run {
    fn new(cache: usize, public: bool) -> Self {
        let set = if public { KeySet::issuing(SecretKey::generate().unwrap()) } else { KeySet::issuing(local()) };
        let ring = KeyRing::new(set.clone());
        Self {
            keys: vec![set.current().unwrap().id()],
            sets: vec![set],
            warm: Side::new(&ring, cache),
            cold: Side::new(&ring, 0),
            ring,
            deadline: noon(),
            tokens: Vec::new(),
            now: noon(),
            hits: 0,
            refused: BTreeSet::new(),
        }
    }

    fn step(&mut self, operation: &Operation) {
        use Operation::*;
        let now = self.now;
        match *operation {
            Login { kind, subject } => {
                let (kind, subject) = (usize::from(kind), if subject { "alice" } else { "bob" });
                let [warm, cold] = self.sides().map(|side| side.issuers[kind].login_at(subject, now));
                assert_eq!(warm.is_ok(), cold.is_ok());
                self.issued(kind, warm.ok().map(hallpass::Token::into_string));
            }
            Show { token, by } => {
                let Some(token) = self.token(token) else { return };
                // Mostly by the one that it was issued for.
                let by = if by % 4 == 0 { usize::from(by / 4) % CLONES } else { self.tokens[token].kind };
                self.show(token, by);
            }
            ShowChanged { token, by, place, to } => {
                let Some(token) = self.token(token) else { return };
                let mut text = self.tokens[token].text.clone();
                let place = usize::from(place) % text.len();
                let to = char::from(b"ABz09-_.=\n"[usize::from(to) % 10]);
                text.replace_range(place..=place, to.encode_utf8(&mut [0; 4]));
                drop(self.compare(&text, usize::from(by) % CLONES));
            }
            Renew { token } => {
                let Some(token) = self.token(token) else { return };
                let (kind, Some(accepted)) = (self.tokens[token].kind, &self.tokens[token].accepted) else { return };
                let warm = self.warm.issuers[kind].renew_at(&accepted[0], now);
                let cold = self.cold.issuers[kind].renew_at(&accepted[1], now);
                assert_eq!(
                    warm.as_ref().map(drop).map_err(ToString::to_string),
                    cold.as_ref().map(drop).map_err(ToString::to_string)
                );
                self.issued(kind, warm.ok().map(hallpass::Token::into_string));
            }
            Revoke { what, token } => {
                let Some(token) = self.token(token) else { return };
                let Some([session, _]) = self.tokens[token].accepted.clone() else { return };
                let subject = session.subject().to_owned();
                let what = match what {
                    0 | 1 => Revocation::Session(session.session_id()),
                    2 | 3 => Revocation::Token(session.token_id()),
                    4 => Revocation::Key(session.key_id()),
                    5 => Revocation::Subject { issuer: ISSUER.to_owned(), subject, except: None },
                    _ => Revocation::Everyone { except: Some(session.session_id()) },
                };
                for side in self.sides() {
                    side.list.revoke_at(what.clone(), now).wait().unwrap();
                }
            }
            ForgetRevokedKey { key } => {
                for side in self.sides() {
                    drop(side.list.forget_key_at(&self.key(key), now));
                }
            }
            Purge => self.sides().into_iter().for_each(|side| side.list.purge_at(now)),
            Rotate { until } => {
                self.deadline = now + TimeDelta::seconds(until.into());
                let set = self.ring.set();
                let Ok(next) = set.with_next(local()).and_then(|set| set.rotated(self.deadline)) else { return };
                self.keys.push(next.current().unwrap().id());
                self.sets.push(next.clone());
                self.ring.replace(next);
            }
            Retire { key } => drop(self.ring.set().with_retired(self.key(key)).map(|set| self.ring.replace(set))),
            Forget { key } => drop(self.ring.set().without(self.key(key)).map(|set| self.ring.replace(set))),
            Replace { with } => {
                let stranger = KeySet::issuing(local());
                let set = self.sets.get(usize::from(with) % (self.sets.len() + 1)).unwrap_or(&stranger);
                self.ring.replace(set.clone());
            }
            Clock { by } => self.now += TimeDelta::seconds(by.into()),
            Edge { token, edge, micros } => {
                let Some(token) = self.token(token) else { return };
                let Some([session, _]) = &self.tokens[token].accepted else { return };
                let leeway = TimeDelta::seconds(10);
                let at = match edge {
                    0 => self.deadline,
                    1 => session.expires_at() + leeway,
                    2 => session.issued_at() - leeway,
                    3 => session.issued_at() + TimeDelta::seconds(30),
                    4 => session.issued_at() + TimeDelta::seconds(40),
                    5 => session.expires_at(),
                    _ => session.issued_at(),
                };
                self.now = at + TimeDelta::microseconds(micros.into());
                let kind = self.tokens[token].kind;
                self.show(token, kind);
            }
        }
    }

    fn sides(&self) -> [&Side; 2] {
        [&self.warm, &self.cold]
    }

    fn token(&self, number: u8) -> Option<usize> {
        usize::from(number).checked_rem(self.tokens.len())
    }

    fn key(&self, number: u8) -> KeyId {
        self.keys[usize::from(number) % self.keys.len()]
    }

    fn issued(&mut self, kind: usize, text: Option<String>) {
        if let Some(text) = text {
            self.tokens.push(Issued { text, kind, accepted: None });
            // Most are used at once.
            if !self.tokens.len().is_multiple_of(4) {
                self.show(self.tokens.len() - 1, kind);
            }
        }
    }

    fn show(&mut self, token: usize, by: usize) {
        let text = self.tokens[token].text.clone();
        let answer = self.compare(&text, by);
        let issued = &mut self.tokens[token];
        match (answer, &issued.accepted) {
            (Ok(sessions), None) => issued.accepted = Some(sessions),
            (Ok([session, _]), Some([first, _])) => self.hits += usize::from(is_same(&session, first)),
            (Err(error), Some(_)) => {
                let name = format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
                self.refused.insert(name);
            }
            (Err(_), None) => {}
        }
    }

    /// What both say, which is the same.
    fn compare(&self, text: &str, by: usize) -> Result<[Session; 2], VerifyError> {
        let [warm, cold] = self.sides().map(|side| side.verifiers[by].verify_at(text, self.now));
        match (warm, cold) {
            (Ok(warm), Ok(cold)) => {
                assert_eq!((warm.payload(), warm.registered()), (cold.payload(), cold.registered()));
                assert_eq!(warm.key_id(), cold.key_id());
                Ok([warm, cold])
            }
            (warm, cold) => {
                assert_eq!(warm.as_ref().map(drop), cold.as_ref().map(drop));
                Err(warm.unwrap_err())
            }
        }
    }
}

fn local() -> LocalKey {
    LocalKey::generate().unwrap()
}

#[test]
fn with_the_cache_and_without_it_the_answers_are_the_same() {
    let seen = RefCell::new((0, BTreeSet::new()));
    // One that holds all, one where room is short, and one with room for a token or two.
    let size = prop_oneof![Just(1_usize << 20), Just(16 << 10), Just(6 << 10)];
    let operations = prop::collection::vec(operation(), 0..80);
    let cases = (size, prop::bool::weighted(0.2), operations);
    // Whatever can become of a token that was accepted before.
    let every = [
        "Audience",
        "Expired",
        "Inauthentic",
        "IssuedAhead",
        "KeyPast",
        "KeyRetired",
        "Malformed",
        "Replayed",
        "Revoked",
        "StatusUnknown",
        "Superseded",
        "UnknownKey",
    ];
    // Some of it is rare: the cases go on until each has become of one, up to a number that chance does not reach.
    for round in 0..40 {
        let config = ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() };
        let result = TestRunner::new(config).run(&cases, |(size, public, operations)| {
            let mut run = Run::new(size, public);
            operations.iter().for_each(|operation| run.step(operation));
            let mut seen = seen.borrow_mut();
            seen.0 += run.hits;
            seen.1.extend(run.refused);
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{error}"));
        if round >= 3 && seen.borrow().1.len() == every.len() {
            break;
        }
    }
    let (hits, refused) = seen.into_inner();
    assert!(hits > 1_000, "{hits} tokens were in the cache");
    assert!(refused.iter().eq(every.iter()), "{refused:?}");
}
