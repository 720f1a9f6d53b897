//! One look: a pulse, which is a write, and a page behind it, in one round trip.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::cursor::{Position, Snapshot};
use super::danger::PostgresDanger;
use super::engine::{SETTINGS_NOW, check_settings, header_of, is_same_place};
use super::failure::Step;
use super::line::Session;
use super::read::{given, rows};
use super::rows::page;
use super::wire::both;
use crate::store::proof::{Beat, Proofs, Seen};
use crate::store::{Header, Look};
use crate::sync::Mutex;
use crate::time::from_micros;

/// Sees what the rows held before, and writes the reader's only if nothing is missing, and nothing is known to be, and
/// the list is ([`Header::list`]) the one that it was.
const PULSE: &str = "with mine as (select process, beat from hallpass_processes where process in ($1, $4)),
    whole as (select ($3 = 0 or exists (select from mine where process = $1 and beat >= $3))
        and ($5 = 0 or exists (select from mine where process = $4 and beat >= $5)) as yes),
    pulse as (insert into hallpass_processes as h (process, beat, seen)
        select $1, $2, clock_timestamp() from whole where yes and not $6
            and exists (select from hallpass_denylist where substring(header from 19 for 24) = $7)
        on conflict (process) do update set beat = greatest(h.beat, excluded.beat), seen = excluded.seen returning 1)
    select header, purged, place, pg_current_snapshot()::text, whole.yes, (select count(*) from pulse) = 1,
        (extract(epoch from clock_timestamp()) * 1000000)::int8, ";

struct Pulse {
    header: Header,
    is_in_place: bool,
    snapshot: Snapshot,
    is_whole: bool,
    is_written: bool,
    engine_now: i64,
}

impl Pulse {
    fn of(row: &Row, session: &Session, accepted: &[PostgresDanger]) -> Step<Self> {
        let header = header_of(row)?;
        check_settings(row, 7, accepted)?;
        Ok(Self {
            header,
            is_in_place: is_same_place(row.try_get(2)?, &session.place),
            snapshot: row.try_get::<_, &str>(3)?.parse()?,
            is_whole: row.try_get(4)?,
            is_written: row.try_get(5)?,
            engine_now: row.try_get(6)?,
        })
    }
}

async fn pulse(
    session: &Session,
    (own, writer): (Beat, Beat),
    list: &[u8],
    is_lost: bool,
    accepted: &[PostgresDanger],
) -> Step<Pulse> {
    let statement = format!("{PULSE}{SETTINGS_NOW} from whole left join hallpass_denylist on true");
    let (reader, others) = (own.process.as_slice(), writer.process.as_slice());
    let values: [(&(dyn ToSql + Sync), Type); 7] = [
        (&reader, Type::BYTEA),
        (&own.beat, Type::INT8),
        (&own.at_least, Type::INT8),
        (&others, Type::BYTEA),
        (&writer.at_least, Type::INT8),
        (&is_lost, Type::BOOL),
        (&list, Type::BYTEA),
    ];
    Pulse::of(&session.client.query_typed_one(&statement, &values).await?, session, accepted)
}

/// A page goes by the snapshot of its pulse. Once that is durable, so is the end of each transaction that the snapshot
/// shows, and no crash lets the engine give one of their numbers to another.
pub(super) async fn look(
    session: &Session,
    proofs: &Mutex<Proofs>,
    accepted: &[PostgresDanger],
    mut position: Position,
    most: usize,
) -> Step<Look> {
    proofs.lock().check_reader()?;
    loop {
        let (beats, is_lost, list) = {
            let mut proofs = proofs.lock();
            (proofs.next_look(), proofs.is_lost(), proofs.header().list())
        };
        let pulse = pulse(session, beats, &list, is_lost, accepted);
        let (pulse, rows) = both(pulse, rows(&session.client, &position, most)).await?;
        let seen = Seen {
            header: &pulse.header,
            is_in_place: pulse.is_in_place,
            place: &session.place,
            is_whole: pulse.is_whole,
            mark: pulse.snapshot.xmax,
            engine_now: pulse.engine_now,
        };
        let has_lost = {
            let mut proofs = proofs.lock();
            proofs.check_list(&pulse.header)?;
            proofs.has_seen(pulse.is_written.then_some(beats.0), &seen)
        };
        if !pulse.is_written && !has_lost {
            // There is a new epoch, in which nothing is missed: once more, with a write.
            continue;
        }
        if position.is_ahead_of(&pulse.snapshot) {
            position = Position::default();
            continue;
        }
        let page = page(&given(&rows)?, position, pulse.snapshot, most)?;
        return Ok(Look { page, header: pulse.header, engine_now: from_micros(pulse.engine_now), has_lost });
    }
}
