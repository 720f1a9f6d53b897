//! Whether the engine keeps what it acknowledges, and where it is.

use tokio_postgres::{Client, Row};

use super::danger::PostgresDanger;
use super::failure::{Step, failed, missing};
use crate::store::proof::Proofs;
use crate::store::{EngineInfo, Header, StoreErrorKind};
use crate::sync::Mutex;
use crate::time::from_micros;

const OLDEST: i32 = 130_000;

const KIND: &str = "select current_setting('server_version_num')::int4, pg_is_in_recovery(), ";

/// What [`check_settings`] looks at, for a statement that may ask for more before it.
pub(super) const SETTINGS_NOW: &str = "current_setting('transaction_read_only'), current_setting('fsync'),
    current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('client_min_messages')";

/// The cluster by the number that it got when it was made, and the timeline, which every promotion begins anew.
const PLACE: &str = "select (select system_identifier::text from pg_control_system()) || ':'
    || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";
const TIMELINE: &str = "select '?:' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";

/// Whether two places are one: by the timeline alone where a role may not ask which cluster it is.
pub(super) fn is_same_place(one: &str, other: &str) -> bool {
    match (one.split_once(':'), other.split_once(':')) {
        (Some(("?", timeline)), Some((_, others))) | (Some((_, timeline)), Some(("?", others))) => timeline == others,
        _ => one == other,
    }
}

/// Which of the tables there are, and how they are kept.
const TABLES: &str = "select t.name, c.relpersistence::text
    from unnest(array['hallpass_denylist', 'hallpass_records', 'hallpass_processes']) as t(name)
    left join pg_class c on c.oid = to_regclass(t.name)";

const HEADER: &str = "select header, purged from hallpass_denylist";

/// Refuses an engine that may lose what it acknowledges, or may not be asked whether it does. Gives its place.
pub(super) async fn check(client: &Client, accepted: &[PostgresDanger]) -> Step<String> {
    let row = client.query_typed_one(&format!("{KIND}{SETTINGS_NOW}"), &[]).await?;
    check_version(row.try_get(0)?)?;
    if row.try_get(1)? {
        return Err(failed(StoreErrorKind::Unsafe, "it is a replica (pg_is_in_recovery)"));
    }
    check_settings(&row, 2, accepted)?;
    match client.query_typed_one(PLACE, &[]).await {
        Ok(row) => Ok(row.try_get(0)?),
        Err(error) => {
            let error = super::failure::Failure::from(error);
            if !error.is_forbidden() {
                return Err(error);
            }
            if !accepted.contains(&PostgresDanger::CannotAsk) {
                return Err(failed(StoreErrorKind::Unsafe, "pg_control_system can't be asked which cluster it is"));
            }
            Ok(client.query_typed_one(TIMELINE, &[]).await?.try_get(0)?)
        }
    }
}

fn check_version(version: i32) -> Step<()> {
    if version < OLDEST {
        let why = format!("server_version_num is {version}, and not {OLDEST} or more");
        return Err(failed(StoreErrorKind::Unsafe, why));
    }
    Ok(())
}

/// Refuses what [`SETTINGS_NOW`] has said, from this column on.
pub(super) fn check_settings(row: &Row, from: usize, accepted: &[PostgresDanger]) -> Step<()> {
    let dangers: [(&str, &[&str], Option<PostgresDanger>); 5] = [
        ("transaction_read_only", &["off"], None),
        ("fsync", &["on"], Some(PostgresDanger::FsyncOff)),
        ("full_page_writes", &["on"], Some(PostgresDanger::FullPageWritesOff)),
        ("synchronous_commit", &["on", "remote_write", "remote_apply"], Some(PostgresDanger::AsynchronousCommit)),
        // Ours: another value means that a pooler gives each statement to another session, and warnings are not heard.
        ("client_min_messages", &["warning"], None),
    ];
    for (column, (setting, safe, danger)) in (from..).zip(dangers) {
        let value: &str = row.try_get(column)?;
        if !safe.contains(&value) && !danger.is_some_and(|danger| accepted.contains(&danger)) {
            return Err(failed(StoreErrorKind::Unsafe, format!("{setting} is {value}")));
        }
    }
    Ok(())
}

/// Whether all tables are there.
pub(super) async fn has_tables(client: &Client) -> Step<bool> {
    let rows = client.query_typed(TABLES, &[]).await?;
    let there = |row: &Row| row.try_get::<_, Option<&str>>(1).map(|kept| kept.is_some());
    Ok(rows.iter().map(there).collect::<Result<Vec<_>, _>>()?.into_iter().all(|there| there))
}

