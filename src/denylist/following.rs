//! The thread that follows a store which others write to: it does what the [`Follower`] says.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::batch::Batch;
use super::watch::Wake;
use super::{Shared, gone};
use crate::events::{Events, Listener};
use crate::follower::{Action, Dated, Event, Follower, Freshness, Gathering, Known, Left, Moment, Next, vouches_from};
use crate::record::{Fact, Record};
use crate::store::{Cursor, Header, PAGE, SharedStore, StoreError, StoreErrorKind};
use crate::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use crate::sync::thread::Builder;
use crate::sync::{Condvar, Mutex};
use crate::time::{Monotonic, from_micros, now};

/// What the thread and whoever asks have in common.
pub(super) struct Following {
    store: Arc<dyn SharedStore>,
    freshness: Freshness,
    asked: Mutex<Asked>,
    clock: Monotonic,
    /// By how much the engine's clock and the wall's were ahead of that when the engine was looked at.
    engine_ahead: AtomicI64,
    wall_ahead: AtomicI64,
    /// Ends a pause, when the thread is to end.
    ended: Condvar,
    malformed: AtomicU64,
    /// A number that changes whenever it is found fresh: what is stale between two changes is one spell.
    spell: AtomicU64,
    /// The last spell of which it was told that sessions are accepted in it.
    told: AtomicU64,
}

/// A spell in which what is known is stale, between two looks that found it fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spell(u64);

#[derive(Default)]
struct Asked {
    /// Those who have asked since the last look began.
    batch: Option<Arc<Batch>>,
    /// The thread is no more, or is to end.
    is_over: bool,
}

impl Following {
    pub(super) fn new(store: Arc<dyn SharedStore>, freshness: Freshness) -> Self {
        let clock = Monotonic::start();
        let ahead = now().timestamp_micros().saturating_sub(clock.micros());
        let (engine_ahead, wall_ahead) = (AtomicI64::new(ahead), AtomicI64::new(ahead));
        let (asked, ended) = (Mutex::default(), Condvar::default());
        let [malformed, spell, told] = [0, 1, 0].map(AtomicU64::new);
        Self { store, freshness, asked, clock, engine_ahead, wall_ahead, ended, malformed, spell, told }
    }

    /// Whether what is not listed here is not revoked anywhere, and if that is stale, in which spell. To be asked before
    /// the list is looked at.
    pub(super) fn known(&self, now: DateTime<Utc>) -> (Known, Option<Spell>) {
        // First: taken later, the number might be that of a spell which has yet to begin, and would then go untold.
        let spell = Spell(self.spell.load(Ordering::SeqCst));
        let known = self.freshness.known(self.at(now));
        (known, (known == Known::Stale).then_some(spell))
    }

    /// A session was accepted that was stale. The first of a spell is told, by whoever accepts it: the thread that follows
    /// may wait for the engine all the while.
    pub(super) fn accepted_stale(&self, Spell(spell): Spell) {
        Events::stale_accepted();
        // Written once in a spell, since everyone reads it.
        let untold = |told: u64| (told < spell).then_some(spell);
        if self.told.fetch_update(Ordering::SeqCst, Ordering::SeqCst, untold).is_ok() {
            Events::accepting_stale();
        }
    }

    /// For how long what is known now counts at the most, unless it is freshened meanwhile.
    pub(super) fn known_for(&self, now: DateTime<Utc>) -> TimeDelta {
        TimeDelta::microseconds(self.freshness.known_for(self.at(now)))
    }

    /// The moment by the engine's clock, if this process's is wrong.
    pub(super) fn corrected(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        from_micros(self.freshness.corrected(self.at(now)))
    }

    /// The engine's clock, carried on since the last look by the one that is never set: if the wall's has gone on as far,
    /// so that neither was set, nor the machine asleep.
    pub(super) fn engine_now(&self) -> Option<i64> {
        let moment = self.moment();
        let is_sure = moment.has_gone_on_as(self.wall_ahead.load(Ordering::Acquire));
        is_sure.then(|| moment.monotonic.saturating_add(self.engine_ahead.load(Ordering::Relaxed)))
    }

    /// Whether this process's clock is known to be wrong, or may be.
    pub(super) fn is_clock_wrong(&self, now: DateTime<Utc>) -> bool {
        self.freshness.is_clock_wrong(self.at(now))
    }

