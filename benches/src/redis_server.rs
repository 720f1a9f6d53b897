//! A Redis server of the run's own: a cache, as those who ask it on each request have one. In a folder and on a port of
//! its own, over loopback.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct RedisServer {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl RedisServer {
    /// None where none is installed.
    ///
    /// # Panics
    /// When it does not answer within ten seconds.
    #[must_use]
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(port.to_string())
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self { process, port, _folder: folder };
        let begin = Instant::now();
        while server.client().get_connection().is_err() {
            assert!(begin.elapsed() < Duration::from_secs(10), "Redis does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// # Panics
    /// Never: the URL is one.
    #[must_use]
    pub fn client(&self) -> redis::Client {
        redis::Client::open(self.url()).unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = (self.process.kill(), self.process.wait());
    }
}
