//! Opening a list that a store keeps: all of it is in memory before the first answer.

#[cfg(feature = "redb")]
use std::path::Path;

use chrono::{DateTime, Utc};

use super::builder::Unfinished;
use super::keeping::Keeping;
use super::saver::{Clocks, Saver};
use super::{Denylist, DenylistBuilder, DenylistError};
use crate::denyset::{Refused, is_worth_joining};
use crate::events::Events;
use crate::record::Record;
#[cfg(feature = "redb")]
use crate::store::RedbStore;
use crate::store::{Cursor, Header, PAGE, Store, pages};
use crate::time::{from_micros, now};

impl Denylist {
    /// The list in this file, which is made if it is not there: what is revoked survives restarts, crashes and
    /// power cuts.
    ///
    /// All of it is read into memory first, a fraction of a second for a million entries; openings tell how far they are
    /// (`denylist_opening` in `docs/EVENTS.md`). One process at a time may open it; for others to look on there is
    /// [`RedbStore::open_read_only`](crate::store::RedbStore::open_read_only) and
    /// [`copy_of`](crate::DenylistBuilder::copy_of). A new list vouches for
    /// no session that began before it, so nothing is let in by a file that was lost; everyone logs in once more, and an event
    /// tells of it (`denylist_created`).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use hallpass::{Denylist, Issuer, KeyRing, Verifier, VerifyError};
    /// # let keys = KeyRing::generate()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("denylist.redb");
    /// let denylist = Denylist::open(&path)?;
    /// # let issuer = Issuer::new(&keys, "https://app.example", &denylist);
    /// # let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    /// # let token = issuer.login("alice")?;
    /// # let session = verifier.verify(token.as_str())?;
    /// denylist.revoke(&session).wait()?; // on the disk
    /// # drop((denylist, issuer, verifier));
    ///
    /// // The server restarts.
    /// let denylist = Denylist::open(&path)?;
    /// let verifier = Verifier::new(&keys, "https://app.example", &denylist);
    /// assert!(matches!(verifier.verify(token.as_str()), Err(VerifyError::Revoked { .. })));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DenylistError::Store`] when the file is in use, not a denylist, damaged or newer, or the system says no.
    /// Then there is no list: never an empty one in its place.
    #[cfg(feature = "redb")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DenylistError> {
        Self::builder().open(path)
    }
}

impl DenylistBuilder {
    /// The list in this file, like [`Denylist::open`].
    ///
    /// # Errors
    /// As [`Denylist::open`], and when a limit is out of its range or the system's random generator fails.
    #[cfg(feature = "redb")]
    pub fn open(self, path: impl AsRef<Path>) -> Result<Denylist, DenylistError> {
        let moment = now();
        let store = RedbStore::open(path, self.header(moment)?)?;
        self.over(Box::new(store), moment, by_the_wall())
    }

    /// Like [`open`](Self::open), as of a moment that the caller names: then the store is purged as of the
    /// moments of revocations, and when [`Denylist::purge_at`] says so, and never by the clock.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "redb")]
    pub fn open_at(self, path: impl AsRef<Path>, now: DateTime<Utc>) -> Result<Denylist, DenylistError> {
        let store = RedbStore::open(path, self.header(now)?)?;
        self.over(Box::new(store), now, Clocks::default())
    }

    /// The list that this store keeps. Nothing else may write to the store: what others append is not noticed. The
    /// longest lifetime is that of the store's header, whatever was set here.
    ///
    /// Not for a `PostgresStore`, a `RedisStore` or another [`SharedStore`](crate::store::SharedStore): the list would
    /// never hear the others, find no loss, and purge by this process's clock. [`open_shared`](Self::open_shared) is for
    /// those.
    ///
    /// # Errors
    /// [`DenylistError`] when the store can't be read or is [shared](DenylistError::Shared), a limit is out of its range,
    /// or the system's random generator fails.
    pub fn open_store(self, store: impl Store) -> Result<Denylist, DenylistError> {
        if store.is_shared() {
            return Err(DenylistError::Shared);
        }
        self.over(Box::new(store), now(), by_the_wall())
    }