    /// For so long, unless it is to end: neither news of the engine's nor whoever asks is a reason to go on.
    fn pause(&self, longest: Duration) {
        let mut asked = self.asked.lock();
        if !asked.is_over {
            self.ended.wait_for(&mut asked, longest);
        }
    }

    pub(super) fn age(&self) -> Option<i64> {
        self.freshness.age(self.moment())
    }

    pub(super) fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    /// Asks for a look that begins after this.
    pub(super) fn ask(&self) -> Arc<Batch> {
        let mut asked = self.asked.lock();
        let batch = Arc::clone(asked.batch.get_or_insert_default());
        let is_over = asked.is_over;
        drop(asked);
        match is_over {
            true => batch.finish(Err(gone())),
            false => self.store.wake(),
        }
        batch
    }

    /// Ends the thread, once it is done with what it is at.
    pub(super) fn end(&self) {
        let batch = {
            let mut asked = self.asked.lock();
            asked.is_over = true;
            asked.batch.take()
        };
        batch.into_iter().for_each(|batch| batch.finish(Err(gone())));
        self.ended.notify_one();
        self.store.wake();
    }

    fn is_asked(&self) -> bool {
        self.asked.lock().batch.is_some()
    }

    fn is_over(&self) -> bool {
        self.asked.lock().is_over
    }

    fn moment(&self) -> Moment {
        self.at(now())
    }

    fn at(&self, now: DateTime<Utc>) -> Moment {
        Moment { monotonic: self.clock.micros(), wall: now.timestamp_micros() }
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following").field("freshness", &self.freshness).finish_non_exhaustive()
    }
}

/// Starts the thread that keeps this list up with its store.
pub(super) fn start(shared: &Arc<Shared>, following: &Arc<Following>, follower: Follower) -> Result<(), StoreError> {
    let (shared, following) = (Arc::downgrade(shared), Arc::clone(following));
    let listener = Listener::here();
    let work = move || {
        let work = Work {
            shared,
            following: Arc::clone(&following),
            asking: Vec::new(),
            gathering: Gathering::default(),
            is_settled: false,
            lost_in: None,
        };
        let work = AssertUnwindSafe(|| listener.hears(|| work.run(follower)));
        // A store of somebody else's may panic. What is known grows old then, and is refused.
        if catch_unwind(work).is_err() {
            listener.hears(|| Events::fell_behind(&gone()));
        }
        following.end();
    };
    let thread = Builder::new().name("hallpass-follower".to_owned()).spawn(work);
    thread.map(drop).map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))
}

/// What comes after what the follower has said.
#[derive(PartialEq, Eq)]
enum GoOn {
    AsSaid,
    /// Everything is read again.
    Again,
}

struct Work {
    shared: Weak<Shared>,
    following: Arc<Following>,
    /// Who asked before the look began that is under way.
    asking: Vec<Arc<Batch>>,
    gathering: Gathering,
    /// Whether the store lacked nothing of the list's when the look began that gave the first page.
    is_settled: bool,
    /// The epoch in which the store was last told to have lost something.
    lost_in: Option<[u8; 16]>,
}

impl Work {
    fn run(mut self, mut follower: Follower) {
        let mut next = follower.begin();
        while !self.following.is_over() {
            let event = self.act(next, &follower);
            let Some(shared) = self.shared.upgrade() else { return };
            let now = self.following.moment();
            let (actions, mut then) = follower.step(event, now);
            let (has_just_looked, monotonic, wall_ahead) =
                (follower.has_just_looked(now), now.monotonic, now.wall_ahead());
            let now = follower.dated(now);
            self.following.engine_ahead.store(now.engine.saturating_sub(monotonic), Ordering::Relaxed);
            // Behind that, which whoever is sure by this goes by.
            if has_just_looked {
                self.following.wall_ahead.store(wall_ahead, Ordering::Release);
            }
            for action in actions {
                if self.carry_out(&shared, action, now, follower.is_amid_pages()) == GoOn::Again {
                    then = follower.begin_again();
                }
            }
            match self.following.freshness.known(self.following.moment()) {
                Known::Fresh => {
                    self.following.spell.fetch_add(1, Ordering::SeqCst);
                }
                // Whoever holds a connection open is to look again: freshness may have run out, which they notice by
                // themselves, or be gone before its time.
                Known::Unknown => shared.watch.wake(Wake::All),
                Known::Stale => {}
            }
            next = then;
        }
    }

