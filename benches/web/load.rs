//! Requests over connections that stay open.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::Server;
use crate::{CONNECTIONS, REQUESTS};

pub(crate) struct Load<'a> {
    server: &'a Server,
    request: String,
}

impl<'a> Load<'a> {
    pub(crate) fn of(server: &'a Server) -> Self {
        let request = format!("GET /me HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", server.address, server.cookie);
        Self { server, request }
    }

    /// Microseconds of the server's CPU for each request.
    pub(crate) fn run(&self) -> f64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                let mut stream = TcpStream::connect(self.server.address).await.unwrap();
                self.ask(&mut stream).await;
                connections.push(stream);
            }
            let before = self.server.cpu();
            let each = REQUESTS / CONNECTIONS;
            futures_util::future::join_all(connections.iter_mut().map(async |stream| {
                for _ in 0..each {
                    self.ask(stream).await;
                }
            }))
            .await;
            (self.server.cpu() - before) / (each * CONNECTIONS) as f64
        })
    }

    async fn ask(&self, stream: &mut TcpStream) {
        stream.write_all(self.request.as_bytes()).await.unwrap();
        let mut answer = [0; 2048];
        let mut len = 0;
        // Its body ends with the only closing brace.
        while answer[..len].last() != Some(&b'}') {
            len += stream.read(&mut answer[len..]).await.unwrap();
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
}
