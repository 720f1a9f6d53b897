//! The denylist's set in memory. Pure: no I/O, and the moment is a parameter.
//!
//! ```text
//! check ──► Snapshot (swapped as a whole, read without a lock)
//!             ├── keys, everyone            exact, in the snapshot itself
//!             ├── subjects: Marks ──hit──►  map behind a lock
//!             ├── 64 shards
//!             │     ├── Marks      ──hit──► Delta behind a lock
//!             │     └── Bloom      ──hit──► frozen sorted run
//!             └── 64 times Newest: a table of atomics, ──other generation──► notes behind a lock
//! ```
//!
//! Filters answer nearly every check. What they hit is looked up exactly, so that a listed id is always
//! found and an unlisted one never refused.

mod anew;
mod delta;
mod entry;
mod fill;
mod follow;
mod generations;
mod ids;
mod issued;
mod keys;
mod load;
mod look;
mod marks;
mod newest;
mod notes;
mod run;
mod shard;
mod snapshot;
mod status;
mod subjects;
mod tick;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;

use self::entry::{Id, SHARDS, shard_of};
use self::generations::{Generations, Spans};
use self::ids::Ids;
use self::snapshot::{Published, Snapshot};
use self::subjects::Subjects;
use self::tick::Ticks;
use crate::id::SessionId;
use crate::key::KeyId;
use crate::record::{Cutoff, Fact, KnownSubject, Record, SubjectKey};
use crate::revocation::{Revocation, TokenFacts};
use crate::sync::atomic::{AtomicI64, Ordering};
use crate::sync::{Apart, RwLock};
use crate::time::{BACKSTEP_TOLERANCE, TimeLimits, micros};

pub(crate) use fill::Fill;
pub(crate) use generations::{Presented, Standing};
pub(crate) use ids::{Full, Listed};
pub(crate) use load::{Refused, is_worth_joining};
pub(crate) use look::Look;

/// All moments are microseconds since 1970. What revocations and logins write stands apart from what each check reads.
pub(crate) struct DenySet {
    published: Published,
    ids: Ids,
    subjects: Subjects,
    generations: Generations,
    leeway: i64,
    retention: i64,
    /// Hashes subjects; nothing else is derived from it.
    subject_secret: [u8; 16],
    /// The latest moment at which a token was issued, or anything was revoked or purged. Entries count as
    /// made no earlier: not before the token that they forbid, whatever the clock does.
    latest: Apart<AtomicI64>,
    /// What of `latest` was handed over to be kept.
    kept: Apart<AtomicI64>,
    /// The latest `auth_time` that was given out: no cutoff made after it may spare it.
    latest_begun: Apart<AtomicI64>,
    /// The newest cutoff of any subject's just after which a session may have begun of which nobody knows here: one that
    /// was loaded, or, if others use the list too, any.
    newest_loaded: Apart<AtomicI64>,
    /// Whether others list things too: then a session may have begun just after any cutoff, of which nobody knows here.
    is_shared: bool,
    /// Nothing is dropped as of a later moment: if others use the list too, the last at which it was known by the engine's
    /// clock.
    known_by: Apart<AtomicI64>,
    /// Written while the set starts anew, and read by whatever must not happen beside that.
    starting_anew: Apart<RwLock<()>>,
    /// Shared by whoever lists something here, until its record was handed over.
    listing: Apart<RwLock<()>>,
}

/// How many entries there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub(crate) ids: usize,
    pub(crate) subjects: usize,
    /// Sessions whose generations are noted.
    pub(crate) sessions: usize,
}

/// Two secrets of the set.
#[derive(Clone, Copy)]
pub(crate) struct Secrets {
    pub(crate) filters: [u8; 16],
    pub(crate) subjects: [u8; 16],
}

/// The newest cutoff that applies stands further ahead than a session may begin: the clock has stepped
/// back, and stands at that cutoff again no earlier than `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockBehind {
    pub(crate) until: i64,
}

/// How many entries there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) ids: usize,
    pub(crate) subjects: usize,
    pub(crate) keys: usize,
    pub(crate) sessions: usize,
    /// Looks that found no room for a note that was due.
    pub(crate) unnoted: u64,
}

impl DenySet {
    /// An empty set that vouches since `from`, as of `now`: no session begun up to then passes.
    pub(crate) fn new(
        limits: TimeLimits,
        grace: TimeDelta,
        capacity: Capacity,
        secrets: Secrets,
        from: i64,
        now: i64,
    ) -> Self {
        let leeway = micros(limits.leeway());
        let retention = micros(limits.retention());
        Self {
            published: Published::new(Snapshot::new(Subjects::first_marks(), Cutoff::new(from, None))),
            ids: Ids::new(Ticks::new(retention), capacity.ids, secrets.filters),
            subjects: Subjects::new(capacity.subjects, retention),
            generations: Generations::new(Spans { grace: micros(grace), leeway, retention }, capacity.sessions),
            leeway,
            retention,
            subject_secret: secrets.subjects,
            latest: Apart(AtomicI64::new(now)),
            kept: Apart(AtomicI64::new(i64::MIN)),
            latest_begun: Apart(AtomicI64::new(i64::MIN)),
            newest_loaded: Apart(AtomicI64::new(i64::MIN)),
            is_shared: false,
            known_by: Apart(AtomicI64::new(i64::MAX)),
            starting_anew: Apart(RwLock::new(())),
            listing: Apart(RwLock::new(())),
        }
    }

