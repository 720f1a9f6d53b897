//! Opening a list that several processes share.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::following::{self, Following};
use super::keeping::Keeping;
use super::saver::{Clocks, Saver, SharedClock};
use super::{Denylist, DenylistBuilder, DenylistError, gone};
use crate::events::Listener;
use crate::follower::{Follower, Freshness};
#[cfg(feature = "postgres")]
use crate::store::PostgresStore;
#[cfg(feature = "redis")]
use crate::store::RedisStore;
use crate::store::{SharedStore, StoreError, StoreErrorKind};
use crate::sync::thread::Builder;
use crate::time::{MAX_STALENESS, MIN_STALENESS, TimeLimitsError, micros, now};

/// So often within the staleness bound the engine is looked at.
const LOOKS: i64 = 5;
/// Reading a snapshot takes no longer than this, however large it is.
const LONGEST_OPENING: Duration = Duration::from_secs(3600);

#[cfg(any(feature = "postgres", feature = "redis"))]
impl Denylist {
    /// The list on the engine at this URL, which many processes share; it is made if it is not there. The URL is
    /// `postgres://user:password@host/database` (feature `postgres`), or `redis://…` or `rediss://…` (feature `redis`).
    /// `PostgresStore` and `RedisStore` in [`store`](crate::store) say what else it may hold, and what the engine must
    /// be like.
    ///
    /// Blocks until all of it is in memory. Then what is revoked on one process holds on each within 5 seconds, and as a
    /// rule within milliseconds; a process that can't be sure of that accepts nothing.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let denylist = hallpass::Denylist::connect("postgres://hallpass@db.example/sessions")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`DenylistBuilder::open_shared`], and [`DenylistError::Store`] when the engine can't be reached, or may lose what it
    /// acknowledges. No error shows the user or the password.
    pub fn connect(url: &str) -> Result<Self, DenylistError> {
        Self::builder().connect(url)
    }
}

impl DenylistBuilder {
    /// The list on the engine at this URL, like [`Denylist::connect`].
    ///
    /// # Errors
    /// As [`Denylist::connect`], and when a limit is out of its range.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub fn connect(self, url: &str) -> Result<Denylist, DenylistError> {
        let (new, limit) = (self.header(now())?, self.longest_look()?);
        match url.split_once("://") {
            #[cfg(feature = "redis")]
            Some(("redis" | "rediss", _)) => {
                let store = RedisStore::builder().look_within(limit).open(url, new)?;
                self.open_shared(store)
            }
            #[cfg(not(feature = "redis"))]
            Some(("redis" | "rediss", _)) => Err(unknown_engine("Redis needs the feature redis")),
            #[cfg(feature = "postgres")]
            _ => {
                let store = PostgresStore::builder().look_within(limit).open(url, new)?;
                self.open_shared(store)
            }
            #[cfg(not(feature = "postgres"))]
            _ => Err(unknown_engine("not a URL of a Redis server; PostgreSQL needs the feature postgres")),
        }
    }

    /// The list that this store keeps for several processes, each with this list in its memory. The longest lifetime is
    /// that of the store's header, whatever was set here.
    ///
    /// Blocks until all that the store holds is in memory. Then two threads keep the list up with it: what others revoke
    /// is in force here within the [staleness bound](Self::staleness_bound), and as a rule within milliseconds; or whether
    /// anything is revoked can't be known, and nothing is accepted. The store's calls have limits of its own, which should
    /// let a look take half the bound at the most; `connect` sees to that.
    ///
    /// # Errors
    /// [`DenylistError`] when the store can't be read, a limit is out of its range, or the system's random generator fails.
    pub fn open_shared(self, store: impl SharedStore) -> Result<Denylist, DenylistError> {
        let store: Arc<dyn SharedStore> = Arc::new(store);
        // The caller's thread may belong to a runtime, in which nobody may block as a store does.
        let listener = Listener::here();
        let open = move || listener.hears(|| self.follow(&store));
        let opening = Builder::new().name("hallpass-opening".to_owned()).spawn(open);
        let opening = opening.map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
        opening.join().unwrap_or_else(|_| Err(gone().into()))
    }

    fn follow(self, store: &Arc<dyn SharedStore>) -> Result<Denylist, DenylistError> {
        let (bound, beyond) = self.checked_staleness()?;
        let header = store.header()?;
        let list = self.list(&header, now())?.of_several();
        let freshness = Freshness::new(micros(bound), micros(beyond), micros(list.limits.leeway()));
        let following = Arc::new(Following::new(Arc::clone(store), freshness));
        let theirs = Arc::clone(&following);
        let clocks = Clocks {
            wall: Some(Box::new(|| now().timestamp_micros())),
            shared: Some(SharedClock { now: Box::new(move || theirs.engine_now()), leeway: list.limits.leeway() }),
        };
        let saver = Saver::start(Box::new(Arc::clone(store)), clocks)?;
        let shared = list.shared(Keeping::Shared(saver, bound), Some(Arc::clone(&following)), 0);
        let denylist = Denylist::new(shared);
        let whole = denylist.catch_up(LONGEST_OPENING);
        following::start(&denylist.shared, &following, Follower::new(header, micros(bound).div_euclid(LOOKS)))?;
        whole.wait()?;
        Ok(denylist)
    }

    /// Half the staleness bound: a look that hangs, as on a connection that is gone without a word, leaves time for
    /// another on a new one.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    fn longest_look(&self) -> Result<Duration, TimeLimitsError> {
        let (bound, _) = self.checked_staleness()?;
        Ok(bound.to_std().unwrap_or_default().checked_div(2).unwrap_or_default())
    }

    fn checked_staleness(&self) -> Result<(TimeDelta, TimeDelta), TimeLimitsError> {
        let (bound, beyond) = (self.staleness_bound, self.accepted_staleness);
        let is_allowed = bound >= MIN_STALENESS
            && beyond >= TimeDelta::zero()
            && bound.checked_add(&beyond).is_some_and(|all| all <= MAX_STALENESS);
        if is_allowed { Ok((bound, beyond)) } else { Err(TimeLimitsError::Staleness { bound, beyond }) }
    }
}

#[cfg(any(feature = "postgres", feature = "redis"))]
#[cfg(not(all(feature = "postgres", feature = "redis")))]
fn unknown_engine(why: &'static str) -> DenylistError {
    StoreError::new(StoreErrorKind::Address).because(why).into()
}
