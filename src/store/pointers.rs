//! Stores behind pointers: each call goes to the store itself.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Cursor, Header, Look, Page, Purged, Record, SharedStore, Store, StoreError};

macro_rules! hand_on {
    ($pointer:ident) => {
        impl<S: Store + ?Sized> Store for $pointer<S> {
            fn header(&self) -> Result<Header, StoreError> {
                (**self).header()
            }

            fn append(&self, records: &[Record]) -> Result<(), StoreError> {
                (**self).append(records)
            }

            fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
                (**self).read(since, most)
            }

            fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
                (**self).purge(now, most)
            }

            fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
                (**self).vouch_anew(now, from)
            }

            fn reopen(&self) -> Result<(), StoreError> {
                (**self).reopen()
            }

            fn is_shared(&self) -> bool {
                (**self).is_shared()
            }
        }

        impl<S: SharedStore + ?Sized> SharedStore for $pointer<S> {
            fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
                (**self).look(since, most)
            }

            fn wait(&self, longest: Duration) {
                (**self).wait(longest);
            }

            fn wake(&self) {
                (**self).wake();
            }

            fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
                (**self).begin_epoch(known, now, from)
            }
        }
    };
}

hand_on!(Arc);
hand_on!(Box);
