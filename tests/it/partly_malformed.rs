//! A store that is not quite whole.

use hallpass::store::{Cursor, Look, Page, SharedStore, Store, StoreError};
use hallpass::testing::MemoryStore;

use crate::hand_on::hand_on;

/// A store of which one record more can't be read: the first.
#[derive(Debug)]
pub(crate) struct PartlyMalformed(pub(crate) MemoryStore);

impl Store for PartlyMalformed {
    hand_on!(0: header append purge vouch_anew reopen is_shared);

    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        let mut page = self.0.read(since, most)?;
        page.malformed += first_of(since);
        Ok(page)
    }
}

impl SharedStore for PartlyMalformed {
    hand_on!(0: wait wake begin_epoch);

    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        let mut look = self.0.look(since, most)?;
        look.page.malformed += first_of(since);
        Ok(look)
    }
}

fn first_of(since: &Cursor) -> u64 {
    u64::from(*since == Cursor::start())
}
