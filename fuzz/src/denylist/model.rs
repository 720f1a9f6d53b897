//! What a denylist promises, without filters, shards or rebuilding: maps, and three answers where the
//! promise leaves room for when an entry goes.

mod asked;
mod gone;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use hallpass::time::RETENTION_MARGIN;

pub(super) use self::asked::Expected;

/// An id by its number.
type Id = u8;

/// How far a clock may be set back behind a purge before the list can't tell: a minute.
const TOLERANCE: i64 = 60_000_000;

/// How far a clock may be set back before the list no longer waits for it, and vouches anew at the next
/// login: 20 minutes.
const PATIENCE: i64 = 1_200_000_000;

pub(super) struct Model {
    leeway: i64,
    /// Every entry is kept this long.
    pub(super) retention: i64,
    /// And at most two of these longer, once it is purged.
    pub(super) tick: i64,
    capacity: usize,
    ids: BTreeMap<Id, IdEntry>,
    subjects: BTreeMap<usize, SubjectEntry>,
    everyone: Vec<Cutoff>,
    keys: BTreeSet<usize>,
    /// When the latest session began that a login began: no cutoff made after it stands before it.
    latest_begun: i64,
    /// The latest moment at which anyone logged in, or anything was revoked or purged: nothing counts as
    /// made before it.
    known: i64,
    /// No entry was made before the one, and none after the other.
    earliest: i64,
    latest: i64,
    /// Between which two moments the latest purge that dropped anything lies.
    purged: (i64, i64),
}

#[derive(Debug, Clone, Copy)]
struct Cutoff {
    at: i64,
    except: Option<Id>,
}

impl Cutoff {
    fn refuses(&self, began: i64, session: Option<Id>) -> bool {
        began <= self.at && (self.except.is_none() || self.except != session)
    }
}

/// Whether an entry is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Yes,
    /// It had been kept long enough at this moment, the earliest at which it may have gone.
    Perhaps(i64),
}

/// The moment it was made; two, where it is open which of them counts.
#[derive(Debug, Clone, Copy)]
struct IdEntry {
    made: (i64, i64),
    there: There,
}

#[derive(Debug, Clone)]
struct SubjectEntry {
    made: i64,
    there: There,
    cutoffs: Vec<Cutoff>,
    /// Those that went, perhaps, when the entry did.
    perhaps: Vec<Cutoff>,
}

impl Model {
    pub(super) fn new(longest: TimeDelta, leeway: TimeDelta, capacity: usize, now: i64) -> Self {
        let micros = |duration: TimeDelta| duration.num_microseconds().expect("short");
        let retention = micros(longest + RETENTION_MARGIN);
        let leeway = micros(leeway);
        Self {
            leeway,
            retention,
            tick: ((retention + 63) / 64).max(1_000_000),
            capacity,
            ids: BTreeMap::new(),
            subjects: BTreeMap::new(),
            everyone: vec![Cutoff { at: now + leeway, except: None }],
            keys: BTreeSet::new(),
            latest_begun: i64::MIN,
            known: now,
            earliest: i64::MAX,
            latest: i64::MIN,
            purged: (i64::MIN, i64::MIN),
        }
    }

    pub(super) fn revoke_id(&mut self, id: Id, succeeded: bool, now: i64) {
        let made_at = self.made_now(now);
        if !succeeded {
            // To be full is to have dropped whatever could be dropped.
            self.drop_overdue_ids(now);
        }
        self.let_go(now);
        if made_at - self.earliest > 250 * self.tick {
            // Too far apart to stand together: what would be too old by then may leave.
            self.let_go(made_at);
        }
        let was = self.ids.get(&id).copied();
        if succeeded {
            if was.is_none() && self.ids.len() >= self.capacity {
                let live = self.ids.values().filter(|entry| entry.there == There::Yes).count();
                assert!(live < self.capacity, "room, where {live} entries count");
            }
            // While a clock that was ahead has left later entries, this one may stay as long as they.
            self.latest = self.latest.max(made_at);
            let made = match was {
                Some(IdEntry { made, there: There::Yes }) => (made.0.max(made_at), self.latest),
                _ => (made_at, self.latest),
            };
            self.ids.insert(id, IdEntry { made, there: There::Yes });
            self.earliest = self.earliest.min(made.0);
        } else {
            assert!(was.is_none_or(|was| was.there != There::Yes), "no room for what is there");
            // What was overdue is gone, and the id itself takes no place beside the others.
            let others = self.ids.len() - usize::from(was.is_some());
            assert!(others >= self.capacity, "no room, where no more than {others} entries count");
        }
    }

    pub(super) fn revoke_subject(&mut self, subject: usize, except: Option<Id>, now: i64) {
        let cutoff = self.cutoff(except, now);
        let made = self.made_now(now);
        self.let_go(now);
        let fresh = SubjectEntry { made, there: There::Yes, cutoffs: Vec::new(), perhaps: Vec::new() };
        let entry = self.subjects.entry(subject).or_insert(fresh);
        if entry.there != There::Yes {
            entry.perhaps.append(&mut entry.cutoffs);
            entry.made = made;
        }
        entry.there = There::Yes;
        entry.made = entry.made.max(made);
        entry.cutoffs.push(cutoff);
        self.earliest = self.earliest.min(entry.made);
    }