    /// Like [`open_store`](Self::open_store), as of a moment that the caller names, and for a shared store too, which
    /// nobody else may use then: for tests. The store is purged as of the moments of revocations, and when [`Denylist::purge_at`] says so, and never by the
    /// clock.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    pub fn open_store_at(self, store: impl Store, now: DateTime<Utc>) -> Result<Denylist, DenylistError> {
        self.over(Box::new(store), now, Clocks::default())
    }

    /// A copy of what a store holds at this moment, for tools that look on beside a server, without the records that
    /// can't be read ([`DenylistStats::malformed`](crate::status::DenylistStats::malformed)). **It grows old at
    /// once**: what is revoked after this is not in it. Revoking by the copy is
    /// [`RevokeError::NotSafe`](crate::RevokeError::NotSafe), since nothing keeps it.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    pub fn copy_of(self, store: &dyn Store) -> Result<Denylist, DenylistError> {
        self.copy_of_at(store, now())
    }

    /// Like [`copy_of`](Self::copy_of), as of a moment that the caller names.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    pub fn copy_of_at(self, store: &dyn Store, now: DateTime<Utc>) -> Result<Denylist, DenylistError> {
        let (list, malformed) = self.load(store, now)?;
        Ok(list.finish(Keeping::Copy, malformed))
    }

    fn over(self, store: Box<dyn Store>, now: DateTime<Utc>, clocks: Clocks) -> Result<Denylist, DenylistError> {
        let (list, malformed) = self.load(&*store, now)?;
        let micros = now.timestamp_micros();
        if let Some(from) = list.set.start_anew_if_loaded_far_ahead(micros) {
            Events::started_anew();
            store.vouch_anew(now, from_micros(from))?;
        }
        let refused = match malformed {
            0 => list.set.refuse_everyone_if_behind(micros),
            // As if the list had been lost.
            _ => Some(list.set.refuse_everyone_known(micros)),
        };
        if let Some(Refused { latest, from, is_newest, record }) = refused {
            Events::started_anew();
            if is_newest {
                // The store forgets what nobody can read, and what was purged, so that this is so once.
                store.vouch_anew(from_micros(latest), from_micros(from))?;
            } else {
                store.append(&[record])?;
            }
        }
        let saver = Saver::start(store, clocks)?;
        // Much may have expired since it was last open.
        saver.purge(micros);
        Ok(list.finish(Keeping::Store(saver), malformed))
    }

    /// Reads all that the store keeps, and counts the records that can't be read.
    fn load(self, store: &dyn Store, now: DateTime<Utc>) -> Result<(Unfinished, u64), DenylistError> {
        loop {
            let header = store.header()?;
            let loaded = self.clone().load_under(&header, store, now)?;
            // Who looks on beside the process that writes: that one may have begun anew, or purged, meanwhile.
            if store.header()? == header {
                return Ok(loaded);
            }
        }
    }

    fn load_under(
        self,
        header: &Header,
        store: &dyn Store,
        now: DateTime<Utc>,
    ) -> Result<(Unfinished, u64), DenylistError> {
        let list = self.list(header, now)?;
        let now = now.timestamp_micros();
        let (mut gathered, mut loaded, mut malformed) = (Vec::<Record>::new(), 0_usize, 0_u64);
        for page in pages(store, Cursor::start(), PAGE) {
            let page = page?;
            gathered.extend(page.records);
            malformed = malformed.saturating_add(page.malformed);
            if page.is_last || is_worth_joining(gathered.len(), loaded) {
                list.set.load(&gathered, now);
                loaded = loaded.saturating_add(gathered.len());
                gathered.clear();
                Events::opening("load", loaded as u64);
            }
        }
        if malformed > 0 {
            Events::records_malformed(malformed);
        }
        list.set.finish_loading(header.purged().map(|purged| purged.timestamp_micros()));
        Ok((list, malformed))
    }
}

fn by_the_wall() -> Clocks {
    Clocks { wall: Some(Box::new(|| now().timestamp_micros())), shared: None }
}
