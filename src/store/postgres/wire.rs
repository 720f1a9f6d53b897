//! One connection's two ends: what is asked, and the wire on which answers, notices and notifications come.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::{Failure, Step, failed};
use crate::store::StoreErrorKind;

type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Driven by whoever waits for something on it, and by nobody else.
pub(super) struct Wire {
    connection: Connection<Socket, Tls>,
    /// Whether a notification has come.
    pub(super) heard: bool,
    /// What the engine has warned of.
    pub(super) warning: Option<String>,
    ended: Option<Failure>,
}

impl Wire {
    pub(super) fn new(connection: Connection<Socket, Tls>) -> Self {
        Self { connection, heard: false, warning: None, ended: None }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Sends what is to be sent, and takes what has come.
    pub(super) fn turn(&mut self, cx: &mut Context<'_>) {
        while self.ended.is_none() {
            match self.connection.poll_message(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(AsyncMessage::Notification(_)))) => self.heard = true,
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                    // Some say of a commit that it is not what it seems: a wait for a replica that was cancelled.
                    let harmless = [Severity::Notice, Severity::Info, Severity::Log, Severity::Debug];
                    if !notice.parsed_severity().is_some_and(|severity| harmless.contains(&severity)) {
                        self.warning = Some(notice.code().code().to_owned());
                    }
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => self.ended = Some(error.into()),
                Poll::Ready(None) => self.ended = Some(failed(StoreErrorKind::Io, "the connection was closed")),
            }
        }
    }

    /// Does something with the client at the other end.
    pub(super) async fn drive<T>(&mut self, step: impl Future<Output = Step<T>>) -> Step<T> {
        let mut step = pin!(step);
        poll_fn(|cx| {
            let early = step.as_mut().poll(cx);
            // Even then: what was asked for and is not waited for goes out.
            self.turn(cx);
            if early.is_ready() {
                return early;
            }
            let done = step.as_mut().poll(cx);
            match self.ended.take() {
                Some(ended) if done.is_pending() => {
                    self.ended = Some(failed(StoreErrorKind::Io, "the connection was closed"));
                    Poll::Ready(Err(ended))
                }
                ended => {
                    self.ended = ended;
                    done
                }
            }
        })
        .await
    }
}

/// Both, asked in this order and without waiting in between.
pub(super) async fn both<A, B>(a: impl Future<Output = Step<A>>, b: impl Future<Output = Step<B>>) -> Step<(A, B)> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(|cx| {
        if of_a.is_none()
            && let Poll::Ready(done) = a.as_mut().poll(cx)
        {
            of_a = Some(done?);
        }
        if of_b.is_none()
            && let Poll::Ready(done) = b.as_mut().poll(cx)
        {
            of_b = Some(done?);
        }
        match (of_a.take(), of_b.take()) {
            (Some(a), Some(b)) => Poll::Ready(Ok((a, b))),
            (a, b) => {
                (of_a, of_b) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// The first, and behind it the second, for whose answer nobody waits.
pub(super) async fn followed<A>(a: impl Future<Output = A>, b: impl Future) -> A {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let mut asked = false;
    poll_fn(|cx| {
        let done = a.as_mut().poll(cx);
        if !asked {
            asked = true;
            let _ = b.as_mut().poll(cx);
        }
        done
    })
    .await
}
