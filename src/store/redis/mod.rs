//! The store that many processes share: Redis, or Valkey.
//!
//! ```text
//! append, purge ──► writer ──► a script each, and what the settings are
//! look ──────────► reader ──► a page, and behind it a pulse, which is a durable write, in one round trip
//! read ──────────► reader ──► a page
//! wait ──────────► waiter ──► until there is an entry after the last that was read
//! ```
//!
//! Four kinds of keys, see keys.rs. One stream is log and snapshot in one: an entry is deleted when its record has been
//! kept for as long as it must be, which a sorted set tells, or says of a key what a newer one says as well; and never for
//! being one too many or old.
//!
//! Streams say nothing when something is missing: a cursor before the first entry, or beyond the last, gives what there
//! is. So each of our scripts counts what it adds and what it removes, and each look compares that with what the stream
//! itself says of the entries that it ever had and has (look.lua). Whoever trims, deletes, evicts, flushes or begins
//! anew leaves another number. And each connection counts up with whatever it writes, so that a copy without the last
//! of it is noticed (../proof.rs).
//!
//! Whoever has a connection has had the engine checked, and each look and each append asks again (engine.rs).

mod address;
mod answer;
mod builder;
mod danger;
mod engine;
mod entries;
mod failure;
mod keys;
mod line;
mod look;
mod memory;
mod position;
mod pulse;
mod purge;
mod read;
mod rewrite;
mod server;
mod waiter;
mod write;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::Pipeline;
use tokio::sync::Notify;

pub use self::builder::RedisBuilder;
pub use self::danger::RedisDanger;
#[cfg(feature = "testing")]
pub(crate) use self::entries::page_of;
use self::line::{Line, Session};
use self::memory::Memory;
use self::position::Position;
#[cfg(feature = "testing")]
pub(crate) use self::pulse::{PulseTold, pulse_of};
use self::server::Server;
use self::waiter::Waiter;
use super::{Cursor, EngineInfo, Header, Look, Page, Purged, Record, SharedStore, Store, StoreError};
use crate::sync::Mutex;

/// A denylist on a Redis server, version 7 or newer, or a Valkey server, which many processes share.
///
/// It has three connections, a writer, a reader and one that waits for news, so that none keeps the others waiting, and
/// makes them anew after every error.
///
/// The URL is `redis://user:password@host:port/database`, or `rediss://` for TLS, by which the certificate and the name
/// in it are verified; user, password, port and database may be left out. Over `redis://` everything is sent as it is,
/// the password too: it is for this machine alone, unless `?sslmode=disable` says that another one is meant.
/// `?sslrootcert=` names a file of certificates, in PEM, that are trusted instead of the system's;
/// `?prefix=` is what the names of the list's keys begin with. No part of the URL but host, port and database is ever
/// shown.
///
/// The engine is checked with each connection, each look and each append: that it is a primary and keeps what it
/// acknowledges (`appendonly yes`, `appendfsync always`, `no-appendfsync-on-rewrite no`, `maxmemory-policy noeviction`),
/// and if it has replicas, that writes wait for one (`min-replicas-to-write`, or
/// [`replicas`](RedisBuilder::replicas)). [`StoreErrorKind::Unsafe`] says what is wrong; [`RedisDanger`]s can be
/// accepted by name. What the user must be allowed: `EVAL`, `CONFIG GET`, `ACL DRYRUN`, `INFO`, `WAIT`, and reading and
/// writing keys that begin with `{hallpass}:`. The user `default` must be allowed to write them too, though not to log
/// in ([`RedisDanger::DefaultUserMayNotWrite`]).
///
/// A record takes about 170 bytes of the engine's memory. Each process asks for one round trip at each look, five in a
/// [staleness bound](crate::DenylistBuilder::staleness_bound): a page, a script with one small write, and the settings;
/// and besides for `XREAD`, which waits.
///
/// The server is one: what stands at the URL. A replica that takes over there is noticed, and a new epoch begun: everyone
/// logs in once more. Sentinels and the nodes of a cluster are not asked where the primary is; one node of a cluster will
/// do, if it holds the slot of the list's keys.
///
/// Nothing tells a primary that was started from the files of a replica, or from an older copy of its own, when no
/// process is left that remembers what is missing.
///
/// [`StoreErrorKind::Unsafe`]: super::StoreErrorKind::Unsafe
pub struct RedisStore {
    server: Server,
    writer: Mutex<Line>,
    reader: Mutex<Line>,
    waiter: Mutex<Waiter>,
    memory: Mutex<Memory>,
    woken: Notify,
}

impl RedisStore {
    /// Opens the list in this database. If there is none, it is made, with this header; if there is, its own header
    /// counts. Any number of processes may do so at once.
    ///
    /// # Errors
    /// [`StoreError`] when there is no connection, [`StoreErrorKind::Unsafe`] when the engine may lose what it
    /// acknowledges, [`StoreErrorKind::Newer`] or [`StoreErrorKind::Damaged`] when the header can't be read.
    ///
    /// [`StoreErrorKind::Unsafe`]: super::StoreErrorKind::Unsafe
    /// [`StoreErrorKind::Newer`]: super::StoreErrorKind::Newer
    /// [`StoreErrorKind::Damaged`]: super::StoreErrorKind::Damaged
    pub fn open(url: &str, new: Header) -> Result<Self, StoreError> {
        Self::builder().open(url, new)
    }

