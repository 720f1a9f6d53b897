//! An engine that many servers share: whether it is there, is safe, has a list, and how its clock goes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
#[cfg(feature = "postgres")]
use hallpass::store::PostgresStore;
#[cfg(feature = "redis")]
use hallpass::store::RedisStore;
use hallpass::store::{EngineInfo, Store, StoreError};
use hallpass::time::engine_tolerance;

use super::remedy;
use super::report::Report;
use crate::clock::Watch;
use crate::screen::OutputError;
use crate::text;

/// How often it is asked how late it answers.
const ROUNDS: usize = 5;

/// Answers slower than this leave no room for a second one within the usual staleness bound of five seconds.
const SLOW: TimeDelta = TimeDelta::milliseconds(500);

/// Each server looks at least every twelve seconds, a fifth of the largest staleness bound; one is late now and then.
const DESERTED: TimeDelta = TimeDelta::seconds(60);

type Asked = (Arc<dyn Store>, Box<dyn Fn() -> Result<EngineInfo, StoreError>>);

/// Gives the store if its records can be read.
pub(super) fn look(report: &mut Report, url: &str, leeway: TimeDelta) -> Result<Option<Arc<dyn Store>>, OutputError> {
    let asked = open(url).and_then(|(store, ask)| Ok((store, rounds(&ask)?)));
    let (store, rounds) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            report.error("engine", &text::chain(&error), remedy::of_engine(error.kind()))?;
            return Ok(None);
        }
    };
    let Some(Round { info, .. }) = rounds.first() else { return Ok(None) };
    report.ok("engine", &format!("{}: reachable, keeps what it acknowledges, and has a list", info.version))?;
    times(report, &rounds)?;
    clocks(report, &rounds, leeway)?;
    servers(report, info)?;
    Ok(Some(store))
}

fn open(url: &str) -> Result<Asked, StoreError> {
    #[cfg(feature = "redis")]
    if url.starts_with("redis") {
        let store = Arc::new(RedisStore::open_existing(url)?);
        return Ok((store.clone(), Box::new(move || store.engine())));
    }
    #[cfg(feature = "postgres")]
    {
        let store = Arc::new(PostgresStore::open_existing(url)?);
        Ok((store.clone(), Box::new(move || store.engine())))
    }
    #[cfg(not(feature = "postgres"))]
    Err(hallpass::store::StoreErrorKind::Foreign.into())
}

struct Round {
    info: EngineInfo,
    took: TimeDelta,
    /// This machine's clock, in the middle of it.
    here: DateTime<Utc>,
}

fn rounds(ask: &dyn Fn() -> Result<EngineInfo, StoreError>) -> Result<Vec<Round>, StoreError> {
    let round = |()| {
        let watch = Watch::start();
        let info = ask()?;
        let (took, here) = watch.stop();
        Ok(Round { info, took, here })
    };
    [(); ROUNDS].into_iter().map(round).collect()
}

fn times(report: &mut Report, rounds: &[Round]) -> Result<(), OutputError> {
    let took = |choose: fn(TimeDelta, TimeDelta) -> TimeDelta| rounds.iter().map(|round| round.took).reduce(choose);
    let (Some(least), Some(most)) = (took(TimeDelta::min), took(TimeDelta::max)) else { return Ok(()) };
    let shown = format!("it answers within {} to {} ms", least.num_milliseconds(), most.num_milliseconds());
    match most > SLOW {
        true => report.warning("engine-round-trip", &shown, "look at its load, its disk and the network"),
        false => report.ok("engine-round-trip", &shown),
    }
}

/// By the quickest round, of which the middle is nearest to what the engine has read.
fn clocks(report: &mut Report, rounds: &[Round], leeway: TimeDelta) -> Result<(), OutputError> {
    let Some(quickest) = rounds.iter().min_by_key(|round| round.took) else { return Ok(()) };
    let ahead = quickest.here.signed_duration_since(quickest.info.now);
    let allowed = engine_tolerance(leeway);
    let shown = format!(
        "this machine's clock is {} ms {} the engine's, of {} ms that the leeway allows",
        ahead.abs().num_milliseconds(),
        if ahead < TimeDelta::zero() { "behind" } else { "ahead of" },
        allowed.num_milliseconds()
    );
    let half = TimeDelta::milliseconds(allowed.num_milliseconds().div_euclid(2));
    match ahead.abs() {
        by if by > allowed => report.error(
            "engine-clock",
            &shown,
            "put the clock right that is wrong (NTP); nobody gets in here until then",
        ),
        by if by > half => report.warning("engine-clock", &shown, "run NTP on both machines"),
        _ => report.ok("engine-clock", &shown),
    }
}

/// Whether servers are looking now, where the engine tells.
fn servers(report: &mut Report, info: &EngineInfo) -> Result<(), OutputError> {
    let Some(last) = info.last_look else { return Ok(()) };
    let since = info.now.signed_duration_since(last);
    if since <= DESERTED {
        return report.ok("engine-servers", "servers are looking at it");
    }
    report.warning(
        "engine-servers",
        &format!("no server has looked at it for {}", text::about(since)),
        "start the servers, or look why they can't reach it; after the records' time, everyone logs in once more",
    )
}