    /// The set of one process of several, which [follow](Self::follow) each other.
    pub(crate) fn shared(self) -> Self {
        Self { is_shared: true, known_by: Apart(AtomicI64::new(i64::MIN)), ..self }
    }

    /// How a token stands that is not of the newest generation by what was looked at.
    #[cold]
    fn present_exactly(&self, token: Presented, now: i64) -> Standing {
        let standing = self.generations.present(&self.published, token, now);
        if self.has_dropped_what_matters(now) { Standing::Unknown } else { standing }
    }

    /// How a token that was shown before stands now, and the newest generation of its session that was used.
    /// Notes nothing.
    pub(crate) fn standing(&self, session: SessionId, generation: u32, now: i64) -> (Standing, u32) {
        let (standing, newest) = self.generations.standing(session, generation, now);
        (if self.has_dropped_what_matters(now) { Standing::Unknown } else { standing }, newest)
    }

    /// To be asked after the notes, which are not part of the picture: one may have left since that was looked at, and what
    /// lets it leave was published before it did.
    fn has_dropped_what_matters(&self, now: i64) -> bool {
        is_behind(now, self.published.load().purged)
    }

    /// The keys that are listed.
    pub(crate) fn keys(&self) -> BTreeSet<KeyId> {
        self.published.load().keys.listed().clone()
    }

    /// When the last token of the session expires that was the first of its generation to be used, if any
    /// was but the very first.
    pub(crate) fn expires_at(&self, session: SessionId) -> Option<i64> {
        self.generations.expires_at(session)
    }

    /// Lists it. A check that begins after this returns `Ok` sees it.
    ///
    /// Of an id or a key it says whether it was listed before; of a cutoff, that it is now. If it was listed before
    /// the set [vouches anew](Self::begin), its record is handed to `keep` before that, and else after.
    pub(crate) fn revoke<K>(
        &self,
        what: &Revocation,
        now: i64,
        keep: impl FnOnce(Record) -> K,
    ) -> Result<(Listed, K), Full> {
        let _not_anew = self.starting_anew.read();
        let _listing = self.listing.read();
        let made = self.latest.fetch_max(now, Ordering::Relaxed).max(now);
        let expired = self.droppable(now);
        let list_id = |id: Id| -> Result<(Listed, Fact), Full> {
            Ok((self.ids.insert(&self.published, id, made, expired)?, Fact::Id { id, made }))
        };
        let (listed, fact) = match what {
            Revocation::Token(id) => list_id(id.to_bytes())?,
            Revocation::Session(id) => list_id(id.to_bytes())?,
            Revocation::Subject { issuer, subject, except } => {
                let subject = self.subject_key(issuer, subject);
                let cutoff = self.cutoff(now, self.after_loaded(self.subjects.get(subject).at), *except);
                self.subjects.insert(&self.published, subject, cutoff, made, expired)?;
                if self.is_shared {
                    self.newest_loaded.fetch_max(cutoff.at, Ordering::Relaxed);
                }
                (Listed::Now, Fact::Subject { subject, cutoff, made })
            }
            Revocation::Everyone { except } => {
                let newest_loaded = self.newest_loaded.load(Ordering::Relaxed);
                let cutoff = self.cutoff(now, newest_loaded.saturating_add(1), *except);
                self.published.change(|snapshot| snapshot.everyone = snapshot.everyone.join(cutoff));
                (Listed::Now, Fact::Everyone { cutoff, made })
            }
            Revocation::Key(id) => {
                let (mut listed, mut made) = (Listed::Now, made);
                self.published.change(|snapshot| {
                    if snapshot.keys.listed().contains(id) {
                        listed = Listed::Before;
                    }
                    made = Arc::make_mut(&mut snapshot.keys).0.revoke(*id, made);
                });
                (listed, Fact::Key { id: *id, made })
            }
        };
        Ok((listed, keep(fact.into())))
    }

    /// Forgets a key's entry; the record of that, if there was one.
    pub(crate) fn forget_key(&self, id: &KeyId) -> Option<Record> {
        let mut forgotten = None;
        self.published.change(|snapshot| forgotten = Arc::make_mut(&mut snapshot.keys).0.forget(*id));
        forgotten.map(|made| Fact::KeyForgotten { id: *id, made }.into())
    }

