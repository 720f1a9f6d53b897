//! Whom a store's connections are made to.

use std::sync::Arc;

use redis::RedisConnectionInfo;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::danger::RedisDanger;
use super::keys::Keys;
use crate::store::limits::Limits;

/// Whom the connections are made to, and what is asked of it. Holds a password, and is never shown.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) info: RedisConnectionInfo,
    pub(super) tls: Option<Tls>,
    pub(super) name: Arc<str>,
    pub(super) keys: Keys,
    pub(super) accepted: Vec<RedisDanger>,
    pub(super) limits: Limits,
    /// How many replicas each write waits for.
    pub(super) replicas: u32,
}

impl Server {
    /// Whether somebody else than the user `default` asks.
    pub(super) fn is_named(&self) -> bool {
        self.info.username().is_some_and(|name| name != "default")
    }
}

pub(super) struct Tls {
    pub(super) connector: TlsConnector,
    pub(super) server: ServerName<'static>,
}
