//! Three processes' lists over one engine, each by a wire of its own. They are in one process here, so that one clock,
//! which is never set, tells what came first.

use std::thread::sleep;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hallpass::{Denylist, DenylistBuilder, Issuer, KeyRing, Verifier};

use super::engine::Engine;
use crate::proxy::Proxy;

pub(super) const ISSUER: &str = "https://app.example";
/// The shortest that there is, so that a round is over soon.
const STALENESS: TimeDelta = TimeDelta::seconds(1);
const MEMBERS: usize = 3;

/// Moments in microseconds since the round began, by the clock that is never set.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn now(&self) -> i64 {
        micros(self.0.elapsed())
    }

    /// When a moment of the wall's clock comes.
    pub(super) fn when(&self, moment: DateTime<Utc>) -> i64 {
        let ahead = moment.signed_duration_since(Utc::now());
        self.now() + ahead.num_microseconds().expect("soon")
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("short")
}

pub(super) struct Member {
    pub(super) denylist: Denylist,
    pub(super) issuer: Issuer,
    pub(super) verifier: Verifier,
    pub(super) proxy: Proxy,
}

pub(super) struct Fleet {
    pub(super) members: Vec<Member>,
    pub(super) clock: Clock,
    keys: KeyRing,
}

/// How long after everything was mended all could read and write again, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Converged {
    pub(super) reading: i64,
    pub(super) writing: i64,
}

fn builder() -> DenylistBuilder {
    Denylist::builder().staleness_bound(STALENESS).capacity(100_000)
}

impl Fleet {
    pub(super) fn open(engine: &dyn Engine) -> Self {
        let keys = KeyRing::generate_local().expect("keys");
        let members = (0..MEMBERS).map(|_| {
            let proxy = Proxy::to(engine.port());
            let denylist = engine.connect(builder(), proxy.port).expect("connects");
            let (issuer, verifier) = roles(&keys, &denylist);
            Member { denylist, issuer, verifier, proxy }
        });
        Self { members: members.collect(), clock: Clock(Instant::now()), keys }
    }

    /// Somebody who comes later, and knows what the engine knows.
    pub(super) fn newcomer(&self, engine: &dyn Engine) -> (Denylist, Verifier) {
        let denylist = engine.connect(builder(), engine.port()).expect("connects");
        let (_, verifier) = roles(&self.keys, &denylist);
        (denylist, verifier)
    }

    /// Until every list knows all that was acknowledged by this moment, and all that was revoked on it is safe.
    pub(super) fn converge(&self, mended: i64, limit: Duration) -> Result<Converged, String> {
        let (mut reading, mut writing) = (None, None);
        loop {
            let since = self.clock.now() - mended;
            let is_current = |member: &Member| {
                let age = member.denylist.stats().staleness.and_then(|age| age.num_microseconds());
                age.is_some_and(|age| age <= since)
            };
            let all_current = self.members.iter().all(is_current);
            let can_write = self.members.iter().all(|member| member.denylist.store_error().is_none());
            reading = reading.or(all_current.then_some(since));
            writing = writing.or(can_write.then_some(since));
            if let (Some(reading), Some(writing)) = (reading, writing) {
                return Ok(Converged { reading, writing });
            }
            if since > micros(limit) {
                let stats: Vec<_> =
                    self.members.iter().map(|one| (one.denylist.stats(), one.denylist.store_error())).collect();
                return Err(format!("not all is well {limit:?} after it was mended: {stats:?}"));
            }
            sleep(Duration::from_millis(2));
        }
    }

    /// Until all that was revoked anywhere is safe, and everyone knows of it.
    pub(super) fn settle(&self, limit: Duration) -> Result<(), String> {
        let until = Instant::now() + limit;
        while !self.members.iter().all(|member| member.denylist.stats().unsaved == 0) {
            if Instant::now() > until {
                return Err(format!("something is not safe after {limit:?}"));
            }
            sleep(Duration::from_millis(5));
        }
        for member in &self.members {
            member.denylist.catch_up(limit).wait().map_err(|error| format!("in the end: {error}"))?;
        }
        Ok(())
    }
}

fn roles(keys: &KeyRing, denylist: &Denylist) -> (Issuer, Verifier) {
    (Issuer::new(keys, ISSUER, denylist), Verifier::new(keys, ISSUER, denylist))
}
