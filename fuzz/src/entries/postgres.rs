//! Rows of a PostgreSQL server.

use hallpass::store::{Cursor, Page, StoreError, StoreErrorKind};
use hallpass::testing::internal::{postgres_asked, postgres_page};

use super::{Expected, agrees};

/// The snapshot with which a look has read rows.
pub(super) const SNAPSHOT: &str = "100:200:120,150";

/// So many rows a read gives at the most where it is no look, and calls for one from then on.
const AGAIN: usize = 64;

/// The text of its transaction's number, its own number, and its record.
type Row<'a> = (&'a str, i64, &'a [u8]);

pub(super) fn are_rows(bytes: &[u8], line: &[u8], is_look: bool, most: usize) -> bool {
    let (since, xid) = match line.iter().position(|byte| *byte == b'\t') {
        Some(tab) => (&line[..tab], std::str::from_utf8(&line[tab + 1..]).ok()),
        None => (line, None),
    };
    let since = Cursor::from_bytes(since);
    asks_for_what_was_not_shown(&since);
    let records = records(bytes);
    let xids: Vec<String> =
        (0..records.len()).map(|n| xid.map_or_else(|| (n / 3).to_string(), str::to_owned)).collect();
    let rows: Vec<Row<'_>> =
        xids.iter().zip(0_i64..).zip(&records).map(|((xid, id), record)| (&**xid, id, *record)).collect();

    let page = postgres_page(&rows, is_look.then_some(SNAPSHOT), &since, most);
    let place = Place::of(&since);
    if !is_look && place.as_ref().is_some_and(Place::is_at_an_end) {
        return is_more(page.transpose(), &rows, &since, most.clamp(1, AGAIN));
    }
    // A read before the first look goes by nothing that was seen.
    let now = if is_look { SNAPSHOT } else { "0:0:" };
    agrees(page.map(|page| page.expect("no look is called for")), expected_of_rows(&rows, place, now, most))
}

fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let [len, rest @ ..] = bytes {
        let (record, rest) = rest.split_at(usize::from(*len).min(rest.len()));
        records.push(record);
        bytes = rest;
    }
    records
}

fn expected_of_rows<'a>(
    rows: &[Row<'a>],
    place: Option<Place<'_>>,
    now: &str,
    most: usize,
) -> Result<Expected<'a>, StoreErrorKind> {
    let place = place.ok_or(StoreErrorKind::Foreign)?;
    let target = place.target.map_or(now, |target| target.text);
    let xids = xids(rows)?;
    let records: Vec<_> = rows.iter().map(|(.., record)| Some(*record)).collect();
    let end = match rows.last().zip(xids.last()) {
        Some(((_, id, _), xid)) if rows.len() >= most.max(1) => {
            format!("{};{target};{xid};{id}", place.before.map_or("", |before| before.text))
        }
        _ => format!("{target};;0;0"),
    };
    Expected::of(&records, end, most)
}

