//! What the script of a look answers (look.lua).

#[cfg(feature = "testing")]
use chrono::{DateTime, Utc};
use redis::Value;

#[cfg(feature = "testing")]
use super::answer::next;
use super::answer::{exactly, moment, number, optional, text};
#[cfg(feature = "testing")]
use super::failure::Failure;
use super::failure::Step;
use super::position::Position;
use crate::store::Header;
#[cfg(feature = "testing")]
use crate::store::StoreError;
use crate::time::from_micros;

/// Whether all is there, the header, the list and its place, how many entries there ever were, the last, and the clock.
#[cfg(feature = "testing")]
pub(crate) type PulseTold = (bool, Option<Header>, [Option<Vec<u8>>; 2], u64, String, DateTime<Utc>);

pub(super) struct Pulse {
    /// Whether all is there that should be, and the reader's beat was written.
    pub(super) is_whole: bool,
    pub(super) header: Option<Header>,
    pub(super) list: Option<Vec<u8>>,
    pub(super) place: Option<Vec<u8>>,
    pub(super) ever_added: u64,
    pub(super) last: Position,
    pub(super) engine_now: i64,
}

impl Pulse {
    pub(super) fn of(answer: &Value) -> Step<Self> {
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

/// What a look's script has answered, as it comes over the wire.
#[cfg(feature = "testing")]
pub(crate) fn pulse_of(answer: &[u8]) -> Result<PulseTold, StoreError> {
    let read = || Pulse::of(&next(&mut [redis::parse_redis_value(answer)?].into_iter())?);
    let Pulse { is_whole, header, list, place, ever_added, last, engine_now } = read().map_err(Failure::told)?;
    Ok((is_whole, header, [list, place], ever_added, last.to_string(), from_micros(engine_now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_tells_whether_something_is_missed_and_what_is_there() {
        let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let pulse = |whole| {
            let (list, ever_added, last) = (bulk("list"), Value::Int(7), bulk("1-2"));
            let parts =
                [Value::Int(whole), Value::Nil, Value::Nil, list, Value::Nil, ever_added, last, bulk("3"), bulk("4")];
            Pulse::of(&Value::Array(parts.into())).ok().unwrap()
        };
        assert!(pulse(1).is_whole && !pulse(0).is_whole);
        let pulse = pulse(0);
        assert_eq!((pulse.list.as_deref(), pulse.place, pulse.ever_added), (Some(&b"list"[..]), None, 7));
        assert_eq!((pulse.last, pulse.engine_now), ("1-2".parse().unwrap(), 3_000_004));
    }
}