    pub(super) fn revoke_everyone(&mut self, except: Option<Id>, now: i64) {
        self.made_now(now);
        self.everyone.push(self.cutoff(except, now));
    }

    pub(super) fn revoke_key(&mut self, key: usize, now: i64) {
        self.made_now(now);
        self.keys.insert(key);
    }

    pub(super) fn forget_key(&mut self, key: usize) -> bool {
        self.keys.remove(&key)
    }

    /// The session that begins now began at `auth_time`. `None` when it can't be told what was counted.
    pub(super) fn login(&mut self, subject: usize, auth_time: i64, now: i64) -> Option<()> {
        let (sure, perhaps) = self.newest_cutoffs(subject);
        let furthest = now + 2 * self.leeway;
        if now + PATIENCE < self.known || sure > furthest + PATIENCE {
            self.begin_anew(now);
            assert_eq!(auth_time, furthest + 1, "just after the cutoff at which the list begins anew");
        } else {
            assert!(sure <= furthest, "begun under a cutoff that a clock left ahead");
            if perhaps > furthest {
                return None;
            }
            let may_be = now.max(sure + 1)..=now.max(perhaps + 1);
            assert!(
                may_be.contains(&auth_time),
                "{auth_time}, expected {may_be:?}: now, or just after the newest cutoff"
            );
        }
        self.known = self.known.max(now);
        self.latest_begun = self.latest_begun.max(auth_time);
        Some(())
    }

    /// No session can begin now, for the clock stands before a cutoff.
    pub(super) fn login_waits(&self, subject: usize, until: i64, now: i64) -> Option<()> {
        let (sure, perhaps) = self.newest_cutoffs(subject);
        let furthest = now + 2 * self.leeway;
        assert!(perhaps > furthest, "there is nothing to wait for");
        assert!(now + PATIENCE >= self.known && sure <= furthest + PATIENCE, "too long to wait");
        assert!(until > now && until <= perhaps - 2 * self.leeway);
        (sure == perhaps).then_some(())
    }

    /// The newest cutoffs that apply to a subject: that is there for sure, and that perhaps is.
    fn newest_cutoffs(&self, subject: usize) -> (i64, i64) {
        let newest = |cutoffs: &[Cutoff]| cutoffs.iter().map(|cutoff| cutoff.at).max().unwrap_or(i64::MIN);
        let (sure, perhaps) = match self.subjects.get(&subject) {
            None => (i64::MIN, i64::MIN),
            Some(SubjectEntry { there: There::Yes, cutoffs, perhaps, .. }) => (newest(cutoffs), newest(perhaps)),
            Some(SubjectEntry { cutoffs, perhaps, .. }) => (i64::MIN, newest(cutoffs).max(newest(perhaps))),
        };
        let sure = sure.max(self.everyone());
        (sure, sure.max(perhaps))
    }

    /// The moment that an entry of now counts as made at.
    fn made_now(&mut self, now: i64) -> i64 {
        self.known = self.known.max(now);
        self.known
    }

    fn cutoff(&self, except: Option<Id>, now: i64) -> Cutoff {
        Cutoff { at: self.latest_begun.max(now + self.leeway), except }
    }

    /// Vouches from now on, as if newly made. Ids and keys stay, and count as made now at the latest.
    fn begin_anew(&mut self, now: i64) {
        self.let_go(now);
        let cutoff = now + 2 * self.leeway;
        self.latest_begun = self.latest_begun.min(cutoff + 1);
        self.everyone = vec![Cutoff { at: cutoff, except: None }];
        (self.known, self.latest, self.earliest) = (now, now, self.earliest.min(now));
        for entry in self.ids.values_mut() {
            entry.made = (entry.made.0.min(now), entry.made.1.min(now));
        }
        for entry in self.subjects.values_mut() {
            entry.made = entry.made.min(now);
        }
        self.subjects.retain(|_, entry| {
            let stays = entry.cutoffs.iter().all(|cutoff_of| cutoff_of.at <= cutoff);
            // What may be there and stands ahead is gone, or its whole entry is.
            if entry.perhaps.iter().any(|cutoff_of| cutoff_of.at > cutoff) {
                entry.perhaps.append(&mut entry.cutoffs);
                entry.perhaps.retain(|cutoff_of| cutoff_of.at <= cutoff);
                entry.there = There::Perhaps(i64::MIN);
            }
            stays
        });
        let gone = self.ids.values_mut().map(|entry| &mut entry.there);
        for there in gone.chain(self.subjects.values_mut().map(|entry| &mut entry.there)) {
            if *there != There::Yes {
                *there = There::Perhaps(i64::MIN);
            }
        }
        self.purged = (now, now);
    }
}
