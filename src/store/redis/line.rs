//! A connection that is made when it is needed, and anew after every error.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Pipeline, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, yield_now};

use super::answer::next;
use super::engine;
use super::failure::Step;
use super::server::Server;
use crate::store::StoreError;
use crate::store::blocking::{Own, outside, within};

/// A connection whose engine has been checked.
pub(super) struct Session {
    connection: MultiplexedConnection,
    /// Sends and receives, while somebody waits.
    driver: JoinHandle<()>,
}

impl Session {
    pub(super) async fn connect(server: &Server) -> Step<Self> {
        let socket = TcpStream::connect((&*server.host, server.port)).await?;
        socket.set_nodelay(true)?;
        let session = match &server.tls {
            None => Self::over(socket, server).await?,
            Some(tls) => Self::over(tls.connector.connect(tls.server.clone(), socket).await?, server).await?,
        };
        let mut hello = Pipeline::new();
        hello.cmd("HELLO");
        engine::check_version(&next(&mut session.ask(hello).await?.into_iter())?)?;
        let mut settings = Pipeline::new();
        engine::ask(&mut settings, server);
        engine::check(&mut session.ask(settings).await?.into_iter(), server)?;
        Ok(session)
    }

    async fn over(socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, server: &Server) -> Step<Self> {
        // Else each answer has half a second. The limits of the whole call are the ones that count.
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let (connection, driver) = MultiplexedConnection::new_with_config(&server.info, socket, config).await?;
        Ok(Self { connection, driver: tokio::spawn(driver) })
    }

    /// All that is asked, in one go; the answers, some of which may be errors.
    pub(super) async fn ask(&self, mut pipeline: Pipeline) -> Step<Vec<Value>> {
        let count = pipeline.len();
        pipeline.ignore_errors();
        Ok(self.connection.clone().send_packed_commands(&pipeline, 0, count).await?)
    }

    /// A connection that has ended by now is nobody's fault: another one is made at once.
    async fn is_there(&self) -> bool {
        // Once round, so that the driver sees what has come, and once more, so that its end is seen.
        for _ in 0..2 {
            yield_now().await;
        }
        !self.driver.is_finished()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Driven by whoever holds it.
pub(super) struct Line {
    /// Dropped before the runtime that it was made in.
    session: Option<Session>,
    runtime: Own,
}

impl Line {
    pub(super) fn new() -> Result<Self, StoreError> {
        Ok(Self { session: None, runtime: Own::new()? })
    }

    /// Closes the connection; the next step makes another one.
    pub(super) fn close(&mut self) {
        self.session = None;
    }

    /// One step, within this limit, on a connection that is there or is made. After an error it is there no more.
    pub(super) fn step<T: Send>(
        &mut self,
        server: &Server,
        limit: Duration,
        step: impl AsyncFnOnce(&Session) -> Step<T> + Send,
    ) -> Result<T, StoreError> {
        outside(|| self.step_here(server, limit, step)).map_err(|error| error.at(&server.name))
    }

    fn step_here<T>(
        &mut self,
        server: &Server,
        limit: Duration,
        step: impl AsyncFnOnce(&Session) -> Step<T>,
    ) -> Result<T, StoreError> {
        let runtime = self.runtime.get()?;
        let kept = self.session.take();
        let done = runtime.block_on(async {
            let session = match kept {
                Some(session) if session.is_there().await => session,
                _ => within(server.limits.connect, Session::connect(server)).await?,
            };
            let done = within(limit, step(&session)).await?;
            Ok((done, session))
        });
        let (done, session) = done.map_err(super::failure::Failure::told)?;
        self.session = Some(session);
        Ok(done)
    }
}
