//! One look: a page, and behind it a pulse, which is a write, in one round trip.

use redis::Pipeline;

use super::answer::next;
use super::entries::page;
use super::failure::Step;
use super::keys::BEAT_KEPT;
use super::line::Session;
use super::memory::Memory;
use super::position::Position;
use super::pulse::Pulse;
use super::server::Server;
use super::{engine, read, script};
use crate::store::Look;
use crate::store::proof::{Beat, Seen};
use crate::sync::Mutex;
use crate::time::from_micros;

const LOOK: &str = include_str!("look.lua");

fn ask_pulse(pipeline: &mut Pipeline, server: &Server, own: &Beat, writer: &Beat) {
    let keys = &server.keys;
    let (reader, others) = (keys.beat(own.process), keys.beat(writer.process));
    script(pipeline, LOOK, &[&keys.list, &keys.log, &keys.due, &reader, &others])
        .arg(own.beat)
        .arg(own.at_least)
        .arg(writer.at_least)
        .arg(BEAT_KEPT);
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
        ask_pulse(&mut pipeline, server, &own, &writer);
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
        let page = page(&entries, position, most)?;
        memory.header = header;
        memory.read = Position::try_from(&page.cursor)?;
        return Ok(Look { page, header, engine_now: from_micros(pulse.engine_now), has_lost });
    }
}
