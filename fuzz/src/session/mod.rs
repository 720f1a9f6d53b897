//! The life of a session, on three clocks, beside rules that fit on a page.

mod ask;
mod issue;
mod model;
mod operations;
mod run;

pub use operations::{Edge, Operation, Settings, operations};

use self::run::Run;

/// A login, a renewal and whatever ends a session do what the rules say, and no more: times, generations
/// and private claims are those, a token is accepted exactly while it should be, no session outlives its
/// absolute timeout or its end, a replay ends the session, and nobody honest looks like a thief while the
/// clocks differ by the leeway.
///
/// Says whether a replay was found.
pub fn session(data: &[u8]) -> bool {
    let Some((settings, operations)) = operations(data) else { return false };
    let mut run = Run::new(settings);
    operations.into_iter().for_each(|operation| run.step(operation));
    run.end()
}
