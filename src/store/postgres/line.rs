//! A connection that is made when it is needed, and anew after every error.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::sleep;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::danger::PostgresDanger;
use super::engine;
use super::failure::{Step, failed};
use super::wire::Wire;
use crate::store::blocking::{Own, outside, within};
use crate::store::limits::Limits;
use crate::store::{StoreError, StoreErrorKind};

/// Whom both connections are made to, and what is asked of it. Holds a password, and is never shown.
pub(super) struct Server {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    pub(super) name: std::sync::Arc<str>,
    pub(super) accepted: Vec<PostgresDanger>,
    pub(super) limits: Limits,
}

/// First listen, then read: what comes in between is heard.
const LISTEN: &str = "listen hallpass";

/// Driven by whoever holds it.
pub(super) struct Line {
    /// Dropped before the runtime that it was made in.
    session: Option<(Session, Wire)>,
    runtime: Own,
    listens: bool,
}

/// A connection whose engine has been checked.
pub(super) struct Session {
    pub(super) client: Client,
    /// Where the engine says that it is.
    pub(super) place: String,
    /// For how long what goes through all records may go on.
    pub(super) rewrite: Duration,
}

impl Line {
    pub(super) fn new(listens: bool) -> Result<Self, StoreError> {
        Ok(Self { session: None, runtime: Own::new()?, listens })
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
        outside(|| self.step_here(server, limit, Tables::Needed, step)).map_err(|e| e.at(&server.name))
    }

    /// Like [`step`](Self::step), where the tables may be yet to be made.
    pub(super) fn first_step<T: Send>(
        &mut self,
        server: &Server,
        limit: Duration,
        step: impl AsyncFnOnce(&Session) -> Step<T> + Send,
    ) -> Result<T, StoreError> {
        outside(|| self.step_here(server, limit, Tables::ToBeMade, step)).map_err(|e| e.at(&server.name))
    }

    fn step_here<T>(
        &mut self,
        server: &Server,
        limit: Duration,
        tables: Tables,
        step: impl AsyncFnOnce(&Session) -> Step<T>,
    ) -> Result<T, StoreError> {
        let runtime = self.runtime.get()?;
        let kept = self.session.take();
        let listens = self.listens;
        let done = runtime.block_on(async {
            let (session, mut wire) = match still_there(kept).await {
                Some(kept) => kept,
                None => within(server.limits.connect, connect(server, listens, tables)).await?,
            };
            // What came while it was made, or since, is about nothing that is done here.
            wire.warning = None;
            let done = within(limit, wire.drive(step(&session))).await?;
            match wire.warning.take() {
                Some(code) => {
                    Err(failed(StoreErrorKind::Io, format!("the engine has warned of something (SQLSTATE {code})")))
                }
                None => Ok((done, session, wire)),
            }
        });
        let (done, session, wire) = done.map_err(|error| error.told(&server.config))?;
        self.session = Some((session, wire));
        Ok(done)
    }

    /// Forgets which notifications have come so far.
    pub(super) fn forget_heard(&mut self) {
        if let Some((_, wire)) = &mut self.session {
            wire.heard = false;
        }
    }

    /// Until a notification has come, or somebody wakes it, or for so long.
    pub(super) fn wait(&mut self, longest: Duration, woken: &Notify) {
        // It gives nothing, and what is not heard is looked for anyway.
        let _ = outside(|| self.wait_here(longest, woken));
    }

    fn wait_here(&mut self, longest: Duration, woken: &Notify) -> Result<(), StoreError> {
        let runtime = self.runtime.get()?;
        let mut wire = self.session.as_mut().map(|(_, wire)| wire);
        runtime.block_on(async {
            let (mut woken, mut over) = (pin!(woken.notified()), pin!(sleep(longest)));
            poll_fn(|cx| {
                // A connection that has ended says nothing more, and is left alone until the next look.
                if let Some(wire) = &mut wire {
                    wire.turn(cx);
                    if std::mem::take(&mut wire.heard) {
                        return Poll::Ready(());
                    }
                }
                match woken.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => over.as_mut().poll(cx),
                }
            })
            .await;
        });
        Ok(())
    }
}

/// A connection that has ended by now is nobody's fault: another one is made at once.
async fn still_there(kept: Option<(Session, Wire)>) -> Option<(Session, Wire)> {
    let (session, mut wire) = kept?;
    // Once round, so that the runtime asks what has come.
    yield_now().await;
    poll_fn(|cx| {
        wire.turn(cx);
        Poll::Ready(())
    })
    .await;
    (!wire.has_ended()).then_some((session, wire))
}

/// Whether the tables must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    Needed,
    ToBeMade,
}

async fn connect(server: &Server, listens: bool, tables: Tables) -> Step<(Session, Wire)> {
    let (client, connection) = server.config.connect(server.tls.clone()).await?;
    let mut wire = Wire::new(connection);
    let limit = if listens { server.limits.look } else { server.limits.write };
    let checked = wire.drive(async {
        // Nobody waits for it any longer: else whatever waits for a lock would stay, and one more would come with each
        // attempt.
        client.batch_execute(&format!("set statement_timeout = {}", limit.as_millis().max(1))).await?;
        let place = engine::check(&client, &server.accepted).await?;
        if tables == Tables::Needed {
            engine::check_tables(&client).await?;
        }
        if listens {
            client.batch_execute(LISTEN).await?;
        }
        Ok(place)
    });
    let place = checked.await?;
    Ok((Session { client, place, rewrite: server.limits.rewrite() }, wire))
}
