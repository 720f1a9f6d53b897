//! A response on its way through the layer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use super::answer::finish;
use super::sessions::Sessions;

pin_project! {
    /// The response of a [`SessionService`](super::SessionService): that of the handler, or that of the layer alone.
    #[must_use = "a future does nothing unless it is awaited"]
    pub struct SessionFuture<F, B> {
        #[pin]
        state: State<F, B>,
        sessions: Option<Sessions>,
    }
}

pin_project! {
    #[project = StateNow]
    enum State<F, B> {
        Handled { #[pin] handler: F },
        Answered { answer: Option<Response<B>> },
    }
}

impl<F, B> SessionFuture<F, B> {
    pub(super) fn handled(handler: F, sessions: Sessions) -> Self {
        Self { state: State::Handled { handler }, sessions: Some(sessions) }
    }

    /// Without the handler.
    pub(super) fn answered(answer: Response<B>, sessions: Option<Sessions>) -> Self {
        Self { state: State::Answered { answer: Some(answer) }, sessions }
    }
}

impl<F, B, E> Future for SessionFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answered = match this.state.project() {
            StateNow::Handled { handler } => handler.poll(context),
            // Polled after it was ready, it has nothing more to say.
            StateNow::Answered { answer } => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
        };
        if let (Poll::Ready(Ok(response)), Some(sessions)) = (&mut answered, &*this.sessions) {
            finish(sessions, response);
            *this.sessions = None;
        }
        answered
    }
}

impl<F, B> fmt::Debug for SessionFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}
