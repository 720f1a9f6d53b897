//! One look: a page, and behind it a pulse, which is a write, in one round trip.

use redis::{Pipeline, Value};

use super::answer::{exactly, moment, next, number, optional, text};
use super::failure::Step;
use super::keys::BEAT_KEPT;
use super::line::Session;
use super::memory::Memory;
use super::position::Position;
use super::read;
use super::server::Server;
use super::{engine, script};
use crate::store::proof::{Beat, Seen};
use crate::store::{Header, Look};
use crate::sync::Mutex;
use crate::time::from_micros;

const LOOK: &str = include_str!("look.lua");

struct Pulse {
    /// Whether all is there that should be, and the reader's beat was written.
    is_whole: bool,
    header: Option<Header>,
    list: Option<Vec<u8>>,
    place: Option<Vec<u8>>,
    ever_added: u64,
    last: Position,
    engine_now: i64,
}

impl Pulse {
    fn ask(pipeline: &mut Pipeline, server: &Server, own: &Beat, writer: &Beat) {
        let keys = &server.keys;
        let (reader, others) = (keys.beat(own.process), keys.beat(writer.process));
        script(pipeline, LOOK, &[&keys.list, &keys.log, &keys.due, &reader, &others])
            .arg(own.beat)
            .arg(own.at_least)
            .arg(writer.at_least)
            .arg(BEAT_KEPT);
    }

    fn of(answer: &Value) -> Step<Self> {
        let [whole, header, purged, list, place, ever_added, last, seconds, micros] = exactly(answer)?;
        Ok(Self {
            is_whole: number(whole)? == 1,
            header: header_of(header, purged)?,
            list: optional(list)?.map(<[u8]>::to_vec),
            place: optional(place)?.map(<[u8]>::to_vec),
            ever_added: u64::try_from(number(ever_added)?).unwrap_or(0),
            last: text(last)?.parse()?,
            engine_now: moment(seconds, micros)?,
        })
    }
}

/// The header, if it is there.
pub(super) fn header_of(header: &Value, purged: &Value) -> Step<Option<Header>> {
    let Some(bytes) = optional(header)? else { return Ok(None) };
    let purged = match purged {
        Value::Nil => None,
        purged => Some(from_micros(number(purged)?)),
    };
    Ok(Some(Header::from_bytes(bytes)?.with_purged(purged)))
}

/// The page comes first: whatever was trimmed before it was read, the pulse misses.
pub(super) async fn look(
    session: &Session,
    server: &Server,
    memory: &Mutex<Memory>,
    mut position: Position,
    most: usize,
) -> Step<Look> {
    memory.lock().proofs.check_reader()?;
    loop {
        let (own, writer) = memory.lock().proofs.next_look();
        let mut pipeline = Pipeline::new();
        read::ask(&mut pipeline, server, position, most);
        Pulse::ask(&mut pipeline, server, &own, &writer);
        engine::ask(&mut pipeline, server);
        engine::ask_replicas(&mut pipeline, server, server.limits.look);
        let mut answers = session.ask(pipeline).await?.into_iter();
        let (entries, pulse) = (next(&mut answers)?, next(&mut answers)?);
        // First of all: what a replica lacks means nothing.
        let engine = engine::check(&mut answers, server)?;
        engine::check_replicas(&mut answers, server)?;
        let pulse = Pulse::of(&pulse)?;
        let mut memory = memory.lock();
        if let Some(list) = &pulse.list {
            memory.is_ours(list)?;
        }
        // A flushed engine has none: it gets the last one that was seen, in another epoch.
        let header = pulse.header.unwrap_or(memory.header);
        let seen = Seen {
            header: &header,
            is_in_place: engine.heir_of.is_none_or(|whose| pulse.place.as_deref() == Some(whose.as_bytes())),
            place: &engine.history,
            is_whole: pulse.is_whole,
            mark: pulse.ever_added,
            engine_now: pulse.engine_now,
        };
        let has_lost = memory.proofs.has_seen(seen.is_whole.then_some(own), &seen);
        if !pulse.is_whole && !has_lost {
            // There is a new epoch, in which nothing is missed: once more, with a write.
            continue;
        }
        if position > pulse.last {
            // The stream was made anew, and has yet to come so far.
            position = Position::default();
            continue;
        }
        let page = read::page(&entries, position, most)?;
        memory.header = header;
        memory.read = Position::try_from(&page.cursor)?;
        return Ok(Look { page, header, engine_now: from_micros(pulse.engine_now), has_lost });
    }
}
