//! What the writer does: one script each, of which the engine does all or nothing.

use chrono::TimeDelta;
use redis::{Pipeline, Value};

use super::answer::{exactly, moment, next, number, optional};
use super::failure::{Failure, Step, failed, odd_answer};
use super::keys::BEAT_KEPT;
use super::line::Session;
use super::memory::Memory;
use super::pulse::header_of;
use super::server::Server;
use super::{engine, script};
use crate::random;
use crate::store::{Header, Record, StoreErrorKind};
use crate::sync::Mutex;

const LAY_DOWN: &str = include_str!("lay_down.lua");
const APPEND: &str = include_str!("append.lua");

/// So many records are one script, so that it keeps nobody waiting for long.
pub(super) const CHUNK: usize = 1_000;

/// Larger numbers are not exact as the scores of a sorted set, nor in a script. As microseconds it is the year 2255.
pub(super) const EXACT: i64 = 1 << 53;

/// What the hash says of the list.
pub(super) struct Laid {
    /// As it is written.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) header: Option<Header>,
    pub(super) list: Option<Vec<u8>>,
    pub(super) place: Vec<u8>,
    /// The history that the engine is at.
    pub(super) history: String,
    /// Whose history it carries on.
    pub(super) heir_of: String,
}

/// The list as it was laid down.
pub(super) async fn laid(session: &Session, server: &Server) -> Step<Laid> {
    let mut pipeline = Pipeline::new();
    pipeline.cmd("HMGET").arg(&server.keys.list).arg(&["header", "purged", "list", "place"]);
    engine::ask(&mut pipeline, server);
    let mut answers = session.ask(pipeline).await?.into_iter();
    let fields = next(&mut answers)?;
    let engine = engine::check(&mut answers, server)?;
    let [bytes, purged, list, place] = exactly(&fields)?;
    Ok(Laid {
        bytes: optional(bytes)?.map(<[u8]>::to_vec),
        header: header_of(bytes, purged)?,
        list: optional(list)?.map(<[u8]>::to_vec),
        place: optional(place)?.unwrap_or_default().to_vec(),
        history: engine.history,
        heir_of: engine.heir_of.unwrap_or_default(),
    })
}

pub(super) fn no_list() -> Failure {
    failed(StoreErrorKind::Missing, "the engine has none: RedisStore::open begins one")
}

/// Begins a list, if there is none. Says whether it is new.
pub(super) async fn lay_down(session: &Session, server: &Server, new: &Header) -> Step<bool> {
    let laid = laid(session, server).await?;
    // Whoever finds a header need not have the right to write one.
    if laid.header.is_some() {
        return Ok(false);
    }
    let list = format!("{:032x}", u128::from_be_bytes(random::bytes()?));
    let (keys, mut pipeline) = (&server.keys, Pipeline::new());
    script(&mut pipeline, LAY_DOWN, &[&keys.list, &keys.log, &keys.due])
        .arg(new.to_bytes())
        .arg(list)
        .arg(laid.heir_of);
    engine::ask_replicas(&mut pipeline, server, server.limits.write);
    let mut answers = session.ask(pipeline).await?.into_iter();
    let made = number(&next(&mut answers)?)?;
    engine::check_replicas(&mut answers, server)?;
    Ok(made > 0)
}

/// Until when an entry is kept, as a score; whether it forbids, as a letter.
pub(super) fn due(record: &Record, retention: TimeDelta) -> (String, &'static str) {
    let flag = if record.forbids() { "f" } else { "n" };
    let until = match record.kept_until(retention).map(|until| until.timestamp_micros()) {
        Some(until) if until <= -EXACT => "-inf".to_owned(),
        Some(until) if until < EXACT => until.to_string(),
        Some(_) | None => "+inf".to_owned(),
    };
    (until, flag)
}

pub(super) async fn append(session: &Session, server: &Server, memory: &Mutex<Memory>, records: &[Record]) -> Step<()> {
    let (beat, retention, list) = {
        let mut memory = memory.lock();
        (memory.proofs.next_append(), memory.header.retention(), memory.list.clone())
    };
    let (keys, mut pipeline) = (&server.keys, Pipeline::new());
    let own = keys.beat(beat.process);
    for chunk in records.chunks(CHUNK) {
        let script = script(&mut pipeline, APPEND, &[&keys.list, &keys.log, &keys.due, &own]);
        script.arg(&list).arg(beat.beat).arg(beat.at_least).arg(BEAT_KEPT);
        for record in chunk {
            let (until, flag) = due(record, retention);
            script.arg(until).arg(flag).arg(record.to_bytes());
        }
    }
    // The settings may have been changed under the connection.
    engine::ask(&mut pipeline, server);
    engine::ask_replicas(&mut pipeline, server, server.limits.write);
    let mut answers = session.ask(pipeline).await?.into_iter();
    let written: Vec<Value> = records.chunks(CHUNK).map(|_| next(&mut answers)).collect::<Step<_>>()?;
    // First of all: what a replica lacks means nothing.
    let engine = engine::check(&mut answers, server)?;
    engine::check_replicas(&mut answers, server)?;
    let mut at = None;
    for (chunk, answer) in records.chunks(CHUNK).zip(&written) {
        if *answer == Value::Nil {
            return Err(lost());
        }
        let [written, seconds, micros] = exactly(answer)?;
        if usize::try_from(number(written)?) != Ok(chunk.len()) {
            return Err(odd_answer());
        }
        at = Some(moment(seconds, micros)?);
    }
    let proofs = &mut memory.lock().proofs;
    proofs.check_writer(&engine.history)?;
    if let Some(at) = at {
        proofs.appended(beat, at);
    }
    Ok(())
}

pub(super) fn lost() -> Failure {
    failed(StoreErrorKind::Damaged, "the engine has lost what it had acknowledged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Fact;

    #[test]
    fn what_a_score_can_not_hold_is_kept_from_the_first_or_to_the_last() {
        let until = |made| due(&Fact::Id { id: [1; 16], made }.into(), TimeDelta::zero()).0;
        for made in [1 - EXACT, -1, 0, EXACT - 1] {
            assert_eq!(until(made), made.to_string());
        }
        for (made, score) in [(-EXACT, "-inf"), (i64::MIN, "-inf"), (EXACT, "+inf"), (i64::MAX, "+inf")] {
            assert_eq!(until(made), score, "{made}");
        }
        // 2^53, beyond which a number of floating point skips some.
        assert_eq!(EXACT, 9_007_199_254_740_992);
    }
}