fn xids(rows: &[Row<'_>]) -> Result<Vec<u64>, StoreErrorKind> {
    rows.iter().map(|(xid, ..)| xid.parse().map_err(|_| StoreErrorKind::Foreign)).collect()
}

/// Where all was read that some look has shown: whatever is new comes again each time, what is damaged is counted by the
/// look, and so many rows call for one.
fn is_more(page: Option<Result<Page, StoreError>>, rows: &[Row<'_>], since: &Cursor, most: usize) -> bool {
    let Some(page) = page else {
        assert!(rows.len() >= most && xids(rows).is_ok(), "no look is called for");
        return false;
    };
    let expected = xids(rows).and_then(|_| {
        assert!(rows.len() < most, "a look is called for");
        let records: Vec<_> = rows.iter().map(|(.., record)| Some(*record)).collect();
        let end = String::from_utf8_lossy(since.as_bytes()).into_owned();
        Ok(Expected { damaged: 0, ..Expected::of(&records, end, most)? })
    });
    agrees(page, expected)
}

/// Of a few rows near all numbers that are named, those are asked for that the last snapshot did not show, and that come
/// behind the last that was given.
fn asks_for_what_was_not_shown(since: &Cursor) {
    let asked = postgres_asked(since, SNAPSHOT);
    let Some(place) = Place::of(since) else {
        assert_eq!(asked.map_err(|error| error.kind()), Err(StoreErrorKind::Foreign));
        return;
    };
    let (after_xid, after_id, from, running) = asked.expect("a cursor");
    let running: Vec<u64> = running.iter().map(|xid| xid.parse().expect("a number")).collect();
    let now = Snapshot::of(SNAPSHOT).expect("a snapshot");
    // An engine that was restored is behind it, and is asked for all.
    let is_ahead = [&place.before, &place.target].into_iter().flatten().any(|snapshot| snapshot.max > now.max);
    let place = if is_ahead { Place::default() } else { place };

    let named = [&place.before, &place.target].into_iter().flatten();
    let named = named.flat_map(|snapshot| [snapshot.min, snapshot.max].into_iter().chain(snapshot.running.clone()));
    for xid in named.chain([0, place.last.0]).flat_map(|xid| [xid.saturating_sub(1), xid, xid.saturating_add(1)]) {
        for id in [i64::MIN + 1, place.last.1.saturating_sub(1), place.last.1, place.last.1.saturating_add(1), i64::MAX]
        {
            let is_asked = (xid, id) > (after_xid, after_id) && (xid >= from || running.contains(&xid));
            let was_shown = place.before.as_ref().is_some_and(|before| before.shows(xid));
            let was_given = place.target.is_some() && (xid, id) <= place.last;
            assert_eq!(is_asked, !was_shown && !was_given, "({xid}, {id}) of {since:?}");
        }
    }
}

/// What has been read, and what is being read, up to which row.
#[derive(Default)]
struct Place<'a> {
    before: Option<Snapshot<'a>>,
    target: Option<Snapshot<'a>>,
    last: (u64, i64),
}

impl<'a> Place<'a> {
    /// If this is a cursor.
    fn of(since: &'a Cursor) -> Option<Self> {
        if since.as_bytes().is_empty() {
            return Some(Self::default());
        }
        let parts: Vec<&str> = std::str::from_utf8(since.as_bytes()).ok()?.split(';').collect();
        let [before, target, xid, id] = parts[..] else { return None };
        let snapshot = |text: &'a str| if text.is_empty() { Some(None) } else { Snapshot::of(text).map(Some) };
        let id = id.parse::<i64>().ok().filter(|read| read.to_string() == id)?;
        let place = Self { before: snapshot(before)?, target: snapshot(target)?, last: (number(xid)?, id) };
        let is_somewhere = match (&place.before, &place.target) {
            (None, None) => false,
            (_, None) => place.last == (0, 0),
            _ => true,
        };
        is_somewhere.then_some(place)
    }

    fn is_at_an_end(&self) -> bool {
        self.target.is_none() && self.before.as_ref().is_some_and(|before| before.max > 0)
    }
}

/// Which transactions had ended: all below the first number, and none from the second one on, nor those that are named.
struct Snapshot<'a> {
    text: &'a str,
    min: u64,
    max: u64,
    running: Vec<u64>,
}

impl<'a> Snapshot<'a> {
    /// If this is one, as PostgreSQL writes it: those that are named lie between the two numbers, in their order.
    fn of(text: &'a str) -> Option<Self> {
        let [min, max, running] = text.split(':').collect::<Vec<_>>()[..] else { return None };
        let (min, max) = (number(min)?, number(max)?);
        let running: Vec<u64> = match running {
            "" => Vec::new(),
            running => running.split(',').map(number).collect::<Option<_>>()?,
        };
        let are_between = running.iter().all(|xid| (min..max).contains(xid)) && running.is_sorted_by(|a, b| a < b);
        (min <= max && are_between).then_some(Self { text, min, max, running })
    }

    fn shows(&self, xid: u64) -> bool {
        xid < self.min || (xid < self.max && !self.running.contains(&xid))
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}
