//! A place in what was appended.
//!
//! ```text
//! snapshot before ; snapshot of this reading ; xid ; id
//! ```
//!
//! Rows become visible when their transaction commits, and not in the order of any number. So a reader goes by
//! snapshots: it asks for what its last one did not show. While it reads page by page, the first page's snapshot is
//! what the next reading will go by.

use std::str::FromStr;

#[cfg(feature = "testing")]
use tokio_postgres::Config;

use super::failure::{Failure, failed};
#[cfg(feature = "testing")]
use crate::store::StoreError;
use crate::store::{Cursor, StoreErrorKind};

/// What a snapshot showed, as `pg_snapshot` writes it: `xmin:xmax:xid,…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    text: String,
    /// All transactions below had ended.
    xmin: u64,
    /// No transaction from here on had.
    pub(super) xmax: u64,
}

impl Snapshot {
    /// Of a time before the first transaction: whoever goes by it reads everything.
    pub(super) fn of_nothing() -> Self {
        Self { text: "0:0:".to_owned(), xmin: 0, xmax: 0 }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Which transactions were running.
    fn running(&self) -> impl Iterator<Item = &str> {
        let running = self.text.rsplit_once(':').map_or("", |(_, running)| running);
        running.split(',').filter(|xid| !xid.is_empty())
    }
}

impl FromStr for Snapshot {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let read = || {
            // In its one spelling.
            let number = |text: &str| text.parse::<u64>().ok().filter(|number| number.to_string() == text);
            let mut parts = text.split(':');
            let (xmin, xmax, running) = (number(parts.next()?)?, number(parts.next()?)?, parts.next()?);
            // Those that ran then lie between, in their order.
            let mut next = xmin;
            for xid in running.split(',').filter(|_| !running.is_empty()) {
                let xid = number(xid).filter(|xid| (next..xmax).contains(xid))?;
                next = xid.saturating_add(1);
            }
            (parts.next().is_none() && xmin <= xmax).then(|| Self { text: text.to_owned(), xmin, xmax })
        };
        read().ok_or_else(|| failed(StoreErrorKind::Foreign, "not a snapshot of PostgreSQL's"))
    }
}

/// Where a reader stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Position {
    /// What has been read to its end.
    pub(super) before: Option<Snapshot>,
    /// What is being read, and the last row that was given.
    pub(super) under_way: Option<(Snapshot, u64, i64)>,
}

impl Position {
    /// Which rows come next.
    pub(super) fn asks_for(&self) -> Asked<'_> {
        let after = match (&self.under_way, &self.before) {
            (Some((_, xid, id)), _) => (*xid, *id),
            // Whatever was not visible then is not older than it.
            (None, Some(before)) => (before.xmin, i64::MIN),
            (None, None) => (0, i64::MIN),
        };
        let (from, running) =
            self.before.as_ref().map_or((0, Vec::new()), |before| (before.xmax, before.running().collect()));
        Asked { after, from, running }
    }

    /// Whether all was read that some snapshot showed, and nothing since.
    pub(super) fn is_at_end(&self) -> bool {
        self.under_way.is_none() && self.before.as_ref().is_some_and(|before| before.xmax > 0)
    }

    /// Whether it is of a time that the engine has yet to come to: it was restored, and the position says nothing.
    pub(super) fn is_ahead_of(&self, now: &Snapshot) -> bool {
        let ahead = |snapshot: &Snapshot| snapshot.xmax > now.xmax;
        self.before.as_ref().is_some_and(ahead) || self.under_way.as_ref().is_some_and(|(target, ..)| ahead(target))
    }

    /// Where it stands once a page was read that ends with this row, or once all was; `now` was before that page.
    pub(super) fn after(self, now: Snapshot, page_end: Option<(u64, i64)>) -> Self {
        let target = self.under_way.map_or(now, |(target, ..)| target);
        match page_end {
            Some((xid, id)) => Self { before: self.before, under_way: Some((target, xid, id)) },
            None => Self { before: Some(target), under_way: None },
        }
    }
}

/// Rows of transactions from `from` on, and of those that are named.
pub(super) struct Asked<'a> {
    /// Not at or before this one.
    pub(super) after: (u64, i64),
    pub(super) from: u64,
    pub(super) running: Vec<&'a str>,
}

impl TryFrom<&Cursor> for Position {
    type Error = Failure;

