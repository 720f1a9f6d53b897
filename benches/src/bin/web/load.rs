//! Requests over connections that stay open.

use std::time::Instant;

use hallpass_benches::measure::{median, sized};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::Server;

const CONNECTIONS: usize = 64;
/// Each route is asked so often, one after the other, each time by so many requests of each connection: some ten
/// milliseconds, in which a machine's moods don't change.
const TURNS: usize = 20;
const REQUESTS: usize = 16;
const ALONE: usize = 2_000;

pub(crate) struct Load<'a> {
    server: &'a Server,
    requests: Vec<String>,
}

impl<'a> Load<'a> {
    /// Of these routes.
    pub(crate) fn of(server: &'a Server, routes: &[&str]) -> Self {
        let Server { address, cookie, .. } = server;
        let request = |route| format!("GET {route} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n");
        Self { server, requests: routes.iter().map(request).collect() }
    }

    /// Nanoseconds of the server's CPU for each request of each route, of many connections at once.
    pub(crate) fn cpu(&self) -> Vec<f64> {
        run(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                connections.push(self.connect().await);
            }
            let (turns, each) = (sized(TURNS, 2), sized(REQUESTS, 1));
            let mut all = vec![0.0; self.requests.len()];
            for turn in 0..turns {
                // There, and back.
                for at in 0..all.len() {
                    let at = if turn % 2 == 0 { at } else { all.len() - 1 - at };
                    let before = self.server.cpu();
                    let asked = connections.iter_mut().map(async |stream| {
                        for _ in 0..each {
                            ask(stream, &self.requests[at]).await;
                        }
                    });
                    futures_util::future::join_all(asked).await;
                    all[at] += self.server.cpu() - before;
                }
            }
            all.iter().map(|cpu| cpu / (turns * each * CONNECTIONS) as f64).collect()
        })
    }

    /// Nanoseconds until an answer of each route is there, of one connection alone: the median.
    pub(crate) fn waits(&self) -> Vec<f64> {
        run(async {
            let mut stream = self.connect().await;
            let mut all = vec![vec![]; self.requests.len()];
            for (request, waits) in self.requests.iter().zip(&mut all) {
                for _ in 0..sized(ALONE, 10) {
                    let begin = Instant::now();
                    ask(&mut stream, request).await;
                    waits.push(begin.elapsed().as_nanos() as f64);
                }
            }
            all.iter().map(|waits| median(waits)).collect()
        })
    }

    async fn connect(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for request in &self.requests {
            ask(&mut stream, request).await;
        }
        stream
    }
}

async fn ask(stream: &mut TcpStream, request: &str) {
    stream.write_all(request.as_bytes()).await.unwrap();
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

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
