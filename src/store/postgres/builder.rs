//! How a store is opened.

use std::time::Duration;

use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresStore;
use super::address::Address;
use super::danger::PostgresDanger;
use super::line::{Line, Server, Session};
use super::{engine, schema};
use crate::events::Events;
use crate::store::limits::Limits;
use crate::store::{Header, StoreError, tls};

/// Opens a [`PostgresStore`]. From [`PostgresStore::builder`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it opens a store"]
pub struct PostgresBuilder {
    accepted: Vec<PostgresDanger>,
    limits: Limits,
}

impl PostgresBuilder {
    pub(super) fn new() -> Self {
        Self { accepted: Vec::new(), limits: Limits::default() }
    }

    /// Accepts what the engine's check refuses, by its name.
    pub fn accept(mut self, danger: PostgresDanger) -> Self {
        self.accepted.push(danger);
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
    /// counts. See [`PostgresStore::open`].
    ///
    /// # Errors
    /// As [`PostgresStore::open`].
    pub fn open(self, url: &str, new: Header) -> Result<PostgresStore, StoreError> {
        let server = self.server(url)?;
        let mut writer = Line::new(false)?;
        let lay_down = async |session: &Session| schema::lay_down(session, &new).await;
        if writer.first_step(&server, server.limits.write, lay_down)? {
            Events::list_created(&server.name);
        }
        // What was made is checked like what was there.
        writer.close();
        finish(server, writer)
    }

    /// Opens a list that is there.
    ///
    /// # Errors
    /// As [`PostgresStore::open_existing`].
    pub fn open_existing(self, url: &str) -> Result<PostgresStore, StoreError> {
        let server = self.server(url)?;
        finish(server, Line::new(false)?)
    }

    fn server(self, url: &str) -> Result<Server, StoreError> {
        let address = Address::parse(url, self.limits.connect)?;
        let trusting = match address.wants_tls() {
            true => tls::client(address.roots.as_deref()),
            false => tls::nobodys(),
        };
        let tls = MakeRustlsConnect::new(trusting.map_err(|error| error.at(&address.name))?);
        let Address { config, name, .. } = address;
        Ok(Server { config, tls, name, accepted: self.accepted, limits: self.limits })
    }
}

fn finish(server: Server, mut writer: Line) -> Result<PostgresStore, StoreError> {
    let (header, is_deserted) = writer.step(&server, server.limits.look, async |session| {
        let header = engine::header(&session.client).await?;
        Ok((header, engine::is_deserted(&session.client, &header).await?))
    })?;
    PostgresStore::with(server, writer, Line::new(true)?, &header, is_deserted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_looks_is_lowered_and_never_raised() {
        for (limit, expected) in [(500, 500), (2_000, 2_000), (30_000, 2_000)] {
            let builder = PostgresBuilder::new().look_within(Duration::from_millis(limit));
            assert_eq!(builder.limits.look, Duration::from_millis(expected));
        }
    }
}
