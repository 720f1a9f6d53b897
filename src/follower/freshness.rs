//! How fresh a process is, and whether that is fresh enough.
//!
//! It is as fresh as the *start* of its last round trip in which the engine, able to accept a revocation, had nothing
//! unread left. Two clocks tell how long ago that was: one that is never set, and the wall's, which goes on while a
//! machine sleeps. They must agree: else the wall's was set, and the times of tokens can't be told by it.

use chrono::TimeDelta;

use crate::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use crate::time::{FINEST, engine_tolerance, micros};

/// A moment by two clocks, in microseconds: one that is never set, and the wall's (since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) monotonic: i64,
    pub(crate) wall: i64,
}

impl Moment {
    pub(crate) fn wall_ahead(self) -> i64 {
        self.wall.saturating_sub(self.monotonic)
    }

    /// Whether the two have gone on as far since the wall's was so much ahead.
    pub(crate) fn has_gone_on_as(self, wall_ahead: i64) -> bool {
        self.wall_ahead().abs_diff(wall_ahead) <= micros(FINEST).unsigned_abs()
    }
}

/// Whether what is not listed here is not revoked anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// As of the staleness bound ago.
    Fresh,
    /// No more, but to be accepted for a while all the same.
    Stale,
    /// That can't be known.
    Unknown,
}

/// Durations and differences are microseconds.
#[derive(Debug)]
pub(crate) struct Freshness {
    bound: i64,
    /// For so long beyond the bound what is stale is accepted.
    accepted: i64,
    /// How far this clock may differ from the engine's.
    tolerance: i64,
    is_known: AtomicBool,
    /// When that was, by the clock that is never set, and by how much the wall's was ahead of it then.
    since: AtomicI64,
    wall_ahead: AtomicI64,
    engine_ahead: AtomicI64,
}

impl Freshness {
    /// For processes whose clocks may differ by the leeway: each by half of it from the engine's.
    pub(crate) fn new(bound: i64, accepted: i64, leeway: i64) -> Self {
        Self {
            bound,
            accepted,
            tolerance: micros(engine_tolerance(TimeDelta::microseconds(leeway))),
            is_known: AtomicBool::new(false),
            since: AtomicI64::new(i64::MIN),
            wall_ahead: AtomicI64::new(0),
            engine_ahead: AtomicI64::new(0),
        }
    }

    /// Everything that was acknowledged before this moment is in the set.
    pub(crate) fn fresh(&self, since: Moment, engine_ahead: i64) {
        // Whoever looks meanwhile finds it less fresh than it is, at the worst, or the clocks apart.
        self.wall_ahead.store(since.wall_ahead(), Ordering::SeqCst);
        self.since.store(since.monotonic, Ordering::SeqCst);
        self.engine_ahead.store(engine_ahead, Ordering::SeqCst);
        self.is_known.store(true, Ordering::SeqCst);
    }

    /// Nothing is known any more, until it is fresh again.
    pub(crate) fn forget(&self) {
        self.is_known.store(false, Ordering::SeqCst);
    }

    /// To be asked *before* the set is looked at: the set may grow fresher meanwhile, and never less fresh.
    pub(crate) fn known(&self, now: Moment) -> Known {
        if !self.is_known.load(Ordering::SeqCst) {
            return Known::Unknown;
        }
        if self.is_clock_wrong(now) {
            return Known::Unknown;
        }
        match self.age_at(now) {
            age if age <= self.bound => Known::Fresh,
            age if age <= self.bound.saturating_add(self.accepted) => Known::Stale,
            _ => Known::Unknown,
        }
    }

    /// In how many microseconds what is known now, if anything is, will be too old even to be accepted; 1 at least.
    pub(crate) fn known_for(&self, now: Moment) -> i64 {
        let oldest = self.bound.saturating_add(self.accepted);
        oldest.saturating_sub(self.age_at(now)).saturating_add(1).max(1)
    }

    /// How old what is known is, once anything is.
    pub(crate) fn age(&self, now: Moment) -> Option<i64> {
        self.is_known.load(Ordering::SeqCst).then(|| self.age_at(now).max(0))
    }

    /// Whether this process's clock is known to be wrong, or may be: it was set since the last look, or the machine was
    /// asleep.
    pub(crate) fn is_clock_wrong(&self, now: Moment) -> bool {
        self.differs() || self.was_set_by(now).unsigned_abs() > self.tolerance.unsigned_abs()
    }

