//! Dropping what need not be kept any longer.

use chrono::{DateTime, Utc};
use redis::{Pipeline, Value};

use super::answer::{items, next, number, text};
use super::entries::entries;
use super::failure::{Step, odd_answer};
use super::line::Session;
use super::server::Server;
use super::write::{CHUNK, EXACT, lost};
use super::{engine, script};
use crate::store::superseded::{MOST, superseded};
use crate::store::{Purged, Record};

const PURGE: &str = include_str!("purge.lua");
const DROP: &str = include_str!("drop.lua");

pub(super) async fn purge(
    session: &Session,
    server: &Server,
    list: String,
    now: DateTime<Utc>,
    most: usize,
) -> Step<Purged> {
    let most = most.max(1);
    let (keys, mut pipeline) = (&server.keys, Pipeline::new());
    script(&mut pipeline, PURGE, &[&keys.list, &keys.log, &keys.due])
        .arg(&list)
        .arg(now.timestamp_micros().clamp(-EXACT, EXACT))
        .arg(i64::try_from(most).unwrap_or(i64::MAX));
    let expired = said(session, server, pipeline).await?;
    let dropped = expired.saturating_add(drop_superseded(session, server, &list, most.saturating_sub(expired)).await?);
    Ok(Purged { dropped: dropped as u64, more: dropped >= most })
}

/// Of what is kept until it is forgotten by name, what another record says as well: so many entries at the most.
async fn drop_superseded(session: &Session, server: &Server, list: &str, most: usize) -> Step<usize> {
    if most == 0 {
        return Ok(0);
    }
    let keys = &server.keys;
    let mut pipeline = Pipeline::new();
    pipeline.cmd("ZRANGEBYSCORE").arg(&keys.due).arg(&["+inf", "+inf", "LIMIT", "0"]).arg(MOST);
    let named = next(&mut session.ask(pipeline).await?.into_iter())?;
    let named: Vec<&str> = items(&named)?.iter().map(text).collect::<Step<_>>()?;
    if named.len() < 2 {
        return Ok(0);
    }
    let mut pipeline = Pipeline::new();
    for entry in &named {
        let id = entry.get(1..).unwrap_or_default();
        pipeline.cmd("XRANGE").arg(&keys.log).arg(id).arg(id);
    }
    let mut records = Vec::new();
    for (entry, answer) in named.iter().zip(session.ask(pipeline).await?) {
        // What can't be read stays for whoever can.
        let found = entries(&answer)?.first().and_then(|found| Record::from_bytes(found.record?).ok());
        records.extend(found.map(|record| (*entry, record)));
    }
    let mut dropped = 0_usize;
    let superseded: Vec<&str> = superseded(records).into_iter().take(most).collect();
    for chunk in superseded.chunks(CHUNK) {
        let mut pipeline = Pipeline::new();
        script(&mut pipeline, DROP, &[&keys.list, &keys.log, &keys.due]).arg(list).arg(chunk);
        dropped = dropped.saturating_add(said(session, server, pipeline).await?);
    }
    Ok(dropped)
}

/// How many a script has dropped, once replicas know.
async fn said(session: &Session, server: &Server, mut pipeline: Pipeline) -> Step<usize> {
    engine::ask_replicas(&mut pipeline, server, server.limits.write);
    let mut answers = session.ask(pipeline).await?.into_iter();
    let answer = next(&mut answers)?;
    if answer == Value::Nil {
        return Err(lost());
    }
    engine::check_replicas(&mut answers, server)?;
    usize::try_from(number(&answer)?).map_err(|_| odd_answer())
}