    /// The `auth_time` of a session that begins now: this moment, or just after the newest cutoff that
    /// applies, which may stand up to two leeways ahead. If the set vouches anew since this very moment, `anew` is
    /// told the cutoff for everyone that it does so with, before anything else is listed.
    pub(crate) fn begin(
        &self,
        issuer: &str,
        subject: &str,
        now: i64,
        anew: impl FnOnce(i64),
    ) -> Result<i64, ClockBehind> {
        let subject = self.subject_key(issuer, subject);
        self.start_anew_if_far_behind(subject, now, anew);
        let _not_anew = self.starting_anew.read();
        let newest = self.newest_cutoff(subject);
        if newest > self.furthest_cutoff(now) {
            return Err(ClockBehind { until: newest.saturating_sub(self.leeway.saturating_mul(2)) });
        }
        let auth_time = now.max(newest.saturating_add(1));
        self.latest.fetch_max(now, Ordering::Relaxed);
        self.latest_begun.fetch_max(auth_time, Ordering::Relaxed);
        Ok(auth_time)
    }

    /// Whether a key is listed.
    pub(crate) fn lists_key(&self, id: &KeyId) -> bool {
        self.published.load().keys.listed().contains(id)
    }

    /// Whether the token's whole session is listed, by its id or under a cutoff, so that none of its tokens
    /// passes.
    pub(crate) fn lists_session_of(&self, token: &TokenFacts<'_>) -> bool {
        let (id, auth_time) = (token.session_id.to_bytes(), token.auth_time.timestamp_micros());
        let snapshot = self.published.load();
        snapshot.shard(shard_of(&id)).lists(&id)
            || snapshot.everyone.refuses(auth_time, token.session_id)
            || self.subjects.get(self.subject_key(token.issuer, token.subject)).refuses(auth_time, token.session_id)
    }

    /// Once this returns, whatever a check has found listed before was handed over.
    #[cfg(feature = "tower")]
    pub(crate) fn handed_over(&self) {
        // Not the other lock, which loads and purges share for as long as they take.
        drop(self.listing.write());
    }

    /// Drops what has expired.
    pub(crate) fn purge(&self, now: i64) {
        let _not_anew = self.starting_anew.read();
        let now = self.droppable(now);
        self.latest.fetch_max(now, Ordering::Relaxed);
        self.ids.purge(&self.published, now);
        self.subjects.purge(&self.published, now);
        self.generations.purge(&self.published, now);
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            ids: self.ids.len(),
            subjects: self.subjects.len(),
            keys: self.published.load().keys.listed().len(),
            sessions: self.generations.sessions(),
            unnoted: self.generations.unnoted(),
        }
    }

    /// How full the filters in front of the ids are.
    pub(crate) fn fill(&self) -> Fill {
        let snapshot = self.published.load();
        Fill::among((0..SHARDS).map(|number| snapshot.shard(number).fill()))
    }

    pub(crate) fn subject_key(&self, issuer: &str, subject: &str) -> SubjectKey {
        SubjectKey::new(&self.subject_secret, issuer, subject)
    }

    /// The same, for [`Look::status`](look::Look::status) not to make again.
    pub(crate) fn known_subject(&self, issuer: &str, subject: &str) -> KnownSubject {
        KnownSubject::new(&self.subject_secret, issuer, subject)
    }

    /// A cutoff made now stands the leeway ahead, so that a session begun just before on a fast clock
    /// can't slip under it; never behind a session begun here, which may stand as far ahead; and never behind this
    /// moment, just after an earlier cutoff.
    fn cutoff(&self, now: i64, earliest: i64, except: Option<SessionId>) -> Cutoff {
        let latest_begun = self.latest_begun.load(Ordering::Relaxed);
        // Elsewhere, one may have begun just after the last cutoff for everyone.
        let everyone = if self.is_shared { self.published.load().everyone.at.saturating_add(1) } else { i64::MIN };
        Cutoff::new(now.saturating_add(self.leeway).max(latest_begun).max(earliest).max(everyone), except)
    }

    /// Just after an earlier cutoff, if that may have been loaded: what began after it here is known.
    fn after_loaded(&self, cutoff: i64) -> i64 {
        let is_loaded = self.is_shared || cutoff <= self.newest_loaded.load(Ordering::Relaxed);
        if is_loaded { cutoff.saturating_add(1) } else { i64::MIN }
    }

    fn newest_cutoff(&self, subject: SubjectKey) -> i64 {
        let snapshot = self.published.load();
        snapshot.everyone.at.max(self.subjects.get(subject).at)
    }
}

fn is_behind(now: i64, purged: i64) -> bool {
    now.saturating_add(micros(BACKSTEP_TOLERANCE)) < purged
}

/// Whether what has expired leaves while something else comes, so long after the last purge: now and then, and more often
/// where there is no room without it, since it takes milliseconds to look for it.
fn is_purge_due(since: i64, retention: i64, is_full: bool) -> bool {
    const MINUTE: i64 = 60_000_000;
    since > if is_full { retention.div_euclid(64).min(MINUTE) } else { retention.div_euclid(8) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests;
