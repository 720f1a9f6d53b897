//! A file that was altered, or is none of ours: opening it is an error, or nothing is missing.

mod changes;
mod genuine;
mod rows;

use hallpass::store::{Cursor, Header, Record, RedbStore, Store, StoreError, StoreErrorKind};

pub use self::changes::{Change, changes};
use self::genuine::{File, GENUINE, id};

/// redb's header: which of the last two commits counts, and where each of them begins. Each commit has a checksum,
/// and what chooses between them has none.
const HEADER: std::ops::Range<usize> = 0..320;

/// No file in here has so many.
const MOST_RECORDS: usize = 100_000;

/// What a file holds, as far as one is told.
type Contents = (Header, Vec<Record>);

/// A `0` and a file's bytes; or a `1`, and changes of a genuine file; or a `2`, and changes of one whose process
/// was killed. Says whether it was opened. Or a `3`, and rows of a file that is whole: see [`rows`](rows::rows).
pub fn store(data: &[u8]) -> bool {
    let (image, changed) = match data {
        [b'0', image @ ..] => return opens(image, &|_| ()),
        [b'3', rows @ ..] => return rows::rows(rows),
        [b'1', changed @ ..] => (&GENUINE.image, changed),
        [b'2', changed @ ..] => (&GENUINE.unclean, changed),
        _ => return false,
    };
    let Some(changes) = changes(changed) else { return false };
    let mut altered = image.clone();
    changes.iter().for_each(|change| change.apply(&GENUINE, &mut altered));
    // In a file that was not closed properly the last commit is one that was acknowledged.
    let may_go_back = data[0] == b'2' && altered.get(HEADER) != image.get(HEADER);
    let opened = opens(&altered, &|(header, records)| {
        assert_eq!(*header, GENUINE.header);
        let is_all_there = *records == GENUINE.records;
        let is_the_commit_before = || GENUINE.records.split_last().is_some_and(|(_, before)| before == records);
        assert!(is_all_there || may_go_back && is_the_commit_before(), "something is missing, and nobody is told");
    });
    assert!(opened || altered != *image, "nothing was changed, and it does not open");
    opened
}

/// Opens a file in every way, and looks at what is in it once it is open for writing: checksums are looked at only
/// then. Whether it is.
fn opens(image: &[u8], look: &dyn Fn(&Contents)) -> bool {
    let file = File::with(image);
    let path = file.path();
    let looked_at = told(RedbStore::open_read_only(path).and_then(|store| contents(&store)));
    assert!(file.bytes() == image, "looking at it has changed it");
    let opened = told(RedbStore::open_existing(path).and_then(|store| contents(&store)));
    opened.iter().for_each(look);
    let (header, records) = match opened {
        Ok(contents) => contents,
        Err(kind) => {
            if kind == StoreErrorKind::Foreign {
                assert!(file.bytes() == image, "it is somebody else's, and was changed");
            }
            return false;
        }
    };
    let written = header.to_bytes();
    assert!(image.windows(written.len()).any(|bytes| bytes == written), "a list where there was none");
    match looked_at {
        Ok((seen, rows)) => assert!((seen, &rows) == (header, &records), "who looks on sees something else"),
        Err(kind) => assert_eq!(kind, StoreErrorKind::Unclean, "who writes sees a list, and who looks on sees none"),
    }
    // It has been mended, if it had to be; from now on it is as good as any.
    let again = RedbStore::open_existing(path).expect("it was opened before");
    assert!(contents(&again).expect("it was read before") == (header, records.clone()));
    again.append(&[id(200, 0)]).expect("there is room");
    drop(again);
    let on = RedbStore::open_read_only(path).expect("it was closed properly");
    let (_, more) = contents(&on).expect("it was read before");
    assert!(more.split_last() == Some((&id(200, 0), &*records)));
    true
}

/// Of a failure its kind: one that a file's bytes can be to blame for.
fn told<T>(opened: Result<T, StoreError>) -> Result<T, StoreErrorKind> {
    opened.map_err(|error| {
        assert!(!matches!(error.kind(), StoreErrorKind::Missing | StoreErrorKind::InUse), "{error}");
        error.kind()
    })
}

fn contents(store: &RedbStore) -> Result<Contents, StoreError> {
    Ok((store.header()?, all(store)?))
}

/// All records, page by page.
fn all(store: &RedbStore) -> Result<Vec<Record>, StoreError> {
    let (mut records, mut cursor) = (Vec::new(), Cursor::start());
    loop {
        let page = store.read(&cursor, 7)?;
        records.extend(page.records);
        if page.is_last {
            return Ok(records);
        }
        assert!(records.len() < MOST_RECORDS, "it does not end");
        cursor = page.cursor;
    }
}
