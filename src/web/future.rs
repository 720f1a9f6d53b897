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
        handler: Option<F>,
        answer: Option<Response<B>>,
        sessions: Option<Sessions>,
    }
}

impl<F, B> SessionFuture<F, B> {
    pub(super) fn handled(handler: F, sessions: Sessions) -> Self {
        Self { handler: Some(handler), answer: None, sessions: Some(sessions) }
    }

    /// Without the handler.
    pub(super) fn answered(answer: Response<B>, sessions: Option<Sessions>) -> Self {
        Self { handler: None, answer: Some(answer), sessions }
    }
}

impl<F, B, E> Future for SessionFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answered = match (this.handler.as_pin_mut(), this.answer.take()) {
            (_, Some(answer)) => Poll::Ready(Ok(answer)),
            (Some(handler), None) => handler.poll(context),
            // It was polled after it was ready.
            (None, None) => Poll::Pending,
        };
        answered.map_ok(|mut response| {
            if let Some(sessions) = this.sessions.take() {
                finish(&sessions, &mut response);
            }
            response
        })
    }
}

impl<F, B> fmt::Debug for SessionFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}
