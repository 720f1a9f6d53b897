//! What the writer does: one transaction each.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::danger::PostgresDanger;
use super::engine::{SETTINGS_NOW, check_settings, header_of, own_header};
use super::failure::{Failure, Step, failed};
use super::line::Session;
use super::wire::followed;
use crate::store::proof::{Beat, Proofs};
use crate::store::{Header, Record, RecordError, StoreErrorKind};
use crate::sync::Mutex;

/// The records, and the writer's count (never lower than it was: what nobody waits for any more may come later), which
/// must not be lower than what was acknowledged, in the list ([`Header::list`]) that it was acknowledged in: else nothing
/// is written. A list that is known to have lost something was seen no later than before.
const APPEND: &str = "with beat as (insert into hallpass_processes as h (process, beat, seen)
        select $1, $2, case when $7 then coalesce((select max(seen) from hallpass_processes), timestamptz 'epoch')
            else clock_timestamp() end
        where ($3 = 0 or exists (select from hallpass_processes where process = $1 and beat >= $3))
            and exists (select from hallpass_denylist where substring(header from 19 for 24) = $8)
        on conflict (process) do update set beat = greatest(h.beat, excluded.beat), seen = excluded.seen returning seen),
    rows as (insert into hallpass_records (kept_until, forbids, record)
        select n.* from beat, unnest($4, $5, $6) as n(kept_until, forbids, record) returning 1)
    select (extract(epoch from seen) * 1000000)::int8, (select count(*) from rows), ";

/// Wakes the others. Beside the transaction that revokes, since it takes a lock of the whole cluster at its commit and
/// can fail there; and nobody waits for it to be durable. What it may warn of, such as a queue that is filling up, it
/// keeps to itself: that would come at any later moment, and be taken for a warning of whatever is done then.
const WAKE: &str = "select set_config('client_min_messages', 'error', true),
    set_config('synchronous_commit', 'off', true), pg_notify('hallpass', '')";

const HEADER: &str = "select header, purged from hallpass_denylist for update";
const SET_HEADER: &str = "update hallpass_denylist set header = $1, purged = $2, place = coalesce($3, place)";

pub(super) type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// Records as columns.
struct Columns {
    kept_until: Vec<Option<i64>>,
    forbids: Vec<bool>,
    bytes: Vec<Vec<u8>>,
}

impl Columns {
    fn of(records: &[Record], retention: TimeDelta) -> Self {
        Self {
            kept_until: records.iter().map(|record| kept_until(record, retention)).collect(),
            forbids: records.iter().map(Record::forbids).collect(),
            bytes: records.iter().map(Record::to_bytes).collect(),
        }
    }
}

fn kept_until(record: &Record, retention: TimeDelta) -> Option<i64> {
    record.kept_until(retention).map(|until| until.timestamp_micros())
}

pub(super) async fn append(
    session: &Session,
    proofs: &Mutex<Proofs>,
    accepted: &[PostgresDanger],
    records: &[Record],
) -> Step<()> {
    let client = &session.client;
    let (beat, is_lost, header) = {
        let mut proofs = proofs.lock();
        (proofs.next_append(), proofs.is_lost(), *proofs.header())
    };
    let (columns, list) = (Columns::of(records, header.retention()), header.list());
    let statement = format!("{APPEND}{SETTINGS_NOW} from beat");
    let Beat { process, beat: count, at_least } = &beat;
    let process = process.as_slice();
    let values: [Value<'_>; 8] = [
        (&process, Type::BYTEA),
        (count, Type::INT8),
        (at_least, Type::INT8),
        (&columns.kept_until, Type::INT8_ARRAY),
        (&columns.forbids, Type::BOOL_ARRAY),
        (&columns.bytes, Type::BYTEA_ARRAY),
        (&is_lost, Type::BOOL),
        (&list, Type::BYTEA),
    ];
    let append = client.query_typed_opt(&statement, &values);
    // Who has used or issued a token concerns nobody at once.
    let row: Option<Row> = match records.iter().any(Record::is_urgent) {
        true => followed(append, client.batch_execute(WAKE)).await?,
        false => append.await?,
    };
    let Some(row) = row else { return Err(refused(client, proofs).await) };
    // They may have been changed under the connection.
    check_settings(&row, 2, accepted)?;
    let written: i64 = row.try_get(1)?;
    if usize::try_from(written) != Ok(records.len()) {
        return Err(failed(StoreErrorKind::Io, format!("{written} of {} records were written", records.len())));
    }
    let mut proofs = proofs.lock();
    proofs.check_writer(&session.place)?;
    proofs.appended(beat, row.try_get(0)?);
    Ok(())
}

/// Why nothing was written.
pub(super) async fn refused(client: &Client, proofs: &Mutex<Proofs>) -> Failure {
    match own_header(client, proofs).await {
        Ok(_) => failed(StoreErrorKind::Damaged, "the engine has lost what it had acknowledged"),
        Err(failure) => failure,
    }
}

