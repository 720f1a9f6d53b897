//! The engines that are measured, each started for this.

use hallpass_benches::figures::Figures;

use crate::redis_server;
use crate::server;

pub(crate) trait Engine {
    fn name(&self) -> String;

    /// The URL of a new list.
    fn new_list(&self) -> String;

    /// Stops it: politely, or as a crash does.
    fn stop(&mut self, politely: bool);

    /// Runs it again, and waits until it answers.
    fn run(&mut self);
}

impl Engine for server::Server {
    fn name(&self) -> String {
        self.sql("postgres", "select split_part(version(), ' on ', 1)")
    }

    fn new_list(&self) -> String {
        self.url(&self.database())
    }

    fn stop(&mut self, politely: bool) {
        server::Server::stop(self, if politely { "fast" } else { "immediate" });
    }

    fn run(&mut self) {
        server::Server::run(self);
    }
}

impl Engine for redis_server::Server {
    fn name(&self) -> String {
        format!("Redis {}", self.info("redis_version"))
    }

    fn new_list(&self) -> String {
        self.url(&self.list())
    }

    fn stop(&mut self, politely: bool) {
        if politely {
            self.signal("TERM");
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        self.kill();
    }

    fn run(&mut self) {
        redis_server::Server::run(self);
    }
}

/// Those whose programs are installed.
pub(crate) fn all(figures: &mut Figures) -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = Vec::new();
    match server::programs() {
        Some(_) => engines.push(Box::new(server::Server::start("max_wal_size = 4GB"))),
        None => figures.note("A fleet on PostgreSQL was not measured: no server is installed."),
    }
    match redis_server::is_installed() {
        true => engines.push(Box::new(redis_server::Server::start(""))),
        false => figures.note("A fleet on Redis was not measured: no server is installed."),
    }
    engines
}
