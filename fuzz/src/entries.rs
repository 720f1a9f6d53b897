//! Entries of the shared engines as they stand there: bytes of a row, and an answer as it comes over the wire.

use hallpass::store::{Cursor, Page, RECORD_FORMAT, Record, StoreError, StoreErrorKind};
use hallpass::testing::internal::{postgres_page, redis_page};

use super::record::is_good_record;
use super::resp::{self, Value};

/// The snapshot with which rows were read.
const SNAPSHOT: &str = "100:200:120,150";

/// An `R` for Redis: how many entries were asked for (a byte), a cursor to the end of the line, and the answer to `XRANGE`.
/// A `P` for PostgreSQL: how many rows were asked for, a cursor to the end of the line, and rows, of each a byte for its
/// length and its record.
///
/// Records are read as they were written, in their order, whatever stands beside them; what is damaged is counted, and
/// what is newer, or no answer, is that error. Says whether there is a page, and nothing on it is damaged.
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

/// What a page must be: what each row holds, or nothing that could be a record, and the cursor behind the last.
type Expected<'a> = Result<(Vec<Option<&'a [u8]>>, String), StoreErrorKind>;

fn is_answer(answer: &[u8], since: &Cursor, most: usize) -> bool {
    let value = resp::read(answer);
    agrees(redis_page(answer, since, most), expected_of_answer(value.as_ref(), since), most)
}

/// What is wrong first is told.
fn expected_of_answer<'a>(answer: Option<&'a Value<'_>>, since: &Cursor) -> Expected<'a> {
    let answer = match answer.ok_or(StoreErrorKind::Io)? {
        Value::Error(word) if word == "READONLY" => return Err(StoreErrorKind::Unsafe),
        Value::Error(_) => return Err(StoreErrorKind::Io),
        answer => answer,
    };
    let since =
        if since.as_bytes().is_empty() { "0-0" } else { position(since.as_bytes()).ok_or(StoreErrorKind::Foreign)? };
    let entries = entries_of(answer).ok_or(StoreErrorKind::Io)?;
    let records: Vec<_> = entries.iter().map(|(_, record)| *record).collect();
    none_is_newer(&records)?;
    let end = entries.last().map_or(Some(since), |(id, _)| position(id)).ok_or(StoreErrorKind::Io)?;
    Ok((records, end.to_owned()))
}

/// An entry's id, and its record if that is all that it has.
type Entry<'a> = (&'a [u8], Option<&'a [u8]>);

fn entries_of<'a>(answer: &'a Value<'_>) -> Option<Vec<Entry<'a>>> {
    let list = |value: &'a Value<'_>| if let Value::List(values) = value { Some(values.as_slice()) } else { None };
    let text = |value: &'a Value<'_>| if let Value::Text(text) = value { Some(&**text) } else { None };
    let entry = |entry: &'a Value<'_>| {
        let [id, fields] = list(entry)? else { return None };
        let record = match list(fields)? {
            [field, record] if text(field)? == b"r" => Some(text(record)?),
            _ => None,
        };
        let id = text(id).filter(|id| std::str::from_utf8(id).is_ok())?;
        Some((id, record))
    };
    list(answer)?.iter().map(entry).collect()
}

/// A place in a stream, in its one spelling.
fn position(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let (millis, count) = text.split_once('-')?;
    let (millis, count) = (millis.parse::<u64>().ok()?, count.parse::<u64>().ok()?);
    (format!("{millis}-{count}") == text).then_some(text)
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
    agrees(postgres_page(&rows, SNAPSHOT, since, most), expected_of_rows(&rows, since, most), most)
}

fn expected_of_rows<'a>(rows: &[(u64, i64, &'a [u8])], since: &Cursor, most: usize) -> Expected<'a> {
    let (before, target) = place(since).ok_or(StoreErrorKind::Foreign)?;
    let target = if target.is_empty() { SNAPSHOT } else { target };
    let records: Vec<_> = rows.iter().map(|(.., record)| Some(*record)).collect();
    none_is_newer(&records)?;
    let end = match rows.last() {
        Some((xid, id, _)) if rows.len() >= most.max(1) => format!("{before};{target};{xid};{id}"),
        _ => format!("{target};;0;0"),
    };
    Ok((records, end))
}

/// What has been read, and what is being read, if this is a cursor.
fn place(since: &Cursor) -> Option<(&str, &str)> {
    if since.as_bytes().is_empty() {
        return Some(("", ""));
    }
    let parts: Vec<&str> = std::str::from_utf8(since.as_bytes()).ok()?.split(';').collect();
    let [before, target, xid, id] = parts[..] else { return None };
    let is_number = |text: &str| text.parse::<u64>().is_ok_and(|number| number.to_string() == text);
    let is_snapshot = |text: &&str| match text.split(':').collect::<Vec<_>>()[..] {
        [min, max, running] => {
            let (least, most) = (min.parse::<u64>(), max.parse::<u64>());
            matches!((least, most), (Ok(least), Ok(most)) if least <= most)
                && [min, max].into_iter().all(is_number)
                && (running.is_empty() || running.split(',').all(is_number))
        }
        _ => false,
    };
    let are_snapshots = [before, target].iter().all(|text| text.is_empty() || is_snapshot(text));
    let is_row = is_number(xid) && id.parse::<i64>().is_ok_and(|id_read| id_read.to_string() == id);
    let is_somewhere = match (before, target) {
        ("", "") => false,
        (_, "") => (xid, id) == ("0", "0"),
        _ => true,
    };
    (are_snapshots && is_row && is_somewhere).then_some((before, target))
}

fn none_is_newer(rows: &[Option<&[u8]>]) -> Result<(), StoreErrorKind> {
    let newer = rows.iter().flatten().find_map(|row| row.first().filter(|version| **version > RECORD_FORMAT));
    newer.map_or(Ok(()), |version| Err(StoreErrorKind::Newer { version: u16::from(*version) }))
}

/// The page that it should be, what is good in its order and the rest counted, or that error.
fn agrees(page: Result<Page, StoreError>, expected: Expected<'_>, most: usize) -> bool {
    let (page, rows, end) = match (page, expected) {
        (Ok(page), Ok((rows, end))) => (page, rows, end),
        (Err(error), Err(kind)) => {
            assert_eq!(error.kind(), kind, "{error:?}");
            return false;
        }
        (page, expected) => panic!("{page:?}, expected {expected:?}"),
    };
    let good: Vec<&[u8]> = rows.iter().flatten().copied().filter(|row| is_good_record(row)).collect();
    let read: Vec<Vec<u8>> = page.records.iter().map(Record::to_bytes).collect();
    assert_eq!(read, good);
    assert_eq!(page.malformed, (rows.len() - good.len()) as u64);
    assert_eq!(page.cursor.as_bytes(), end.as_bytes());
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