    /// By how much this process's clock is behind the engine's, if that is more than clocks may differ by.
    pub(crate) fn behind_engine(&self) -> Option<i64> {
        self.differs().then(|| self.engine_ahead.load(Ordering::SeqCst))
    }

    /// The moment, in microseconds, by the engine's clock if this process's is wrong.
    ///
    /// A clock that was set back since is known to be wrong at once. One that was set ahead is not: it may be the machine
    /// that was asleep, until the next look tells.
    pub(crate) fn corrected(&self, now: Moment) -> i64 {
        if self.since.load(Ordering::SeqCst) == i64::MIN {
            return now.wall;
        }
        let is_wrong = |behind: i64| behind.unsigned_abs() > self.tolerance.unsigned_abs();
        let (set, behind) = (self.was_set_by(now), self.engine_ahead.load(Ordering::SeqCst));
        match behind.saturating_sub(set) {
            carried_on if !is_wrong(carried_on) => now.wall,
            carried_on if set < 0 => now.wall.saturating_add(carried_on),
            // It was set ahead by about as much as it was behind: it was put right, or nearly so.
            carried_on if carried_on.unsigned_abs() < behind.unsigned_abs().div_euclid(2) => {
                now.wall.saturating_add(carried_on)
            }
            _ if is_wrong(behind) => now.wall.saturating_add(behind),
            _ => now.wall,
        }
    }

    /// By how much the wall's clock was set ahead since, or back if negative.
    fn was_set_by(&self, now: Moment) -> i64 {
        now.wall_ahead().saturating_sub(self.wall_ahead.load(Ordering::SeqCst))
    }

    /// By whichever clock says more.
    fn age_at(&self, now: Moment) -> i64 {
        let age = now.monotonic.saturating_sub(self.since.load(Ordering::SeqCst));
        age.saturating_add(self.was_set_by(now).max(0))
    }

