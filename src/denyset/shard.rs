//! One of 64 parts of the set of ids: a frozen run, and a small delta that only grows.

use super::delta::Delta;
use super::entry::{Entry, Id};
use super::fill::Fill;
use super::marks::Marks;
use super::run::{Run, Seed, Span, merge};
use super::tick::{Stamp, Ticks};
use crate::sync::atomic::{AtomicI64, Ordering};
use crate::sync::{Apart, RwLock};

/// A delta holds at least this many ids, and else a 16th of the run: larger ones cost memory, smaller
/// ones more rebuilding.
const SMALLEST_DELTA: usize = 64;
const RUN_PER_DELTA: usize = 16;

/// What each check reads stands apart from what is written when an id is listed, and, aligned as that makes it, from the
/// reference count, which a swap writes.
pub(super) struct Shard {
    run: Run,
    marks: Marks,
    delta: Apart<RwLock<Delta>>,
    room: usize,
    /// The ticks of the oldest entry and the newest: at most 255 apart, so that stamps tell all others.
    /// The largest number and the smallest when there is none.
    oldest: Apart<AtomicI64>,
    newest: Apart<AtomicI64>,
}

impl Default for Shard {
    fn default() -> Self {
        Self::frozen(Run::default(), i64::MAX, i64::MIN)
    }
}

/// What a rebuild made, and how many ids it left out.
pub(super) struct Rebuilt {
    pub(super) shard: Shard,
    pub(super) left: usize,
}

/// A shard with more ids, and how many came.
pub(super) struct Loaded {
    pub(super) rebuilt: Rebuilt,
    pub(super) came: usize,
}

impl Shard {
    fn frozen(run: Run, oldest: i64, newest: i64) -> Self {
        let room = run.entries().len().div_euclid(RUN_PER_DELTA).max(SMALLEST_DELTA);
        Self {
            run,
            // Marks for none soon say yes to all: built so by the benchmark alone that shows what filters buy (benches/run).
            marks: Marks::for_members(if cfg!(hallpass_unfiltered) { 0 } else { room }),
            delta: Apart(RwLock::new(Delta::for_entries(room))),
            room,
            oldest: Apart(AtomicI64::new(oldest)),
            newest: Apart(AtomicI64::new(newest)),
        }
    }

    /// Whether the id may be listed; `false` is certain, and takes no lock.
    ///
    /// Both filters are asked whatever the first says, here and by the caller: a branch between them
    /// would make the processor wait for memory twice.
    #[inline]
    pub(super) fn may_list(&self, id: &Id) -> bool {
        self.marks.may_hold(marked(id)) | self.run.may_hold(id)
    }

    /// When the id was last listed, if it is: exact. Looks only where a filter hits, since what it looks at is cold.
    fn find(&self, id: &Id) -> Option<Stamp> {
        let in_delta = if self.marks.may_hold(marked(id)) { self.delta.read().find(id) } else { None };
        in_delta.or_else(|| if self.run.may_hold(id) { self.run.find(id) } else { None })
    }

    /// Whether the id is listed: exact.
    pub(super) fn lists(&self, id: &Id) -> bool {
        self.find(id).is_some()
    }

    /// The tick in which the id was last listed, if it is: exact. The caller holds the shard's lane.
    pub(super) fn made(&self, id: &Id) -> Option<i64> {
        self.find(id).map(|made| Ticks::since(self.oldest.load(Ordering::Relaxed), made))
    }

    /// The tick under which an entry made in this one is listed: the same, unless a clock that was far
    /// ahead has left entries behind which its stamp would be mistaken. It then stays longer, as they do.
    pub(super) fn listed_as(&self, tick: i64) -> i64 {
        Ticks::earliest_beside(self.newest.load(Ordering::Relaxed)).max(tick)
    }

    /// Whether an entry of this tick can be inserted without a rebuild first.
    pub(super) fn has_room(&self, tick: i64) -> bool {
        self.delta.read().len() < self.room && Ticks::fits_beside(self.oldest.load(Ordering::Relaxed), tick)
    }

    /// Lists the id as made in this tick. A check that begins after this returns finds it.
    ///
    /// The caller holds the shard's lane, has found room, and knows that the tick is later than any
    /// that the id has here.
    pub(super) fn insert(&self, id: Id, tick: i64) {
        {
            // Whoever reads the entries reads their stamps by the oldest.
            let mut delta = self.delta.write();
            self.oldest.fetch_min(tick, Ordering::Relaxed);
            self.newest.fetch_max(tick, Ordering::Relaxed);
            delta.insert(Entry { id, made: Ticks::stamp(tick) });
        }
        self.marks.set(marked(&id));
    }

    /// All ids, and the tick in which each was listed.
    pub(super) fn ids(&self) -> Vec<(Id, i64)> {
        let delta = self.delta.read();
        let oldest = self.oldest.load(Ordering::Relaxed);
        let all = self.run.entries().iter().chain(delta.iter());
        all.map(|entry| (entry.id, Ticks::since(oldest, entry.made))).collect()
    }

    /// How full the filters are.
    pub(super) fn fill(&self) -> Fill {
        self.run.fill().beside(self.marks.fill())
    }

    /// The age in ticks of the oldest entry, or 0 when there is none.
    pub(super) fn oldest_age(&self, now: i64) -> i64 {
        now.saturating_sub(self.oldest.load(Ordering::Relaxed)).max(0)
    }

