//! Reading a page.

#[cfg(feature = "testing")]
use tokio_postgres::Config;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::cursor::{Position, Snapshot};
use super::failure::{Step, failed};
use crate::store::page::records;
#[cfg(feature = "testing")]
use crate::store::{Cursor, StoreError};
use crate::store::{Page, StoreErrorKind};

/// So many rows may come again with each read until a look moves the cursor.
const AGAIN: usize = 64;

/// What the snapshot did not show, in an order that stays while it is read. Whatever is visible is given: a
/// transaction that is open for hours, here or in another database, keeps nobody's row back. Ordered by `r.xid`:
/// `xid` alone would be the text. Rows of the transactions that were running then, and of those that came later, each by
/// the primary key: what lies between them is as much as a long transaction anywhere has kept the horizon back.
const ROWS: &str = "select n.xid::text, n.id, n.record from (
        (select r.xid, r.id, r.record from hallpass_records r
            where (r.xid, r.id) > ($1::text::xid8, $2) and r.xid >= $3::text::xid8
            order by r.xid, r.id limit $5)
        union all
        (select r.xid, r.id, r.record from unnest($4::text[]) running,
            lateral (select r.xid, r.id, r.record from hallpass_records r
                where r.xid = running::xid8 and (r.xid, r.id) > ($1::text::xid8, $2)
                order by r.xid, r.id limit $5) r)
    ) n order by n.xid, n.id limit $5";

/// Up to `most` rows after the position.
pub(super) async fn rows(client: &Client, position: &Position, most: usize) -> Step<Vec<Row>> {
    let (xid, id) = position.last();
    let (from, running) = position.before.as_ref().map_or((0, Vec::new()), Snapshot::not_shown);
    let (xid, from) = (xid.to_string(), from.to_string());
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let values: [(&(dyn ToSql + Sync), Type); 5] =
        [(&xid, Type::TEXT), (&id, Type::INT8), (&from, Type::TEXT), (&running, Type::TEXT_ARRAY), (&most, Type::INT8)];
    Ok(client.query_typed(ROWS, &values).await?)
}

/// A page without a write. Within what a look has begun to read, its snapshot stays the one to go by. Else the cursor
/// is where it was once all is read, since no snapshot of a read would be durable: what is new comes again with the next
/// one, until a [look](super::look::look) moves the cursor. That is called for if nothing is given here; never before the
/// first look, so that whoever copies a list at which nobody looks leaves that as it is.
pub(super) async fn read(client: &Client, position: Position, most: usize) -> Step<Option<Page>> {
    let target = match &position {
        Position { under_way: Some((target, ..)), .. } => target.clone(),
        Position { before: Some(before), .. } if before.shows_something() => {
            return read_new(client, &position, most).await;
        }
        _ => Snapshot::of_nothing(),
    };
    let rows = rows(client, &position, most).await?;
    page(&given(&rows)?, position, target, most).map(Some)
}

async fn read_new(client: &Client, position: &Position, most: usize) -> Step<Option<Page>> {
    let most = most.clamp(1, AGAIN);
    let rows = rows(client, position, most).await?;
    if rows.len() == most {
        return Ok(None);
    }
    // What can't be read is counted by the look.
    let (records, _) = records(given(&rows)?.iter().map(|row| Some(row.record)))?;
    Ok(Some(Page { records, malformed: 0, cursor: position.into(), is_last: true }))
}

/// A row, as it is asked for.
pub(super) struct Given<'a> {
    xid: u64,
    id: i64,
    record: &'a [u8],
}

pub(super) fn given(rows: &[Row]) -> Step<Vec<Given<'_>>> {
    let given = |row| {
        let xid = number(Row::try_get(row, 0)?)?;
        Ok(Given { xid, id: row.try_get(1)?, record: row.try_get(2)? })
    };
    rows.iter().map(given).collect()
}

/// The number of a transaction, by which a cursor goes on: a wrong one would leave out whatever comes before it.
fn number(text: &str) -> Step<u64> {
    text.parse().map_err(|_| failed(StoreErrorKind::Foreign, "not the number of a transaction of PostgreSQL's"))
}

/// The page that these rows are. `now` was taken before them.
pub(super) fn page(rows: &[Given<'_>], position: Position, now: Snapshot, most: usize) -> Step<Page> {
    let (records, malformed) = records(rows.iter().map(|row| Some(row.record)))?;
    let last = rows.last().filter(|_| rows.len() >= most.max(1));
    let position = position.after(now, last.map(|row| (row.xid, row.id)));
    Ok(Page { records, malformed, cursor: (&position).into(), is_last: last.is_none() })
}

/// The page that rows are: the number of each one's transaction, its own, and its record.
#[cfg(feature = "testing")]
pub(crate) fn page_of(
    rows: &[(u64, i64, &[u8])],
    snapshot: &str,
    since: &Cursor,
    most: usize,
) -> Result<Page, StoreError> {
    let rows: Vec<Given<'_>> = rows.iter().map(|&(xid, id, record)| Given { xid, id, record }).collect();
    let page = || page(&rows, since.try_into()?, snapshot.parse()?, most);
    page().map_err(|failure| failure.told(&Config::new()))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn what_is_no_number_of_a_transaction_is_an_error() {
        assert_eq!(number("18446744073709551615").ok(), Some(u64::MAX));
        for text in ["", "-1", "x", "18446744073709551616"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