/// Refuses tables that a crash empties, or that have no list in them.
pub(super) async fn check_tables(client: &Client) -> Step<()> {
    for row in client.query_typed(TABLES, &[]).await? {
        let name: &str = row.try_get(0)?;
        match row.try_get(1)? {
            Some("p") => {}
            Some(_) => return Err(failed(StoreErrorKind::Unsafe, format!("the table {name} is not logged"))),
            None => return Err(missing().into()),
        }
    }
    header(client).await.map(drop)
}

/// The header that was laid down.
pub(super) async fn header(client: &Client) -> Step<Header> {
    let row = client.query_typed_opt(HEADER, &[]).await?;
    header_of(&row.ok_or_else(no_header)?)
}

/// The header, if it is still this list's.
pub(super) async fn own_header(client: &Client, proofs: &Mutex<Proofs>) -> Step<Header> {
    let header = header(client).await?;
    proofs.lock().check_list(&header)?;
    Ok(header)
}

/// Whether nobody has looked for as long as entries are kept, nor begun an epoch. Then nobody is left who remembers what
/// a restored copy may lack; and every token has expired. A dump may come without the rows that say who has looked, and a
/// purge drops old ones: the header's age is left.
pub(super) async fn is_deserted(client: &Client, header: &Header) -> Step<bool> {
    Ok(is_forgotten(&info(client).await?, header))
}

fn is_forgotten(EngineInfo { now, last_look, .. }: &EngineInfo, header: &Header) -> bool {
    let last = last_look.map_or(header.created(), |seen| seen.max(header.created()));
    now.signed_duration_since(last) > header.retention()
}

/// What it says of itself.
pub(super) async fn info(client: &Client) -> Step<EngineInfo> {
    const INFO: &str = "select 'PostgreSQL ' || current_setting('server_version'),
        (extract(epoch from clock_timestamp()) * 1000000)::int8,
        (select (extract(epoch from max(seen)) * 1000000)::int8 from hallpass_processes)";
    let row = client.query_typed_one(INFO, &[]).await?;
    let last_look = row.try_get::<_, Option<i64>>(2)?.map(from_micros);
    Ok(EngineInfo { version: row.try_get(0)?, now: from_micros(row.try_get(1)?), last_look })
}

pub(super) fn no_header() -> super::failure::Failure {
    failed(StoreErrorKind::Missing, "its tables are empty: PostgresStore::open begins a list in them")
}

/// The header in the first two columns.
pub(super) fn header_of(row: &Row) -> Step<Header> {
    let header: Option<&[u8]> = row.try_get(0)?;
    let purged: Option<i64> = row.try_get(1)?;
    Ok(Header::from_bytes(header.ok_or_else(no_header)?)?.with_purged(purged.map(from_micros)))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::time::TimeLimits;

    #[test]
    fn an_engine_that_is_too_old_is_unsafe() {
        assert!(check_version(130_000).is_ok() && check_version(150_014).is_ok());
        assert!(check_version(129_999).is_err());
    }

    #[test]
    fn a_list_is_deserted_once_nobody_has_looked_for_longer_than_entries_are_kept() {
        let created = from_micros(0);
        let header = Header::new(TimeLimits::default(), created).unwrap();
        let (retention, moment) = (header.retention(), TimeDelta::microseconds(1));
        for (last_look, last) in
            [(None, created), (Some(created + retention), created + retention), (Some(created - retention), created)]
        {
            for (now, expected) in [(last + retention, false), (last + retention + moment, true)] {
                let info = EngineInfo { version: String::new(), now, last_look };
                assert_eq!(is_forgotten(&info, &header), expected, "{last_look:?} {now}");
            }
        }
    }

    #[test]
    fn who_may_not_ask_which_cluster_it_is_goes_by_the_timeline() {
        for (one, other) in [("7:0001", "7:0001"), ("?:0001", "7:0001"), ("7:0001", "?:0001"), ("?:0001", "?:0001")] {
            assert!(is_same_place(one, other), "{one} {other}");
        }
        for (one, other) in [("7:0001", "8:0001"), ("7:0001", "7:0002"), ("?:0001", "7:0002"), ("", "7:0001")] {
            assert!(!is_same_place(one, other), "{one} {other}");
        }
    }
}
