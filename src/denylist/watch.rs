//! Who waits for a session's end: woken when something that may end it is revoked.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::task::Waker;

use super::batch::wake_all;
use crate::record::SubjectKey;
use crate::sync::Mutex;

type Number = u64;

/// What a waiter waits for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watched {
    /// `sid` and `jti`: one set of ids for both, as in the list.
    pub(super) ids: [[u8; 16]; 2],
    pub(super) subject: SubjectKey,
}

/// Which waiters to wake.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wake {
    Id([u8; 16]),
    Subject(SubjectKey),
    All,
}

struct Waiter {
    watched: Watched,
    waker: Option<Waker>,
}

#[derive(Default)]
struct Waiters {
    next: Number,
    all: HashMap<Number, Waiter>,
    by_id: HashMap<[u8; 16], BTreeSet<Number>>,
    by_subject: HashMap<SubjectKey, BTreeSet<Number>>,
}

/// Waiters, by what they wait for. Waking one too many does no harm: it looks again and goes on waiting.
#[derive(Default)]
pub(super) struct Watch {
    waiters: Mutex<Waiters>,
}

impl Watch {
    pub(super) fn enter(&self, watched: Watched) -> Number {
        let mut waiters = self.waiters.lock();
        let number = waiters.next;
        waiters.next = number.wrapping_add(1);
        for id in watched.ids {
            waiters.by_id.entry(id).or_default().insert(number);
        }
        waiters.by_subject.entry(watched.subject).or_default().insert(number);
        waiters.all.insert(number, Waiter { watched, waker: None });
        number
    }

    pub(super) fn leave(&self, number: Number) {
        let mut waiters = self.waiters.lock();
        let left = waiters.all.remove(&number);
        if let Some(Waiter { watched, .. }) = &left {
            for id in &watched.ids {
                forget(&mut waiters.by_id, id, number);
            }
            forget(&mut waiters.by_subject, &watched.subject, number);
        }
        drop(waiters);
        // A waker may do anything when it is dropped, so not under the lock.
        drop(left);
    }

    /// Wakes this one from now on.
    pub(super) fn listen(&self, number: Number, waker: &Waker) {
        let new = waker.clone();
        let mut waiters = self.waiters.lock();
        let old = waiters.all.get_mut(&number).and_then(|waiter| waiter.waker.replace(new));
        drop(waiters);
        drop(old);
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.lock().all.len()
    }

    /// Each waker is taken, for a waiter that goes on waiting listens again.
    pub(super) fn wake(&self, whom: Wake) {
        let mut waiters = self.waiters.lock();
        let Waiters { all, by_id, by_subject, .. } = &mut *waiters;
        let mut take = |numbers: Option<&BTreeSet<Number>>| -> Vec<Waker> {
            let taken = |number: &Number| all.get_mut(number)?.waker.take();
            numbers.into_iter().flatten().filter_map(taken).collect()
        };
        let wakers = match whom {
            Wake::Id(id) => take(by_id.get(&id)),
            Wake::Subject(subject) => take(by_subject.get(&subject)),
            Wake::All => all.values_mut().filter_map(|waiter| waiter.waker.take()).collect(),
        };
        drop(waiters);
        wake_all(wakers);
    }
}

fn forget<K: Hash + Eq>(index: &mut HashMap<K, BTreeSet<Number>>, key: &K, number: Number) {
    if let Some(numbers) = index.get_mut(key) {
        numbers.remove(&number);
        if numbers.is_empty() {
            index.remove(key);
        }
    }
}

/// Every order of steps, or many: `tests/shuttle/main.rs` says how this is run.
#[cfg(test)]
#[cfg(shuttle)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod interleavings {
    use std::sync::Arc;
    use std::task::Wake as Rings;

    use chrono::TimeDelta;
    use shuttle::thread;

    use super::*;
    use crate::denyset::{Capacity, DenySet, Secrets};
    use crate::sync::atomic::{AtomicBool, Ordering};
    use crate::time::TimeLimits;

    /// Not one of the modelled atomics: looking at it is no step.
    #[derive(Default)]
    struct Bell(std::sync::atomic::AtomicBool);

    impl Rings for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    fn watched() -> Watched {
        let capacity = Capacity { ids: 0, subjects: 0, sessions: 0 };
        let secrets = Secrets { filters: [0; 16], subjects: [0; 16] };
        let set = DenySet::new(TimeLimits::default(), TimeDelta::zero(), capacity, secrets, 0, 0);
        Watched { ids: [[1; 16], [2; 16]], subject: set.subject_key("https://app.example", "alice") }
    }

    /// "First listen, then look" against "first list, then wake", with others who come and go meanwhile.
    fn nobody_sleeps_on(whom: fn(Watched) -> Wake) {
        let (watch, listed, watched) = (Watch::default(), AtomicBool::new(false), watched());
        let (stays, goes) = (watch.enter(watched), watch.enter(watched));
        let wait = |number| {
            let bell = Arc::new(Bell::default());
            watch.listen(number, &Arc::clone(&bell).into());
            (!listed.load(Ordering::SeqCst)).then_some(bell)
        };
        let waiting = thread::scope(|scope| {
            let early = scope.spawn(|| wait(stays));
            let late = [(); 2].map(|()| scope.spawn(|| wait(watch.enter(watched))));
            scope.spawn(|| watch.leave(goes));
            scope.spawn(|| {
                listed.store(true, Ordering::SeqCst);
                watch.wake(whom(watched));
            });
            late.into_iter().chain([early]).map(|waiting| waiting.join().unwrap()).collect::<Vec<_>>()
        });
        // All have ended, the waking one too.
        assert!(waiting.iter().flatten().all(|bell| bell.0.load(Ordering::SeqCst)));
        assert_eq!(watch.waiters.lock().all.len(), 3);
    }

    #[test]
    fn a_waiter_has_seen_it_or_is_woken() {
        let whoms: [fn(Watched) -> Wake; 4] = [
            |watched| Wake::Id(watched.ids[0]),
            |watched| Wake::Id(watched.ids[1]),
            |watched| Wake::Subject(watched.subject),
            |_| Wake::All,
        ];
        for whom in whoms {
            shuttle::check_random(move || nobody_sleeps_on(whom), 1000);
            shuttle::check_pct(move || nobody_sleeps_on(whom), 1000, 3);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::denyset::{Capacity, DenySet, Secrets};
    use crate::time::TimeLimits;

    #[test]
    fn whoever_has_left_takes_no_room() {
        let capacity = Capacity { ids: 0, subjects: 0, sessions: 0 };
        let secrets = Secrets { filters: [0; 16], subjects: [0; 16] };
        let set = DenySet::new(TimeLimits::default(), TimeDelta::zero(), capacity, secrets, 0, 0);
        let watched = |id: u8| Watched { ids: [[id; 16], [id + 1; 16]], subject: set.subject_key("i", "s") };
        let watch = Watch::default();
        let room = || {
            let waiters = watch.waiters.lock();
            [waiters.all.len(), waiters.by_id.len(), waiters.by_subject.len()]
        };
        let numbers = [1, 1, 3].map(|id| watch.enter(watched(id)));
        assert_eq!(room(), [3, 4, 1]);
        let left = numbers.map(|number| {
            watch.leave(number);
            room()
        });
        assert_eq!(left, [[2, 4, 1], [1, 2, 1], [0, 0, 0]]);
    }
}
