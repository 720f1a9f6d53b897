//! What changes the list as a whole, and is rare: vouching anew, and a new epoch.

use chrono::{DateTime, Utc};
use redis::{Pipeline, Value};

use super::answer::{next, number, text};
use super::entries::entries;
use super::failure::{Step, odd_answer};
use super::line::Session;
use super::memory::Memory;
use super::position::Position;
use super::read;
use super::server::Server;
use super::write::{Laid, due, laid, no_list};
use super::{engine, script};
use crate::store::{Header, PAGE, Record, RecordError};
use crate::sync::Mutex;

const BEGIN_EPOCH: &str = include_str!("begin_epoch.lua");
const REWRITE: &str = include_str!("rewrite.lua");

/// What becomes of an entry.
enum Fate {
    /// It stays. What can't be read stays for whoever can.
    Stays(Option<Record>),
    Becomes(Record),
    Goes,
}

/// How many entries there are, and ever were.
#[derive(Clone, Copy, Default)]
struct Count {
    ever: i64,
    length: i64,
}

impl Count {
    fn of(answer: Value) -> Step<Self> {
        if matches!(answer, Value::ServerError(_)) {
            // It is not there, or something else is, on which the script fails.
            return Ok(Self::default());
        }
        let value = |name| number(engine::field(&answer, name).ok_or_else(odd_answer)?);
        Ok(Self { ever: value("entries-added")?, length: value("length")? })
    }

    fn removed(self) -> i64 {
        self.ever.saturating_sub(self.length)
    }
}

/// Under which header, list and place the list goes on.
struct Under<'a> {
    read: &'a [u8],
    header: &'a Header,
    list: &'a str,
    place: &'a [u8],
}

impl Under<'_> {
    fn purged(&self) -> String {
        self.header.purged().map(|purged| purged.timestamp_micros().to_string()).unwrap_or_default()
    }
}

