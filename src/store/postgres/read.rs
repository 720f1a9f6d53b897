//! Reading a page.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::cursor::Position;
use super::failure::Step;
use super::rows::{Given, most_unlooked, unlooked};
use crate::store::Page;

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
    let asked = position.asks_for();
    let (xid, from) = (asked.after.0.to_string(), asked.from.to_string());
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let values: [(&(dyn ToSql + Sync), Type); 5] = [
        (&xid, Type::TEXT),
        (&asked.after.1, Type::INT8),
        (&from, Type::TEXT),
        (&asked.running, Type::TEXT_ARRAY),
        (&most, Type::INT8),
    ];
    Ok(client.query_typed(ROWS, &values).await?)
}

pub(super) fn given(rows: &[Row]) -> Step<Vec<Given<'_>>> {
    rows.iter().map(|row| Given::of(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)).collect()
}

/// A page without a write. Within what a look has begun to read, its snapshot stays the one to go by. Else the cursor
/// is where it was once all is read, since no snapshot of a read would be durable: what is new comes again with the next
/// one, until a [look](super::look::look) moves the cursor. That is called for if nothing is given here; never before the
/// first look, so that whoever copies a list at which nobody looks leaves that as it is.
pub(super) async fn read(client: &Client, position: Position, most: usize) -> Step<Option<Page>> {
    let most = most_unlooked(&position, most);
    let rows = rows(client, &position, most).await?;
    unlooked(&given(&rows)?, position, most)
}
