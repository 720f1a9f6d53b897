//! Reading a page.

use redis::Pipeline;

use super::answer::next;
use super::entries::page;
use super::failure::Step;
use super::line::Session;
use super::memory::Memory;
use super::position::Position;
use super::server::Server;
use crate::store::Page;
use crate::sync::Mutex;

/// Asks for up to `most` entries after the position.
pub(super) fn ask(pipeline: &mut Pipeline, server: &Server, position: Position, most: usize) {
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let since = format!("({position}");
    pipeline.cmd("XRANGE").arg(&server.keys.log).arg(since).arg("+").arg("COUNT").arg(most);
}

/// A page without a write. What was read is durable, since the engine answers nobody before it has synced what it has
/// done; where it does not, or what takes over lacks it, the next [look](super::look::look) finds another history, or
/// fewer entries.
pub(super) async fn read(
    session: &Session,
    server: &Server,
    memory: &Mutex<Memory>,
    position: Position,
    most: usize,
) -> Step<Page> {
    let mut pipeline = Pipeline::new();
    ask(&mut pipeline, server, position, most);
    let answer = next(&mut session.ask(pipeline).await?.into_iter())?;
    let page = page(&answer, position, most)?;
    memory.lock().read = Position::try_from(&page.cursor)?;
    Ok(page)
}