    /// The shard without its expired entries, its delta merged into the run, with a fresh filter:
    /// expiry, growth and the new filter are one step. The caller holds the shard's lane.
    pub(super) fn rebuilt(&self, ticks: Ticks, span: Span, seed: Seed) -> Rebuilt {
        let merged = merge(self.run.entries(), &self.delta.read(), self.oldest.load(Ordering::Relaxed), ticks, span);
        let run = Run::new(merged.kept.into_boxed_slice(), seed);
        Rebuilt { shard: Self::frozen(run, merged.oldest, merged.newest), left: merged.left }
    }

    /// The shard rebuilt with these ids and their ticks besides, but for what has expired. The caller holds
    /// the shard's lane.
    pub(super) fn loaded(&self, more: Vec<(Id, i64)>, ticks: Ticks, now: i64, seed: Seed) -> Loaded {
        let span = Span { now, latest_tick: i64::MAX };
        let merged = merge(self.run.entries(), &self.delta.read(), self.oldest.load(Ordering::Relaxed), ticks, span);
        let before = merged.kept.len();
        let mut all: Vec<(Id, i64)> =
            merged.kept.iter().map(|entry| (entry.id, Ticks::since(merged.oldest, entry.made))).collect();
        all.extend(more.into_iter().filter(|(_, tick)| !ticks.is_expired(now.saturating_sub(*tick))));
        // The latest tick of an id comes first, and stays.
        all.sort_by(|(id, tick), (other, others)| id.cmp(other).then(others.cmp(tick)));
        all.dedup_by_key(|(id, _)| *id);
        let newest = all.iter().map(|(_, tick)| *tick).max().unwrap_or(i64::MIN);
        // Whatever can't stand beside the newest one counts as later than it is, and stays longer.
        let earliest = Ticks::earliest_beside(newest);
        let oldest = all.iter().map(|(_, tick)| *tick).min().map_or(i64::MAX, |oldest| oldest.max(earliest));
        let entries = all.iter().map(|(id, tick)| Entry { id: *id, made: Ticks::stamp((*tick).max(earliest)) });
        let run = Run::new(entries.collect(), seed);
        let rebuilt = Rebuilt { shard: Self::frozen(run, oldest, newest), left: merged.left };
        Loaded { rebuilt, came: all.len().saturating_sub(before) }
    }
}

/// The 64 bits of an id by which the delta's marks know it; others than the run's filter takes.
#[inline]
fn marked(id: &Id) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *id;
    // The first bits are the same all over a shard: they come last, where marks look last.
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher as _;

    use siphasher::sip128::{Hasher128 as _, SipHasher13};

    use super::*;

    #[test]
    fn loading_is_a_join_whatever_is_there_already() {
        let ticks = Ticks::new(1_200_000_000);
        let id = |n: u8| [n; 16];
        let seed = |count| Seed { secret: [7; 16], count };
        let loaded = Shard::default().loaded(vec![(id(3), 100), (id(1), 90), (id(3), 110)], ticks, 120, seed(0));
        assert_eq!((loaded.came, loaded.rebuilt.left), (2, 0));
        let shard = loaded.rebuilt.shard;
        assert_eq!((shard.made(&id(1)), shard.made(&id(3)), shard.made(&id(2))), (Some(90), Some(110), None));
        shard.insert(id(2), 120);
        // One that is there, one that is new, one that has expired, and one that is so far ahead that no stamp
        // reaches back to the others.
        let more = vec![(id(2), 119), (id(4), 119), (id(5), 20), (id(6), 600)];
        let loaded = shard.loaded(more, ticks, 121, seed(1));
        assert_eq!((loaded.came, loaded.rebuilt.left), (2, 0));
        let shard = loaded.rebuilt.shard;
        assert_eq!(shard.made(&id(6)), Some(600));
        for n in [1, 2, 3, 4] {
            assert!(shard.may_list(&id(n)) && shard.made(&id(n)) == Some(345), "{n}");
        }
        assert_eq!(shard.made(&id(5)), None);
    }

    /// All of one shard, as they come.
    fn id(n: u64) -> Id {
        let mut hasher = SipHasher13::new();
        hasher.write_u64(n);
        let mut id = hasher.finish128().as_bytes();
        id[0] = 0xa5;
        id
    }

    /// Else each check looks into cold memory, and takes a lock.
    #[test]
    fn of_ids_that_are_not_listed_few_look_as_if_they_were() {
        assert!(!Shard::default().may_list(&id(0)));
        let listed = (0..5_000).map(|n| (id(n), 100)).collect();
        let seed = Seed { secret: [7; 16], count: 0 };
        let shard = Shard::default().loaded(listed, Ticks::new(1_200_000_000), 120, seed).rebuilt.shard;
        (5_000..5_050).for_each(|n| shard.insert(id(n), 120));
        assert!((0..5_050).all(|n| shard.may_list(&id(n))));
        let hits = (1_000_000..1_010_000).filter(|&n| shard.may_list(&id(n))).count();
        assert!(hits < 150, "{hits} of 10000");
        // And as many as it says of itself.
        let said = shard.fill().false_positives() * 10_000.0;
        assert!((said - f64::from(u32::try_from(hits).unwrap())).abs() < 50.0, "{hits} of 10000, {said} said");
    }

    #[test]
    fn the_marks_of_a_full_delta_hit_few_ids_of_the_shard_that_are_not_in_it() {
        for room in [64, 244, 2441] {
            let marks = Marks::for_members(room);
            (0..room as u64).for_each(|n| marks.set(marked(&id(n))));
            let hits = (1_000_000..1_010_000).filter(|&n| marks.may_hold(marked(&id(n)))).count();
            assert!(hits < 80, "{room}: {hits} of 10000");
        }
    }
}
