//! Requests over connections that stay open.

use std::time::Instant;

use hallpass_benches::measure::{median, sized};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::Server;

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 20_000;
const ALONE: usize = 2_000;

pub(crate) struct Load<'a> {
    server: &'a Server,
    request: String,
}

impl<'a> Load<'a> {
    pub(crate) fn of(server: &'a Server) -> Self {
        let request = format!("GET /me HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", server.address, server.cookie);
        Self { server, request }
    }

    /// Nanoseconds of the server's CPU for each request, of many connections at once.
    pub(crate) fn cpu(&self) -> f64 {
        run(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                connections.push(self.connect().await);
            }
            let before = self.server.cpu();
            let each = sized(REQUESTS / CONNECTIONS, 2);
            futures_util::future::join_all(connections.iter_mut().map(async |stream| {
                for _ in 0..each {
                    self.ask(stream).await;
                }
            }))
            .await;
            (self.server.cpu() - before) / (each * CONNECTIONS) as f64
        })
    }

    /// Nanoseconds until an answer is there, of one connection alone: the median.
    pub(crate) fn wait(&self) -> f64 {
        run(async {
            let mut stream = self.connect().await;
            let mut waits = Vec::new();
            for _ in 0..sized(ALONE, 10) {
                let begin = Instant::now();
                self.ask(&mut stream).await;
                waits.push(begin.elapsed().as_nanos() as f64);
            }
            median(&waits)
        })
    }

    async fn connect(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        self.ask(&mut stream).await;
        stream
    }

    async fn ask(&self, stream: &mut TcpStream) {
        stream.write_all(self.request.as_bytes()).await.unwrap();
        let mut answer = [0; 2048];
        let mut len = 0;
        // Its body ends with the only closing brace.
        while answer[..len].last() != Some(&b'}') {
            let read = stream.read(&mut answer[len..]).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&answer[..len]));
            len += read;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..len]));
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
