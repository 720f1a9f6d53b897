//! PostgreSQL, as the rounds want it.

use tempfile::TempDir;

use super::engine::Engine;
use super::faults::Fault;
use crate::server::{Server, Session};

pub(crate) struct Postgres {
    server: Server,
    database: String,
    replica: Option<Server>,
    copy: Option<TempDir>,
    held: Option<Session>,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let server = Server::start("");
        let database = server.database();
        Self { server, database, replica: None, copy: None, held: None }
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn faults(&self) -> &'static [Fault] {
        &Fault::ALL
    }

    fn begin(&mut self) {
        self.database = self.server.database();
    }

    fn port(&self) -> u16 {
        self.server.port
    }

    fn url(&self, port: u16) -> String {
        self.server.url_at(port, &self.database)
    }

    fn kill(&mut self) {
        self.server.kill();
    }

    fn crash(&mut self) {
        self.server.stop("immediate");
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
        self.server.end_connections(&self.database);
    }

    /// A transaction with a number, which holds back every snapshot's oldest one in the whole cluster.
    fn hold(&mut self) {
        let other = self.server.database();
        let mut session = self.server.session(&other);
        session.say("create table held (n int)");
        session.say("begin");
        session.say("insert into held values (1)");
        self.held = Some(session);
    }

    fn let_go(&mut self) {
        self.held = None;
    }

    fn back_up(&mut self) {
        self.copy = Some(self.server.back_up());
    }

    fn restore(&mut self) {
        let copy = self.copy.take().expect("a copy");
        self.server.kill();
        self.server.restore(&copy);
        self.server.run();
    }

    fn replicate(&mut self) {
        let mut replica = self.server.replica("copy");
        // A frozen one would find in its socket what was sent meanwhile.
        replica.stop("fast");
        self.replica = Some(replica);
    }

    fn take_over(&mut self) {
        let mut replica = self.replica.take().expect("a replica");
        self.server.kill();
        replica.run();
        replica.promote();
        self.server = replica;
    }
}
