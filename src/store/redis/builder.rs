//! How a store is opened.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::RedisStore;
use super::address::{Address, checked_prefix};
use super::danger::RedisDanger;
use super::keys::Keys;
use super::line::{Line, Session};
use super::server::{Server, Tls};
use super::write;
use crate::events::Events;
use crate::store::limits::Limits;
use crate::store::{Header, StoreError, StoreErrorKind, tls};

/// Opens a [`RedisStore`]. From [`RedisStore::builder`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it opens a store"]
pub struct RedisBuilder {
    accepted: Vec<RedisDanger>,
    limits: Limits,
    replicas: u32,
    prefix: Option<String>,
}

const PREFIX: &str = "hallpass";

impl RedisBuilder {
    pub(super) fn new() -> Self {
        Self { accepted: Vec::new(), limits: Limits::default(), replicas: 0, prefix: None }
    }

    /// Accepts what the engine's check refuses, by its name.
    pub fn accept(mut self, danger: RedisDanger) -> Self {
        self.accepted.push(danger);
        self
    }

    /// Each write, and with it each look, counts only once so many replicas have it (`WAIT`, on the same connection); 0
    /// unless set. It is not less than the engine's own disk: both are asked for.
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// What the names of the list's keys begin with, for several lists in one database; `hallpass` unless set here or
    /// in the URL, which wins. Up to 100 letters, digits, and `-`, `_`, `.`, `:`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// How long it may take to connect, and to check the engine; 5 seconds unless set.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.limits.connect = limit;
        self
    }

    /// How long a look, and reading a page, may take once there is a connection; 2 seconds unless set. At most half the
    /// [staleness bound](crate::DenylistBuilder::staleness_bound) of the list, so that after one that was in vain there
    /// is time for another.
    pub fn look_limit(mut self, limit: Duration) -> Self {
        self.limits.look = limit;
        self
    }

    /// Lowers the limit of looks to this.
    pub(crate) fn look_within(mut self, limit: Duration) -> Self {
        self.limits.look = self.limits.look.min(limit);
        self
    }

    /// How long a write may take once there is a connection; 5 seconds unless set. What goes through all records,
    /// vouching anew and a new epoch, may take twelve times as long.
    pub fn write_limit(mut self, limit: Duration) -> Self {
        self.limits.write = limit;
        self
    }

    /// Opens the list in this database. If there is none, it is made, with this header; if there is, its own header
    /// counts. See [`RedisStore::open`].
    ///
    /// # Errors
    /// As [`RedisStore::open`].
    pub fn open(self, url: &str, new: Header) -> Result<RedisStore, StoreError> {
        let server = self.server(url)?;
        let mut writer = Line::new()?;
        let lay_down = async |session: &Session| write::lay_down(session, &server, &new).await;
        if writer.step(&server, server.limits.write, lay_down)? {
            Events::list_created(&server.name);
        }
        RedisStore::with(server, writer)
    }

    /// Opens a list that is there.
    ///
    /// # Errors
    /// As [`RedisStore::open_existing`].
    pub fn open_existing(self, url: &str) -> Result<RedisStore, StoreError> {
        RedisStore::with(self.server(url)?, Line::new()?)
    }

    pub(super) fn server(self, url: &str) -> Result<Server, StoreError> {
        let Address { host, port, info, wants_tls, roots, prefix, name } = Address::parse(url)?;
        let prefix = prefix.or(self.prefix).map_or_else(|| Ok(PREFIX.to_owned()), checked_prefix)?;
        let tls = wants_tls.then(|| {
            let config = tls::client(roots.as_deref())?;
            let server = ServerName::try_from(host.clone());
            let server = server.map_err(|error| StoreError::new(StoreErrorKind::Address).because(error))?;
            Ok(Tls { connector: TlsConnector::from(Arc::new(config)), server })
        });
        let tls = tls.transpose().map_err(|error: StoreError| error.at(&name))?;
        let (keys, accepted, limits, replicas) = (Keys::new(&prefix), self.accepted, self.limits, self.replicas);
        Ok(Server { host, port, info, tls, name, keys, accepted, limits, replicas })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_looks_is_lowered_and_never_raised() {
        for (limit, expected) in [(500, 500), (2_000, 2_000), (30_000, 2_000)] {
            let builder = RedisBuilder::new().look_within(Duration::from_millis(limit));
            assert_eq!(builder.limits.look, Duration::from_millis(expected));
        }
    }

    #[test]
    fn a_host_that_no_certificate_can_name_is_a_wrong_address() {
        let refused = RedisBuilder::new().open_existing("rediss://a..b/0").unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Address, "{refused}");
    }
}
