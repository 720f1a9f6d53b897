//! Listing ids: which shard, whether there is room, and when a shard is rebuilt.

use std::convert::Infallible;

use super::entry::{Id, SHARDS, shard_of};
use super::run::{Seed, Span};
use super::shard::Rebuilt;
use super::snapshot::{Published, Snapshot};
use super::tick::Ticks;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Apart, Mutex};

/// The set of ids, apart from the shards themselves, which are in the [`Published`] picture.
///
/// Whoever writes to a shard holds its lane; checks hold nothing. Lanes are taken one at a time, and
/// never inside the picture's lock.
pub(super) struct Ids {
    lanes: Box<[Apart<Mutex<()>>]>,
    ticks: Ticks,
    /// How many ids there are, and may be.
    count: Apart<AtomicUsize>,
    capacity: usize,
    /// The shard whose age is looked at next.
    next: Apart<AtomicUsize>,
    /// A secret, and a count of the filters made from it.
    secret: [u8; 16],
    filters: Apart<AtomicU64>,
}

/// The set is at its capacity, and everything in it still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) capacity: usize,
}

/// Whether an id was listed before it was listed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    Before,
    Now,
}

impl Ids {
    pub(super) fn new(ticks: Ticks, capacity: usize, secret: [u8; 16]) -> Self {
        Self {
            lanes: (0..SHARDS).map(|_| Apart::default()).collect(),
            ticks,
            count: Apart(AtomicUsize::new(0)),
            capacity,
            next: Apart(AtomicUsize::new(0)),
            secret,
            filters: Apart(AtomicU64::new(0)),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Lists an id as made at one moment, now or later than now. A check that begins after this returns
    /// finds it.
    pub(super) fn insert(&self, published: &Published, id: Id, made: i64, now: i64) -> Result<Listed, Full> {
        let inserted = self.try_insert(published, id, made, now).or_else(|_| {
            // Full: what has expired makes room, if anything has.
            self.purge(published, now);
            self.try_insert(published, id, made, now)
        });
        self.rebuild_one_overdue(published, now);
        inserted
    }

    /// Lists an id that another process has listed, as made at a moment that is no earlier than the retention allows,
    /// whether there is room or not.
    pub(super) fn join(&self, published: &Published, id: Id, made: i64, now: i64) -> Listed {
        let place = || {
            self.count.fetch_add(1, Ordering::Relaxed);
            Ok::<(), Infallible>(())
        };
        let Ok(listed) = self.insert_if(published, id, made, now, place);
        self.rebuild_one_overdue(published, now);
        listed
    }

    /// All ids that have not expired, each with the end of the tick in which it was made.
    pub(super) fn entries<'a>(&'a self, snapshot: &'a Snapshot, now: i64) -> impl Iterator<Item = (Id, i64)> {
        let now = self.ticks.at(now);
        let ids = (0..SHARDS).flat_map(move |number| snapshot.shard(number).ids());
        let counts = move |tick: i64| !self.ticks.is_expired(now.saturating_sub(tick));
        ids.filter(move |(_, tick)| counts(*tick)).map(|(id, tick)| (id, self.ticks.end_of(tick)))
    }

    fn try_insert(&self, published: &Published, id: Id, made: i64, now: i64) -> Result<Listed, Full> {
        self.insert_if(published, id, made, now, || self.take_place())
    }

    fn insert_if<E>(
        &self,
        published: &Published,
        id: Id,
        made: i64,
        now: i64,
        place: impl FnOnce() -> Result<(), E>,
    ) -> Result<Listed, E> {
        let number = shard_of(&id);
        let _lane = self.lane(number).lock();
        let tick = published.load().shard(number).listed_as(self.ticks.at(made));
        // Room first: a rebuild drops what has expired, and this id may be among it. As of now, which takes
        // away nothing that a clock that has stepped back might still ask for; as of when the id counts as
        // made only where stamps could not tell them apart.
        for moment in [now, made] {
            if !published.load().shard(number).has_room(tick) {
                self.rebuild(published, number, moment);
            }
        }
        let listed = match published.load().shard(number).made(&id) {
            Some(made) if made >= tick => return Ok(Listed::Before),
            Some(_) => Listed::Before,
            None => {
                place()?;
                Listed::Now
            }
        };
        published.load().shard(number).insert(id, tick);
        Ok(listed)
    }

    /// Lists ids that a store has kept, each as made at its moment, however many there are.
    pub(super) fn load(&self, published: &Published, kept: Vec<(Id, i64)>, now: i64) {
        let mut by_shard: [Vec<(Id, i64)>; SHARDS] = std::array::from_fn(|_| Vec::new());
        for (id, made) in kept {
            if let Some(shard) = by_shard.get_mut(shard_of(&id)) {
                shard.push((id, self.ticks.at(made)));
            }
        }
        for (number, more) in by_shard.into_iter().enumerate().filter(|(_, more)| !more.is_empty()) {
            let _lane = self.lane(number).lock();
            let loaded = published.load().shard(number).loaded(more, self.ticks, self.ticks.at(now), self.seed());
            // What has left has left by this, and what came is here.
            self.count.fetch_add(loaded.came, Ordering::Relaxed);
            self.count.fetch_sub(loaded.rebuilt.left, Ordering::Relaxed);
            Self::publish(published, number, loaded.rebuilt, now);
        }
    }

    /// Drops everything that has expired, a shard at a time.
    pub(super) fn purge(&self, published: &Published, now: i64) {
        for number in 0..SHARDS {
            self.rebuild_if(published, number, now, |age| self.ticks.is_expired(age));
        }
    }

    /// Each insertion looks at the age of one shard, so that what has expired leaves without a task in
    /// the background.
    fn rebuild_one_overdue(&self, published: &Published, now: i64) {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % SHARDS;
        self.rebuild_if(published, number, now, |age| self.ticks.is_overdue(age));
    }

    fn rebuild_if(&self, published: &Published, number: usize, now: i64, due: impl Fn(i64) -> bool) {
        let is_due = || due(published.load().shard(number).oldest_age(self.ticks.at(now)));
        // Once without the lane, which is nearly always enough, and again with it.
        if is_due() {
            let _lane = self.lane(number).lock();
            if is_due() {
                self.rebuild(published, number, now);
            }
        }
    }

    /// Lets every entry count as made at this moment at the latest: the clock that made it was wrong.
    pub(super) fn made_by(&self, published: &Published, now: i64) {
        for number in 0..SHARDS {
            let _lane = self.lane(number).lock();
            self.rebuild_made_by(published, number, now, self.ticks.at(now));
        }
    }

    /// Swaps in the shard as it is without what has expired. The caller holds its lane.
    fn rebuild(&self, published: &Published, number: usize, now: i64) {
        self.rebuild_made_by(published, number, now, i64::MAX);
    }

    fn rebuild_made_by(&self, published: &Published, number: usize, now: i64, latest_tick: i64) {
        let span = Span { now: self.ticks.at(now), latest_tick };
        let rebuilt = published.load().shard(number).rebuilt(self.ticks, span, self.seed());
        // Their places first, so that nobody finds the set full that is not.
        self.count.fetch_sub(rebuilt.left, Ordering::Relaxed);
        Self::publish(published, number, rebuilt, now);
    }

    /// What no filter has had.
    fn seed(&self) -> Seed {
        Seed { secret: self.secret, count: self.filters.fetch_add(1, Ordering::Relaxed) }
    }

    fn publish(published: &Published, number: usize, rebuilt: Rebuilt, now: i64) {
        published.change(|snapshot| {
            snapshot.replace_shard(number, rebuilt.shard);
            if rebuilt.left > 0 {
                snapshot.purged = snapshot.purged.max(now);
            }
        });
    }

    fn take_place(&self) -> Result<(), Full> {
        self.count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < self.capacity).then(|| count.saturating_add(1))
            })
            .map(|_| ())
            .map_err(|_| Full { capacity: self.capacity })
    }

    #[expect(clippy::indexing_slicing, reason = "a shard's number is below the number of lanes")]
    fn lane(&self, number: usize) -> &Mutex<()> {
        &self.lanes[number]
    }
}