/// What is changed gets the number of this transaction, so that whoever has read it reads it again.
pub(super) async fn vouch_anew(
    session: &Session,
    proofs: &Mutex<Proofs>,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Step<()> {
    proofs.lock().check_writer(&session.place)?;
    let client = &session.client;
    begin_rewrite(session).await?;
    let header = locked_header(client, proofs).await?;
    let anew = header.anew(now, from);
    let (mut dropped, mut changed, mut kept) = (Keys::default(), Keys::default(), Vec::new());
    for row in client.query_typed("select xid::text, id, record from hallpass_records", &[]).await? {
        let bytes: &[u8] = row.try_get(2)?;
        match Record::from_bytes(bytes).map(|record| (record, record.anew(now, from))) {
            Ok((record, Some(anew))) if anew == record => {}
            Ok((_, Some(anew))) => {
                changed.push(&row)?;
                kept.push(anew);
            }
            // Whatever it was, the cutoff for everyone says as much.
            Ok((_, None)) | Err(RecordError::Malformed) => dropped.push(&row)?,
            // But this is for whoever can read it.
            Err(_) => {}
        }
    }
    let remove = "delete from hallpass_records r using unnest($1::text[], $2) as n(xid, id)
        where r.xid = n.xid::xid8 and r.id = n.id";
    client.execute_typed(remove, &[(&dropped.xids, Type::TEXT_ARRAY), (&dropped.ids, Type::INT8_ARRAY)]).await?;
    let columns = Columns::of(&kept, anew.retention());
    let rewrite = "update hallpass_records r
        set xid = pg_current_xact_id(), kept_until = n.kept_until, forbids = n.forbids, record = n.record
        from unnest($1::text[], $2, $3, $4, $5) as n(xid, id, kept_until, forbids, record)
        where r.xid = n.xid::xid8 and r.id = n.id";
    let values: [Value<'_>; 5] = [
        (&changed.xids, Type::TEXT_ARRAY),
        (&changed.ids, Type::INT8_ARRAY),
        (&columns.kept_until, Type::INT8_ARRAY),
        (&columns.forbids, Type::BOOL_ARRAY),
        (&columns.bytes, Type::BYTEA_ARRAY),
    ];
    client.execute_typed(rewrite, &values).await?;
    set_header(client, &anew, None).await?;
    commit(client).await
}

/// Of rows, by which they are found again.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) xids: Vec<String>,
    pub(super) ids: Vec<i64>,
}

impl Keys {
    pub(super) fn push(&mut self, row: &Row) -> Step<()> {
        self.xids.push(row.try_get(0)?);
        self.ids.push(row.try_get(1)?);
        Ok(())
    }
}

/// The header that counts from now on: a new one, or the one that somebody else has written meanwhile.
pub(super) async fn begin_epoch(
    session: &Session,
    proofs: &Mutex<Proofs>,
    known: &Header,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Step<Header> {
    proofs.lock().check_writer(&session.place)?;
    let client = &session.client;
    begin_rewrite(session).await?;
    let header = locked_header(client, proofs).await?;
    if header.epoch() != known.epoch() {
        client.batch_execute("rollback").await?;
        return Ok(header);
    }
    let new = header.new_epoch(now, from)?;
    // Rows of a dump have numbers of another cluster, which this one may have yet to come to.
    let ahead = "update hallpass_records set xid = pg_current_xact_id() where xid >= pg_current_xact_id()";
    client.execute_typed(ahead, &[]).await?;
    set_header(client, &new, Some(&session.place)).await?;
    commit(client).await?;
    Ok(new)
}

/// Nobody else writes until it ends. The engine ends it within the limit even if this process stands still: amid a statement,
/// between two, or while it has yet to read what one gives.
async fn begin_rewrite(session: &Session) -> Step<()> {
    let limit = session.rewrite.as_millis().max(1);
    let begin = format!(
        "begin transaction isolation level read committed; set local statement_timeout = {limit};
        set local idle_in_transaction_session_timeout = {limit}; set local tcp_user_timeout = {limit};
        lock table hallpass_records in exclusive mode"
    );
    Ok(session.client.batch_execute(&begin).await?)
}

async fn locked_header(client: &Client, proofs: &Mutex<Proofs>) -> Step<Header> {
    let row = client.query_typed_opt(HEADER, &[]).await?;
    let header = header_of(&row.ok_or_else(super::engine::no_header)?)?;
    proofs.lock().check_list(&header)?;
    Ok(header)
}

async fn set_header(client: &Client, header: &Header, place: Option<&str>) -> Step<()> {
    let purged = header.purged().map(|purged| purged.timestamp_micros());
    let values: [Value<'_>; 3] = [(&header.to_bytes(), Type::BYTEA), (&purged, Type::INT8), (&place, Type::TEXT)];
    client.execute_typed(SET_HEADER, &values).await?;
    Ok(())
}

async fn commit(client: &Client) -> Step<()> {
    followed(client.batch_execute("commit"), client.batch_execute(WAKE)).await?;
    Ok(())
}