    /// Opens a list that is there.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StoreErrorKind::Missing`](super::StoreErrorKind::Missing) when there is none.
    pub fn open_existing(url: &str) -> Result<Self, StoreError> {
        Self::builder().open_existing(url)
    }

    /// For other limits and names, for replicas that are waited for, and for an engine that is accepted as it is.
    pub fn builder() -> RedisBuilder {
        RedisBuilder::new()
    }

    /// What the engine says of itself, in one round trip.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be asked.
    pub fn engine(&self) -> Result<EngineInfo, StoreError> {
        self.writer.lock().step(&self.server, self.server.limits.look, async |session| engine::info(session).await)
    }

    fn with(server: Server, mut writer: Line) -> Result<Self, StoreError> {
        let read = async |session: &Session| {
            let laid = write::laid(session, &server).await?;
            let (Some(header), Some(list)) = (laid.header, laid.list) else { return Err(write::no_list()) };
            Ok(Memory::new(header, String::from_utf8_lossy(&list).into_owned())?)
        };
        let memory = Mutex::new(writer.step(&server, server.limits.look, read)?);
        let (writer, reader, waiter) = (Mutex::new(writer), Mutex::new(Line::new()?), Mutex::new(Waiter::new()?));
        Ok(Self { server, writer, reader, waiter, memory, woken: Notify::new() })
    }

    fn position(&self, cursor: &Cursor) -> Result<Position, StoreError> {
        Position::try_from(cursor).map_err(|error| error.at(&self.server.name))
    }

    /// The header, if the list is the one that it was.
    fn header_by(&self, writer: &mut Line) -> Result<Header, StoreError> {
        let read = async |session: &Session| {
            let laid = write::laid(session, &self.server).await?;
            let (Some(header), Some(list)) = (laid.header, laid.list) else { return Err(write::no_list()) };
            self.memory.lock().is_ours(&list)?;
            Ok(header)
        };
        writer.step(&self.server, self.server.limits.look, read)
    }
}

impl Store for RedisStore {
    fn header(&self) -> Result<Header, StoreError> {
        self.header_by(&mut self.writer.lock())
    }

    /// Many records are appended in parts, each of which is there as a whole or not at all.
    fn append(&self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let (server, memory) = (&self.server, &self.memory);
        let append = async |session: &Session| write::append(session, server, memory, records).await;
        self.writer.lock().step(server, server.limits.write, append)
    }

    /// Writes nothing.
    fn read(&self, since: &Cursor, most: usize) -> Result<Page, StoreError> {
        let (server, memory, position) = (&self.server, &self.memory, self.position(since)?);
        let read = async |session: &Session| read::read(session, server, memory, position, most).await;
        self.reader.lock().step(server, server.limits.look, read)
    }

    fn purge(&self, now: DateTime<Utc>, most: usize) -> Result<Purged, StoreError> {
        let (server, list) = (&self.server, self.memory.lock().list.clone());
        let purge = async |session: &Session| purge::purge(session, server, list, now, most).await;
        self.writer.lock().step(server, server.limits.write, purge)
    }

    /// Goes through all records.
    fn vouch_anew(&self, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        let (server, memory) = (&self.server, &self.memory);
        let vouch = async |session: &Session| rewrite::vouch_anew(session, server, memory, now, from).await;
        self.writer.lock().step(server, server.limits.rewrite(), vouch)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock();
        writer.close();
        self.header_by(&mut writer).map(drop)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl SharedStore for RedisStore {
    fn look(&self, since: &Cursor, most: usize) -> Result<Look, StoreError> {
        let (server, memory, position) = (&self.server, &self.memory, self.position(since)?);
        let look = async |session: &Session| look::look(session, server, memory, position, most).await;
        self.reader.lock().step(server, server.limits.look, look)
    }

    fn wait(&self, longest: Duration) {
        let since = self.memory.lock().read;
        self.waiter.lock().wait(&self.server, since, longest, &self.woken);
    }

    fn wake(&self) {
        self.woken.notify_one();
    }

    /// `known` is the header that the [`look`](SharedStore::look) gave which has found out. Goes through all records if
    /// the engine has lost until when each is kept.
    fn begin_epoch(&self, known: &Header, now: DateTime<Utc>, from: DateTime<Utc>) -> Result<(), StoreError> {
        let (server, memory) = (&self.server, &self.memory);
        let begin = async |session: &Session| rewrite::begin_epoch(session, server, memory, known, now, from).await;
        let mut writer = self.writer.lock();
        // It may go to where the list was before.
        writer.close();
        let header = writer.step(server, server.limits.rewrite(), begin)?;
        drop(writer);
        let mut memory = self.memory.lock();
        memory.proofs.adopt(&header);
        memory.header = header;
        Ok(())
    }
}

impl fmt::Debug for RedisStore {
    /// Without the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("server", &self.server.name).finish_non_exhaustive()
    }
}

/// Asks for a script to be run, and gives the question, for its arguments. The engine knows scripts by their text, and
/// reads each once.
fn script<'a>(pipeline: &'a mut Pipeline, script: &str, keys: &[&str]) -> &'a mut Pipeline {
    pipeline.cmd("EVAL").arg(script).arg(keys.len()).arg(keys)
}
