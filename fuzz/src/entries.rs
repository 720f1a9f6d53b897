//! Entries of the shared engines as they stand there: bytes of a row, and an answer as it comes over the wire.

use hallpass::store::{Cursor, Page, RECORD_FORMAT, Record, StoreError, StoreErrorKind};
use hallpass::testing::internal::{postgres_page, redis_page};

use super::record::is_good_record;

/// The snapshot with which rows were read.
const SNAPSHOT: &str = "100:200:120,150";

/// An `R` for Redis: how many entries were asked for (a byte), a cursor to the end of the line, and the answer to `XRANGE`.
/// A `P` for PostgreSQL: how many rows were asked for, a cursor to the end of the line, and rows, of each a byte for its
/// length and its record.
///
/// Records are read as they were written, in their order, whatever stands beside them; what is damaged is counted, and
/// what is newer stops the page. Says whether there is a page, and nothing on it is damaged.
pub fn entries(data: &[u8]) -> bool {
    let [engine, most, rest @ ..] = data else { return false };
    let Some(line) = rest.iter().position(|byte| *byte == b'\n') else { return false };
    let (since, rest) = (Cursor::from_bytes(&rest[..line]), &rest[line + 1..]);
    match engine {
        b'R' => is_answer(rest, &since, usize::from(*most)),
        b'P' => are_rows(rest, &since, usize::from(*most)),
        _ => false,
    }
}

fn is_answer(answer: &[u8], since: &Cursor, most: usize) -> bool {
    let page = redis_page(answer, since, most);
    // Of an answer in another form nothing is expected but an error, or records.
    let Some(entries) = entries_of(answer) else { return page.is_ok_and(|page| is_written_again(&page)) };
    let records: Vec<Option<&[u8]>> = entries.iter().map(|(_, record)| *record).collect();
    let end = entries.last().map_or_else(
        || Some(if since.as_bytes().is_empty() { "0-0" } else { std::str::from_utf8(since.as_bytes()).ok()? }),
        |(id, _)| Some(*id),
    );
    let is_place = |text: &str| {
        let numbers = text.split_once('-').map(|(millis, count)| [millis, count].map(str::parse::<u64>));
        matches!(numbers, Some([Ok(millis), Ok(count)]) if format!("{millis}-{count}") == text)
    };
    let is_since_good = since.as_bytes().is_empty() || std::str::from_utf8(since.as_bytes()).is_ok_and(is_place);
    match end.filter(|end| is_since_good && is_place(end)) {
        Some(end) => is_page(page, &records, end, most),
        None => {
            assert!(matches!(page, Err(error) if is_refusal(error.kind())));
            false
        }
    }
}

fn are_rows(mut bytes: &[u8], since: &Cursor, most: usize) -> bool {
    let mut records = Vec::new();
    while let [len, rest @ ..] = bytes {
        let (record, rest) = rest.split_at(usize::from(*len).min(rest.len()));
        records.push(record);
        bytes = rest;
    }
    let rows: Vec<(u64, i64, &[u8])> =
        (0_u32..).zip(&records).map(|(n, record)| (u64::from(n / 3), i64::from(n), *record)).collect();
    let page = postgres_page(&rows, SNAPSHOT, since, most);
    let Some((before, target)) = place(since) else {
        assert!(matches!(page, Err(error) if is_refusal(error.kind())));
        return false;
    };
    let target = if target.is_empty() { SNAPSHOT } else { target };
    let end = match rows.last() {
        Some((xid, id, _)) if rows.len() >= most.max(1) => format!("{before};{target};{xid};{id}"),
        _ => format!("{target};;0;0"),
    };
    let records: Vec<Option<&[u8]>> = records.into_iter().map(Some).collect();
    is_page(page, &records, &end, most)
}

