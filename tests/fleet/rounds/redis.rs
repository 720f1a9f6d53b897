//! Redis, as the rounds want it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use hallpass::store::{RedisDanger, RedisStore};
use hallpass::{Denylist, DenylistBuilder, DenylistError};
use tempfile::TempDir;

use super::engine::Engine;
use super::faults::Fault;
use crate::proxy::{Mode, Proxy};
use crate::redis::server::Server;
use crate::server::{PASSWORD, USER};
use crate::support::header;

pub(crate) struct Redis {
    server: Server,
    list: String,
    replica: Option<Server>,
    copy: Option<TempDir>,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let server = Server::start("");
        let list = server.list();
        Self { server, list, replica: None, copy: None }
    }
}

impl Engine for Redis {
    fn name(&self) -> &'static str {
        "Redis"
    }

    /// A client's transaction is not open to the others, so that none can be held.
    fn faults(&self) -> &'static [Fault] {
        &[
            Fault::Killed,
            Fault::Crashed,
            Fault::FrozenShortly,
            Fault::FrozenLong,
            Fault::ConnectionsEnded,
            Fault::Cut,
            Fault::Blackhole,
            Fault::Slow,
            Fault::Sliced,
            Fault::TakenOver,
            Fault::Restored,
        ]
    }

    fn begin(&mut self) {
        self.list = self.server.list();
    }

    fn port(&self) -> u16 {
        self.server.port
    }

    fn url(&self, port: u16) -> String {
        crate::redis::server::url(USER, PASSWORD, port, &self.list)
    }

    /// A replica that nobody waits for is what a round is about.
    fn connect(&self, builder: DenylistBuilder, port: u16) -> Result<Denylist, DenylistError> {
        let store = RedisStore::builder().accept(RedisDanger::ReplicasNotAwaited);
        builder.open_shared(store.open(&self.url(port), header())?)
    }

    fn kill(&mut self) {
        self.server.kill();
    }

    /// By a signal that it reports and dies of.
    fn crash(&mut self) {
        self.server.signal("SEGV");
        self.server.kill();
    }

    fn run(&mut self) {
        self.server.run();
    }

    fn freeze(&mut self) {
        self.server.signal("STOP");
    }

    fn thaw(&mut self) {
        self.server.signal("CONT");
    }

    fn end_connections(&mut self) {
        self.server.end_connections();
    }

    fn hold(&mut self) {}

    fn let_go(&mut self) {}

    fn back_up(&mut self) {
        self.copy = Some(self.server.back_up());
    }

    fn restore(&mut self) {
        let copy = self.copy.take().expect("a copy");
        self.server.kill();
        self.server.restore(&copy);
        self.server.run();
    }

    /// Its wire is cut off: a replica that is stopped and run again carries on nobody's history.
    fn replicate(&mut self) {
        let proxy = Proxy::to(self.server.port);
        let replica = self.server.replica(proxy.port);
        let until = Instant::now() + Duration::from_secs(20);
        while replica.say(&["exists", &format!("{{{}}}:list", self.list)]) != "1" {
            assert!(Instant::now() < until, "it does not follow");
            sleep(Duration::from_millis(20));
        }
        proxy.set(Mode::Blackhole);
        self.replica = Some(replica);
    }

    fn take_over(&mut self) {
        let mut replica = self.replica.take().expect("a replica");
        self.server.kill();
        replica.promote();
        replica.forget_primary();
        self.server = replica;
    }
}
