//! Entries of the shared engines as they stand there: bytes of a row, and an answer as it comes over the wire.

mod postgres;
mod redis;

use hallpass::store::{Cursor, Page, RECORD_FORMAT, Record, StoreError, StoreErrorKind};
use hallpass::testing::internal::{postgres_page, redis_page};

use super::record::is_good_record;

/// An `R` for Redis: how many entries were asked for (a byte), a cursor to the end of the line, and the answer to `XRANGE`.
/// An `L` for a look at it: the answer to that script.
/// A `P` for a look at PostgreSQL, or an `N` for no look: how many rows were asked for, a cursor to the end of the line
/// (behind a tab, the number of every row's transaction), and rows, of each a byte for its length and its record.
///
/// Records are read as they were written, in their order, whatever stands beside them; what is damaged is counted, and
/// what is newer, or no answer, is that error. Says whether there is a page, or a header, and nothing on it is damaged.
pub fn entries(data: &[u8]) -> bool {
    match data {
        [b'L', answer @ ..] => redis::is_pulse(answer),
        _ => are_on_a_page(data),
    }
}

fn are_on_a_page(data: &[u8]) -> bool {
    let [engine, most, rest @ ..] = data else { return false };
    let Some(line) = rest.iter().position(|byte| *byte == b'\n') else { return false };
    let (line, rest, most) = (&rest[..line], &rest[line + 1..], usize::from(*most));
    match engine {
        b'R' => redis::is_answer(rest, &Cursor::from_bytes(line), most),
        b'P' => postgres::are_rows(rest, line, true, most),
        b'N' => postgres::are_rows(rest, line, false, most),
        _ => false,
    }
}

/// What a page must be.
struct Expected<'a> {
    good: Vec<&'a [u8]>,
    damaged: usize,
    end: String,
    is_last: bool,
}

impl<'a> Expected<'a> {
    /// What each row holds, or nothing that could be a record, and the cursor behind the last.
    fn of(rows: &[Option<&'a [u8]>], end: String, most: usize) -> Result<Self, StoreErrorKind> {
        let good: Vec<_> = rows.iter().flatten().copied().filter(|row| is_good_record(row)).collect();
        match rows.iter().flatten().find_map(|row| row.first().filter(|version| **version > RECORD_FORMAT)) {
            Some(version) => Err(StoreErrorKind::Newer { version: u16::from(*version) }),
            None => Ok(Self { damaged: rows.len() - good.len(), good, end, is_last: rows.len() < most.max(1) }),
        }
    }
}

/// Whether it is the page that it should be, and nothing is damaged; or that error.
fn agrees(page: Result<Page, StoreError>, expected: Result<Expected<'_>, StoreErrorKind>) -> bool {
    let (page, expected) = match (page, expected) {
        (Ok(page), Ok(expected)) => (page, expected),
        (Err(error), Err(kind)) => {
            assert_eq!(error.kind(), kind, "{error:?}");
            return false;
        }
        (page, _) => panic!("{page:?}"),
    };
    let read: Vec<Vec<u8>> = page.records.iter().map(Record::to_bytes).collect();
    assert_eq!(read, expected.good);
    assert_eq!(page.malformed, expected.damaged as u64);
    assert_eq!(page.cursor.as_bytes(), expected.end.as_bytes());
    assert_eq!(page.is_last, expected.is_last);
    is_written_again(&page);
    page.malformed == 0
}

/// What is written of it anew is the same page, for either engine.
fn is_written_again(page: &Page) {
    let written: Vec<Vec<u8>> = page.records.iter().map(Record::to_bytes).collect();
    let mut answer = format!("*{}\r\n", written.len()).into_bytes();
    for record in &written {
        answer.extend(format!("*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\nr\r\n${}\r\n", record.len()).into_bytes());
        answer.extend([record, &b"\r\n"[..]].concat());
    }
    let rows: Vec<(&str, i64, &[u8])> = written.iter().map(|record| ("1", 1, &**record)).collect();
    let pages = [
        redis_page(&answer, &Cursor::start(), usize::MAX),
        postgres_page(&rows, Some(postgres::SNAPSHOT), &Cursor::start(), usize::MAX)
            .map(|page| page.expect("of a look")),
    ];
    for again in pages {
        let again = again.expect("written by the rules");
        assert_eq!((&again.records, again.malformed, again.is_last), (&page.records, 0, true));
    }
}
