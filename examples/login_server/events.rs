//! A session's end, told to its page at once.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream;
use hallpass::{End, Session};

use crate::app::App;

/// One event, when the session ends.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    session: Session,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ended = app.denylist.ended(&session);
    let event = async {
        let how = match ended.await {
            End::Revoked => "revoked",
            End::Expired => "expired",
            _ => "unknown",
        };
        Ok(Event::default().event("ended").data(how))
    };
    Sse::new(stream::once(event)).keep_alive(KeepAlive::default())
}
