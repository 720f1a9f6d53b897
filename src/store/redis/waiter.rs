//! Waiting for news, on a connection of its own: whatever is asked on one that blocks is not answered.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use redis::{Pipeline, Value};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::answer::{exactly, next, text};
use super::failure::Step;
use super::line::Session;
use super::position::Position;
use super::server::Server;
use crate::store::StoreError;
use crate::store::blocking::{Own, outside, within};
use crate::time::Monotonic;

/// For so long the engine lets each question wait, in milliseconds. Less than any limit, so that an answer that does not
/// come is not taken for no news.
const BLOCK: i64 = 1_000;
/// A question that is so old is not answered any more, in microseconds.
const LATE: i64 = 3 * BLOCK * 1_000;

/// Driven by whoever waits.
pub(super) struct Waiter {
    /// Dropped before the runtime that it was made in.
    wire: Wire,
    runtime: Own,
}

enum Wire {
    Closed,
    Idle(Session),
    Asked(Asked),
}

/// A question that is not answered yet. It outlives the wait in which it was asked, if that has ended early.
struct Asked {
    /// The first entry that came, if one did, and the connection, to ask on.
    answer: JoinHandle<Step<(Option<Position>, Session)>>,
    at: Monotonic,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.answer.abort();
    }
}

impl Asked {
    fn ask(session: Session, server: &Server, since: Position) -> Self {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("XREAD").arg(&["COUNT", "1", "BLOCK"]).arg(BLOCK).arg("STREAMS");
        pipeline.arg(&server.keys.log).arg(since.to_string());
        let answer = async move {
            let came = first_of(&next(&mut session.ask(pipeline).await?.into_iter())?)?;
            Ok((came, session))
        };
        Self { answer: tokio::spawn(answer), at: Monotonic::start() }
    }
}

impl Waiter {
    pub(super) fn new() -> Result<Self, StoreError> {
        Ok(Self { wire: Wire::Closed, runtime: Own::new()? })
    }

    /// Until there is something after this position, or somebody wakes it, or for so long.
    pub(super) fn wait(&mut self, server: &Server, since: Position, longest: Duration, woken: &Notify) {
        // It gives nothing, and what is not heard is looked for anyway.
        let _ = outside(|| self.wait_here(server, since, longest, woken));
    }

    fn wait_here(
        &mut self,
        server: &Server,
        since: Position,
        longest: Duration,
        woken: &Notify,
    ) -> Result<(), StoreError> {
        let Self { wire, runtime } = self;
        runtime.get()?.block_on(async {
            let mut news = pin!(news(wire, server, since));
            let (mut woken, mut over) = (pin!(woken.notified()), pin!(sleep(longest)));
            poll_fn(|cx| {
                let is_over = woken.as_mut().poll(cx).is_ready() || over.as_mut().poll(cx).is_ready();
                if is_over { Poll::Ready(()) } else { news.as_mut().poll(cx) }
            })
            .await;
        });
        Ok(())
    }
}

/// Until there is news; an engine that can't be asked has none.
async fn news(wire: &mut Wire, server: &Server, since: Position) {
    loop {
        match wire {
            Wire::Closed => match within(server.limits.connect, Session::connect(server)).await {
                Ok(session) => *wire = Wire::Idle(session),
                // It is left alone until the next wait.
                Err(_) => return pending().await,
            },
            Wire::Idle(_) => {
                if let Wire::Idle(session) = std::mem::replace(wire, Wire::Closed) {
                    *wire = Wire::Asked(Asked::ask(session, server, since));
                }
            }
            Wire::Asked(asked) if asked.at.micros() > LATE => *wire = Wire::Closed,
            Wire::Asked(asked) => {
                let answer = (&mut asked.answer).await;
                *wire = Wire::Closed;
                let Ok(Ok((came, session))) = answer else { return pending().await };
                *wire = Wire::Idle(session);
                // What was read since the question was asked is no news.
                if came.is_some_and(|came| came > since) {
                    return;
                }
            }
        }
    }
}

/// Nothing, or of one stream one entry.
fn first_of(answer: &Value) -> Step<Option<Position>> {
    if *answer == Value::Nil {
        return Ok(None);
    }
    let [stream] = exactly(answer)?;
    let [_, entries] = exactly(stream)?;
    let [entry] = exactly(entries)?;
    let [id, _] = exactly(entry)?;
    Ok(Some(text(id)?.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_given_up_after_three_seconds_which_is_later_than_its_answer() {
        assert_eq!((BLOCK, LATE), (1_000, 3_000_000));
    }
}
