//! The tables, and the header that is laid down in them.

use tokio_postgres::types::Type;

use super::engine;
use super::failure::Step;
use super::line::Session;
use crate::store::Header;

/// The SQL by which an administrator makes the tables by hand, for a role that may not: it then needs `SELECT`,
/// `INSERT`, `UPDATE` and `DELETE` on the three. Names stand without a schema, so that the `search_path` decides.
pub const POSTGRES_SCHEMA: &str = include_str!("schema.sql");

/// One at a time: `create table if not exists` fails where two make one at once.
const LOCK: &str = "select pg_advisory_xact_lock(7521962117803504499)";

const LAY_DOWN: &str = "insert into hallpass_denylist (header, place) values ($1, $2) on conflict do nothing";

/// Makes what is not there yet. Says whether the list is new.
pub(super) async fn lay_down(session: &Session, new: &Header) -> Step<bool> {
    let client = &session.client;
    if !engine::has_tables(client).await? {
        client.batch_execute(&format!("begin; {LOCK}; {POSTGRES_SCHEMA}; commit")).await?;
    }
    // Who finds a header need not have the right to write one.
    if client.query_typed_opt("select 1 from hallpass_denylist", &[]).await?.is_some() {
        return Ok(false);
    }
    let header = new.to_bytes();
    let made = client.execute_typed(LAY_DOWN, &[(&header, Type::BYTEA), (&session.place, Type::TEXT)]).await?;
    Ok(made > 0)
}
