//! A plan that is carried out on a disk.

use std::time::Duration;

use hallpass::Denylist;
use hallpass::store::Store as _;

use crate::disk::{Disk, Step};
use crate::journal::{Journal, Noted};
use crate::kept::Kept;
use crate::plan::{Act, header};

/// A store on a disk, and what is noted of it.
pub(crate) struct Run {
    pub(crate) disk: Disk,
    pub(crate) journal: Journal,
    store: Option<Noted>,
}

impl Run {
    /// On this disk, with the store that is there or a new one.
    pub(crate) fn on(disk: &Disk) -> Result<Self, String> {
        let store = disk.open(header()).map_err(told("opening"))?;
        let journal = Journal::new(disk, Kept::by(&store).map_err(told("reading"))?);
        let store = Some(Noted::new(store, disk, &journal));
        Ok(Self { disk: disk.clone(), journal, store })
    }

    /// On a disk that may fail at once, where the store keeps this.
    pub(crate) fn knowing(disk: &Disk, kept: Kept) -> Self {
        Self { disk: disk.clone(), journal: Journal::new(disk, kept), store: None }
    }

    /// Does what is planned; the error is the store's.
    pub(crate) fn act(&mut self, act: &Act) -> Result<(), String> {
        match (act, &self.store) {
            (Act::Do(deed), Some(store)) => deed.on(store).map_err(told("doing")),
            (Act::Reopen, Some(store)) => store.reopen().map_err(told("reopening")),
            (Act::Revoke { ids, now }, Some(store)) => {
                let list = Denylist::builder().capacity(100_000);
                let list = list.open_store_at(store.clone(), *now).map_err(told("a list"))?;
                // First it purges. Then all that happens does so in one order only.
                while list.stats().purged.is_none() && list.store_error().is_none() {
                    std::thread::sleep(Duration::from_micros(50));
                }
                for id in ids {
                    list.revoke_at(*id, *now).wait().map_err(told("revoking"))?;
                    self.journal.tell(&self.disk, *id, *now);
                }
                Ok(())
            }
            (Act::Restart, _) => self.restart(),
            (_, None) => self.restart().and_then(|()| self.act(act)),
        }
    }

    /// Closes the store and opens it again.
    fn restart(&mut self) -> Result<(), String> {
        self.close();
        let store = self.disk.open(header()).map_err(told("opening again"))?;
        let store = Noted::new(store, &self.disk, &self.journal);
        store.look().map_err(told("reading"))?;
        self.store = Some(store);
        Ok(())
    }

    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    /// Makes the store usable again after an error.
    pub(crate) fn recover(&mut self) -> Result<(), String> {
        match &self.store {
            Some(store) => store.reopen().map_err(told("reopening")),
            None => self.restart(),
        }
    }

    /// Whether what is read is what must be, now and before.
    pub(crate) fn look(&self) -> Result<(), String> {
        self.store.as_ref().map_or(Ok(()), |store| store.look().map_err(told("reading")))?;
        self.journal.is_right()
    }
}

impl Run {
    /// All that happened since the disk held what it held first.
    pub(crate) fn into_trace(self, first: Vec<u8>) -> Trace {
        drop(self.store);
        Trace { first, log: self.disk.log(), journal: self.journal }
    }
}

fn told<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}")
}

/// All that happened to a disk, and what it may be asked for after each step.
pub(crate) struct Trace {
    pub(crate) first: Vec<u8>,
    pub(crate) log: Vec<Step>,
    pub(crate) journal: Journal,
}

impl Trace {
    /// Of a new store, from before it was made to after it was closed.
    pub(crate) fn of(plan: &[Act]) -> Result<Self, String> {
        Self::on(Vec::new(), plan)
    }

    /// Of the store that was on the disk first.
    pub(crate) fn on(first: Vec<u8>, plan: &[Act]) -> Result<Self, String> {
        let disk = Disk::holding(first.clone());
        let mut run = Run::on(&disk)?;
        for act in plan {
            run.act(act)?;
        }
        run.look()?;
        run.close();
        Ok(run.into_trace(first))
    }
}
