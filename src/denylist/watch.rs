//! Who waits for a session's end: woken when something that may end it is revoked.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::task::Waker;

use crate::denyset::SubjectKey;
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

    pub(super) fn wake(&self, whom: Wake) {
        let waiters = self.waiters.lock();
        let of = |numbers: Option<&BTreeSet<Number>>| -> Vec<Waker> {
            let waker = |number: &Number| waiters.all.get(number)?.waker.clone();
            numbers.into_iter().flatten().filter_map(waker).collect()
        };
        let wakers = match whom {
            Wake::Id(id) => of(waiters.by_id.get(&id)),
            Wake::Subject(subject) => of(waiters.by_subject.get(&subject)),
            Wake::All => waiters.all.values().filter_map(|waiter| waiter.waker.clone()).collect(),
        };
        drop(waiters);
        wakers.into_iter().for_each(Waker::wake);
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
