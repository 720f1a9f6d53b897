//! Reading a page.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::cursor::{Position, Snapshot};
use super::failure::Step;
use crate::store::{Page, Record, RecordError, StoreError, StoreErrorKind};

/// What the snapshot did not show, in an order that stays while it is read. Whatever is visible is given: a
/// transaction that is open for hours, here or in another database, keeps nobody's row back. Ordered by `r.xid`:
/// `xid` alone would be the text.
const ROWS: &str = "select r.xid::text, r.id, r.record from hallpass_records r
    where (r.xid, r.id) > ($1::text::xid8, $2)
    and ($3::text is null or not pg_visible_in_snapshot(r.xid, (select $3::text::pg_snapshot)))
    order by r.xid, r.id limit $4";

/// Up to `most` rows after the position.
pub(super) async fn rows(client: &Client, position: &Position, most: usize) -> Step<Vec<Row>> {
    let (xid, id) = position.last();
    let (xid, before) = (xid.to_string(), position.before.as_ref().map(Snapshot::text));
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let values: [(&(dyn ToSql + Sync), Type); 4] =
        [(&xid, Type::TEXT), (&id, Type::INT8), (&before, Type::TEXT), (&most, Type::INT8)];
    Ok(client.query_typed(ROWS, &values).await?)
}

/// The page that these rows are. `now` was taken before them.
pub(super) fn page(rows: &[Row], position: Position, now: Snapshot, most: usize) -> Step<Page> {
    let (mut records, mut malformed, mut end) = (Vec::with_capacity(rows.len()), 0_u64, None);
    for row in rows {
        let xid: &str = row.try_get(0)?;
        end = Some((xid.parse().unwrap_or(u64::MAX), row.try_get(1)?));
        match Record::from_bytes(row.try_get(2)?) {
            Ok(record) => records.push(record),
            Err(RecordError::Newer { version }) => {
                return Err(StoreError::new(StoreErrorKind::Newer { version: version.into() }).into());
            }
            Err(_) => malformed = malformed.saturating_add(1),
        }
    }
    let is_last = rows.len() < most.max(1);
    let position = position.after(now, end.filter(|_| !is_last));
    Ok(Page { records, malformed, cursor: (&position).into(), is_last })
}
