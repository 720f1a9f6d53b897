//! What a denylist says of itself, held against the clock and against the settings of the servers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hallpass::Denylist;
use hallpass::store::{Header, Store};
use hallpass::time::{BACKSTEP_TOLERANCE, to_rfc3339};

use super::report::Report;
use super::{Settings, remedy};
use crate::clock;
use crate::denylist::{Counts, RevokedKeys};
use crate::failure::Failure;
use crate::screen::OutputError;
use crate::text::{about as roughly, chain, duration};

/// Beyond so many percent the next busy day may fill the list.
const NEARLY_FULL: u64 = 80;

pub(super) fn look(
    report: &mut Report,
    store: &dyn Store,
    settings: &Settings,
) -> Result<Option<RevokedKeys>, Failure> {
    let read = store.header().and_then(|header| Ok((header, Counts::of(store, &header, clock::now())?)));
    let (header, counts) = match read {
        Ok(read) => read,
        Err(error) => {
            report.error("list-records", &chain(&error), remedy::of_file(error.kind()))?;
            return Ok(None);
        }
    };
    about(report, &header)?;
    lifetime(report, &header, settings.lifetime)?;
    records(report, &counts)?;
    capacity(report, &counts, settings.capacity)?;
    times(report, &header, &counts, settings.leeway)?;
    Ok(Some(counts.revoked_keys))
}

fn about(report: &mut Report, header: &Header) -> Result<(), OutputError> {
    let (created, from) = (to_rfc3339(header.created()), to_rfc3339(header.vouches_from()));
    let epoch = URL_SAFE_NO_PAD.encode(header.epoch());
    report.ok("list-header", &format!("made at {created}, epoch {epoch}; sessions count that began after {from}"))
}

fn lifetime(report: &mut Report, header: &Header, of_issuers: Option<TimeDelta>) -> Result<(), OutputError> {
    let longest = header.longest_lifetime();
    let kept = format!("tokens live for {} at most, records for {}", duration(longest), duration(header.retention()));
    match of_issuers {
        Some(lifetime) if lifetime > longest => report.error(
            "lifetime",
            &format!("{kept}, and issuers are set to {}", duration(lifetime)),
            "lower the idle timeout of the issuers; a list keeps its longest lifetime, so for a longer one begin a new list",
        ),
        _ => report.ok("lifetime", &kept),
    }
}

fn records(report: &mut Report, counts: &Counts) -> Result<(), OutputError> {
    let Counts { ids, subjects, everyone, keys, first_uses, expired, malformed, .. } = counts;
    let shown = format!(
        "ids {ids}, subjects {subjects}, everyone {everyone}, keys {keys}, first uses {first_uses}, expired {expired}"
    );
    match malformed {
        0 => report.ok("list-records", &shown),
        malformed => report.error(
            "list-records",
            &format!("{shown}; {malformed} can't be read, and what they revoked is not known"),
            "find out who else writes there; revoke keys again that may be among them",
        ),
    }
}

fn capacity(report: &mut Report, counts: &Counts, capacity: Option<usize>) -> Result<(), Failure> {
    let capacity = match capacity {
        Some(capacity) => capacity,
        None => Denylist::in_memory()?.stats().capacity,
    };
    let room = u64::try_from(capacity).unwrap_or(u64::MAX);
    let percent = counts.ids.saturating_mul(100).checked_div(room).unwrap_or(100);
    let shown = format!("{} of {room} ids, {percent} percent", counts.ids);
    Ok(match percent {
        100.. => report.error(
            "list-capacity",
            &format!("{shown}: no more can be revoked"),
            "raise DenylistBuilder::capacity and restart; find out who logs in and out so often",
        ),
        NEARLY_FULL.. => report.warning(
            "list-capacity",
            &shown,
            "raise DenylistBuilder::capacity at the next restart; find out who logs in and out so often",
        ),
        _ => report.ok("list-capacity", &shown),
    }?)
}

/// Whether this machine's clock stands where whoever wrote the list has already been.
fn times(report: &mut Report, header: &Header, counts: &Counts, leeway: TimeDelta) -> Result<(), OutputError> {
    let now = clock::now();
    let behind =
        |moment: DateTime<Utc>, allowed: TimeDelta| Some(moment.signed_duration_since(now)).filter(|by| *by > allowed);
    let remedy = "put this machine's clock right (NTP); docs/STORAGE.md says what a clock that was ahead has done";
    let newest = counts.newest.max(Some(header.created()));
    if let Some(by) = header.purged().and_then(|purged| behind(purged, BACKSTEP_TOLERANCE)) {
        let by = roughly(by);
        return report.error(
            "list-clock",
            &format!("the list was purged by a clock that is {by} ahead of this one"),
            remedy,
        );
    }
    match newest.and_then(|newest| behind(newest, leeway)) {
        Some(by) => {
            let by = roughly(by);
            report.error("list-clock", &format!("the newest record is {by} ahead of this machine's clock"), remedy)
        }
        None => report.ok("list-clock", "nothing in it is ahead of this machine's clock"),
    }
}