pub(super) async fn vouch_anew(
    session: &Session,
    server: &Server,
    memory: &Mutex<Memory>,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Step<()> {
    let fate = |bytes: &[u8]| match Record::from_bytes(bytes).map(|record| (record, record.anew(now, from))) {
        Ok((record, Some(anew))) if anew == record => Fate::Stays(Some(record)),
        Ok((_, Some(anew))) => Fate::Becomes(anew),
        // Whatever it was, the cutoff for everyone says as much.
        Ok((_, None)) | Err(RecordError::Malformed) => Fate::Goes,
        Err(RecordError::Newer { .. }) => Fate::Stays(None),
    };
    loop {
        let Laid { bytes, header, list, place, history, .. } = laid(session, server).await?;
        memory.lock().proofs.check_writer(&history)?;
        let (Some(bytes), Some(header), Some(list)) = (bytes, header, list) else { return Err(no_list()) };
        memory.lock().is_ours(&list)?;
        let list = memory.lock().list.clone();
        let under = Under { read: &bytes, header: &header.anew(now, from), list: &list, place: &place };
        if rewrite(session, server, &under, fate).await? {
            return Ok(());
        }
    }
}

/// The header that counts from now on: a new one, or the one that somebody else has written meanwhile.
pub(super) async fn begin_epoch(
    session: &Session,
    server: &Server,
    memory: &Mutex<Memory>,
    known: &Header,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Step<Header> {
    loop {
        let Laid { bytes, header, list, history, heir_of, .. } = laid(session, server).await?;
        memory.lock().proofs.check_writer(&history)?;
        if let Some(list) = &list {
            memory.lock().is_ours(list)?;
        }
        let header = header.unwrap_or(*known);
        if header.epoch() != known.epoch() {
            return Ok(header);
        }
        let (new, list) = (header.new_epoch(now, from)?, memory.lock().list.clone());
        let under =
            Under { read: bytes.as_deref().unwrap_or_default(), header: &new, list: &list, place: heir_of.as_bytes() };
        let (keys, mut pipeline) = (&server.keys, Pipeline::new());
        script(&mut pipeline, BEGIN_EPOCH, &[&keys.list, &keys.log, &keys.due])
            .arg(under.read)
            .arg(new.to_bytes())
            .arg(&list)
            .arg(under.place)
            .arg(under.purged());
        let is_begun = match &*say(session, server, pipeline).await? {
            "begun" => true,
            // What says until when each entry is kept is not whole: an eviction takes one key, and not the others.
            "unindexed" => {
                let stays = |bytes: &[u8]| Fate::Stays(Record::from_bytes(bytes).ok());
                rewrite(session, server, &under, stays).await?
            }
            _ => false,
        };
        if is_begun {
            return Ok(new);
        }
    }
}

/// Goes through all entries. Whether nobody has written another header meanwhile.
async fn rewrite(session: &Session, server: &Server, under: &Under<'_>, fate: impl Fn(&[u8]) -> Fate) -> Step<bool> {
    let retention = under.header.retention();
    let (mut dropped, mut kept, mut position, mut removed) = (Vec::new(), Vec::new(), Position::default(), None);
    loop {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("XINFO").arg("STREAM").arg(&server.keys.log);
        read::ask(&mut pipeline, server, position, PAGE);
        let mut answers = session.ask(pipeline).await?.into_iter();
        let count = Count::of(answers.next().ok_or_else(odd_answer)?)?;
        if *removed.get_or_insert(count.removed()) != count.removed() {
            // Somebody has purged: from the start.
            (dropped, kept, position, removed) = (Vec::new(), Vec::new(), Position::default(), None);
            continue;
        }
        let answer = next(&mut answers)?;
        let entries = entries(&answer)?;
        for entry in &entries {
            let id = entry.id.to_owned();
            match entry.record.map_or_else(|| fate(&[]), &fate) {
                Fate::Goes => dropped.push(id),
                Fate::Stays(record) => {
                    let (until, flag) = record.map_or(("+inf".to_owned(), "f"), |record| due(&record, retention));
                    kept.push((id, until, flag, Vec::new()));
                }
                Fate::Becomes(record) => {
                    dropped.push(id);
                    let (until, flag) = due(&record, retention);
                    kept.push(("*".to_owned(), until, flag, record.to_bytes()));
                }
            }
        }
        if let Some(last) = entries.last() {
            position = last.id.parse()?;
        }
        if entries.len() < PAGE {
            let (keys, mut pipeline) = (&server.keys, Pipeline::new());
            let script = script(&mut pipeline, REWRITE, &[&keys.list, &keys.log, &keys.due]);
            script.arg(under.read).arg(count.ever).arg(count.length).arg(under.header.to_bytes());
            script.arg(under.list).arg(under.place).arg(under.purged()).arg(dropped.len()).arg(&dropped);
            for (id, until, flag, bytes) in &kept {
                script.arg(id).arg(until).arg(*flag).arg(bytes);
            }
            match &*say(session, server, pipeline).await? {
                "rewritten" => return Ok(true),
                // Somebody has appended: what is new is read too.
                "changed" => {}
                _ => return Ok(false),
            }
        }
    }
}

/// What a script says, once replicas have what it has written.
async fn say(session: &Session, server: &Server, mut pipeline: Pipeline) -> Step<String> {
    engine::ask_replicas(&mut pipeline, server, server.limits.write);
    let mut answers = session.ask(pipeline).await?.into_iter();
    let said = text(&next(&mut answers)?)?.to_owned();
    engine::check_replicas(&mut answers, server)?;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_and_is_not_there_was_removed() {
        let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let said = [bulk("length"), Value::Int(3), bulk("other"), Value::Nil, bulk("entries-added"), Value::Int(7)];
        let count = Count::of(Value::Array(said.into())).ok().unwrap();
        assert_eq!((count.ever, count.length, count.removed()), (7, 3, 4));
        let none = redis::parse_redis_value(b"-ERR no such key\r\n").unwrap();
        assert_eq!(Count::of(none).ok().map(Count::removed), Some(0));
        assert!(Count::of(Value::Nil).is_err());
    }
}
