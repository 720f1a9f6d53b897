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

use super::failure::{Failure, failed};
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

    pub(super) fn shows_something(&self) -> bool {
        self.xmax > 0
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Which transactions it did not show: all from this one on, and those that were running.
    pub(super) fn not_shown(&self) -> (u64, Vec<&str>) {
        let running = self.text.rsplit(':').next().unwrap_or_default();
        (self.xmax, running.split(',').filter(|xid| !xid.is_empty()).collect())
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
            let are_numbers = running.is_empty() || running.split(',').all(|xid| number(xid).is_some());
            (are_numbers && parts.next().is_none() && xmin <= xmax).then(|| Self { text: text.to_owned(), xmin, xmax })
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
    /// Rows at or before this one are not asked for.
    pub(super) fn last(&self) -> (u64, i64) {
        match (&self.under_way, &self.before) {
            (Some((_, xid, id)), _) => (*xid, *id),
            // Whatever was not visible then is not older than it.
            (None, Some(before)) => (before.xmin, i64::MIN),
            (None, None) => (0, i64::MIN),
        }
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
        for text in [";;0;0", "1:2:;;00;0", "1:2:;;0;+0", "1:2:;;5;0", "1:2:;;0;3", ";1:2:;05;1"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_snapshot_says_what_it_did_not_show() {
        assert_eq!(snapshot("10:20:10,14").not_shown(), (20, vec!["10", "14"]));
        assert_eq!(snapshot("20:20:").not_shown(), (20, vec![]));
        assert!(snapshot("1:1:").shows_something() && !Snapshot::of_nothing().shows_something());
    }

    #[test]
    fn the_first_pages_snapshot_is_what_the_next_reading_goes_by() {
        let page = Position::default().after(snapshot("10:20:10"), Some((5, 1)));
        assert_eq!(page.last(), (5, 1));
        let end = page.after(snapshot("30:40:"), None);
        assert_eq!(end.before, Some(snapshot("10:20:10")));
        assert_eq!(end.last(), (10, i64::MIN));
        assert!(end.is_ahead_of(&snapshot("5:19:")) && !end.is_ahead_of(&snapshot("5:20:5")));
    }
}
