//! A token before it is sealed.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::choices::Choices;
use super::sample::{Sample, SampleError};
use crate::claims::{Claims, write_private};
use crate::issuer::{IssueError, Login, payload};
use crate::key::Key;
use crate::testing::Fixture;
use crate::token::{footer_naming, seal_as_it_is};

/// What a login would say, under the fixture's clock, and the choices that are left.
pub(super) struct Draft<'a> {
    pub(super) fixture: &'a Fixture,
    pub(super) claims: Claims,
    pub(super) choices: Choices,
    private: String,
}

impl<'a> Draft<'a> {
    pub(super) fn new<C: Serialize>(sample: &Sample<C>, fixture: &'a Fixture) -> Result<Self, SampleError> {
        let login = Login::new(sample.subject.as_str()).claims(&sample.claims)?;
        let token = fixture.issuer.login_at(login, fixture.now())?;
        let private = write_private(&sample.claims)?;
        Ok(Self { fixture, claims: token.registered().clone(), choices: Choices::new(sample.choice), private })
    }

    pub(super) fn payload(&self) -> Result<String, SampleError> {
        Ok(payload(&self.claims, Some(&self.private))?)
    }

    /// The key that the fixture issues with.
    pub(super) fn current(&self) -> Result<Key, SampleError> {
        Ok(self.fixture.keys.set().current().cloned().ok_or(IssueError::NoIssuingKey)?)
    }

    /// As the fixture's issuer would seal it.
    pub(super) fn sealed(&self) -> Result<String, SampleError> {
        self.sealed_as(self.payload()?.as_bytes())
    }

    /// With this payload.
    pub(super) fn sealed_as(&self, payload: &[u8]) -> Result<String, SampleError> {
        let key = self.current()?;
        self.sealed_by(&key, payload, &footer(&key))
    }

    pub(super) fn sealed_by(&self, key: &Key, payload: &[u8], footer: &str) -> Result<String, SampleError> {
        seal(key, payload, footer, self.fixture.issuer.bound_to())
    }
}

/// All these after a moment.
pub(super) fn after(moment: DateTime<Utc>, all: &[TimeDelta]) -> Result<DateTime<Utc>, SampleError> {
    let later = all.iter().try_fold(moment, |moment, by| moment.checked_add_signed(*by));
    Ok(later.ok_or(IssueError::Date)?)
}

/// All these before a moment.
pub(super) fn before(moment: DateTime<Utc>, all: &[TimeDelta]) -> Result<DateTime<Utc>, SampleError> {
    let earlier = all.iter().try_fold(moment, |moment, by| moment.checked_sub_signed(*by));
    Ok(earlier.ok_or(IssueError::Date)?)
}

/// The footer that names this key.
pub(super) fn footer(key: &Key) -> String {
    footer_naming(key.id())
}

pub(super) fn seal(key: &Key, payload: &[u8], footer: &str, bound_to: &[u8]) -> Result<String, SampleError> {
    Ok(seal_as_it_is(key, payload, footer.as_bytes(), bound_to).map_err(IssueError::from)?)
}
