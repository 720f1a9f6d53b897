//! The store that many processes share: PostgreSQL.
//!
//! ```text
//! append, purge ──► writer ──► one transaction each; behind it, without waiting, a notification for the others
//! look ──────────► reader ──► a pulse, which is a durable write, and a page behind it, in one round trip
//! read ──────────► reader ──► a page, which moves nobody's cursor past what the last look has shown
//! wait ──────────► reader ──► until a notification comes
//! ```
//!
//! Three tables, see schema.sql. What a list knows is the join of all records, so that a row that comes twice does no
//! harm, and only a row that never comes does. So nobody reads by `id > last`: numbers are given before transactions
//! commit, and the lower may commit later. A reader asks for what its last snapshot did not show (cursor.rs).
//!
//! Whoever has a connection has had the engine checked (engine.rs), and each look finds out whether the engine still has
//! what it acknowledged (../proof.rs).

mod address;
mod builder;
mod cursor;
mod danger;
mod engine;
mod failure;
mod line;
mod look;
mod purge;
mod read;
mod rows;
mod schema;
mod wire;
mod write;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

pub use self::builder::PostgresBuilder;
use self::cursor::Position;
#[cfg(feature = "testing")]
pub(crate) use self::cursor::asked_after;
pub use self::danger::PostgresDanger;
use self::line::{Line, Server};
#[cfg(feature = "testing")]
pub(crate) use self::rows::page_of;
pub use self::schema::POSTGRES_SCHEMA;
use super::proof::Proofs;
use super::{Cursor, EngineInfo, Header, Look, Page, Purged, Record, SharedStore, Store, StoreError, StoreErrorKind};
use crate::sync::Mutex;

/// A denylist in a PostgreSQL database, version 13 or newer, which many processes share.
///
/// It has two connections, a writer and a reader, so that neither keeps the other waiting, and makes them anew after
/// every error. Both need a session of their own: a pooler that hands out transactions (`PgBouncer` in transaction
/// mode) refuses the settings with which they begin (`options`), and if it is told to ignore these, the check notices.
///
/// The URL is `postgres://user:password@host:port/database?name=value` or libpq's `name=value` pairs. `sslmode` is one
/// of `disable`, `prefer`, `require`, `verify-ca` and `verify-full`; unless it is given, TLS is required for every host
/// but this machine (loopback addresses, Unix sockets). Where TLS is spoken the certificate and the name in it are
/// verified, whichever mode asks for it: this is stricter than libpq. `sslrootcert` names a file of certificates, in
/// PEM, that are trusted instead of the system's. `options` are the engine's (`-c search_path=…`); a few of ours go
/// behind them. No part of the URL but hosts, ports and the database is ever shown.
///
/// The engine is checked with each connection and each look: that it is no replica, may be written to, and keeps what it
/// acknowledges (`fsync`, `full_page_writes`, `synchronous_commit`, logged tables).
/// [`StoreErrorKind::Unsafe`] says what is wrong; [`PostgresDanger`]s can be accepted by name.
pub struct PostgresStore {
    server: Server,
    writer: Mutex<Line>,
    reader: Mutex<Line>,
    proofs: Mutex<Proofs>,
    woken: Notify,
}

impl PostgresStore {
    /// Opens the list in this database. If there is none, its tables are made, and this header is laid down; if there
    /// is, its own header counts. Any number of processes may do so at once. A role that may not make tables finds them
    /// made by [`POSTGRES_SCHEMA`].
    ///
    /// # Errors
    /// [`StoreError`] when there is no connection, [`StoreErrorKind::Unsafe`] when the engine may lose what it
    /// acknowledges, [`StoreErrorKind::Newer`] or [`StoreErrorKind::Damaged`] when the header can't be read.
    pub fn open(url: &str, new: Header) -> Result<Self, StoreError> {
        Self::builder().open(url, new)
    }

