//! For stores of the tests' own, which are another store but for what they are about.

/// The methods of `Store` and `SharedStore` that are named go to the store in a field.
macro_rules! hand_on {
    ($field:tt: $($method:ident)*) => { $(hand_on!(@$method $field);)* };
    (@header $field:tt) => {
        fn header(&self) -> Result<hallpass::store::Header, hallpass::store::StoreError> {
            self.$field.header()
        }
    };
    (@append $field:tt) => {
        fn append(&self, records: &[hallpass::store::Record]) -> Result<(), hallpass::store::StoreError> {
            self.$field.append(records)
        }
    };
    (@read $field:tt) => {
        fn read(
            &self,
            since: &hallpass::store::Cursor,
            most: usize,
        ) -> Result<hallpass::store::Page, hallpass::store::StoreError> {
            self.$field.read(since, most)
        }
    };
    (@purge $field:tt) => {
        fn purge(
            &self,
            now: chrono::DateTime<chrono::Utc>,
            most: usize,
        ) -> Result<hallpass::store::Purged, hallpass::store::StoreError> {
            self.$field.purge(now, most)
        }
    };
    (@vouch_anew $field:tt) => {
        fn vouch_anew(
            &self,
            now: chrono::DateTime<chrono::Utc>,
            from: chrono::DateTime<chrono::Utc>,
        ) -> Result<(), hallpass::store::StoreError> {
            self.$field.vouch_anew(now, from)
        }
    };
    (@reopen $field:tt) => {
        fn reopen(&self) -> Result<(), hallpass::store::StoreError> {
            self.$field.reopen()
        }
    };
    (@is_shared $field:tt) => {
        fn is_shared(&self) -> bool {
            self.$field.is_shared()
        }
    };
    (@wait $field:tt) => {
        fn wait(&self, longest: std::time::Duration) {
            self.$field.wait(longest);
        }
    };
    (@wake $field:tt) => {
        fn wake(&self) {
            self.$field.wake();
        }
    };
    (@begin_epoch $field:tt) => {
        fn begin_epoch(
            &self,
            known: &hallpass::store::Header,
            now: chrono::DateTime<chrono::Utc>,
            from: chrono::DateTime<chrono::Utc>,
        ) -> Result<(), hallpass::store::StoreError> {
            self.$field.begin_epoch(known, now, from)
        }
    };
}
pub(crate) use hand_on;