    fn differs(&self) -> bool {
        self.engine_ahead.load(Ordering::SeqCst).unsigned_abs() > self.tolerance.unsigned_abs()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const EPOCH: i64 = 1_800_000_000 * SECOND;

    fn at(monotonic: i64, set_by: i64) -> Moment {
        Moment { monotonic, wall: EPOCH + monotonic + set_by }
    }

    /// 5 s are fresh, 2 s beyond are accepted, and clocks may differ by 10 s from the engine's; known as of 0.
    fn known() -> Freshness {
        let freshness = Freshness::new(5 * SECOND, 2 * SECOND, 20 * SECOND);
        freshness.fresh(at(0, 0), 0);
        freshness
    }

    #[test]
    fn it_is_fresh_up_to_the_bound_and_stale_for_so_long_beyond_to_the_microsecond() {
        let freshness = known();
        for (age, expected) in [
            (0, Known::Fresh),
            (5 * SECOND, Known::Fresh),
            (5 * SECOND + 1, Known::Stale),
            (7 * SECOND, Known::Stale),
            (7 * SECOND + 1, Known::Unknown),
        ] {
            assert_eq!(freshness.known(at(age, 0)), expected, "{age}");
            // And not a microsecond sooner or later.
            let left = freshness.known_for(at(age, 0));
            assert_eq!(freshness.known(at(age + left, 0)), Known::Unknown, "{age}");
            assert!(left == 1 || freshness.known(at(age + left - 1, 0)) == Known::Stale, "{age}");
        }
        let strict = Freshness::new(5 * SECOND, 0, 20 * SECOND);
        strict.fresh(at(0, 0), 0);
        assert_eq!([5 * SECOND, 5 * SECOND + 1].map(|age| strict.known(at(age, 0))), [Known::Fresh, Known::Unknown]);
    }

    #[test]
    fn nothing_is_known_before_the_first_look_and_once_it_is_forgotten() {
        let freshness = Freshness::new(5 * SECOND, 0, 0);
        assert_eq!((freshness.known(at(0, 0)), freshness.age(at(0, 0))), (Known::Unknown, None));
        freshness.fresh(at(0, 0), 0);
        assert_eq!((freshness.known(at(1, 0)), freshness.age(at(1, 0))), (Known::Fresh, Some(1)));
        freshness.forget();
        assert_eq!((freshness.known(at(1, 0)), freshness.age(at(1, 0))), (Known::Unknown, None));
    }

    #[test]
    fn time_in_which_the_machine_slept_counts() {
        // The clock that is never set stood still, the wall's went on.
        let freshness = known();
        assert_eq!(freshness.known(at(SECOND, 4 * SECOND)), Known::Fresh);
        assert_eq!(freshness.known(at(SECOND, 4 * SECOND + 1)), Known::Stale);
        assert_eq!(freshness.known(at(SECOND, 6 * SECOND + 1)), Known::Unknown);
        assert_eq!(freshness.known(at(SECOND, 3_600 * SECOND)), Known::Unknown);
        // Whether it slept or was set ahead, nobody can tell: what is done now is dated by it.
        assert_eq!(freshness.corrected(at(SECOND, 3_600 * SECOND)), EPOCH + 3_601 * SECOND);
    }

    #[test]
    fn a_wall_clock_that_was_set_makes_nothing_younger_and_by_more_than_the_leeway_everything_unknown() {
        let freshness = known();
        assert_eq!(freshness.known(at(5 * SECOND + 1, -10 * SECOND)), Known::Stale);
        assert_eq!(freshness.known(at(1, -10 * SECOND)), Known::Fresh);
        assert_eq!(freshness.known(at(1, -10 * SECOND - 1)), Known::Unknown);
        // It was set back, and is gone by no more.
        assert_eq!(freshness.corrected(at(1, -10 * SECOND - 1)), EPOCH + 1);
        assert_eq!(freshness.corrected(at(1, -10 * SECOND)), EPOCH + 1 - 10 * SECOND);
    }

    #[test]
    fn a_clock_that_differs_from_the_engines_is_not_gone_by_until_it_is_put_right() {
        for ahead in [-3_600 * SECOND, -10 * SECOND - 1, 10 * SECOND + 1, 3_600 * SECOND] {
            let freshness = Freshness::new(5 * SECOND, 0, 20 * SECOND);
            freshness.fresh(at(0, 0), ahead);
            assert_eq!((freshness.known(at(0, 0)), freshness.behind_engine()), (Known::Unknown, Some(ahead)));
            assert_eq!(freshness.corrected(at(0, 0)), EPOCH + ahead);
            assert_eq!(freshness.corrected(at(0, ahead)), EPOCH + ahead);
        }
        let freshness = Freshness::new(5 * SECOND, 0, 20 * SECOND);
        for ahead in [-10 * SECOND, 10 * SECOND] {
            freshness.fresh(at(0, 0), ahead);
            assert_eq!((freshness.known(at(0, 0)), freshness.corrected(at(0, 0))), (Known::Fresh, EPOCH));
        }
    }

    #[test]
    fn a_clock_that_was_put_right_is_not_put_right_once_more() {
        let freshness = Freshness::new(5 * SECOND, 0, 20 * SECOND);
        freshness.fresh(at(0, 0), 3_600 * SECOND);
        for left in [0, 10 * SECOND, 10 * SECOND + 1, -10 * SECOND - 1, 60 * SECOND] {
            let corrected = freshness.corrected(at(0, 3_600 * SECOND - left));
            let engine = EPOCH + 3_600 * SECOND;
            assert!((corrected - engine).abs() <= 10 * SECOND, "{left} {}", corrected - engine);
        }
        // Nor does a machine that was asleep by so much longer, or by half, put it right.
        for asleep in [1_800, 9_000] {
            assert_eq!(freshness.corrected(at(0, asleep * SECOND)), EPOCH + (asleep + 3_600) * SECOND);
        }
    }

    #[test]
    fn a_clock_that_was_near_the_engines_and_went_ahead_is_gone_by_as_it_stands() {
        let freshness = Freshness::new(5 * SECOND, 0, 20 * SECOND);
        freshness.fresh(at(0, 0), 10 * SECOND);
        assert_eq!(freshness.corrected(at(0, 60 * SECOND)), EPOCH + 60 * SECOND);
    }

    #[test]
    fn clocks_are_compared_no_finer_than_a_second_without_a_leeway() {
        let freshness = Freshness::new(5 * SECOND, 0, 0);
        for ahead in [-SECOND, SECOND] {
            freshness.fresh(at(0, 0), ahead);
            assert_eq!(freshness.known(at(0, 0)), Known::Fresh);
            freshness.fresh(at(0, 0), ahead + ahead.signum());
            assert_eq!(freshness.known(at(0, 0)), Known::Unknown);
        }
    }
}
