//! A list that is closed while the thread that follows is at something.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{scope, sleep};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use hallpass::store::{Cursor, Header, Look, Record, SharedStore, Store, StoreError};
use hallpass::testing::{MemoryEngine, MemoryStore};
use hallpass::time::TimeLimits;
use hallpass::{Denylist, Revocation, SessionId};
use tracing::Level;

use super::soon;
use crate::events::listener::{heard, written};
use crate::hand_on::hand_on;

/// Lets calls pass: all, or so many more.
#[derive(Debug)]
struct Gate {
    left: Mutex<u64>,
    opened: Condvar,
    came: AtomicU64,
}

impl Gate {
    fn open() -> Self {
        Self { left: Mutex::new(u64::MAX), opened: Condvar::new(), came: AtomicU64::new(0) }
    }

    fn let_pass(&self, calls: u64) {
        *self.left.lock().unwrap() = calls;
        self.opened.notify_all();
    }

    fn pass(&self) {
        self.came.fetch_add(1, Ordering::SeqCst);
        let mut left = self.opened.wait_while(self.left.lock().unwrap(), |left| *left == 0).unwrap();
        *left -= 1;
    }

    fn came(&self) -> u64 {
        self.came.load(Ordering::SeqCst)
    }
}

/// A store whose calls wait where a test has them wait.
#[derive(Debug)]
struct Gated {
    store: MemoryStore,
    appends: Gate,
    looks: Gate,
    wakes: AtomicU64,
}

impl Gated {
    fn new(engine: &MemoryEngine) -> Arc<Self> {
        let store = engine.open(Header::new(TimeLimits::default(), Utc::now()).unwrap()).unwrap();
        Arc::new(Self { store, appends: Gate::open(), looks: Gate::open(), wakes: AtomicU64::new(0) })
    }

    fn list(self: &Arc<Self>, bound: i64) -> Denylist {
        Denylist::builder().staleness_bound(TimeDelta::seconds(bound)).open_shared(Arc::clone(self)).unwrap()
    }

    /// Drops the list, which hangs while its last revocation is written, and does something meanwhile.
    fn while_closing<T>(&self, list: Denylist, act: impl FnOnce() -> T) -> T {
        let (appends, wakes) = (self.appends.came(), self.wakes.load(Ordering::SeqCst));
        self.appends.let_pass(0);
        let _unheard = list.revoke(SessionId::from_bytes([7; 16]));
        soon(|| self.appends.came() > appends);
        scope(|scope| {
            scope.spawn(|| drop(list));
            soon(|| self.wakes.load(Ordering::SeqCst) > wakes);
            let result = act();
            self.appends.let_pass(u64::MAX);
            result
        })
    }
}

impl Store for Gated {
    hand_on!(store: header read purge vouch_anew reopen is_shared);

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        self.appends.pass();
        self.store.append(records)
    }
}

impl SharedStore for Gated {
    hand_on!(store: wait begin_epoch);

    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        self.looks.pass();
        self.store.look(since, most)
    }

    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        self.store.wake();
    }
}

#[test]
fn a_list_that_is_being_closed_follows_its_engine_no_more() {
    let store = Gated::new(&MemoryEngine::new());
    let looks = store.while_closing(store.list(1), || {
        [200, 800].map(|millis| {
            sleep(Duration::from_millis(millis));
            store.looks.came()
        })
    });
    assert_eq!(looks[0], looks[1]);
}

/// The others of a fleet give it back too; of a fleet of one, nobody does.
#[test]
fn a_key_that_the_engine_has_lost_and_a_list_could_not_give_back_before_it_was_closed_is_told() {
    let engine = MemoryEngine::new();
    let ((), events) = heard(|| {
        let store = Gated::new(&engine);
        let list = store.list(60);
        let key = "k4.lid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        list.revoke(Revocation::Key(key)).wait().unwrap();
        // One finds the loss, one the new epoch, and the third reads what is left.
        let looks = store.looks.came();
        store.looks.let_pass(2);
        engine.lose(1);
        let catching_up = list.catch_up(Duration::from_secs(60));
        soon(|| store.looks.came() == looks + 3);
        let caught_up = store.while_closing(list, || {
            store.looks.let_pass(u64::MAX);
            catching_up.wait()
        });
        assert_eq!(caught_up, Ok(()));
    });
    let lost: Vec<_> = events.into_iter().filter(|event| event.name == "denylist_revocations_lost").collect();
    assert_eq!(lost, [written(Level::ERROR, "denylist_revocations_lost", &[("count", "1")])]);
}