    fn try_from(cursor: &Cursor) -> Result<Self, Failure> {
        let bytes = cursor.as_bytes();
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let read = || {
            let mut parts = std::str::from_utf8(bytes).ok()?.split(';');
            let snapshot = |part: &str| match part {
                "" => Some(None),
                text => text.parse().ok().map(Some),
            };
            let (before, target) = (snapshot(parts.next()?)?, snapshot(parts.next()?)?);
            let (xid, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            let position = Self { before, under_way: target.map(|target| (target, xid, id)) };
            // One spelling, and the start is the empty one.
            let is_plain = position != Self::default() && Cursor::from(&position) == *cursor;
            (parts.next().is_none() && is_plain).then_some(position)
        };
        read().ok_or_else(|| failed(StoreErrorKind::Foreign, "not a cursor of this store"))
    }
}

impl From<&Position> for Cursor {
    fn from(position: &Position) -> Self {
        let before = position.before.as_ref().map_or("", Snapshot::text);
        let (target, xid, id) = match &position.under_way {
            Some((target, xid, id)) => (target.text(), *xid, *id),
            None => ("", 0, 0),
        };
        Self::from_bytes(format!("{before};{target};{xid};{id}").as_bytes())
    }
}

/// What comes next after a cursor, on an engine that has come to a snapshot: rows after this number of a transaction and this of
/// a row, of transactions from the next one on, and of those at last.
#[cfg(feature = "testing")]
pub(crate) fn asked_after(since: &Cursor, now: &str) -> Result<(u64, i64, u64, Vec<String>), StoreError> {
    let read = || {
        let mut position = Position::try_from(since)?;
        if position.is_ahead_of(&now.parse()?) {
            position = Position::default();
        }
        let Asked { after: (xid, id), from, running } = position.asks_for();
        let running = running.into_iter().map(str::to_owned).collect();
        Ok((xid, id, from, running))
    };
    read().map_err(|failure: Failure| failure.told(&Config::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(text: &str) -> Snapshot {
        text.parse().ok().unwrap()
    }

    #[test]
    fn a_position_survives_being_a_cursor() {
        let (a, b) = (snapshot("10:20:10,14"), snapshot("15:30:"));
        for position in [
            Position::default().after(a.clone(), None),
            Position::default().after(a.clone(), Some((7, 3))),
            Position { before: Some(a), under_way: Some((b, u64::MAX, i64::MIN)) },
        ] {
            assert_eq!(Position::try_from(&Cursor::from(&position)).ok(), Some(position));
        }
    }

    #[test]
    fn what_is_no_cursor_is_an_error() {
        let read = |bytes: &[u8]| Position::try_from(&Cursor::from_bytes(bytes)).ok();
        for bytes in [&b"x"[..], b";;", b";;1;2;3", b"1:2;;0;0", b"2:1:;;0;0", b"1:2:3,;;0;0", b"1:2:';;0;0", &[255; 9]]
        {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
        // Nor is another spelling of one.
        assert!(read(b"1:2:1;;0;0").is_some() && read(b"0:2:;1:2:;0;-1").is_some());
        for text in ["01:2:1", "+1:2:1", "1:02:1", "1:2:01"].map(|snapshot| format!("{snapshot};;0;0")) {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        // Nor what was not running then, or is in another order.
        assert!(read(b"5:9:5,6,8;;0;0").is_some());
        for running in ["4", "9", "10", "8,5", "5,5", "5,6,9"].map(|xids| format!("5:9:{xids};;0;0")) {
            assert_eq!(read(running.as_bytes()), None, "{running}");
        }
        for text in [";;0;0", "1:2:;;00;0", "1:2:;;0;+0", "1:2:;;5;0", "1:2:;;0;3", ";1:2:;05;1"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_snapshot_says_what_it_did_not_show() {
        let asked = |text: &str| {
            let position = Position::default().after(snapshot(text), None);
            let asked = position.asks_for();
            (asked.from, asked.running.join(" "), position.is_at_end())
        };
        assert_eq!(asked("10:20:10,14"), (20, "10 14".to_owned(), true));
        assert_eq!(asked("20:20:"), (20, String::new(), true));
        assert_eq!(asked("1:1:"), (1, String::new(), true));
        assert_eq!(asked("0:0:"), (0, String::new(), false));
    }

    #[test]
    fn the_first_pages_snapshot_is_what_the_next_reading_goes_by() {
        let page = Position::default().after(snapshot("10:20:10"), Some((5, 1)));
        assert_eq!(page.asks_for().after, (5, 1));
        assert!(!page.is_at_end());
        let end = page.after(snapshot("30:40:"), None);
        assert_eq!(end.before, Some(snapshot("10:20:10")));
        assert_eq!(end.asks_for().after, (10, i64::MIN));
        assert!(end.is_ahead_of(&snapshot("5:19:")) && !end.is_ahead_of(&snapshot("5:20:5")));
    }
}