    /// The part that may block. Nobody's list is held meanwhile.
    fn act(&mut self, next: Next, follower: &Follower) -> Event {
        let store = &self.following.store;
        match next {
            Next::Look(since) => {
                if since == Cursor::start() {
                    // All is read again, and counted again.
                    self.following.malformed.store(0, Ordering::Relaxed);
                }
                if !follower.is_amid_pages() {
                    self.asking.extend(self.following.asked.lock().batch.take());
                    self.is_settled = self.shared.upgrade().is_some_and(|shared| shared.keeping.failing().is_none());
                }
                let began = self.following.moment();
                Event::Looked { began, look: store.look(&since, PAGE) }
            }
            Next::Read(since) => Event::Read(store.read(&since, PAGE)),
            Next::BeginEpoch(known) => Event::Begun(self.begin_epoch(&known, follower)),
            Next::Wait(longest) => {
                if !self.following.is_asked() {
                    store.wait(longest);
                }
                Event::Woken { asked: self.following.is_asked() }
            }
            Next::Pause(longest) => {
                self.following.pause(longest);
                Event::Woken { asked: self.following.is_asked() }
            }
        }
    }

    fn begin_epoch(&mut self, known: &Header, follower: &Follower) -> Result<(), StoreError> {
        // Once a loss, however often it is tried.
        if self.lost_in.replace(known.epoch()) != Some(known.epoch()) {
            Events::store_lost();
        }
        let now = follower.dated(self.following.moment()).engine;
        let Some(from) = self.shared.upgrade().map(|shared| vouches_from(known, &shared.set, now)) else {
            return Ok(());
        };
        self.following.store.begin_epoch(known, from_micros(now), from_micros(from))
    }

    fn carry_out(&mut self, shared: &Shared, action: Action, now: Dated, is_amid_pages: bool) -> GoOn {
        match self.gathering.apply(action, &shared.set, &self.following.freshness, now) {
            Left::Nothing => {}
            Left::Tell(records) => records.iter().filter_map(whom).for_each(|whom| shared.watch.wake(whom)),
            Left::TellAll { keep } => {
                // First: whoever is woken may drop the list.
                self.give_back(shared, keep);
                shared.watch.wake(Wake::All);
            }
            Left::Malformed(count) => {
                self.following.malformed.fetch_add(count, Ordering::Relaxed);
            }
            Left::StartOver => return GoOn::Again,
            Left::WriteAgain => shared.keeping.try_again(),
            Left::Answer(result) => {
                if result.is_ok() && self.is_settled && shared.keeping.failing().is_none() {
                    shared.set.known_by(now.expired);
                }
                // Amid pages nobody else is heard until they are read to their end, which may be long from now.
                let is_late_told = result.is_err() && is_amid_pages;
                let late = is_late_told.then(|| self.following.asked.lock().batch.take()).flatten();
                self.asking.drain(..).chain(late).for_each(|batch| batch.finish(result.clone()));
            }
        }
        GoOn::AsSaid
    }

    /// Has written again what the store has lost; not once the list is given up, for its store is closed then, or about to
    /// be.
    fn give_back(&self, shared: &Shared, lost: Vec<Record>) {
        // Held, so that the list is closed after this or was given up before.
        let asked = self.following.asked.lock();
        if !asked.is_over {
            lost.into_iter().for_each(|record| shared.keeping.keep_quietly(record));
            return;
        }
        drop(asked);
        // The new epoch refuses whoever the others are about.
        let is_of_key = |record: &&Record| matches!(record.fact, Fact::Key { .. } | Fact::KeyForgotten { .. });
        Events::revocations_lost(lost.iter().filter(is_of_key).count());
    }
}

impl Drop for Work {
    /// However the thread ends, nobody waits for it in vain.
    fn drop(&mut self) {
        self.asking.drain(..).for_each(|batch| batch.finish(Err(gone())));
    }
}

/// Whom a record concerns.
fn whom(record: &Record) -> Option<Wake> {
    match record.fact {
        Fact::Id { id, .. } => Some(Wake::Id(id)),
        Fact::Subject { subject, .. } => Some(Wake::Subject(subject)),
        Fact::Everyone { .. } | Fact::Key { .. } | Fact::KeyForgotten { .. } => Some(Wake::All),
        // They end nothing.
        Fact::FirstUse { .. } | Fact::Issued { .. } => None,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests;
