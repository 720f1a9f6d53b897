//! Dropping what need not be kept any longer.

use chrono::{DateTime, Utc};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::failure::Step;
use super::line::Session;
use super::write::{Keys, Value, refused};
use crate::store::proof::{FORGOTTEN_AFTER, Proofs};
use crate::store::superseded::{MOST, superseded};
use crate::store::{Purged, Record};
use crate::sync::Mutex;

/// By the earlier of two clocks, and nothing of another list.
const PURGE: &str = "with bound as (
        select least($1, (extract(epoch from clock_timestamp()) * 1000000)::int8) as at
            from hallpass_denylist where substring(header from 19 for 24) = $4),
    due as (select xid, id from hallpass_records where kept_until < (select at from bound)
        order by kept_until limit $2 for update skip locked),
    gone as (delete from hallpass_records r using due where r.xid = due.xid and r.id = due.id returning r.forbids),
    noted as (update hallpass_denylist set purged = greatest(purged, (select at from bound))
        where exists (select from gone where forbids)),
    away as (delete from hallpass_processes where process in (select process from hallpass_processes
        where seen < clock_timestamp() - make_interval(days => $3) for update skip locked))
    select (select count(*) from gone) from bound";

/// What is kept until it is forgotten by name, by the index: in whatever order, since an order would have all rows gone
/// through.
const NAMED: &str = "select xid::text, id, record from hallpass_records where kept_until is null limit $1";

const DROP: &str = "with due as (select r.xid, r.id from hallpass_records r
        join unnest($1::text[], $2) as n(xid, id) on r.xid = n.xid::xid8 and r.id = n.id for update of r skip locked)
    delete from hallpass_records r using due where r.xid = due.xid and r.id = due.id";

pub(super) async fn purge(session: &Session, proofs: &Mutex<Proofs>, now: DateTime<Utc>, most: usize) -> Step<Purged> {
    let client = &session.client;
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let list = proofs.lock().header().list();
    let values: [Value<'_>; 4] = [
        (&now.timestamp_micros(), Type::INT8),
        (&most, Type::INT8),
        (&FORGOTTEN_AFTER, Type::INT4),
        (&list, Type::BYTEA),
    ];
    let row = client.query_typed_opt(PURGE, &values).await?;
    let Some(row) = row else { return Err(refused(client, proofs).await) };
    let expired: i64 = row.try_get(0)?;
    let dropped = expired.saturating_add(drop_superseded(client, most.saturating_sub(expired)).await?);
    Ok(Purged { dropped: u64::try_from(dropped).unwrap_or(0), more: dropped >= most })
}

/// Of what is kept until it is forgotten by name, what another record says as well: so many rows at the most.
async fn drop_superseded(client: &Client, most: i64) -> Step<i64> {
    if most <= 0 {
        return Ok(0);
    }
    let values: [Value<'_>; 1] = [(&i64::try_from(MOST).unwrap_or(i64::MAX), Type::INT8)];
    let rows = client.query_typed(NAMED, &values).await?;
    let mut records = Vec::new();
    for row in &rows {
        // What can't be read stays for whoever can.
        if let Ok(record) = Record::from_bytes(row.try_get(2)?) {
            records.push((row, record));
        }
    }
    let mut keys = Keys::default();
    for row in superseded(records).into_iter().take(usize::try_from(most).unwrap_or(0)) {
        keys.push(row)?;
    }
    if keys.ids.is_empty() {
        return Ok(0);
    }
    let values: [Value<'_>; 2] = [(&keys.xids, Type::TEXT_ARRAY), (&keys.ids, Type::INT8_ARRAY)];
    let dropped = client.execute_typed(DROP, &values).await?;
    Ok(i64::try_from(dropped).unwrap_or(i64::MAX))
}