    /// Opens a list that is there.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StoreErrorKind::Missing`] when there is none.
    pub fn open_existing(url: &str) -> Result<Self, StoreError> {
        Self::builder().open_existing(url)
    }

    /// For other limits, and for an engine that is accepted as it is.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::new()
    }

    /// What the engine says of itself, in one round trip.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be asked.
    pub fn engine(&self) -> Result<EngineInfo, StoreError> {
        let limit = self.server.limits.look;
        self.writer.lock().step(&self.server, limit, async |session| engine::info(&session.client).await)
    }

    fn with(
        server: Server,
        writer: Line,
        reader: Line,
        header: &Header,
        is_deserted: bool,
    ) -> Result<Self, StoreError> {
        let proofs =
            Proofs::new(header, is_deserted).map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
        let (writer, reader, proofs) = (Mutex::new(writer), Mutex::new(reader), Mutex::new(proofs));
        Ok(Self { server, writer, reader, proofs, woken: Notify::new() })
    }

    fn position(&self, cursor: &Cursor) -> Result<Position, StoreError> {
        Position::try_from(cursor).map_err(|error| error.told(&self.server.config).at(&self.server.name))
    }
}

impl Store for PostgresStore {
    fn header(&self) -> Result<Header, StoreError> {
        let limit = self.server.limits.look;
        self.writer
            .lock()
            .step(&self.server, limit, async |session| engine::own_header(&session.client, &self.proofs).await)
    }

    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let (limit, proofs, accepted) = (self.server.limits.write, &self.proofs, &self.server.accepted);
        let append = async |session: &line::Session| write::append(session, proofs, accepted, records).await;
        self.writer.lock().step(&self.server, limit, append)
    }

    /// Writes nothing, unless what has come since the last [`look`](SharedStore::look) is so much that it is one.
    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        let (limit, position) = (self.server.limits.look, self.position(since)?);
        let mut reader = self.reader.lock();
        reader.forget_heard();
        let read = async |session: &line::Session| read::read(&session.client, position, most).await;
        let page = reader.step(&self.server, limit, read)?;
        drop(reader);
        page.map_or_else(|| self.look(since, most).map(|look| look.page), Ok)
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        let (limit, proofs) = (self.server.limits.write, &self.proofs);
        let purge = async |session: &line::Session| purge::purge(session, proofs, now, most).await;
        self.writer.lock().step(&self.server, limit, purge)
    }

    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        let (proofs, limit) = (&self.proofs, self.server.limits.rewrite());
        let vouch = async |session: &line::Session| write::vouch_anew(session, proofs, now, from).await;
        self.writer.lock().step(&self.server, limit, vouch)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock();
        writer.close();
        let read = async |session: &line::Session| engine::own_header(&session.client, &self.proofs).await;
        writer.step(&self.server, self.server.limits.look, read).map(drop)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl SharedStore for PostgresStore {
    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        let (limit, position) = (self.server.limits.look, self.position(since)?);
        let (proofs, accepted) = (&self.proofs, &self.server.accepted);
        let mut reader = self.reader.lock();
        // What was heard of until now, this look finds.
        reader.forget_heard();
        reader.step(&self.server, limit, async |session| look::look(session, proofs, accepted, position, most).await)
    }

    fn wait(&self, longest: Duration) {
        self.reader.lock().wait(longest, &self.woken);
    }

    fn wake(&self) {
        self.woken.notify_one();
    }

    /// `known` is the header that the [`look`](SharedStore::look) gave which has found out. Goes through all records.
    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        let limit = self.server.limits.rewrite();
        let begin = async |session: &line::Session| write::begin_epoch(session, &self.proofs, known, now, from).await;
        let mut writer = self.writer.lock();
        // It may go to where the list was before.
        writer.close();
        let header = writer.step(&self.server, limit, begin)?;
        drop(writer);
        self.proofs.lock().adopt(&header);
        Ok(())
    }
}

impl fmt::Debug for PostgresStore {
    /// Without the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("server", &self.server.name).finish_non_exhaustive()
    }
}