/// What has been read, and what is being read, if this is a cursor.
fn place(since: &Cursor) -> Option<(&str, &str)> {
    if since.as_bytes().is_empty() {
        return Some(("", ""));
    }
    let parts: Vec<&str> = std::str::from_utf8(since.as_bytes()).ok()?.split(';').collect();
    let [before, target, xid, id] = parts[..] else { return None };
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    let is_snapshot = |text: &&str| match text.split(':').collect::<Vec<_>>()[..] {
        [min, max, running] => {
            let (min, max) = (min.parse::<u64>(), max.parse::<u64>());
            matches!((min, max), (Ok(min), Ok(max)) if min <= max)
                && (running.is_empty() || running.split(',').all(is_number))
        }
        _ => false,
    };
    let are_snapshots = [before, target].iter().all(|text| text.is_empty() || is_snapshot(text));
    (are_snapshots && is_number(xid) && id.parse::<i64>().is_ok()).then_some((before, target))
}

/// The page that it should be: what is good in its order, the rest counted; or an error if one of them is newer.
fn is_page(page: Result<Page, StoreError>, rows: &[Option<&[u8]>], end: &str, most: usize) -> bool {
    let newer = rows.iter().flatten().find_map(|row| row.first().filter(|version| **version > RECORD_FORMAT));
    let page = match (page, newer) {
        (Ok(page), None) => page,
        (Err(error), Some(newer)) => {
            assert_eq!(error.kind(), StoreErrorKind::Newer { version: u16::from(*newer) });
            return false;
        }
        (page, newer) => panic!("{newer:?}, and {page:?}"),
    };
    let good: Vec<&[u8]> = rows.iter().flatten().copied().filter(|row| is_good_record(row)).collect();
    let read: Vec<Vec<u8>> = page.records.iter().map(Record::to_bytes).collect();
    assert_eq!(read, good);
    assert_eq!(page.malformed, (rows.len() - good.len()) as u64);
    assert_eq!(std::str::from_utf8(page.cursor.as_bytes()), Ok(end));
    assert_eq!(page.is_last, rows.len() < most.max(1));
    is_written_again(&page)
}

/// Whether nothing is damaged; what is written of it anew is the same page, for either engine.
fn is_written_again(page: &Page) -> bool {
    let written: Vec<Vec<u8>> = page.records.iter().map(Record::to_bytes).collect();
    let mut answer = format!("*{}\r\n", written.len()).into_bytes();
    for record in &written {
        answer.extend(format!("*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\nr\r\n${}\r\n", record.len()).into_bytes());
        answer.extend([record, &b"\r\n"[..]].concat());
    }
    let rows: Vec<(u64, i64, &[u8])> = written.iter().map(|record| (1, 1, &**record)).collect();
    let pages = [
        redis_page(&answer, &Cursor::start(), usize::MAX),
        postgres_page(&rows, SNAPSHOT, &Cursor::start(), usize::MAX),
    ];
    for again in pages {
        let again = again.expect("written by the rules");
        assert_eq!((&again.records, again.malformed, again.is_last), (&page.records, 0, true));
    }
    page.malformed == 0
}

fn is_refusal(kind: StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Foreign | StoreErrorKind::Io | StoreErrorKind::Newer { .. })
}

type Entry<'a> = (&'a str, Option<&'a [u8]>);

/// Each entry's id, and its record if that is all that it has; if the answer is in the form in which servers give it.
fn entries_of(answer: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut wire = Wire(answer);
    let mut entries = Vec::new();
    for _ in 0..wire.number(b'*')? {
        (wire.number(b'*')? == 2).then_some(())?;
        let id = std::str::from_utf8(wire.bulk()?).ok()?;
        let fields: Vec<&[u8]> = (0..wire.number(b'*')?).map(|_| wire.bulk()).collect::<Option<_>>()?;
        let record = match fields[..] {
            [b"r", record] => Some(record),
            _ => None,
        };
        entries.push((id, record));
    }
    Some(entries)
}

/// What is left of an answer.
struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.0.windows(2).position(|two| two == b"\r\n")?;
        let (line, rest) = self.0.split_at(end);
        self.0 = &rest[2..];
        Some(line)
    }

    /// A length of up to three digits behind this sign, in its one spelling.
    fn number(&mut self, sign: u8) -> Option<usize> {
        let digits = std::str::from_utf8(self.line()?.strip_prefix(&[sign])?).ok()?;
        digits.parse().ok().filter(|number| *number < 1000 && format!("{number}") == digits)
    }

    fn bulk(&mut self) -> Option<&'a [u8]> {
        let len = self.number(b'$')?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest.strip_prefix(b"\r\n")?;
        Some(bytes)
    }
}
